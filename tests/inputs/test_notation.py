"""Notations of numbers and dates: recognized where all values have one, an error where two fit."""

import numpy as np
import pandas as pd
import pytest

from estimators.samples import message_of
from nnbuild import DataError
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.table.csv_text import TextTable
from nnbuild.inputs.table.notation import (
    Readings,
    Unreadable,
    converted,
    looks_numeric,
)
from nnbuild.inputs.table.recognition import Ambiguous, read_column
from nnbuild.inputs.table.typed import typed

POINT_OR_COMMA = "pass --thousands , or --decimal ,; in Python thousands=',' or decimal=','"
DAY_OR_MONTH = "pass --dates day-first or --dates month-first; in Python dates='day-first' or dates='month-first'"

NUMBERS = [
    # Groups and decimal signs.
    (["1,234", "1,234,567"], [1234, 1234567], "1,234.5"),
    (["1,234.5", "7"], [1234.5, 7], "1,234.5"),
    (["1.234,5", "7"], [1234.5, 7], "1.234,5"),
    (["0,123", "4,567"], [0.123, 4.567], "12,5"),  # no number has a zero before a group
    ([",5", "-1,25"], [0.5, -1.25], "12,5"),
    (["1,5e3", "2,5E-1"], [1500, 0.25], "12,5"),
    (["1 234", "12"], [1234, 12], "1 234.5"),
    (["1\N{NO-BREAK SPACE}234,5", "1 234"], [1234.5, 1234], "1 234,5"),
    (["1'234.5", "7"], [1234.5, 7], "1'234.5"),
    # Currencies, percent signs, brackets.
    (["$123,456", "$7.50"], [123456, 7.5], "$1,234.5"),
    (["-$5", "$-6", "$ 7"], [-5, -6, 7], "$12.5"),
    (["1.234,50 \N{EURO SIGN}", "3 \N{EURO SIGN}"], [1234.5, 3], "\N{EURO SIGN}1.234,5"),
    (["USD 5", "USD 1,000.5"], [5, 1000.5], "USD 1,234.5"),
    (["12.3%", "4 %", "-100%"], [0.123, 0.04, -1], "12.5%"),
    (["(1,234.50)", "7"], [-1234.5, 7], "1,234.5"),
    (["($5)", "$7"], [-5, 7], "$12.5"),
    (["(5)", "7", "8"], [-5, 7, 8], ""),
    # Missing ones.
    (["1,234.5", "", "NA", "-"], [1234.5, np.nan, np.nan, np.nan], "1,234.5"),
    # Plain numbers.
    (["1.234", "5.678"], [1.234, 5.678], ""),
]
TEXTS = [
    ["$5", "\N{EURO SIGN}5"],  # of two currencies
    ["$5", "5"],
    ["1,234", "0123"],  # an id
    ["1,23,456", "7"],
    ["1,234", "1.234,5", "1,234.5"],
    ["(1)", "(2)"],  # labels
    ["1,2,3", "4,5,6"],
    ["192.168.1.1", "10.0.0.1"],
    ["1,234,567,890,123,456", "1"],  # digits enough for an id
    ["12:30", "1:15"],
    ["3.14.15", "1.2.3"],
    ["True", "0"],
]
DATES = [
    (["03/14/2015", "1/2/2015"], ["2015-03-14", "2015-01-02"], "03/14/2015"),
    (["14/03/2015", "1/2/2015"], ["2015-03-14", "2015-02-01"], "14/03/2015"),
    (["14.03.2015", "1.2.2015"], ["2015-03-14", "2015-02-01"], "14.03.2015"),
    (["14. 03. 2015", "1. 2. 2015"], ["2015-03-14", "2015-02-01"], "14. 03. 2015"),
    (["2015-03-14", "2015-3-4"], ["2015-03-14", "2015-03-04"], "2015-03-14"),
    (["14 Mar 2015", "1 June 2015"], ["2015-03-14", "2015-06-01"], "14 Mar 2015"),
    (["14-MAR-2015", "01-sept-2015"], ["2015-03-14", "2015-09-01"], "14-Mar-2015"),
    (["March 14, 2015", "May 1, 2015"], ["2015-03-14", "2015-05-01"], "Mar 14, 2015"),
    (["3/14/2015 3:09 PM", "3/4/2015 12:00AM"], ["2015-03-14 15:09", "2015-03-04"], "03/14/2015 03:09 PM"),
    (["14.03.2015 15:09:26", "1.2.2015 0:00:00"], ["2015-03-14 15:09:26", "2015-02-01"], "14.03.2015 15:09:26"),
    (["14.03.2015", ""], ["2015-03-14", None], "14.03.2015"),
]
NO_DATES = [
    ["03/14/15", "12/31/15"],  # years of two digits
    ["14/03/2015", "03/14/2015"],
    ["31/02/2015", "01/01/2015"],
    ["14.03.2015", "14/03/2015"],
    ["14 Mar 2015", "14 Foo 2015"],
    ["14.03.2015 10:00", "15.03.2015"],
    ["March 2015", "May 2015"],
]
AMBIGUOUS = [
    (["5", "1,234"], "1,234", "1234 (commas between thousands) or 1.234 (a decimal comma)", POINT_OR_COMMA),
    (["$670,000"], "$670,000", "670000 (commas between thousands) or 670 (a decimal comma)", POINT_OR_COMMA),
    (["$1.234", "$5.678"], "$1.234", "1.234 (commas between thousands) or 1234 (a decimal comma)", POINT_OR_COMMA),
    (
        ["05/05/2015", "03/04/2015"],
        "03/04/2015",
        "3 April 2015 (day first) or 4 March 2015 (month first)",
        DAY_OR_MONTH,
    ),
    (["03.04.2015"], "03.04.2015", "3 April 2015 (day first) or 4 March 2015 (month first)", DAY_OR_MONTH),
]


@pytest.mark.parametrize("texts, values, example", NUMBERS, ids=str)
def test_notations_of_numbers_are_recognized(texts, values, example):
    notation, found = read_column(texts, Readings())
    np.testing.assert_array_equal(found, values)
    assert (notation.kind, notation.example()) == ("number", example)


@pytest.mark.parametrize("texts, values, example", DATES, ids=str)
def test_notations_of_dates_are_recognized(texts, values, example):
    notation, found = read_column(texts, Readings())
    assert found.tolist() == [pd.Timestamp(value) if value else pd.NaT for value in values]
    assert (notation.kind, notation.example()) == ("time", example)


@pytest.mark.parametrize("texts", [*TEXTS, *NO_DATES], ids=str)
def test_columns_without_one_notation_are_text(texts):
    notation, found = read_column(texts, Readings())
    assert notation == Notation("text")
    assert found.tolist() == texts


@pytest.mark.parametrize("texts", [["1,234", "1,234,567"], ["$5"], ["14.03.2015"]], ids=str)
def test_files_of_earlier_models_are_read_without_notations(texts):
    assert read_column(texts, None)[0] == Notation("text")


@pytest.mark.parametrize("texts, text, readings, hint", AMBIGUOUS, ids=str)
def test_two_readings_are_an_error(texts, text, readings, hint):
    with pytest.raises(Ambiguous) as caught:
        read_column(texts, Readings())
    assert (caught.value.text, caught.value.readings, caught.value.hint) == (text, readings, hint)


@pytest.mark.parametrize(
    "texts, options, values",
    [
        (["5", "1,234"], {"thousands": ","}, [5, 1234]),
        (["5", "1,234"], {"decimal": "."}, [5, 1234]),
        (["5", "1,234"], {"decimal": ","}, [5, 1.234]),
        (["5", "1,234"], {"thousands": "."}, [5, 1.234]),
        (["5", "1.234"], {"decimal": ","}, [5, 1234]),
        # Values with one reading.
        (["0.5", "1.234"], {"decimal": ","}, [0.5, 1.234]),
        (["1,234.5"], {"decimal": ","}, [1234.5]),
        (["a", "1,234"], {"decimal": ","}, ["a", "1,234"]),
    ],
    ids=str,
)
def test_options_choose_among_readings(texts, options, values):
    assert read_column(texts, Readings(**options))[1].tolist() == values


@pytest.mark.parametrize("dates, day", [("day-first", "2015-04-03"), ("month-first", "2015-03-04")])
def test_the_order_of_a_date_is_an_option(dates, day):
    assert read_column(["03/04/2015"], Readings(dates=dates))[1].tolist() == [pd.Timestamp(day)]
    assert read_column(["14/03/2015"], Readings(dates=dates))[1].tolist() == [pd.Timestamp("2015-03-14")]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"decimal": ";"}, "decimal must be '.' or ',', got ';'"),
        ({"dates": "american"}, "dates must be 'day-first' or 'month-first', got 'american'"),
        ({"decimal": ",", "thousands": ","}, "decimal and thousands must differ, got ',' for both"),
    ],
)
def test_wrong_options_are_reported(options, message):
    assert message_of(lambda: Readings(**options), DataError) == message


@pytest.mark.parametrize(
    "notation, texts, position",
    [
        (Notation("number"), ["1", "", "NA", "forty"], 3),
        (Notation("number", thousands=","), ["1,234", "1.5", "12,5"], 2),
        (Notation("number", ",", "."), ["1.234,5", "1,234.5"], 1),
        (Notation("number", currency="$"), ["$1", "\N{EURO SIGN}1"], 1),
        (Notation("number", percent=True), ["1%", "1"], 1),
        (Notation("flag"), ["True", "false"], 1),
        (Notation("time"), ["2015-03-14", "2015-02-30"], 1),
        (Notation("time"), ["2015-03-14", "2015-03-14T10:00Z"], 1),
        (Notation("time", date="%d/%m/%Y"), ["01/02/2015", "", "03/14/2015"], 2),
    ],
    ids=str,
)
def test_the_first_value_without_the_notation_is_reported(notation, texts, position):
    with pytest.raises(Unreadable) as caught:
        converted(texts, notation)
    assert caught.value.position == position


def test_zero_and_one_are_booleans_in_a_boolean_column():
    assert converted(["True", "0", "1"], Notation("flag")).tolist() == [True, False, True]


def test_ambiguous_columns_are_reported_with_the_line():
    columns = {
        "price": np.array(["5", "1,234"], object),
        "plain": np.array(["1", "2"], object),
        "day": np.array(["01/02/2015", "03/04/2015"], object),
    }
    table = TextTable(columns, pd.RangeIndex(2, 4, name="line"), "houses.csv")
    assert message_of(lambda: typed(table, dict.fromkeys(columns, Readings())), DataError) == (
        "houses.csv: column 'price' is ambiguous: '1,234' in line 3 may be 1234 (commas between thousands) "
        "or 1.234 (a decimal comma)\n"
        "  also: 'day'\n"
        f"  hint: {POINT_OR_COMMA}"
    )


def test_an_unreadable_value_is_reported_with_column_and_line():
    table = TextTable({"price": np.array(["$5", "five"], object)}, pd.Index([2, 9], name="line"), "houses.csv")
    assert message_of(lambda: typed(table, {"price": Notation("number", thousands=",", currency="$")}), DataError) == (
        "houses.csv: column 'price': 'five' in line 9 is not a number in the notation of the training file, "
        "such as $1,234.5\n"
        "  hint: correct it, or leave the field empty if the value is missing"
    )


def test_texts_that_look_like_numbers():
    assert looks_numeric(["1", "1,5", "$3", "12%", "forty", "", "1-2"]).tolist() == [True] * 4 + [False] * 3
