"""Text of CSV files: values, dtypes, delimiters and lines."""

import csv
import io
import random

import numpy as np
import pandas as pd
import pytest

from estimators.samples import message_of
from nnbuild import DataError
from nnbuild.inputs.table import csv_text
from nnbuild.inputs.table.csv_text import table_in_text
from nnbuild.inputs.table.notation import Readings
from nnbuild.inputs.table.typed import typed


def column(*values: str) -> pd.Series:
    """Return a column of such fields as typed values."""
    return frame_in("\n".join(["a,other", *(f"{value},x" for value in values)]))["a"]


def frame_in(text: str) -> pd.DataFrame:
    """The table in a text, with its values."""
    table = table_in_text(text.encode(), "file.csv")
    return typed(table, dict.fromkeys(table.columns, Readings()))[0].reset_index(drop=True)


@pytest.mark.parametrize(
    "fields, values",
    [
        (["1", "-2", "+3"], [1, -2, 3]),
        (["0.5", "1e-3", "2."], [0.5, 0.001, 2.0]),
        (["1", "", "3"], [1.0, np.nan, 3.0]),
        (["1", "NA", "?", "nan"], [1.0, np.nan, np.nan, np.nan]),
        (["True", "False"], [True, False]),
        (["True", "", "False"], [True, np.nan, False]),
        (["", ""], [np.nan, np.nan]),
        # Text is unchanged.
        (["yes", "NA", "None"], ["yes", "NA", "None"]),
        (["true", "FALSE"], ["true", "FALSE"]),
        (["1_000", "0x10"], ["1_000", "0x10"]),
        (["NA", "NA"], ["NA", "NA"]),
        # Ids are not numbers.
        (["007", "12"], ["007", "12"]),
        (["1234567890123456", "1"], ["1234567890123456", "1"]),
        # Blanks after a delimiter are removed, those within a value are kept.
        (["  red", " dark red"], ["red", "dark red"]),
        (['"1,5"', '"b,5"'], ["1,5", "b,5"]),
        (['"say ""no"""', "x"], ['say "no"', "x"]),
        # Invalid dates.
        (["2024-02-30", "2024-02-01"], ["2024-02-30", "2024-02-01"]),
        (["2024-01-31T10:00Z", "2024-01-31T10:00"], ["2024-01-31T10:00Z", "2024-01-31T10:00"]),
    ],
    ids=str,
)
def test_values_of_a_column(fields, values):
    found = column(*fields).astype(object)
    assert found.where(found.notna(), "missing").tolist() == [
        "missing" if value != value else value for value in values
    ]


@pytest.mark.parametrize(
    "fields, dtype",
    [
        (["2024-01-31", ""], "datetime64[us]"),
        (["2024-01-31 10:00", "2024-02-01T09:30:15.25"], "datetime64[us]"),
        (["2024-01-31T10:00Z", "2024-01-31T10:00+02:00"], "datetime64[us, UTC]"),
    ],
)
def test_times_have_a_dtype(fields, dtype):
    found = column(*fields)
    assert str(found.dtype) == dtype
    assert found[0] == pd.Timestamp(fields[0])


def test_numbers_are_exact():
    values = np.random.default_rng(0).normal(size=500) * 10.0 ** np.arange(-250, 250)
    assert column(*map(repr, values.tolist())).tolist() == values.tolist()


@pytest.mark.parametrize(
    "text", ["a;b\n1;x\n2;y\n", "a\tb\n1\tx\n2\ty\n", "a, b\n1, x\n2, y\n", "\ufeffa,b\r\n1,x\r\n2,y\r\n"]
)
def test_delimiters_and_ends_of_lines(text):
    assert frame_in(text).to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


def test_columns_without_a_name_have_a_number():
    assert list(frame_in(",a,\n0,1,2\n").columns) == ["column 1", "a", "column 3"]


def test_rows_may_have_several_lines():
    found = frame_in('a,b\n"one\ntwo",\n\n"three",4\n')
    assert found["a"].tolist() == ["one\ntwo", "three"]


@pytest.mark.parametrize(
    "text, names",
    [
        ('"size, in cm";"a,b,c";y\n1;2;3\n', ["size, in cm", "a,b,c", "y"]),
        ("\n \r\na;b\n1;2\n", ["a", "b"]),
        ("\ta\tb\n1\t2\t3\n", ["column 1", "a", "b"]),
    ],
    ids=["quotes", "blank lines", "no name"],
)
def test_the_delimiter_is_that_of_the_header(text, names):
    found = frame_in(text)
    assert list(found.columns) == names
    assert found.iloc[0].tolist() == [1, 2, 3][: len(names)]


@pytest.mark.parametrize(
    "text, lines",
    [
        ("a,b\n1,2\n3,4\n", [2, 3]),
        ("a,b\n1,2\n3,4", [2, 3]),
        ("\na,b\r\n1,2\r\n\r\n3,4\r\n", [3, 5]),
        ('a,b\n"one\ntwo",2\n3,4\n', [2, 4]),
        ('"a\n1",b\n1,2\n3,4\n', [3, 4]),
        ("a,b\r1,2\r3,4\r", [2, 3]),
    ],
    ids=["plain", "no end", "blank lines", "quotes", "header", "old mac"],
)
def test_rows_have_the_line_that_they_begin_in(text, lines):
    assert table_in_text(text.encode(), "file.csv").lines.tolist() == lines


WIDTHS = pytest.mark.parametrize("wide", [0, 10**9], ids=["by Python", "by pandas"])
FIELDS = ["1", "-2.5", "", "x y", "p,q", 'say "no"', "two\nlines", "\N{SNOWMAN}", "NA", "' ", "a;b"]


@WIDTHS
def test_both_ways_to_read_give_the_fields_of_the_file(wide, monkeypatch):
    monkeypatch.setattr(csv_text, "WIDE", wide)
    rng = random.Random(0)
    for _ in range(60):
        n_columns = rng.randint(2, 5)
        rows = [rng.choices(FIELDS, k=n_columns) for _ in range(rng.randint(1, 6))]
        file = io.StringIO()
        ends = rng.choice(["\n", "\r\n"])
        csv.writer(file, lineterminator=ends).writerows([[f"c{i}" for i in range(n_columns)], *rows])
        found = table_in_text(file.getvalue().encode(), "file.csv")
        assert [list(row) for row in zip(*found.columns.values(), strict=True)] == rows


@WIDTHS
@pytest.mark.parametrize(
    "text, message",
    [
        (
            "a,b\n1,2\n1,2,3\n",
            "line 3 has 3 fields, but the header has 2\n  hint: quote fields that contain the delimiter",
        ),
        ("a,b\n1\n", "line 2 has 1 field, but the header has 2"),
        ('a,b\n1,2\n3,"4\n5,6\n', 'a quote (") is opened in line 3 and never closed'),
        ("a,b\n", "has a header but no rows"),
    ],
    ids=["long", "short", "quote", "none"],
)
def test_both_ways_to_read_report_the_same(text, message, wide, monkeypatch):
    monkeypatch.setattr(csv_text, "WIDE", wide)
    assert message_of(lambda: table_in_text(text.encode(), "file.csv"), DataError) == f"file.csv: {message}"


def test_many_columns_of_one_name_are_found_in_one_pass():
    names = [f"c{number}" for number in range(20_000)]
    assert message_of(lambda: table_in_text(",".join([*names, "c7"]).encode() + b"\n1\n", "file.csv"), DataError) == (
        "file.csv: duplicate column names: 'c7'\n  hint: rename these columns, or keep one of each name"
    )
