"""Generated dates: an independent reader finds the day of the target in every text."""

import re
from datetime import date, datetime

import numpy as np
import pytest
from dateutil import parser

from nnbuild.datasets import make_dates
from nnbuild.datasets.dates import MONTHS, WAYS, WEEKDAYS


@pytest.fixture(scope="module")
def dates():
    return make_dates(3000, random_state=0)


def test_every_text_reads_as_its_target(dates):
    assert [read(text).isoformat() for text in dates[0]] == dates[1].tolist()


def test_the_reader_of_these_tests_separates_days_from_months():
    assert read("4.3.2003") == read("3/4/2003") == read("04.03.03") == date(2003, 3, 4)
    assert read("31-Dec-68") == date(2068, 12, 31)
    assert read("1 January '69") == date(1969, 1, 1)


def test_weekdays_are_those_of_the_days(dates):
    found = [(text.partition(" ")[0].rstrip(","), day) for text, day in zip(*dates, strict=True)]
    named = [(word, day) for word, day in found if any(name.startswith(word) for name in WEEKDAYS)]
    assert len(named) > 100
    assert all(WEEKDAYS[date.fromisoformat(day).weekday()].startswith(word) for word, day in named)


def test_all_ways_of_writing_and_both_centuries_are_there(dates):
    assert len({shape(text) for text in dates[0]}) >= 2 * len(WAYS) - 3  # days of one and of two digits
    assert {day[:2] for day in dates[1]} == {"19", "20"}
    assert {day[5:7] for day in dates[1]} == {f"{month:02}" for month in range(1, 13)}


def test_ordinal_days_have_their_ending():
    ends = {1: "st", 21: "st", 31: "st", 2: "nd", 22: "nd", 3: "rd", 23: "rd"}
    for day in range(1, 32):
        assert WAYS[6](date(2003, 1, day)) == f"{day}{ends.get(day, 'th')} January 2003"


def test_a_seed_gives_the_same_dates_and_another_one_others(dates):
    assert [part.tolist() for part in make_dates(3000, random_state=0)] == [part.tolist() for part in dates]
    generator = np.random.RandomState(0)
    assert make_dates(5, random_state=generator)[1].tolist() != make_dates(5, random_state=generator)[1].tolist()
    assert make_dates(3000, random_state=1)[0].tolist() != dates[0].tolist()


def test_the_number_of_samples_is_checked():
    with pytest.raises(ValueError, match=r"^n_samples == 0, must be >= 1\.$"):
        make_dates(0)


def read(text: str) -> date:
    """The day of a text, by the rules of `make_dates`."""
    numbers = re.fullmatch(r"(\d+)([./])(\d+)\2(\d+)", text)
    if numbers and len(numbers[1]) < 4:
        first, mark, second, year = numbers.groups()
        day, month = (first, second) if mark == "." else (second, first)
        return date(whole_year(year), int(month), int(day))
    if short := re.fullmatch(r"(\d\d?[- ]\w+[- ])'?(\d\d)", text):
        return datetime.strptime(short[1] + str(whole_year(short[2])), "%d-%b-%Y" if "-" in text else "%d %B %Y").date()
    return parser.parse(text, fuzzy=True, yearfirst=True).date()


def whole_year(year: str) -> int:
    return int(year) if len(year) == 4 else datetime.strptime(year, "%y").year


def shape(text: str) -> str:
    """A text with one letter for each kind of word."""
    for kind, names in (("W", WEEKDAYS), ("M", MONTHS)):
        for name in names:
            text = text.replace(name, kind)
            text = re.sub(rf"\b{name[:3]}\b", kind.lower(), text)
            text = re.sub(rf"\b{name[:3].upper()}\b", kind * 2, text)
            text = re.sub(rf"\b{name[:3].lower()}\b", kind.lower() * 2, text)
    return re.sub(r"\d", "0", re.sub(r"(st|nd|rd|th)\b", "th", text))
