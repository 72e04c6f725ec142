"""Recognize the notation of a column's texts, and return their values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from nnbuild.inputs.notations import TEXT, Notation
from nnbuild.inputs.table.csv_text import is_number
from nnbuild.inputs.table.notation import (
    BOOLEANS,
    MISSING,
    NUMBERS,
    TIME,
    ZONE,
    Readings,
    Unreadable,
    Values,
    converted,
    looks_numeric,
    number_in,
    stamps_of,
)


class Ambiguous(Exception):
    """Raised for an ambiguous column if the preferred reading is not given.

    Attributes
    ----------
    text : str
        An ambiguous value.
    readings : str
        Its possible meanings.
    hint : str
        Options to choose a reading.
    """

    def __init__(self, text: str, readings: str, hint: str):
        super().__init__(text, readings, hint)
        self.text, self.readings, self.hint = text, readings, hint


def read_column(texts: Sequence[str], readings: Readings | None) -> tuple[Notation, Values]:
    """Return the notation that all values of a column match, and the values.

    Parameters
    ----------
    texts : sequence of str
        Empty texts are missing.
    readings : Readings or None
        None for standard notations only: plain numbers, booleans, ISO 8601 dates.

    Raises
    ------
    Ambiguous
        If the values are ambiguous, and `readings` has no preference.
    """
    present = [text for text in texts if text]
    if not present:
        return Notation("missing"), np.full(len(texts), np.nan)
    for notation in _candidates(present, readings):
        try:
            return notation, converted(texts, notation)
        except Unreadable:
            pass  # another value has a different notation
    return TEXT, converted(texts, TEXT)


def _candidates(present: list[str], readings: Readings | None) -> Iterator[Notation]:
    """Yield notations that match the first value, standard ones first."""
    first = next((text for text in present if text not in MISSING), "")
    if first in BOOLEANS and BOOLEANS.keys() >= set(present):
        yield Notation("flag")
    if TIME.fullmatch(first):
        yield Notation("time", zoned=bool(ZONE.search(first)))
    is_plain = is_number(first) and not _are_ids(present)
    if is_plain and (readings is None or readings.point != ","):
        yield Notation("number")
    if readings is not None:
        if looks_numeric([first])[0] and (notation := _number_notation(present, readings)) is not None:
            yield notation
        if DATE.fullmatch(first) and (notation := _date_notation(present, readings)) is not None:
            yield notation
    if is_plain:
        yield Notation("number")


def _are_ids(present: list[str]) -> bool:
    """Return whether a text begins with a zero before other digits, or has as many digits as an id."""
    joined = "\n" + "\n".join(present)
    has_zero = any(f"\n{sign}0" in joined for sign in ("", "-", "+"))
    return (has_zero or len(max(present, key=len)) > MAX_DIGITS) and ID.search(joined) is not None


def _number_notation(present: list[str], readings: Readings) -> Notation | None:
    """Return the notation of numbers with groups, decimal commas, currencies or percent signs, or None."""
    values = list(dict.fromkeys(text for text in present if text not in MISSING))
    if all(text.startswith("(") for text in values):
        return None  # may be labels: brackets may not be a sign
    found = {sign: notation for sign in ".," if (notation := _with_decimal(values, sign)) is not None}
    if len(found) < 2:
        return next(iter(found.values()), None)
    differing = next((text for text in values if number_in(text, found["."]) != number_in(text, found[","])), None)
    if differing is None:  # no value contains a point or comma
        return found["."] if found["."].is_plain else found[readings.point or "."]
    if readings.point is not None or found["."].is_plain:
        return found[readings.point or "."]
    point, comma = (f"{number_in(differing, found[sign]):.15g}" for sign in ".,")
    meanings = f"{point} (commas between thousands) or {comma} (a decimal comma)"
    hint = "pass --thousands , or --decimal ,; in Python thousands=',' or decimal=','"
    raise Ambiguous(differing, meanings, hint)


def _with_decimal(values: list[str], decimal: str) -> Notation | None:
    """Return the notation of numbers with this decimal separator if it matches all values, or None."""
    currencies: set[str] = set()
    groups: set[str] = set()
    percents: set[bool] = set()
    for text in values:
        match = NUMBERS[decimal].fullmatch(text)
        if (
            match is None
            or len(match["whole"] or "") - (match["whole"] or "").count(match["group"] or " ") > MAX_DIGITS
        ):
            return None
        currencies.add(match["before"] or match["after"] or "")
        groups.update(" " if match["group"].isspace() else match["group"] for _ in "." if match["group"])
        percents.add(bool(match["percent"]))
        if len(currencies) > 1 or len(groups) > 1 or len(percents) > 1:
            return None
    return Notation("number", decimal, "".join(groups), currencies.pop(), percents.pop())


def _date_notation(present: list[str], readings: Readings) -> Notation | None:
    """Return the notation of dates that begin with the day, month or year, or None."""
    values = list(dict.fromkeys(present))
    fits = {order: form for order, form in _date_formats(values[0]).items() if not stamps_of(values, form).isna().any()}
    if len(fits) < 2:
        return next((Notation("time", date=form) for form in fits.values()), None)
    if readings.dates is not None:
        return Notation("time", date=fits[readings.dates])
    days, months = (stamps_of(values, fits[order]) for order in ("day-first", "month-first"))
    place = int((days != months).argmax())
    day, month = (f"{stamps[place].day} {stamps[place]:%B %Y}" for stamps in (days, months))
    hint = "pass --dates day-first or --dates month-first; in Python dates='day-first' or dates='month-first'"
    raise Ambiguous(values[place], f"{day} (day first) or {month} (month first)", hint)


def _date_formats(text: str) -> dict[str, str]:
    """Return the possible formats of a date, by the part that comes first."""
    match = DATE.fullmatch(text)
    if match is None:
        return {}
    first, second, last = parts = match["a"], match["b"], match["c"]
    orders = ("day-first", "month-first") if second.isdigit() else ("day-first",)
    orders = orders if first.isdigit() else ("month-first",)
    is_year_first = len(first) == 4 and first.isdigit()
    if is_year_first == (len(last) == 4):  # no year of four digits, or two of them
        return {}
    time = _time_format(match)
    formats = {}
    for order in ("year-first",) if is_year_first else orders:
        one, two, three = (part if text.isdigit() else "%b" for part, text in zip(ORDERS[order], parts, strict=True))
        formats[order] = f"{one}{match['sep1']}{two}{match['sep2']}{three}{time}"
    return formats


def _time_format(match: re.Match) -> str:
    if match["separator"] is None:
        return ""
    clock = "%I:%M" if match["half"] else "%H:%M"
    return f"{match['separator']}{clock}{':%S' if match['seconds'] else ''}{' %p' if match['half'] else ''}"


ID = re.compile(r"^[+-]?(?:0\d|\d{16,}$)", re.M)
MAX_DIGITS = 15  # of an integer: one with more digits is an id
# Dates: three parts, one of them a year of four digits, and optionally a time of day.
DATE = re.compile(
    r"(?P<a>\d{4}|\d{1,2}|[A-Za-z]{3,9})(?P<sep1>[-/ ]|\. ?)(?P<b>\d{1,2}|[A-Za-z]{3,9})(?P<sep2>[-/ ]|\. ?|, ?)"
    r"(?P<c>\d{4}|\d{1,2})"
    r"(?:(?P<separator>,? |T)\d{1,2}:\d\d(?P<seconds>:\d\d)?(?P<half> ?[AaPp][Mm])?)?"
)
ORDERS = {"year-first": ("%Y", "%m", "%d"), "day-first": ("%d", "%m", "%Y"), "month-first": ("%m", "%d", "%Y")}
