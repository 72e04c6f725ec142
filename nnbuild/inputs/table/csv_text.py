"""Parse comma-separated values into a table of texts, each field as it is in the file.

Empty fields are missing. Blanks after a delimiter are ignored. `inputs/table/notation.py` converts texts to values.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, show
from nnbuild.inputs.data_errors import repeated

WIDE = 1_000  # columns: pandas takes 0.1 ms for each, for any number of rows
QUOTED = re.compile(r'"[^"]*"')
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
UTF_8 = "save it as UTF-8, or in Python: Path(new).write_text(Path(old).read_text('latin-1'), 'utf-8')"


@dataclass(frozen=True, eq=False)
class TextTable:
    """Table of texts.

    Attributes
    ----------
    columns : dict of str to array of shape (n_samples,), dtype object
        Texts by column; "" for empty fields.
    lines : Index of shape (n_samples,)
        Line of the file at which each row begins.
    name : str
        Name of the file, for messages.
    """

    columns: dict[str, np.ndarray]
    lines: pd.Index
    name: str


def table_in_text(content: bytes, name: str, delimiter: str = "") -> TextTable:
    """Return the table in the text of a file.

    Parameters
    ----------
    content : bytes
        UTF-8, with a header.
    name : str
        Name of the file, for messages.
    delimiter : str, default=""
        Separator of fields; by default the comma, semicolon or tab that is most frequent in the header.

    Returns
    -------
    TextTable
        A column without a name is named "column N", counted from 1.

    Raises
    ------
    DataError
        If the text is not UTF-8, is empty, has only a header, or has rows of another length than the header.
    """
    text = decoded(content, name)
    delimiter = delimiter or _delimiter_of(text)
    names = _header(text, delimiter, name)
    read = _wide_cells if len(names) > WIDE else _long_cells
    cells = read(text, delimiter, names, name)
    columns = dict(zip(names, np.ascontiguousarray(cells.T), strict=True))
    return TextTable(columns, _lines(text, delimiter, len(cells), name), name)


def _long_cells(text: str, delimiter: str, names: list[str], name: str) -> np.ndarray:
    """Read fields of shape (n_samples, n_columns) with pandas: fast for many rows."""
    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=delimiter, header=0, names=names, dtype=object, na_filter=False,
            skipinitialspace=True,
        )  # fmt: skip
    except ValueError as error:  # includes pandas' own errors
        last = _check_rows(_rows(text, delimiter, name), len(names), name)
        if "EOF inside string" in str(error):
            raise _unclosed(name, last) from None
        raise DataError(f"{name}: can't be read: {' '.join(str(error).split())}") from None
    # With rows longer than the header, pandas uses the first column as an index. It fills rows that are too short.
    cells = frame.to_numpy()
    if not len(frame) or not isinstance(frame.index, pd.RangeIndex) or not all(cells[:, -1]):
        _check_rows(_rows(text, delimiter, name), len(names), name)
    return cells


def _wide_cells(text: str, delimiter: str, names: list[str], name: str) -> np.ndarray:
    """Read fields of shape (n_samples, n_columns) with Python's csv module: fast for many columns."""
    rows = list(_rows(text, delimiter, name))
    last = _check_rows(iter(rows), len(names), name)
    if text.count('"') % 2:
        raise _unclosed(name, last)
    return np.array([row for _, _, row in rows[1:]], object)


def _unclosed(name: str, line: int) -> DataError:
    return DataError(f'{name}: a quote (") is opened in line {line} and never closed')


def _lines(text: str, delimiter: str, n_rows: int, name: str) -> pd.Index:
    """Return the line at which each row begins."""
    n_ends = text.count("\n") + (not text.endswith("\n"))
    if n_ends == n_rows + 1 and text.count("\r") == text.count("\r\n"):
        return pd.RangeIndex(2, n_rows + 2, name="line")
    _, *begins = (begin for begin, _, _ in _rows(text, delimiter, name))
    return pd.Index(begins, name="line")


def decoded(content: bytes, name: str) -> str:
    """Return the text of a file in UTF-8, without a byte order mark; raise a `DataError` if it is not text or empty."""
    if not content.strip():
        raise DataError(f"{name}: is empty")
    if content.startswith(UTF_16):
        raise DataError(f"{name}: is text in UTF-16, not UTF-8\n  hint: {UTF_8.replace('latin-1', 'utf-16')}")
    if 0 in content:
        raise DataError(f"{name}: is not text: line {content[: content.index(0)].count(10) + 1} contains a zero byte")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(10) + 1
        found = f"{name}: is not UTF-8: line {line} has the byte 0x{content[error.start]:02x} (byte {error.start + 1})"
        raise DataError(f"{found}\n  hint: {UTF_8}") from None


def _delimiter_of(text: str) -> str:
    """Return the most frequent delimiter in the first line, outside of quotes."""
    first = text.lstrip("\r\n ").partition("\n")[0]
    return max(",;\t", key=QUOTED.sub("", first).count)


def _header(text: str, delimiter: str, name: str) -> list[str]:
    """Return the names of the columns."""
    _, _, row = next(_rows(text, delimiter, name))
    names = [field.strip() or f"column {number}" for number, field in enumerate(row, 1)]
    if twice := sorted(repeated(names)):
        found = f"duplicate column names: {', '.join(map(show, twice[:8]))}"
        raise DataError(f"{name}: {found}\n  hint: rename these columns, or keep one of each name")
    if all(is_number(field) for field in row):
        found = f"the first line must contain the column names, got {show(delimiter.join(row))}"
        raise DataError(f"{name}: {found}")
    return names


def is_number(field: str) -> bool:
    """Return whether Python parses a text as a number."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def _rows(text: str, delimiter: str, name: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield rows that are not blank, each with the numbers of its first and last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    begin = 1
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield begin, reader.line_num, row
            begin = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{name}: line {reader.line_num}: {error}") from None


def _check_rows(rows: Iterator[tuple[int, int, list[str]]], n_columns: int, name: str) -> int:
    """Return the first line of the last row; raise a `DataError` for no rows, or rows unlike the header in length."""
    next(rows)
    if (first := next(rows, None)) is None:
        raise DataError(f"{name}: has a header but no rows")
    for begin, end, row in chain([first], rows):
        if len(row) != n_columns:
            hint = "quote fields that contain the delimiter" if len(row) > n_columns else ""
            hint = f'check the quote (") that is opened in line {begin} and closed later' if begin < end else hint
            found = f"{name}: line {end} has {_fields(len(row))}, but the header has {n_columns}"
            raise DataError(found + (f"\n  hint: {hint}" if hint else ""))
    return begin


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"
