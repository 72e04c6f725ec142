"""Text of comma-separated values -> a table whose columns hold numbers, truth values, times or text.

A column becomes what all of its values are written as; what is not sure stays text, as it is:

- numbers: as in 12, -0.5 or 1e-3. Among them, "NA", "NaN", "null", "?" and the like are missing; in a column of text
  they are text. Digits that begin with 0 (007, a postal code), and 16 or more of them, are an id, and stay text.
- truth values: True and False, in just this spelling.
- times: 2024-01-31, also with a time of day and a time zone. Other forms are ambiguous, and stay text.
- text: everything else.

Empty fields are missing everywhere. Blanks after a delimiter don't count.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, show

MISSING = frozenset({"NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "?", "-", "."})
TRUTH = {"True": True, "False": False}
ID = re.compile(r"[+-]?(0\d|\d{16,}$)")
TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")
ZONE = re.compile(r":.*(?:Z|[+-]\d\d:?\d\d)$")
QUOTED = re.compile(r'"[^"]*"')
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
UTF_8 = "save it as UTF-8, or in Python: Path(new).write_text(Path(old).read_text('latin-1'), 'utf-8')"


def table_in_text(content: bytes, name: str, delimiter: str = "") -> pd.DataFrame:
    """The table in the text of a file.

    Parameters
    ----------
    content : bytes
        UTF-8, with a header.
    name : str
        Of the file, for messages.
    delimiter : str, default=""
        Between fields; by default the comma, semicolon or tab that the header has most of.

    Returns
    -------
    DataFrame of shape (n_samples, n_columns)
        A column without a name is called "column N", counted from 1.

    Raises
    ------
    DataError
        If the text is not UTF-8, is empty, has a header only, or has rows of another length than the header.
    """
    text = _decoded(content, name)
    delimiter = delimiter or _delimiter_of(text)
    names = _header(text, delimiter, name)
    try:
        frame = pd.read_csv(
            io.StringIO(text), sep=delimiter, header=0, names=names, dtype=str, keep_default_na=False,
            skipinitialspace=True,
        )  # fmt: skip
    except ValueError as error:  # pandas' own errors are among them
        last = _check_rows(text, delimiter, len(names), name)
        if "EOF inside string" in str(error):
            raise DataError(f'{name}: a quote (") is opened in line {last} and never closed') from None
        raise DataError(f"{name}: can't be read: {' '.join(str(error).split())}") from None
    # pandas takes rows that are too long for a header without the first column, and fills those that are too short.
    if not len(frame) or not isinstance(frame.index, pd.RangeIndex) or (frame[names[-1]] == "").any():
        _check_rows(text, delimiter, len(names), name)
    return frame.apply(_column)


def _decoded(content: bytes, name: str) -> str:
    if not content.strip():
        raise DataError(f"{name}: is empty")
    if content.startswith(UTF_16):
        raise DataError(f"{name}: is text in UTF-16, not UTF-8\n  hint: {UTF_8.replace('latin-1', 'utf-16')}")
    if 0 in content:
        raise DataError(f"{name}: is no text: line {content[: content.index(0)].count(10) + 1} has a zero byte")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(10) + 1
        found = f"{name}: is not UTF-8: line {line} has the byte 0x{content[error.start]:02x} (byte {error.start + 1})"
        raise DataError(f"{found}\n  hint: {UTF_8}") from None


def _delimiter_of(text: str) -> str:
    """The delimiter that the first line has most of, not counting what stands in quotes."""
    first = text.lstrip("\r\n ").partition("\n")[0]
    return max(",;\t", key=QUOTED.sub("", first).count)


def _header(text: str, delimiter: str, name: str) -> list[str]:
    """Names of the columns."""
    _, _, row = next(_rows(text, delimiter, name))
    names = [field.strip() or f"column {number}" for number, field in enumerate(row, 1)]
    if twice := sorted({column for column in names if names.count(column) > 1}):
        found = f"several columns have one name: {', '.join(map(show, twice[:8]))}"
        raise DataError(f"{name}: {found}\n  hint: rename them, or keep one only")
    if all(_is_number(field) for field in row):
        found = f"the first line must hold the names of the columns, and holds {show(delimiter.join(row))}"
        raise DataError(f"{name}: {found}")
    return names


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _rows(text: str, delimiter: str, name: str) -> Iterator[tuple[int, int, list[str]]]:
    """Rows that are not blank, each with the numbers of its first and last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    begin = 1
    try:
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                yield begin, reader.line_num, row
            begin = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{name}: line {reader.line_num}: {error}") from None


def _check_rows(text: str, delimiter: str, n_columns: int, name: str) -> int:
    """The line that the last row begins in; a `DataError` for no rows, or one of another length than the header."""
    rows = _rows(text, delimiter, name)
    next(rows)
    if (first := next(rows, None)) is None:
        raise DataError(f"{name}: has a header and no rows")
    for begin, end, row in chain([first], rows):
        if len(row) != n_columns:
            hint = "put fields that hold the delimiter in quotes" if len(row) > n_columns else ""
            hint = f'a quote (") is opened in line {begin} and closed later' if begin < end else hint
            found = f"{name}: line {end} has {_fields(len(row))}, the header has {n_columns}"
            raise DataError(found + (f"\n  hint: {hint}" if hint else ""))
    return begin


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def _column(column: pd.Series) -> pd.Series:
    """A column of text as what all of its values are written as."""
    present = column[column != ""]
    if not len(present):
        return pd.Series(np.nan, column.index)
    for convert in (_numbers, _truth, _times):
        if (found := convert(present)) is not None:
            return found.reindex(column.index)
    return column.where(column != "")


def _numbers(texts: pd.Series) -> pd.Series | None:
    numbers = pd.to_numeric(texts, errors="coerce")
    others = texts[numbers.isna()]
    if len(others) == len(texts) or not MISSING.issuperset(others.unique()) or any(map(ID.match, texts)):
        return None
    return numbers


def _truth(texts: pd.Series) -> pd.Series | None:
    return texts.map(TRUTH) if set(texts.unique()) <= TRUTH.keys() else None


def _times(texts: pd.Series) -> pd.Series | None:
    if not all(map(TIME.fullmatch, texts)):
        return None
    zoned = texts.str.contains(ZONE)
    if zoned.any() and not zoned.all():
        return None
    try:
        return pd.to_datetime(texts, format="ISO8601", utc=bool(zoned.all()))
    except ValueError:  # there is no such day
        return None
