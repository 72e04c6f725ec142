"""Costs grow linearly with columns, rows and categories: counted in calls and comparisons."""

import csv
import io
import sys
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from nnbuild.errors import DataError, did_you_mean, name_list
from nnbuild.inputs.data_errors import check_names, repeated
from nnbuild.inputs.table import csv_text
from nnbuild.inputs.table.csv_text import table_in_text
from nnbuild.inputs.table.notation import Readings
from nnbuild.inputs.table.preparation import TablePreparation
from nnbuild.inputs.table.typed import typed
from nnbuild.runs.data.new_data import Schema, _check_columns
from nnbuild.runs.data.reading import check_column, column_kinds, target_names

TIMES = 4


class Name(str):
    """A name that counts comparisons."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def calls_of(run: Callable[[], object]) -> int:
    """Number of calls of Python and C functions while something runs."""
    n_calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal n_calls
        n_calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return n_calls


def comparisons_of(run: Callable[[], object]) -> int:
    before = Name.compared
    run()
    return Name.compared - before


def through(text: str) -> None:
    """Read a text as a table, and fit and apply its preparation."""
    table = table_in_text(text.encode(), "t.csv")
    frame, _ = typed(table, dict.fromkeys(table.columns, Readings()))
    TablePreparation.fitted(frame).transformed(frame)


def text_of(n_columns: int, n_rows: int, value: Callable[[int, int], object]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([f"column {number}" for number in range(n_columns)])
    writer.writerows([value(row, column) for column in range(n_columns)] for row in range(n_rows))
    return file.getvalue()


KINDS = {
    "numbers": lambda row, column: row * 1.5,
    "words": lambda row, column: "ab"[row % 2],
    "days": lambda row, column: f"{row % 14 + 14}.{row % 12 + 1}.2015",
}


@pytest.fixture(scope="module", autouse=True)
def warm():
    """Fill the caches: the first call is not counted."""
    for value in KINDS.values():
        through(text_of(2, 5, value))


@pytest.mark.parametrize("kind, wide", [*((kind, 0) for kind in KINDS), ("words", 10**9)])
def test_the_cost_of_columns_is_linear(kind, wide, monkeypatch):
    monkeypatch.setattr(csv_text, "WIDE", wide)
    counts = [calls_of(lambda n=n: through(text_of(n, 5, KINDS[kind]))) for n in (20, TIMES * 20)]
    assert counts[1] < 1.1 * TIMES * counts[0]


def test_columns_of_numbers_are_prepared_together():
    """There are few calls for each column, and none for each row."""

    def prepare(n_rows: int, n_columns: int) -> None:
        frame = pd.DataFrame(np.random.default_rng(0).normal(size=(n_rows, n_columns)).astype("float32"))
        settings = {"scale": "robust", "clip": 3, "scale_categories": True}
        TablePreparation.fitted(frame, settings).transformed(frame)

    few, many, long = (calls_of(lambda size=size: prepare(*size)) for size in ((50, 20), (50, 220), (5000, 20)))
    assert (many - few) / 200 < 60
    assert abs(long - few) < 50


@pytest.mark.parametrize("kind", KINDS)
def test_the_cost_of_rows_is_linear(kind):
    counts = [calls_of(lambda n=n: through(text_of(2, n, KINDS[kind]))) for n in (100, TIMES * 100)]
    assert counts[1] < 1.1 * TIMES * counts[0]


def test_the_cost_of_categories_is_linear():
    few = [calls_of(lambda n=n: through(text_of(2, 4 * n, lambda row, _: f"level {row % n}"))) for n in (100, 400)]
    assert few[1] < 1.1 * TIMES * few[0]


def schema(names: list[Name]) -> Schema:
    return Schema(tuple(names), ("y",), "binary", None, 1)


NAMES = {
    "repeated": repeated,
    "check_names": lambda names: check_names(SimpleNamespace(columns=names)),
    "target_names": lambda names: target_names(dict.fromkeys(names), names[7], "t.csv"),
    "column_kinds": lambda names: column_kinds({"text": {"kind": "text"}, "rest": {}}, dict.fromkeys(names)),
    "check_columns": lambda names: _check_columns(dict.fromkeys(names), schema(names), "t.csv"),
    "missing columns": lambda names: refused(lambda: _check_columns(dict.fromkeys(names[::2]), schema(names), "t.csv")),
    "no column": lambda names: refused(lambda: check_column("x", dict.fromkeys(names), "t.csv")),
}


def refused(run: Callable[[], object]) -> None:
    with pytest.raises(DataError):
        run()


@pytest.mark.parametrize("of", NAMES)
def test_names_are_looked_up(of):
    names = [Name(f"column {number}") for number in range(3_000)]
    copies = [Name(name) for name in names]
    assert comparisons_of(lambda: [name == copy for name, copy in zip(names, copies, strict=True)]) == 3_000
    assert comparisons_of(lambda: NAMES[of](names)) < 20 * len(names)


def test_names_that_are_compared_one_by_one_would_be_noticed():
    names = [Name(f"column {number}") for number in range(300)]
    assert comparisons_of(lambda: [name for name in names if names.count(name) > 1]) > 20 * len(names)


@pytest.mark.parametrize("hint", [name_list, lambda names: did_you_mean("colunm 7", names)], ids=["list", "nearest"])
def test_the_cost_of_a_hint_is_linear(hint):
    counts = [calls_of(lambda n=n: hint([f"column {number}" for number in range(n)])) for n in (5_000, 20_000)]
    assert counts[1] < 1.1 * TIMES * counts[0]


def test_a_wide_table_is_one_block():
    table = table_in_text(text_of(50, 5, KINDS["numbers"]).encode(), "t.csv")
    frame, _ = typed(table, dict.fromkeys(table.columns))
    assert isinstance(frame, pd.DataFrame)
    assert len(frame._mgr.blocks) == 1
