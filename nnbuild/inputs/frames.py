"""Convert tables and columns of other packages to pandas, column by column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.exceptions import DuplicateError
from scipy import sparse

from nnbuild.errors import DataError


def in_pandas(values: Any, name: str = "X") -> Any:
    """Convert tables and columns of polars, PyArrow, Modin and cuDF to pandas; return other values unchanged.

    Parameters
    ----------
    values : object
        Data as passed by the user. A dict is converted part by part.
    name : str, default="X"
        Name of the data in messages.

    Raises
    ------
    DataError
        For lazy tables, tables that `narwhals` does not support, data sets and generators.

    Notes
    -----
    Columns keep their meaning, and PyArrow is not required. Integers and booleans with missing values get the
    nullable dtypes of pandas, decimals stay exact, categories are compared as text, lists become objects.
    """
    if values is None or isinstance(values, UNCHANGED) or sparse.issparse(values):
        return values
    if isinstance(values, Mapping):
        return {key: in_pandas(part, f"{name}[{key!r}]") for key, part in values.items()}
    try:
        found = nw.from_native(values, pass_through=True, allow_series=True)
    except DuplicateError:  # of a PyArrow table
        raise DataError(
            f"{name} has duplicate column names\n  hint: rename these columns, or drop all but one of each name"
        ) from None
    if isinstance(found, nw.DataFrame):
        return _frame(found)
    if isinstance(found, nw.Series):
        return _column(found)
    if isinstance(found, nw.LazyFrame):
        hint = "pass the result of collect(), compute() or df()"
        raise DataError(f"{name} is a lazy table ({type_name(values)}), without a fixed order of rows\n  hint: {hint}")
    _refuse_batches(values, name)
    _refuse_table(values, name)
    return values


def is_table(X: object) -> bool:
    """Return whether X is a pandas DataFrame; call `in_pandas` first for other tables."""
    return isinstance(X, pd.DataFrame)


def _refuse_batches(values: object, name: str) -> None:
    """Raise a `DataError` for values that yield batches of samples."""
    classes = {(base.__module__.partition(".")[0], base.__name__) for base in type(values).__mro__}
    found = next((known for key, known in BATCHES.items() if key in classes), None)
    if found is None and hasattr(type(values), "__next__"):
        found = ("a generator or another iterator", "X, y = map(numpy.concatenate, zip(*batches))")
    if found is None:
        return
    what, code = found
    raise DataError(
        f"{name} is {what} ({type_name(values)}), but estimators require arrays\n"
        "  allowed: arrays, tables, sparse matrices, lists, and dicts of them\n"
        f"  hint: convert batches to arrays with {code}; or train on each batch with partial_fit"
    )


def type_name(value: object) -> str:
    """Return the full name of the class of a value, such as `polars.LazyFrame`."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    return kind.__name__ if package == "builtins" else f"{package}.{kind.__name__}"


def _refuse_table(values: object, name: str) -> None:
    """Raise a `DataError` for values like tables, which would be converted to arrays without names and dtypes."""
    kind = type(values)
    has_columns = hasattr(values, "columns") and hasattr(values, "dtypes")
    if has_columns or any(hasattr(kind, attribute) for attribute in ("__dataframe__", "__arrow_c_stream__")):
        hint = "convert it with to_pandas(), pyarrow.table(...) or polars.DataFrame(...)"
        raise DataError(
            f"{name} looks like a table of an unsupported package ({type_name(values)})\n"
            f"  allowed: tables of pandas, polars, PyArrow, Modin and cuDF\n  hint: {hint}"
        )


def _frame(frame: nw.DataFrame) -> pd.DataFrame:
    if frame.implementation.is_pandas_like():
        return frame.to_pandas()
    columns = {column.name: _column(column) for column in frame.iter_columns()}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))


def _column(series: Any) -> pd.Series:
    if series.implementation.is_pandas_like():
        return series.to_pandas()
    return pd.Series(_values(series), name=series.name or None)


def _values(series: Any) -> Any:
    """Return the values of a column in a form that pandas accepts."""
    dtype, missing = series.dtype, series.is_null()
    has_missing = bool(missing.any())
    if dtype in (nw.Int128, nw.UInt128):
        return pd.Series(series.to_list(), dtype=object)
    if dtype.is_integer() and has_missing:
        return pd.arrays.IntegerArray(series.fill_null(0).to_numpy().copy(), missing.to_numpy().copy())
    if dtype == nw.Boolean and has_missing:
        return pd.arrays.BooleanArray(series.fill_null(False).to_numpy().copy(), missing.to_numpy().copy())
    if dtype.is_integer() or dtype.is_float() or dtype in (nw.Boolean, nw.Date, nw.Duration):
        return series.to_numpy()
    if dtype == nw.Datetime:
        return _times(series, dtype.time_zone)
    if dtype in (nw.Categorical, nw.Enum):
        return pd.Categorical(pd.Series(series.cast(nw.String).to_list(), dtype="str"))
    if dtype == nw.String:
        return pd.Series(series.to_list(), dtype="str")
    return pd.Series(series.to_list(), dtype=object)


def _times(series: Any, zone: str | None) -> pd.Series:
    """Return times in the time zone of the column."""
    if zone is None:
        return pd.Series(series.to_numpy())
    plain = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return pd.Series(plain.to_numpy()).dt.tz_localize("UTC").dt.tz_convert(zone)


# Not converted: types of pandas and NumPy, sequences and scalars.
UNCHANGED = (np.ndarray, pd.DataFrame, pd.Series, pd.Index, list, tuple, str, bytes, int, float, np.generic)
# Types that yield batches, by package and class: a description, and code that converts them to arrays.
BATCHES = {
    ("tensorflow", "DatasetV2"): ("a tf.data dataset", "X, y = map(numpy.concatenate, zip(*X.as_numpy_iterator()))"),
    ("torch", "DataLoader"): ("a torch DataLoader", "X, y = map(numpy.concatenate, zip(*X))"),
    ("torch", "Dataset"): ("a torch dataset", "X, y = map(numpy.stack, zip(*X))"),
    ("keras", "PyDataset"): (
        "a keras PyDataset",
        "X, y = map(numpy.concatenate, zip(*(X[i] for i in range(len(X)))))",
    ),
}
