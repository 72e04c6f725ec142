"""Equal steps between the times of a series: numbers, seconds, months, ends of months, or business days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import numpy as np

DAY = 86_400  # seconds
FRIDAY_TO_MONDAY = 3 * DAY
Unit = Literal["number", "second", "month", "month end", "business day"]


@dataclass(frozen=True)
class TimeStep:
    """Step between two consecutive times of a series.

    Times are float64, or datetime64[s] for all units except "number".

    Attributes
    ----------
    unit : {"number", "second", "month", "month end", "business day"}
    size : float
        Number of units; an integer for all units except "number".
    """

    unit: Unit
    size: float

    @classmethod
    def of(cls, times: np.ndarray) -> Self:
        """Return the most frequent step of at least two increasing times."""
        if times.dtype.kind == "f":
            return cls("number", _most_frequent(np.diff(times)))
        seconds, months, days = times.astype("int64"), _months(times), _days(times)
        same_hour = len(np.unique(seconds % DAY)) == 1
        if same_hour and (np.diff(months) > 0).all():
            if len(np.unique(days - _first_days(months))) == 1:
                return cls("month", _most_frequent(np.diff(months)))
            if (_months(times + np.timedelta64(DAY, "s")) > months).all():
                return cls("month end", _most_frequent(np.diff(months)))
        steps = np.diff(seconds)
        size = _most_frequent(steps)
        if same_hour and size == DAY and np.is_busday(days).all() and (steps == FRIDAY_TO_MONDAY).any():
            return cls("business day", 1)
        return cls("second", size)

    def positions(self, times: np.ndarray) -> np.ndarray:
        """Return the number of steps from the first time to each: float64, NaN for a time between two steps."""
        found = self._units(times) / self.size
        whole = np.round(found)
        return np.where(np.abs(found - whole) < 1e-6 * np.maximum(1, np.abs(whole)), whole, np.nan)

    def after(self, time: Any, n_steps: int) -> Any:
        """Return the time `n_steps` after a time."""
        n_units = self.size * n_steps
        if self.unit == "number":
            return np.float64(time + n_units)
        if self.unit == "second":
            return time + np.timedelta64(int(n_units), "s")
        time_of_day = time - time.astype("datetime64[D]")
        if self.unit == "business day":
            return np.busday_offset(time.astype("datetime64[D]"), int(n_units)) + time_of_day
        month = time.astype("datetime64[M]") + int(n_units)
        if self.unit == "month end":
            return (month + 1).astype("datetime64[D]") - 1 + time_of_day
        return month.astype("datetime64[D]") + (time - time.astype("datetime64[M]"))

    @property
    def season(self) -> int:
        """Number of steps in a year, week or day, for a seasonal baseline; 1 if there is no such number."""
        n = int(self.size)
        if self.unit in ("month", "month end"):
            return 12 // n if 12 % n == 0 else 1
        if self.unit == "second" and n < DAY:
            return DAY // n if DAY % n == 0 else 1
        return {"business day": 5, "second": {DAY: 7, 7 * DAY: 52}.get(n, 1)}.get(self.unit, 1)

    def text(self) -> str:
        """Return the step in words.

        Examples
        --------
        >>> TimeStep("second", 3600).text(), TimeStep("month", 1).text(), TimeStep("number", 0.5).text()
        ('1 hour', '1 month', '0.5')
        """
        if self.unit == "number":
            return f"{self.size:g}"
        n, unit = int(self.size), str(self.unit)
        if unit == "second":
            n, unit = next(((n // one, name) for name, one in LONGER if n % one == 0), (n, unit))
        return f"{n} {unit}{'s' * (n != 1)}"

    def to_dict(self) -> dict:
        """Return the fields as JSON values."""
        return {"unit": self.unit, "size": self.size}

    @classmethod
    def from_dict(cls, document: object) -> Self | None:
        """Return the step of a document of `to_dict`; None for other values."""
        match document:
            case {"unit": unit, "size": int(size) | float(size)} if unit in get_args(Unit) and size > 0:
                return cls(unit, size)
        return None

    def _units(self, times: np.ndarray) -> np.ndarray:
        """Return the units from the first time to each, NaN for a time on another day or time of day."""
        if self.unit == "number":
            return times - times[0]
        seconds = times.astype("int64")
        if self.unit == "second":
            return (seconds - seconds[0]).astype("float64")
        months, days = _months(times), _days(times)
        if self.unit == "business day":
            found, fits = np.busday_count(days[0], days), np.is_busday(days)
        elif self.unit == "month end":
            found, fits = months - months[0], _months(times + np.timedelta64(DAY, "s")) > months
        else:
            place = days - _first_days(months)
            found, fits = months - months[0], place == place[0]
        return np.where(fits & (seconds % DAY == seconds[0] % DAY), found, np.nan)


def time_texts(times: np.ndarray, form: str) -> list[str]:
    """Return times as text, in a form of `time_form`."""
    if times.dtype.kind == "f":
        return [f"{time:.0f}" if time == round(time) else f"{time:.12g}" for time in times.tolist()]
    texts = np.datetime_as_string(times, FORMS.get(form, "s")).tolist()
    return [f"{text}Z" for text in texts] if form == UTC else texts


def time_form(times: np.ndarray) -> str:
    """Return the shortest form of dates: "days", or "seconds" if a time of day is not midnight."""
    return "days" if times.dtype.kind != "f" and (times.astype("int64") % DAY == 0).all() else "seconds"


def _most_frequent(steps: np.ndarray) -> float:
    """Return the most frequent step; steps that differ by rounding only are equal."""
    values, counts = np.unique(np.round(steps, 9) if steps.dtype.kind == "f" else steps, return_counts=True)
    return values[counts.argmax()].item()


def _months(times: np.ndarray) -> np.ndarray:
    return times.astype("datetime64[M]").astype("int64")


def _days(times: np.ndarray) -> np.ndarray:
    return times.astype("datetime64[D]")


def _first_days(months: np.ndarray) -> np.ndarray:
    return months.astype("datetime64[M]").astype("datetime64[D]")


UTC = "utc"  # form of times with a time zone
FORMS: Mapping[str, Literal["M", "D", "s"]] = {"months": "M", "days": "D", "seconds": "s", UTC: "s"}
LONGER = (("week", 7 * DAY), ("day", DAY), ("hour", 3600), ("minute", 60))
