"""Text of CSV files: what each column becomes, and that no value is changed without a word."""

import numpy as np
import pandas as pd
import pytest

from nnbuild.features.csv_text import table_in_text


def column(*values: str) -> pd.Series:
    """What a column of such fields becomes."""
    return table_in_text("\n".join(["a,other", *(f"{value},x" for value in values)]).encode(), "file.csv")["a"]


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
        # Text stays as it is.
        (["yes", "NA", "None"], ["yes", "NA", "None"]),
        (["a", "", "null"], ["a", np.nan, "null"]),
        (["true", "FALSE"], ["true", "FALSE"]),
        (["1", "2", "many"], ["1", "2", "many"]),
        (["1_000", "0x10"], ["1_000", "0x10"]),
        (["NA", "NA"], ["NA", "NA"]),
        # Ids are not numbers.
        (["007", "12"], ["007", "12"]),
        (["1234567890123456", "1"], ["1234567890123456", "1"]),
        # Blanks after a delimiter don't count, those within a value do.
        (["  red", " dark red"], ["red", "dark red"]),
        (['"1,5"', '"2,5"'], ["1,5", "2,5"]),
        (['"say ""no"""', "x"], ['say "no"', "x"]),
        (["é", "漢字"], ["é", "漢字"]),
        # Days that are none, and forms that may be read in two ways.
        (["2024-02-30", "2024-02-01"], ["2024-02-30", "2024-02-01"]),
        (["01/02/2024", "13/02/2024"], ["01/02/2024", "13/02/2024"]),
        (["2024-01-31T10:00Z", "2024-01-31T10:00"], ["2024-01-31T10:00Z", "2024-01-31T10:00"]),
    ],
    ids=str,
)
def test_what_a_column_becomes(fields, values):
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
def test_times(fields, dtype):
    found = column(*fields)
    assert str(found.dtype) == dtype
    assert found[0] == pd.Timestamp(fields[0])


def test_every_bit_of_a_number_comes_back():
    values = np.random.default_rng(0).normal(size=500) * 10.0 ** np.arange(-250, 250)
    assert column(*map(repr, values.tolist())).tolist() == values.tolist()


@pytest.mark.parametrize(
    "text", ["a;b\n1;x\n2;y\n", "a\tb\n1\tx\n2\ty\n", "a, b\n1, x\n2, y\n", "\ufeffa,b\r\n1,x\r\n2,y\r\n"]
)
def test_delimiters_and_ends_of_lines(text):
    assert table_in_text(text.encode(), "file.csv").to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


def test_columns_without_a_name_have_a_number():
    assert list(table_in_text(b",a,\n0,1,2\n", "file.csv").columns) == ["column 1", "a", "column 3"]


def test_rows_may_have_several_lines():
    found = table_in_text(b'a,b\n"one\ntwo",\n\n"three",4\n', "file.csv")
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
    found = table_in_text(text.encode(), "file.csv")
    assert list(found.columns) == names
    assert found.iloc[0].tolist() == [1, 2, 3][: len(names)]
