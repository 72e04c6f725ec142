"""Columns of a table, whatever their dtype, -> plain arrays of numbers, levels or times."""

from __future__ import annotations

import numbers
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

from nnbuild.errors import DataError, show


def column_error(name: str, found: str, hint: str = "") -> DataError:
    """The error of one column of X."""
    return DataError(f"column {show(name)}: {found}" + (f"\n  hint: {hint}" if hint else ""))


def kind_of(name: str, column: pd.Series) -> str:
    """What a column holds: "number", "flag", "duration", "time" or "text".

    Text, categories and whatever else can be told apart are "text": their levels are. Numbers, truth values, times
    and durations in a column of dtype object count as such where all values are.

    Raises
    ------
    DataError
        If it holds complex numbers.
    """
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        kind = _kind_of_objects(column) if dtype.kind == "O" else NUMPY.get(dtype.kind, "text")
    else:
        kind = _kind_of_extension(dtype)
    if kind == "complex":
        raise column_error(name, "Complex data not supported", "give its real and its imaginary part as two columns")
    return kind


def _kind_of_extension(dtype: ExtensionDtype) -> str:
    """What a column of a dtype of pandas' own holds."""
    types = pd.api.types
    checks = {
        "flag": types.is_bool_dtype,
        "number": types.is_numeric_dtype,
        "time": types.is_datetime64_any_dtype,
    }
    if isinstance(dtype, pd.CategoricalDtype):  # of numbers and truth values too
        return "text"
    if isinstance(dtype, pd.PeriodDtype):
        return "time"
    if dtype.kind == "m":  # of PyArrow too
        return "duration"
    return next((kind for kind, check in checks.items() if check(dtype)), "text")


def _kind_of_objects(column: pd.Series) -> str:
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred in ("mixed", "mixed-integer"):  # numbers of several types, perhaps
        values = column[column.notna()]
        return "number" if all(isinstance(value, numbers.Real | Decimal) for value in values) else "text"
    return OBJECTS.get(inferred, "text")


def missing_of(column: pd.Series) -> np.ndarray:
    """Which values are missing: array of shape (n_samples,), bool."""
    return column.isna().to_numpy()


def as_numbers(name: str, column: pd.Series, wanted: str = "number") -> np.ndarray:
    """The numbers of a column, missing ones as NaN.

    Parameters
    ----------
    name : str
        The column's name, for messages.
    column : Series of length n_samples
    wanted : {"number", "flag", "duration"}, default="number"
        What the column held in fit. Truth values count as the numbers 0 and 1; durations are in seconds.

    Returns
    -------
    array of shape (n_samples,), float64

    Raises
    ------
    DataError
        If it holds something else now, or infinity.
    """
    kind = kind_of(name, column)
    fits = kind == wanted or {kind, wanted} == {"number", "flag"}
    if not fits:
        return np.full(len(column), np.nan) if column.isna().all() else _refuse(name, column, wanted, kind)
    values = _floats(column) if kind != "duration" else pd.to_timedelta(column).dt.total_seconds().to_numpy()
    if np.isinf(values).any():
        raise too_large(name)
    if wanted == "flag" and kind == "number" and not np.isin(values[~np.isnan(values)], (0, 1)).all():
        _refuse(name, column, wanted, kind)
    return values


def _floats(column: pd.Series) -> np.ndarray:
    try:
        if pd.api.types.is_object_dtype(column.dtype):
            column = pd.to_numeric(column)
        return column.to_numpy("float64", na_value=np.nan)
    except OverflowError:  # a whole number of hundreds of digits
        return np.full(len(column), np.inf)


def too_large(name: str) -> DataError:
    """The error of infinite values, in scikit-learn's words."""
    found = "Input X contains infinity or a value too large for dtype('float32')"
    return column_error(name, found, "make it missing (NaN), or a number")


def as_times(name: str, column: pd.Series, zone: str | None) -> pd.Series:
    """The times of a column as the clocks of one time zone show them.

    Parameters
    ----------
    name : str
        The column's name, for messages.
    column : Series of length n_samples
    zone : str or None
        Time zone that the column had in fit; None for times without one.

    Returns
    -------
    Series of datetime64 without time zone
        Missing times as NaT; periods as their beginning.

    Raises
    ------
    DataError
        If it holds something else now, or times with a zone where those of fit had none, or the reverse.
    """
    kind = kind_of(name, column)
    if kind != "time":
        if not column.isna().all():
            _refuse(name, column, "time", kind)
        return pd.Series(np.full(len(column), "NaT", "datetime64[s]"))
    times = _times(name, column)
    if (zone is None) != (times.dt.tz is None):
        had, has = ("a time zone", "none") if zone else ("no time zone", "one")
        raise column_error(name, f"its times had {had} in fit, and have {has} now")
    return times if zone is None else times.dt.tz_convert(ZoneInfo(zone)).dt.tz_localize(None)


def zone_of(name: str, column: pd.Series) -> str | None:
    """Name of the time zone of a column's times; "UTC" where it has no common name, None where there is none."""
    zone = _times(name, column).dt.tz
    return None if zone is None else common_zone(str(zone)) or "UTC"


def common_zone(name: str) -> str | None:
    """`name` where it is a time zone's common name ("Europe/Paris"); None for offsets, paths and all else."""
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
        found = "its times are of several time zones, or some have none"
        raise column_error(name, found, "make them of one with pandas.to_datetime(..., utc=True)") from None


def as_levels(name: str, column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """The levels of a column as text, and which row has which.

    Returns
    -------
    codes : array of shape (n_samples,), int
        Positions in `levels`, -1 where the value is missing.
    levels : list of str
        Each value once, as text; whole numbers are written without a fraction, so that 1 and 1.0 are one level.

    Raises
    ------
    DataError
        If it holds lists, dicts or the like.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, values = column.cat.codes.to_numpy(), column.cat.categories
    else:
        try:
            codes, values = pd.factorize(column)
        except TypeError:
            raise _unhashable(name, column) from None
    return codes, [_level(value) for value in values]


def _unhashable(name: str, column: pd.Series) -> DataError:
    """The error of lists, dicts and the like in place of levels."""
    found = f"holds values that can't be told apart, such as {shown(column[column.notna()].iloc[0])}"
    return column_error(name, found, "give text, or a column for each part")


def levels_kind(column: pd.Series) -> str:
    """What the levels of a column are: "text", "number" or "flag"; "mixed" for levels of several kinds and others."""
    return LEVELS.get(pd.api.types.infer_dtype(_level_values(column), skipna=True), "mixed")


def check_levels(name: str, column: pd.Series, wanted: str) -> None:
    """Raise a `DataError` where levels are numbers now and were text in fit, or the reverse: few would be found.

    Parameters
    ----------
    name : str
    column : Series of length n_samples
    wanted : {"text", "number", "flag", "mixed", ""}
        What the levels were in fit; "" where that was not kept.
    """
    try:
        if wanted in ("", "mixed") or column.isna().all() or (kind := levels_kind(column)) in ("mixed", wanted):
            return
    except TypeError:
        raise _unhashable(name, column) from None
    wrong = [value for value in _level_values(column) if wanted == "text" or _written(value) != value]
    if not wrong:  # text, written as the numbers or truth values of fit are
        return
    place = int((column == wrong[0]).to_numpy().argmax())
    had, has = WORDS_OF_LEVELS[wanted], WORDS_OF_LEVELS[kind]
    found = f"its levels were {had} in fit, and are {has} now, such as {shown(wrong[0])} in {place_of(column, place)}"
    raise column_error(name, found, LEVEL_HINTS[wanted].format(show(name)))


def _level_values(column: pd.Series) -> Any:
    """Each value of a column once; of a categorical those that are in the column."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.categories[np.unique(column.cat.codes[column.cat.codes >= 0])]
    return pd.unique(column.dropna())


def _written(value: object) -> str:
    """A text as the level that it would be as a number or truth value."""
    try:
        return value if value in ("True", "False") else _level(float(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""


def _level(value: object) -> str:
    if isinstance(value, bytes):  # text in Parquet files of some programs
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, str | bool | np.bool):
        return str(value)
    if isinstance(value, numbers.Real) and float(value).is_integer():
        return str(int(float(value)))
    return str(value)


def _refuse(name: str, column: pd.Series, wanted: str, kind: str) -> np.ndarray:
    """Raise the error of a column that holds something else than in fit."""
    hint = "make times of it with pandas.to_datetime" if wanted == "time" and kind == "text" else ""
    place = _culprit(column, wanted)
    if wanted == "number" and kind == "text" and place is None:
        hint = "make numbers of it with pandas.to_numeric"
    place = int(column.notna().to_numpy().argmax()) if place is None else place
    found = f"such as {shown(column.iloc[place])} in {place_of(column, place)}"
    raise column_error(name, f"held {WORDS[wanted]} in fit, holds {WORDS[kind]} now, {found}", hint)


def _culprit(column: pd.Series, wanted: str) -> int | None:
    """Position of the first value that is not of the kind that the column had in fit; None where none stands out."""
    values = column.astype(object)
    if wanted in ("number", "flag"):
        read = pd.to_numeric(values, errors="coerce")
    elif wanted == "time":
        read = pd.Series([value if kind_of("", pd.Series([value])) == "time" else None for value in values])
    else:
        return None
    wrong = read.isna().to_numpy() & column.notna().to_numpy()
    if wanted == "flag":
        wrong |= ~read.isin((0, 1)).to_numpy() & column.notna().to_numpy()
    return int(wrong.argmax()) if wrong.any() else None


def place_of(column: pd.Series, position: int) -> str:
    """A row of a column in words: its line in a file, or its label in the index of a DataFrame."""
    label = column.index[position]
    return f"{'line' if column.index.name == 'line' else 'row'} {label if not isinstance(label, str) else show(label)}"


def shown(value: object) -> str:
    """A value as messages show it."""
    return show(value if isinstance(value, str | list | dict) else str(value))


WORDS = {
    "number": "numbers",
    "flag": "true and false",
    "duration": "durations",
    "time": "times",
    "text": "text or categories",
}
WORDS_OF_LEVELS = {"text": "text", "number": "numbers", "flag": "true and false"}
LEVEL_HINTS = {
    "text": "make text of it with astype(str), or read it as text: pandas.read_csv(..., dtype={{{}: str}})",
    "number": "make numbers of it with pandas.to_numeric",
    "flag": "make truth values of it with astype(bool)",
}
# What levels are, by what pandas calls them.
LEVELS = {
    "string": "text", "bytes": "text", "empty": "mixed", "integer": "number", "floating": "number",
    "mixed-integer-float": "number", "decimal": "number", "boolean": "flag",
}  # fmt: skip
# What the dtypes of NumPy hold, by their letter.
NUMPY = {"b": "flag", "i": "number", "u": "number", "f": "number", "c": "complex", "M": "time", "m": "duration"}
# What pandas calls the values of a column of dtype object.
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
