"""Convert columns of a table, of any dtype, to arrays of numbers, categories or times."""

from __future__ import annotations

import numbers
from collections.abc import Hashable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from nnbuild.errors import DataError, DataTypeError, show


def column_error(name: str, found: str, hint: str = "") -> DataError:
    """Return an error about one column of X."""
    return DataError(f"column {show(name)}: {found}" + (f"\n  hint: {hint}" if hint else ""))


def kind_of(name: str, column: pd.Series) -> str:
    """Return the kind of a column: "number", "flag", "duration", "time" or "text".

    Text, categories and all other hashable values are "text". Numbers, booleans, times and durations
    in a column of dtype object have their own kind if all values are of it.

    Raises
    ------
    DataError
        If it contains complex numbers.
    """
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        kind = _kind_of_objects(column) if dtype.kind == "O" else NUMPY.get(dtype.kind, "text")
    else:
        kind = _kind_of_extension(dtype)
    if kind == "complex":
        raise column_error(name, "Complex data not supported", "pass the real and the imaginary part as two columns")
    return kind


def _kind_of_extension(dtype: ExtensionDtype) -> str:
    """Return the kind of a column with an extension dtype of pandas."""
    types = pd.api.types
    checks = {
        "flag": types.is_bool_dtype,
        "number": types.is_numeric_dtype,
        "time": types.is_datetime64_any_dtype,
    }
    if isinstance(dtype, pd.CategoricalDtype):  # including those of numbers and booleans
        return "text"
    if isinstance(dtype, pd.PeriodDtype):
        return "time"
    if dtype.kind == "m":  # including PyArrow's
        return "duration"
    return next((kind for kind, check in checks.items() if check(dtype)), "text")


def _kind_of_objects(column: pd.Series) -> str:
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred in ("mixed", "mixed-integer"):  # may be numbers of several types
        values = column[column.notna()]
        return "number" if all(isinstance(value, numbers.Real | Decimal) for value in values) else "text"
    return OBJECTS.get(inferred, "text")


def missing_of(column: pd.Series) -> np.ndarray:
    """Return which values are missing: array of shape (n_samples,), bool."""
    return column.isna().to_numpy()


def as_numbers(name: str, column: pd.Series, expected: str = "number") -> np.ndarray:
    """Return the numbers in a column, missing ones as NaN.

    Parameters
    ----------
    name : str
        Name of the column, for messages.
    column : Series of length n_samples
    expected : {"number", "flag", "duration"}, default="number"
        Kind of the column in fit. Booleans count as 0 and 1; durations are in seconds.

    Returns
    -------
    array of shape (n_samples,), float64

    Raises
    ------
    DataError
        If it contains another kind of values now, or infinity.
    """
    kind = kind_of(name, column)
    fits = kind == expected or {kind, expected} == {"number", "flag"}
    if not fits:
        return np.full(len(column), np.nan) if column.isna().all() else _refuse(name, column, expected, kind)
    values = _floats(column) if kind != "duration" else pd.to_timedelta(column).dt.total_seconds().to_numpy()
    if np.isinf(values).any():
        raise too_large(name)
    if expected == "flag" and kind == "number" and not np.isin(values[~np.isnan(values)], (0, 1)).all():
        _refuse(name, column, expected, kind)
    return values


def _floats(column: pd.Series) -> np.ndarray:
    try:
        if pd.api.types.is_object_dtype(column.dtype):
            column = pd.to_numeric(column)
        return column.to_numpy("float64", na_value=np.nan)
    except OverflowError:  # an integer of hundreds of digits
        return np.full(len(column), np.inf)


def too_large(name: str) -> DataError:
    """Return the error about infinite values, with scikit-learn's message."""
    found = "Input X contains infinity or a value too large for dtype('float32')"
    return column_error(name, found, "replace it by NaN, for a missing value, or by a finite number")


def as_times(name: str, column: pd.Series, zone: str | None) -> pd.Series:
    """Return the times in a column as local times of one time zone.

    Parameters
    ----------
    name : str
        Name of the column, for messages.
    column : Series of length n_samples
    zone : str or None
        Time zone of the column in fit; None for times without one.

    Returns
    -------
    Series of datetime64 without time zone
        Missing times as NaT; periods as their start.

    Raises
    ------
    DataError
        If it contains other values than times now, or if only the times now, or only those in fit, have a time zone.
    """
    kind = kind_of(name, column)
    if kind != "time":
        if not column.isna().all():
            _refuse(name, column, "time", kind)
        return pd.Series(np.full(len(column), "NaT", "datetime64[s]"))
    times = _times(name, column)
    if (zone is None) != (times.dt.tz is None):
        before, now = ("with", "without") if zone else ("without", "with")
        raise column_error(
            name, f"contained datetimes {before} a time zone in fit, but contains datetimes {now} one now"
        )
    return times if zone is None else times.dt.tz_convert(ZoneInfo(zone)).dt.tz_localize(None)


def zone_of(name: str, column: pd.Series) -> str | None:
    """Return the name of the time zone of a column; "UTC" if the zone has no common name, None for no zone."""
    zone = _times(name, column).dt.tz
    return None if zone is None else common_zone(str(zone)) or "UTC"


def common_zone(name: str) -> str | None:
    """Return `name` if it is the common name of a time zone ("Europe/Paris"); None for offsets, paths and others."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _times(name: str, column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.PeriodDtype):
        return column.dt.to_timestamp()
    try:
        return pd.to_datetime(column)
    except ValueError:
        found = "contains times of several time zones, or times with and without one"
        raise column_error(name, found, "convert it with pandas.to_datetime(..., utc=True)") from None


def as_categories(name: str, column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Return the categories of a column as text, and the category of each row.

    Returns
    -------
    codes : array of shape (n_samples,), int
        Positions in `categories`; -1 for missing values.
    categories : list of str
        Distinct values as text; integers are written without a fraction, so 1 and 1.0 are the same category.

    Raises
    ------
    DataError
        If it contains lists, dicts or the like.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy(), column.cat.categories
    else:
        try:
            codes, values = pd.factorize(column)
        except TypeError:
            raise _unhashable(name, column) from None
    return codes, [_category(value) for value in values]


def _unhashable(name: str, column: pd.Series) -> DataError:
    """Return the error about lists, dicts and the like in place of categories."""
    present = column[column.notna()]
    value = next((value for value in present if not isinstance(value, Hashable)), present.iloc[0])
    found = f"contains values that are not hashable, such as {shown(value)}"
    allowed = "each argument must be a string, a boolean, a time, a number or missing"
    hint = "convert them to text, or to a column for each part"
    return DataTypeError(f"column {show(name)}: {found}\n  allowed: {allowed}\n  hint: {hint}")


def category_kind(column: pd.Series) -> str:
    """Return the type of a column's categories: "text", "number" or "flag"; "mixed" for several or other types."""
    return CATEGORY_KINDS.get(pd.api.types.infer_dtype(_distinct_values(column), skipna=True), "mixed")


def check_categories(name: str, column: pd.Series, expected: str) -> None:
    """Raise a `DataError` if categories were text in fit and are numbers now, or the reverse.

    Parameters
    ----------
    name : str
    column : Series of length n_samples
    expected : {"text", "number", "flag", "mixed", ""}
        Type of the categories in fit; "" if unknown.
    """
    try:
        if expected in ("", "mixed") or column.isna().all() or (kind := category_kind(column)) in ("mixed", expected):
            return
    except TypeError:
        raise _unhashable(name, column) from None
    wrong = [value for value in _distinct_values(column) if expected == "text" or _category_in_text(value) != value]
    if not wrong:  # text that represents the numbers or booleans in fit
        return
    place = int((column == wrong[0]).to_numpy().argmax())
    before, now = CATEGORY_WORDS[expected], CATEGORY_WORDS[kind]
    example = f"{shown(wrong[0])} in {place_of(column, place)}"
    found = f"its categories were {before} in fit, but are {now} now, such as {example}"
    raise column_error(name, found, CATEGORY_HINTS[expected].format(show(name)))


def _distinct_values(column: pd.Series) -> Any:
    """Return the distinct values of a column; for a categorical, only those that occur."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.categories[np.unique(column.cat.codes[column.cat.codes >= 0])]
    return pd.unique(column.dropna())


def _category_in_text(value: object) -> str:
    """Return the category of a text that represents a number or boolean."""
    try:
        return value if value in ("True", "False") else _category(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""


def _category(value: object) -> str:
    if isinstance(value, bytes):  # text in some Parquet files
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, str | bool | np.bool):
        return str(value)
    if isinstance(value, numbers.Real) and float(value).is_integer():
        return str(int(float(value)))
    return str(value)


def _refuse(name: str, column: pd.Series, expected: str, kind: str) -> np.ndarray:
    """Raise the error about a column with another kind of values than in fit."""
    hint = "convert it with pandas.to_datetime" if expected == "time" and kind == "text" else ""
    place = _first_mismatch(column, expected)
    if expected == "number" and kind == "text" and place is None:
        hint = "convert it with pandas.to_numeric"
    place = int(column.notna().to_numpy().argmax()) if place is None else place
    found = f"such as {shown(column.iloc[place])} in {place_of(column, place)}"
    raise column_error(name, f"contained {WORDS[expected]} in fit, but contains {WORDS[kind]} now, {found}", hint)


def _first_mismatch(column: pd.Series, expected: str) -> int | None:
    """Return the position of the first value of another kind than in fit; None if there is none."""
    values = column.astype(object)
    if expected in ("number", "flag"):
        read = pd.to_numeric(values, errors="coerce")
    elif expected == "time":
        read = pd.Series([value if kind_of("", pd.Series([value])) == "time" else None for value in values])
    else:
        return None
    wrong = read.isna().to_numpy() & column.notna().to_numpy()
    if expected == "flag":
        wrong |= ~read.isin((0, 1)).to_numpy() & column.notna().to_numpy()
    return int(wrong.argmax()) if wrong.any() else None


def place_of(column: pd.Series, position: int) -> str:
    """Return a row of a column for messages: its line in a file, or its label in the index of a DataFrame."""
    label = column.index[position]
    return f"{'line' if column.index.name == 'line' else 'row'} {label if not isinstance(label, str) else show(label)}"


def shown(value: object) -> str:
    """Return a value as text, for messages."""
    return show(value if isinstance(value, str | list | dict) else str(value))


WORDS = {
    "number": "numbers",
    "flag": "booleans",
    "duration": "durations",
    "time": "datetimes",
    "text": "text or categories",
}
CATEGORY_WORDS = {"text": "text", "number": "numbers", "flag": "booleans"}
CATEGORY_HINTS = {
    "text": "convert it with astype(str), or read it as text: pandas.read_csv(..., dtype={{{}: str}})",
    "number": "convert it with pandas.to_numeric",
    "flag": "convert it with astype(bool)",
}
# Types of categories, by pandas' inferred types.
CATEGORY_KINDS = {
    "string": "text", "bytes": "text", "empty": "mixed", "integer": "number", "floating": "number",
    "mixed-integer-float": "number", "decimal": "number", "boolean": "flag",
}  # fmt: skip
# Kinds of columns, by the `kind` of NumPy's dtypes.
NUMPY = {"b": "flag", "i": "number", "u": "number", "f": "number", "c": "complex", "M": "time", "m": "duration"}
# Kinds of columns of dtype object, by pandas' inferred types.
OBJECTS = {
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "complex": "complex",
    "boolean": "flag",
    "datetime": "time",
    "datetime64": "time",
    "date": "time",
    "timedelta": "duration",
    "timedelta64": "duration",
}
