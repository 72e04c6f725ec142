"""Tables and columns of other packages are converted to pandas, with their dtypes and missing values."""

import datetime as dt
import decimal
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from estimators.samples import message_of
from nnbuild.inputs.frames import in_pandas
from nnbuild.inputs.table.preparation import TablePreparation

pl = pytest.importorskip("polars")
DAYS = [dt.datetime(2020, 1, 1), None, dt.datetime(2021, 7, 1, 12)]
HOURS = [dt.timedelta(1), None, dt.timedelta(hours=2)]


def column(values, dtype=None):
    return pl.Series("x", values, dtype=dtype, strict=False)


COLUMNS = {
    "whole": (column([1, 2, 3]), pd.Series([1, 2, 3])),
    "whole with gaps": (column([2**62 + 1, None, 3]), pd.Series([2**62 + 1, None, 3], dtype="Int64")),
    "large": (column([2**63, 1, None], pl.UInt64), pd.Series([2**63, 1, None], dtype="UInt64")),
    "very large": (column([2**100, 1, None], pl.Int128), pd.Series([2**100, 1, None], dtype=object)),
    "real": (column([1.5, None, float("nan")]), pd.Series([1.5, None, None])),
    "float32": (column([1.5, None, 2], pl.Float32), pd.Series([1.5, None, 2], dtype="float32")),
    "flag": (column([True, False, True]), pd.Series([True, False, True])),
    "flag with gaps": (column([True, None, False]), pd.Series([True, None, False], dtype="boolean")),
    "text": (column(["a", None, "b"]), pd.Series(["a", None, "b"], dtype="str")),
    "categorical": (column(["a", None, "b"], pl.Categorical), pd.Series(["a", None, "b"], dtype="category")),
    "enum": (column(["a", None, "b"], pl.Enum(["c", "b", "a"])), pd.Series(["a", None, "b"], dtype="category")),
    "date": (column([day and day.date() for day in DAYS]), pd.Series(pd.to_datetime(DAYS)).dt.normalize()),
    "time": (column(DAYS), pd.Series(pd.to_datetime(DAYS))),
    "zone": (
        column(DAYS).dt.replace_time_zone("Europe/Paris"),
        pd.Series(pd.to_datetime(DAYS)).dt.tz_localize("Europe/Paris"),
    ),
    "duration": (column(HOURS), pd.Series(pd.to_timedelta(HOURS))),
    "decimal": (
        column([decimal.Decimal("1.10"), None, decimal.Decimal("2.20")]),
        pd.Series([decimal.Decimal("1.10"), None, decimal.Decimal("2.20")], dtype=object),
    ),
    "nothing": (column([None, None, None]), pd.Series([None, None, None], dtype=object)),
    "lists": (column([[1.0], None, [2.0, 3.0]]), pd.Series([[1.0], None, [2.0, 3.0]], dtype=object)),
}


@pytest.mark.parametrize("given, wanted", COLUMNS.values(), ids=COLUMNS)
def test_columns_are_converted(given, wanted):
    for found in (in_pandas(given), in_pandas(given.to_frame())["x"]):
        unit_free = {"M": "datetime64[us]", "m": "timedelta64[us]"}.get(getattr(wanted.dtype, "kind", ""))
        if unit_free and not isinstance(wanted.dtype, pd.DatetimeTZDtype):
            found, wanted = found.astype(unit_free), wanted.astype(unit_free)
        pd.testing.assert_series_equal(found, wanted.rename("x"))


@pytest.mark.parametrize("name", ["whole with gaps", "flag", "categorical", "date", "zone", "decimal", "lists"])
def test_arrow_tables_are_converted_equally(name):
    pytest.importorskip("pyarrow")
    given, _ = COLUMNS[name]
    table = in_pandas(given.to_frame().to_arrow())
    pd.testing.assert_frame_equal(table, in_pandas(given.to_frame()), check_dtype=name != "date")


def test_pyarrow_is_optional(tmp_path):
    frame = pl.DataFrame({name: given for name, (given, _) in COLUMNS.items()})
    (tmp_path / "frame.pickle").write_bytes(pickle.dumps(frame))
    code = """
import pickle, sys
sys.modules["pyarrow"] = None
from nnbuild.inputs.frames import in_pandas
with open(sys.argv[1], "rb") as file:
    frame = pickle.load(file)
print(in_pandas(frame).shape, *(in_pandas(frame[name]).isna().sum() for name in frame.columns))
"""
    words = [sys.executable, "-W", "error", "-c", code, str(tmp_path / "frame.pickle")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    gaps = [str(wanted.isna().sum()) for _, wanted in COLUMNS.values()]
    assert (done.stderr, done.stdout.split()) == ("", ["(3,", f"{len(COLUMNS)})", *gaps])


class Convertible:
    def __array__(self, dtype=None, copy=None):
        return np.zeros(3)


@pytest.mark.parametrize(
    "values",
    [[1, 2], pd.DataFrame({"a": [1]}), sparse.eye(2).tocsr(), Convertible()],
    ids=["list", "frame", "sparse", "array"],
)
def test_other_values_are_returned_unchanged(values):
    assert in_pandas(values) is values


def test_values_of_a_dict_are_converted():
    found = in_pandas({"a": pl.DataFrame({"x": [1]}), "b": np.zeros(1)})
    assert type(found["a"]) is pd.DataFrame
    lazy = {"a": pl.DataFrame({"x": [1]}).lazy()}
    assert message_of(lambda: in_pandas(lazy)).startswith(
        "X['a'] is a lazy table (polars.LazyFrame), without a fixed order of rows\n"
    )


def test_an_empty_table_keeps_its_columns():
    found = in_pandas(pl.DataFrame({"a": [], "b": []}, schema={"a": pl.Int64, "b": pl.String}))
    assert found.shape == (0, 2)
    assert list(found.columns) == ["a", "b"]


class Strange:
    columns, dtypes = ["a"], {"a": "int"}


class Streamed:
    def __arrow_c_stream__(self, requested_schema=None):
        raise NotImplementedError


def strange_message(name):
    return (
        f"X looks like a table of an unsupported package (features.{name})\n"
        "  allowed: tables of pandas, polars, PyArrow, Modin and cuDF\n"
        "  hint: convert it with to_pandas(), pyarrow.table(...) or polars.DataFrame(...)"
    )


@pytest.mark.parametrize("kind", [Strange, Streamed])
def test_unsupported_tables_are_reported(kind):
    kind.__module__ = "features.test_frames"
    assert message_of(lambda: in_pandas(kind())) == strange_message(kind.__name__)


def test_lazy_tables_are_reported():
    assert message_of(lambda: in_pandas(pl.DataFrame({"a": [1]}).lazy())) == (
        "X is a lazy table (polars.LazyFrame), without a fixed order of rows\n"
        "  hint: pass the result of collect(), compute() or df()"
    )


def test_arrow_columns_of_one_name_are_reported():
    pa = pytest.importorskip("pyarrow")
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    assert message_of(lambda: in_pandas(table)) == (
        "X has duplicate column names\n  hint: rename these columns, or drop all but one of each name"
    )


def test_durations_of_arrow_dtypes_are_durations():
    pytest.importorskip("pyarrow")
    hours = pd.Series(pd.to_timedelta(range(10), unit="h"))
    arrow = hours.astype("duration[us][pyarrow]")
    for one, other in ((hours, arrow), (arrow, hours)):
        prepared = TablePreparation.fitted(pd.DataFrame({"v": one}))
        assert prepared.summary() == [
            "v: duration in seconds, standardized (mean 1.62e+04, standard deviation 1.034e+04)"
        ]
        found = prepared.transformed(pd.DataFrame({"v": other})).numeric
        np.testing.assert_array_equal(found, prepared.transformed(pd.DataFrame({"v": one})).numeric)
