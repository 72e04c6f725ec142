"""Arrays, tables and lists as JSON values and back, as in golden files."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose

RTOL, ATOL = 1e-5, 1e-6  # of predictions on another processor


def to_json(value):
    """A value as JSON; `from_json` makes an equal one."""
    if isinstance(value, np.ndarray):
        return {"array": value.dtype.str, "shape": list(value.shape), "values": _plain(value)}
    if isinstance(value, pd.DataFrame):
        return {"frame": {str(name): _column(value[name]) for name in value}}
    if isinstance(value, Mapping):
        return {"mapping": {name: to_json(item) for name, item in value.items()}}
    if isinstance(value, Path):
        return {"file": value.name}
    if isinstance(value, tuple):
        return {"tuple": [to_json(item) for item in value]}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def from_json(value, folder=Path()):
    """The value that `to_json` got, with the paths of files in `folder`."""
    if isinstance(value, list):
        return [from_json(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    (kind,) = value.keys() & KINDS.keys()
    return KINDS[kind](value, folder)


def assert_close(found, expected):
    """Raise an AssertionError unless values are equal, numbers but for the rounding of another processor."""
    if isinstance(expected, pd.DataFrame):
        assert list(found) == list(expected)
        for name in expected:
            assert_close(found[name].to_numpy(), expected[name].to_numpy())
    elif isinstance(expected, tuple | list):
        assert type(found) is type(expected)
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other)
    elif isinstance(expected, float) or (isinstance(expected, np.ndarray) and expected.dtype.kind == "f"):
        assert_allclose(found, expected, rtol=RTOL, atol=ATOL)
    else:
        np.testing.assert_array_equal(found, expected)


def _plain(array):
    """The elements of an array in one list: dates as integers, float32 without the digits of float64."""
    if array.dtype.kind in "mM":
        return array.view("int64").ravel().tolist()
    if array.dtype == np.float32:
        return [float(f"{number:.9g}") for number in array.ravel().tolist()]
    return array.ravel().tolist()


def _column(column):
    """A column of a table: its dtype and its values, null where one is missing."""
    dtype = str(column.dtype)
    if dtype.startswith(("datetime64", "timedelta64")):
        values = [None if pd.isna(value) else value.isoformat() for value in column]
    elif dtype == "float32":
        values = _plain(column.to_numpy())
    else:
        values = [None if pd.isna(value) else value for value in column.tolist()]
    return {"dtype": dtype, "values": values}


def _array(value, folder):
    dtype = value["array"]
    if dtype[1] in "mM":
        return np.array(value["values"], "int64").view(dtype).reshape(value["shape"])
    return np.array(value["values"], dtype).reshape(value["shape"])


def _frame(value, folder):
    return pd.DataFrame({name: _series(column) for name, column in value["frame"].items()})


def _series(column):
    values, dtype = column["values"], column["dtype"]
    if dtype.startswith("datetime64"):
        return pd.Series(pd.to_datetime(values)).astype(dtype)
    if dtype.startswith("timedelta64"):
        return pd.Series(pd.to_timedelta(values)).astype(dtype)
    return pd.Series(values, dtype=dtype)


KINDS = {
    "array": _array,
    "frame": _frame,
    "mapping": lambda value, folder: {key: from_json(item, folder) for key, item in value["mapping"].items()},
    "tuple": lambda value, folder: tuple(from_json(item, folder) for item in value["tuple"]),
    "file": lambda value, folder: folder / value["file"],
}
