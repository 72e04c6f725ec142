"""Notations of a column's values in a text file, and conversion between text and values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from nnbuild.errors import DataError, show
from nnbuild.inputs.notations import Notation

Values = np.ndarray | ExtensionArray  # of a column, of shape (n_samples,)
MISSING = frozenset({"NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "?", "-", "."})
BOOLEANS = {"True": True, "False": False}


@dataclass(frozen=True)
class Readings:
    """Preferred reading of ambiguous columns.

    Attributes
    ----------
    decimal, thousands : {".", ","} or None
        What `1,234` is: 1234 with the thousands "," (or the decimal "."), 1.234 with the decimal ",".
    dates : {"day-first", "month-first"} or None
        What `03/04/2015` is: 3 April or 4 March.
    """

    decimal: str | None = None
    thousands: str | None = None
    dates: str | None = None

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if (value := getattr(self, name)) not in (None, *allowed):
                raise DataError(f"{name} must be {' or '.join(map(show, allowed))}, got {show(value)}")
        if self.decimal and self.decimal == self.thousands:
            raise DataError(f"decimal and thousands must differ, got {show(self.decimal)} for both")

    @property
    def point(self) -> str | None:
        """The preferred decimal separator, or None."""
        return self.decimal or {",": ".", ".": ","}.get(self.thousands or "")


class Unreadable(Exception):
    """Raised for a value that does not match a notation.

    Attributes
    ----------
    position : int
        Position of the value in its column.
    """

    def __init__(self, position: int):
        super().__init__(position)
        self.position = position


def converted(texts: Sequence[str], notation: Notation) -> Values:
    """Return the values of a column with a known notation.

    Parameters
    ----------
    texts : sequence of str
        Empty texts are missing; in a column of numbers, so are those in `MISSING`.
    notation : Notation

    Raises
    ------
    Unreadable
        For the first value that does not match the notation.
    """
    return CONVERT[notation.kind](texts, notation)


def looks_numeric(texts: Sequence[str]) -> np.ndarray:
    """Return which texts look like numbers in any notation: array of bool."""
    return np.fromiter((any(form.fullmatch(text) for form in NUMBERS.values()) for text in texts), bool, len(texts))


def number_in(text: str, notation: Notation) -> float:
    """Return the number in a text, or NaN."""
    match = NUMBERS[notation.decimal].fullmatch(text)
    if match is None or (match["before"] or match["after"] or "") != notation.currency:
        return np.nan
    group = match["group"] or ""
    if bool(match["percent"]) != notation.percent or (" " if group.isspace() else group) not in (
        "",
        notation.thousands,
    ):
        return np.nan
    exponent = int((match["exponent"] or "e0")[1:]) - 2 * notation.percent
    number = float(f"{DIGITS.sub('', match['whole'] or '0')}.{match['fraction'] or '0'}e{exponent}")
    return -number if match["open"] or "-" in (match["sign"], match["sign2"]) else number


def stamps_of(texts: Sequence[str], form: str) -> pd.DatetimeIndex:
    """Return the times in texts; NaT for other formats and invalid dates."""
    if "%b" in form:
        texts, form = [MONTH.sub(_month_number, text) for text in texts], form.replace("%b", "%m")
    if "%p" in form:
        texts = [HALF.sub(r" \1", text) for text in texts]
    stamps = pd.to_datetime(np.array(texts, object), format=form, errors="coerce")
    return pd.DatetimeIndex(stamps).as_unit("us")


def _month_number(match: re.Match) -> str:
    return MONTHS.get(match[0].lower(), match[0])


def _as_text(texts: Sequence[str], notation: Notation) -> Values:
    return pd.array([text or None for text in texts], dtype="str")


def _as_numbers(texts: Sequence[str], notation: Notation) -> Values:
    array = np.array(texts, object)
    if notation.is_plain:
        numbers = pd.to_numeric(array, errors="coerce")
        if numbers.dtype == object:  # integers with very many digits
            numbers = numbers.astype("float64")
        signed = [place for place in np.flatnonzero(np.isnan(numbers)).tolist() if NUMBERS["."].fullmatch(texts[place])]
        if signed:  # (5) is -5
            numbers[signed] = [number_in(texts[place], notation) for place in signed]
    else:
        known: dict[str, float] = {text: number_in(text, notation) for text in set(texts)}
        numbers = np.array([known[text] for text in texts], "float64")
    _check(texts, np.isnan(numbers), MISSING)
    return numbers


def _as_flags(texts: Sequence[str], notation: Notation) -> Values:
    values = [FLAGS.get(text) for text in texts]
    is_missing = np.array([value is None for value in values])
    _check(texts, is_missing, frozenset())
    return np.array([np.nan if value is None else value for value in values], object if is_missing.any() else bool)


def _as_times(texts: Sequence[str], notation: Notation) -> Values:
    present = np.array([bool(text) for text in texts])
    given = [text for text in texts if text]
    if notation.date:
        stamps = stamps_of(given, notation.date)
    else:
        wanted = [
            text if TIME.fullmatch(text) and bool(ZONE.search(text)) == notation.zoned else None for text in given
        ]
        array = pd.Series(wanted, dtype=object)
        stamps = pd.DatetimeIndex(pd.to_datetime(array, format="ISO8601", utc=notation.zoned, errors="coerce"))
    wrong = np.zeros(len(texts), bool)
    wrong[present] = stamps.isna()
    _check(texts, wrong, frozenset())
    return pd.Series(stamps, np.flatnonzero(present)).reindex(range(len(texts))).array


def _check(texts: Sequence[str], wrong: np.ndarray, allowed: frozenset[str]) -> None:
    """Raise `Unreadable` for the first text that is wrong, and neither empty nor allowed."""
    for position in np.flatnonzero(wrong).tolist():
        if texts[position] and texts[position] not in allowed:
            raise Unreadable(position)


CONVERT: dict[str, Callable[[Sequence[str], Notation], Values]] = {
    "number": _as_numbers,
    "flag": _as_flags,
    "time": _as_times,
    "text": _as_text,
    "missing": _as_text,
}
FLAGS = {**BOOLEANS, "1": True, "0": False, "1.0": True, "0.0": False}  # pandas writes 1.0 if values are missing
TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")
ZONE = re.compile(r":.*(?:Z|[+-]\d\d:?\d\d)$")
MONTH = re.compile(r"[A-Za-z]{3,9}")
MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
MONTHS = {name[:length]: f"{number:02d}" for number, name in enumerate(MONTH_NAMES, 1) for length in (3, 4, len(name))}
HALF = re.compile(r"\s*([AaPp][Mm])$")
# Numbers: a sign, a currency, digits in groups of three, a fraction.
GAP = "[ \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]"
GROUP = "'\N{RIGHT SINGLE QUOTATION MARK} \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
CURRENCY = (
    "(?:[$\xa2-\xa5\u20a0-\u20cf]|USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|BRL|MXN|ZAR|KRW)"
)
DIGITS = re.compile(r"\D")
NUMBERS = {
    decimal: re.compile(
        rf"(?P<open>\()?(?P<sign>[-+])?{GAP}?(?:(?P<before>{CURRENCY}){GAP}?)?(?P<sign2>[-+])?(?=[.,]?\d)"
        rf"(?P<whole>[1-9]\d{{0,2}}(?P<group>[{other}{GROUP}])\d{{3}}(?:(?P=group)\d{{3}})*|0|[1-9]\d*)?"
        rf"(?:{re.escape(decimal)}(?P<fraction>\d*))?(?P<exponent>[eE][-+]?\d{{1,3}})?"
        rf"(?:{GAP}?(?P<after>{CURRENCY}))?(?P<percent>{GAP}?%)?(?(open)\))"
    )
    for decimal, other in (".,", ",.")
}
CHOICES = {"decimal": (".", ","), "thousands": (",", "."), "dates": ("day-first", "month-first")}
