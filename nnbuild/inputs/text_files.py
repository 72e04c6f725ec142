"""Read plain text files, or a folder of them, and columns of texts in tables."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import pandas as pd

from nnbuild.errors import DataError, did_you_mean, show
from nnbuild.files.sources import SourceError, is_pipe, opened
from nnbuild.inputs.files import TABLES, Arrays, read_file
from nnbuild.inputs.notations import TEXT
from nnbuild.inputs.table.csv_text import TextTable, decoded
from nnbuild.inputs.table.reading import place_of
from nnbuild.inputs.table.typed import typed

SUFFIX = ".txt"
A_TABLE = f"a table with texts ({', '.join(TABLES)})"
TEXTS = f"a text file ({SUFFIX}), a folder of text files, or {A_TABLE}"


def find_texts(source: str | PathLike) -> Path:
    """Return the path of a text file, a folder of text files, or a table.

    Raises
    ------
    DataError
        If there is no such file, or it has another suffix.
    """
    path = _existing(source)
    if not is_text_file(path) and not _is_table(path):
        raise DataError(f"{source}: unknown type of file\n  allowed: {TEXTS}")
    return path


def find_text_table(source: str | PathLike) -> Path:
    """Return the path of a table; errors are those of `find_texts`."""
    path = _existing(source)
    if not _is_table(path):
        raise DataError(f"{source}: is not a table\n  allowed: {A_TABLE}")
    return path


def is_text_file(path: Path) -> bool:
    """Return whether a path is that of a text file, of a folder, or of a pipe whose name is not that of a table."""
    return path.is_dir() or path.suffix.lower() == SUFFIX or (not _has_table_name(path) and is_pipe(path))


def read_text_files(source: str | PathLike) -> list[str]:
    """Return the text of a file in UTF-8, or those of all text files of a folder, in the order of their names.

    Raises
    ------
    DataError
        If a file can't be read, is empty, or is not text in UTF-8, or if a folder contains no text file.
    """
    path = find_texts(source)
    if not path.is_dir():
        return [_text(path)]
    paths = sorted(one for one in path.iterdir() if one.suffix.lower() == SUFFIX and one.is_file())
    if not paths:
        raise DataError(f"{source}: contains no text files\n  allowed: {TEXTS}")
    return [_text(one) for one in paths]


def read_text_table(source: str | PathLike) -> pd.DataFrame:
    """Return a table with all columns of a text file as text, and those of a Parquet file with their types.

    Raises
    ------
    DataError
        If the file can't be read, or is not a table.
    """
    find_text_table(source)
    found = read_file(source)
    if isinstance(found, Arrays):
        raise DataError(f"{source}: contains arrays, not a table\n  allowed: {A_TABLE}")
    return typed(found, dict.fromkeys(found.columns, TEXT))[0] if isinstance(found, TextTable) else found


def check_texts(table: pd.DataFrame, columns: Sequence[str], name: str) -> None:
    """Raise a `DataError` for missing values of columns, and values that are not text."""
    for column in columns:
        values, what = table[column], f"{name}: column {show(column)}"
        if values.isna().any():
            place = place_of(values, int(values.isna().to_numpy().argmax()))
            raise DataError(f"{what} has no text in {place}\n  hint: drop this row")
        wrong = [value for value in values if not isinstance(value, str)]
        if wrong:
            raise DataError(f"{what} must contain texts, got {show(wrong[0])}")


def _existing(source: str | PathLike) -> Path:
    path = Path(source)
    if path.exists():
        return path
    folder = path.parent
    names = [str(path.with_name(one.name)) for one in folder.iterdir()] if folder.is_dir() else []
    hint = did_you_mean(str(source), names)
    raise DataError(f"no such file: {show(str(source))}" + (f"\n  hint: {hint}" if hint else ""))


def _has_table_name(path: Path) -> bool:
    return path.name.lower().endswith(TABLES)


def _is_table(path: Path) -> bool:
    return not path.is_dir() and (_has_table_name(path) or is_pipe(path))


def _text(path: Path) -> str:
    try:
        with opened(path) as file:
            content = file.read()
    except SourceError as error:
        raise DataError(f"{path}: {error}") from None
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror or error}") from None
    return decoded(content, path.name).replace("\r\n", "\n")
