"""Prepare columns of dates and times: days, years, and cosine and sine of periodic parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from nnbuild.inputs.column_base import Column
from nnbuild.inputs.columns import Dates, Part
from nnbuild.inputs.table.numeric import one_value
from nnbuild.inputs.table.reading import as_times, zone_of
from nnbuild.inputs.table.scaling import smoothly_clipped
from nnbuild.inputs.table.settings import TableSettings

MICROSECONDS_A_DAY = 86_400_000_000


def write_dates(step: Dates, column: pd.Series, out: np.ndarray) -> None:
    """Write standardized days and years, cosines and sines; see `write_column`."""
    times = as_times(step.name, column, step.zone)
    outputs = [(_days(times) - step.days_center) / step.days_scale]
    if step.years_scale:
        outputs.append((_years(times) - step.years_center) / step.years_scale)
    if step.clip:
        outputs = [smoothly_clipped(output, step.clip) for output in outputs]
    for part in step.parts:
        angle = 2 * np.pi * _phase(times, part)
        outputs += [np.cos(angle), np.sin(angle)]
    for position, output in enumerate(outputs):
        out[:, position] = np.nan_to_num(output)
    if step.has_indicator:
        out[:, -1] = times.isna()


def fitted_dates(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """Fit a column of dates or times.

    Parameters
    ----------
    name : str
    column : Series of length n_samples
        Training set, with at least one value that is not missing.
    settings : TableSettings

    Returns
    -------
    Dates; MissingIndicator or Dropped if there is only one time

    Raises
    ------
    DataError
        If the times have several time zones.
    """
    zone = zone_of(name, column)
    times = as_times(name, column, zone)
    present = times[times.notna()]
    n_missing = len(times) - len(present)
    days, years = _days(present), _years(present)
    if days.min() == days.max():
        return one_value(name, n_missing, settings)
    return Dates(
        name,
        n_missing=n_missing,
        has_indicator=settings.indicators and n_missing > 0,
        zone=zone,
        days_center=float(days.mean()),
        days_scale=float(days.std()) or 1.0,
        years_center=float(years.mean()),
        years_scale=float(years.std()),
        parts=tuple(part for part in PERIODS if np.ptp(_phase(present, part)) > 0),
        clip=settings.clip,
    )


def _days(times: pd.Series) -> np.ndarray:
    """Return days since 1970, with their fraction; missing times as NaN."""
    values = times.to_numpy().astype("datetime64[us]")
    return np.where(np.isnat(values), np.nan, values.astype("int64") / MICROSECONDS_A_DAY)


def _years(times: pd.Series) -> np.ndarray:
    return times.dt.year.to_numpy("float64")


def _phase(times: pd.Series, part: Part) -> np.ndarray:
    """Return the phase of a periodic part, from 0 to below 1; missing times as NaN."""
    value, length = PERIODS[part]
    return value(times).to_numpy("float64") / length


# Periodic parts: the value of a time, and the length of the period.
PERIODS: dict[Part, tuple[Callable[[pd.Series], pd.Series], float]] = {
    "month": (lambda times: times.dt.month - 1, 12),
    "day of week": (lambda times: times.dt.day_of_week, 7),  # Monday is 0
    "day of year": (lambda times: times.dt.day_of_year - 1, 365.25),
    "hour": (lambda times: times.dt.hour + times.dt.minute / 60 + times.dt.second / 3600, 24),
    "minute": (lambda times: times.dt.minute, 60),
}
