"""`make_dates`: dates in various formats, and their ISO form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state, check_scalar

FIRST, LAST = date(1969, 1, 1), date(2068, 12, 31)  # range of two-digit years in POSIX


def make_dates(n_samples=1000, *, random_state=None):
    """Generate dates in various formats, and their ISO form: a small translation task.

    Parameters
    ----------
    n_samples : int, default=1000
    random_state : int, RandomState instance or None, default=None
        The same integer gives the same dates.

    Returns
    -------
    X : array of str, of shape (n_samples,)
        Such as "Tuesday, March 4th 2003", "4.3.2003" or "03/04/03".
    y : array of str, of shape (n_samples,)
        Such as "2003-03-04".

    Notes
    -----
    Days from 1969 to 2068 and formats are drawn uniformly and independently. Every text has one meaning: with dots, the
    day comes first; with slashes, the month, unless a four-digit year comes first; with hyphens, the year, unless the
    month is a word. Two-digit years follow POSIX: 69 to 99 are in the 20th century, 00 to 68 in the 21st.

    Examples
    --------
    >>> X, y = make_dates(3, random_state=0)
    >>> for text, day in zip(X, y):
    ...     print(f"{text} -> {day}")
    25th of June 1976 -> 1976-06-25
    Mar 1, 2027 -> 2027-03-01
    29.03.2052 -> 2052-03-29
    """
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    rng = check_random_state(random_state)
    offsets = rng.randint((LAST - FIRST).days + 1, size=n_samples)
    ways = rng.randint(len(WAYS), size=n_samples)
    days = [FIRST + timedelta(int(offset)) for offset in offsets]
    texts = [WAYS[way](day) for way, day in zip(ways, days, strict=True)]
    return np.array(texts, object), np.array([day.isoformat() for day in days], object)


def _month(day: date) -> str:
    return MONTHS[day.month - 1]


def _weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def _ordinal(day: date) -> str:
    """Return the day of the month as an ordinal: 1st, 2nd, 3rd, 4th ... 11th, 12th, 13th ... 21st."""
    teens = 11 <= day.day <= 13
    return f"{day.day}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(day.day % 10, 'th')}"


# Python's names of months and days depend on the locale.
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WAYS: tuple[Callable[[date], str], ...] = (
    lambda d: f"{d.day} {_month(d)[:3]} {d.year}",
    lambda d: f"{d.day} {_month(d)} {d.year}",
    lambda d: f"{d.day:02} {_month(d)[:3].upper()} {d.year}",
    lambda d: f"{d.day}-{_month(d)[:3]}-{d.year}",
    lambda d: f"{d.day}-{_month(d)[:3]}-{d:%y}",
    lambda d: f"{d.day} {_month(d)} '{d:%y}",
    lambda d: f"{_ordinal(d)} {_month(d)} {d.year}",
    lambda d: f"{_ordinal(d)} of {_month(d)} {d.year}",
    lambda d: f"the {_ordinal(d)} of {_month(d)}, {d.year}",
    lambda d: f"{_month(d)[:3]} {d.day}, {d.year}",
    lambda d: f"{_month(d)} {d.day}, {d.year}",
    lambda d: f"{_month(d)[:3].lower()} {d.day} {d.year}",
    lambda d: f"{_month(d)} {_ordinal(d)}, {d.year}",
    lambda d: f"{d.year} {_month(d)} {d.day}",
    lambda d: f"{_weekday(d)}, {_month(d)} {_ordinal(d)} {d.year}",
    lambda d: f"{_weekday(d)}, {d.day} {_month(d)} {d.year}",
    lambda d: f"{_weekday(d)[:3]} {_month(d)[:3]} {d.day} {d.year}",
    lambda d: f"{_weekday(d)[:3]}, {d.day:02} {_month(d)[:3]} {d.year}",
    lambda d: f"{d.day}.{d.month}.{d.year}",
    lambda d: f"{d.day:02}.{d.month:02}.{d.year}",
    lambda d: f"{d.day:02}.{d.month:02}.{d:%y}",
    lambda d: f"{d.month}/{d.day}/{d.year}",
    lambda d: f"{d.month:02}/{d.day:02}/{d.year}",
    lambda d: f"{d.month:02}/{d.day:02}/{d:%y}",
    lambda d: f"{d.year}/{d.month:02}/{d.day:02}",
    lambda d: f"{d.year}-{d.month}-{d.day}",
    lambda d: f"{d.year}{d.month:02}{d.day:02}",
)
