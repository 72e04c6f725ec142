"""Read data files: CSV, TSV, Parquet and folders of images as tables, NumPy's npz and npy as arrays."""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.files.sources import MAX_BYTES, SourceError, check_source, is_pipe, opened
from nnbuild.inputs.images import folder_table
from nnbuild.inputs.table.csv_text import TextTable, table_in_text
from nnbuild.inputs.table.notation import Readings
from nnbuild.inputs.table.typed import typed


@dataclass(frozen=True, eq=False)
class Arrays:
    """Arrays of one file.

    Attributes
    ----------
    X : array of shape (n_samples, ...)
    y : array of shape (n_samples, ...) or None
    X_test, y_test : arrays of shape (n_test, ...) or None
        Test set, if the file has one.
    is_split : bool
        Whether the file names X as the training set: X_train.
    """

    X: np.ndarray
    y: np.ndarray | None = None
    X_test: np.ndarray | None = None
    y_test: np.ndarray | None = None
    is_split: bool = False


def read_table(
    source: str | PathLike,
    *,
    decimal: str | None = None,
    thousands: str | None = None,
    dates: str | None = None,
) -> pd.DataFrame:
    """Read the table in a file.

    Parameters
    ----------
    source : str or path
        Path of a file ``.csv``, ``.tsv`` (UTF-8 with a header, either also ``.gz``) or ``.parquet``; a pipe; or the
        name of a bundled data set.
    decimal, thousands : {".", ","}, optional
        Decimal or thousands separator, for ambiguous columns, such as 1,234.
    dates : {"day-first", "month-first"}, optional
        Order in dates, for ambiguous columns, such as 03/04/2015.

    Returns
    -------
    DataFrame of shape (n_samples, n_columns)
        At least one row and one column. `nnbuild.inputs.table.typed` lists the types that texts are converted to.

    Raises
    ------
    DataError
        If there is no such file, if its content does not match its name, or if a column is ambiguous.
    """
    readings = Readings(decimal, thousands, dates)
    found = read_file(source)
    if isinstance(found, Arrays):
        raise DataError(f"{source}: contains arrays, not a table\n  allowed: {name_list(TABLES)}")
    if isinstance(found, TextTable):
        found, _ = typed(found, dict.fromkeys(found.columns, readings))
    return found.reset_index(drop=True)


def read_file(source: str | PathLike) -> TextTable | pd.DataFrame | Arrays:
    """Read the table or the arrays in a file; ``.npz`` and ``.npy`` contain arrays.

    Parameters
    ----------
    source : str or path
        As for `read_table`; or a file ``.npz`` with arrays named X and y (in capital or small letters, or X_train,
        y_train, X_test, y_test), or ``.npy`` with X only; or a folder with images, or with a subfolder of images for
        each class, which is read as a table with the columns image and class.

    Returns
    -------
    TextTable, DataFrame or Arrays
        A text file is read as a `TextTable`, and `typed` converts its values.

    Raises
    ------
    DataError
        As for `read_table`.
    """
    path = find_data(source)
    try:
        if path.is_dir():
            return folder_table(source)
        with opened(path) as file:
            return _reader(path, file)(file, str(source))
    except SourceError as error:
        raise DataError(f"{source}: {error}") from None
    except OSError as error:
        raise DataError(f"{source}: can't be read: {error.strerror or error}") from None


def is_data(source: str) -> bool:
    """Return whether a name is that of a bundled data set, of a folder, or ends like a data file."""
    return source in bundled_names() or Path(source).is_dir() or source.lower().endswith(tuple(READERS))


def find_data(source: str | PathLike) -> Path:
    """Return the file or folder of some data, from its path or the name of a bundled data set.

    Raises
    ------
    DataError
        If there is neither, or the file is of an unknown kind.
    """
    name, path = str(source), Path(source)
    if name in bundled_names():
        return next(entry for entry in _bundled() if _stem(entry.name) == name)
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError as error:  # name too long, or no permission
        raise DataError(f"{name}: can't be read: {error.strerror}") from None
    if is_folder:
        return path
    if not exists:
        names = bundled_names()
        siblings = [str(path.with_name(file)) for file in _sibling_names(path)]
        hint = did_you_mean(name, [*names, *siblings])
        found = f"no such file or bundled data set: {show(name)}\n  allowed: a file, or {name_list(names)}"
        raise DataError(found + (f"\n  hint: {hint}" if hint else ""))
    try:
        check_source(path)
        is_known = _extension(path.name) in READERS or is_pipe(path)
    except SourceError as error:
        raise DataError(f"{name}: {error}") from None
    if not is_known:
        hint = HINTS.get(path.suffix.lower(), "")
        found = f"{name}: unknown type of file\n  allowed: names that end in {', '.join(READERS)}"
        raise DataError(found + (f"\n  hint: {hint}" if hint else ""))
    return path


def bundled_names() -> list[str]:
    """Return the names of the data sets in the package."""
    return sorted(_stem(entry.name) for entry in _bundled())


def _bundled() -> list[Path]:
    folder = Path(str(files("nnbuild") / "bundled"))
    return [entry for entry in folder.iterdir() if _extension(entry.name) in READERS]


def _sibling_names(path: Path) -> list[str]:
    """Return the names of the files in a path's folder, for hints."""
    try:
        return [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return []


def _extension(name: str) -> str:
    """Return the extension of a file name, as in `READERS`; the last suffix for unknown ones."""
    known = [extension for extension in READERS if name.lower().endswith(extension)]
    return max(known, key=len, default=Path(name).suffix)


def _stem(name: str) -> str:
    return name[: -len(_extension(name))]


def _reader(path: Path, file: BinaryIO) -> Reader:
    """Return the reader of a file, by its name, or by its first bytes for a pipe without an extension."""
    if (reader := READERS.get(_extension(path.name))) is not None:
        return reader
    first = file.read(len(max(MAGIC, key=len)))
    file.seek(0)
    return next((READERS[kind] for magic, kind in MAGIC.items() if first.startswith(magic)), _read_csv)


def _read_csv(file: BinaryIO, name: str) -> TextTable:
    return table_in_text(file.read(), name)


def _read_tsv(file: BinaryIO, name: str) -> TextTable:
    return table_in_text(file.read(), name, "\t")


def _read_csv_gz(file: BinaryIO, name: str) -> TextTable:
    return table_in_text(_unpacked(file, name), name)


def _read_tsv_gz(file: BinaryIO, name: str) -> TextTable:
    return table_in_text(_unpacked(file, name), name, "\t")


def _unpacked(file: BinaryIO, name: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=file) as packed:
            content = packed.read(MAX_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{name}: is damaged or not a gzip file: {error}") from None
    if len(content) > MAX_BYTES:
        raise DataError(f"{name}: decompresses to more than {MAX_BYTES:,} bytes\n  hint: decompress it to a file first")
    return content


def _read_parquet(file: BinaryIO, name: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(file, engine="pyarrow").reset_index(drop=True)
    except ImportError:
        raise DataError(
            f"{name}: reading Parquet files requires pyarrow\n  hint: pip install nnbuild[parquet]"
        ) from None
    except (ValueError, NotImplementedError) as error:  # includes pyarrow's own errors
        raise DataError(f"{name}: is damaged or not a Parquet file: {_one_line(error)}") from None
    if not len(frame) or not len(frame.columns):
        raise DataError(
            f"{name}: has {len(frame)} rows and {len(frame.columns)} columns, but at least one of each is required"
        )
    return frame


def _read_npz(file: BinaryIO, name: str) -> Arrays:
    loaded = _loaded(file, name)
    if isinstance(loaded, np.ndarray):
        raise DataError(f"{name}: contains a single array\n  hint: rename it to end in .npy")
    parts = {part: key for key in loaded.files if (part := PARTS.get(key.lower()))}
    if "X" not in parts:
        found = f"{name}: has no array X, but {name_list(loaded.files) or 'nothing'}"
        hint = 'write it with numpy.savez("data.npz", X=X, y=y)'
        raise DataError(f"{found}\n  allowed: {', '.join(PARTS)}, in upper or lower case\n  hint: {hint}")
    try:
        arrays = {part: loaded[key] for part, key in parts.items()}
    except DAMAGE as error:
        raise _invalid_file(name, error) from None
    plain = {part: _plain(array, part, name) for part, array in arrays.items()}
    _check_lengths(plain, name)
    return Arrays(**plain, is_split=parts["X"].lower() == "x_train")


def _read_npy(file: BinaryIO, name: str) -> Arrays:
    loaded = _loaded(file, name)
    if not isinstance(loaded, np.ndarray):
        raise DataError(f"{name}: contains several arrays\n  hint: rename it to end in .npz")
    return Arrays(_plain(loaded, "X", name))


def _loaded(file: BinaryIO, name: str) -> np.ndarray | np.lib.npyio.NpzFile:
    try:
        return np.load(file, allow_pickle=False)
    except DAMAGE as error:
        raise _invalid_file(name, error) from None


def _invalid_file(name: str, error: Exception) -> DataError:
    if str(error).startswith("Object arrays"):
        hint = "save numbers or text: numpy.asarray(X, dtype=float), or dtype=str"
        return DataError(
            f"{name}: contains Python objects, which are never loaded because they can run code\n  hint: {hint}"
        )
    detail = "" if "pickle" in str(error) else f": {_one_line(error)}"  # NumPy mentions pickle for all unknown files
    return DataError(f"{name}: is damaged or not a NumPy file{detail}")


def _check_lengths(arrays: dict[str, np.ndarray], name: str) -> None:
    for X, y in (("X", "y"), ("X_test", "y_test")):
        lengths = {part: len(arrays[part]) for part in (X, y) if part in arrays}
        if len(set(lengths.values())) > 1:
            raise DataError(f"{name}: {X} has {lengths[X]} rows, but {y} has {lengths[y]}")
    if ("X_test" in arrays) != ("y_test" in arrays):
        raise DataError(f"{name}: X_test and y_test must both be present, but one is missing")


def _plain(array: np.ndarray, part: str, name: str) -> np.ndarray:
    """Check an array: numbers, booleans or text, with at least one row."""
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    if array.dtype.kind not in "biufUM" or array.dtype.names:
        raise DataError(f"{name}: {part} has dtype {array.dtype}\n  allowed: numbers, booleans, text")
    if array.ndim < (1 if part.startswith("y") else 2) or not len(array):
        wanted = "(n_samples,) or (n_samples, n_targets)" if part.startswith("y") else "(n_samples, n_features, ...)"
        raise DataError(f"{name}: {part} has shape {array.shape}\n  allowed: {wanted}, with at least one sample")
    return array


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet")
Reader = Callable[[BinaryIO, str], TextTable | pd.DataFrame | Arrays]
READERS: dict[str, Reader] = {
    ".csv": _read_csv,
    ".csv.gz": _read_csv_gz,
    ".tsv": _read_tsv,
    ".tsv.gz": _read_tsv_gz,
    ".parquet": _read_parquet,
    ".npz": _read_npz,
    ".npy": _read_npy,
}
# First bytes of files; all other files are text.
MAGIC = {b"\x1f\x8b": ".csv.gz", b"PK\x03\x04": ".npz", b"\x93NUMPY": ".npy", b"PAR1": ".parquet"}
HINTS = {
    ".txt": "rename it to .csv or .tsv, if it is a table with a header; texts are for recipes such as 'small_gpt'",
    ".xlsx": "save the sheet as CSV (UTF-8)",
    ".xls": "save the sheet as CSV (UTF-8)",
    ".json": "convert it with pandas.read_json(...).to_csv('data.csv', index=False)",
    ".pkl": "save the table as CSV or Parquet; pickles are never loaded, because they can run code",
    ".pickle": "save the table as CSV or Parquet; pickles are never loaded, because they can run code",
    ".nnb": "this is a model file; pass a table or arrays",
}
# Names of arrays in a file .npz, in lower case.
PARTS = {"x": "X", "y": "y", "x_train": "X", "y_train": "y", "x_test": "X_test", "y_test": "y_test"}
# Errors of NumPy for damaged files.
DAMAGE = (
    ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, MemoryError,
)  # fmt: skip
