"""Prepare columns of numbers, durations and booleans: standardized numbers, and indicators of missing values."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nnbuild.inputs.columns import (
    MISSING_BOOLEAN,
    ONE_VALUE,
    Boolean,
    Column,
    Dropped,
    Impute,
    MissingIndicator,
    Number,
    Scale,
    ValueType,
)
from nnbuild.inputs.table.reading import as_numbers, missing_of, too_large
from nnbuild.inputs.table.settings import TableSettings


def write_number(step: Number, column: pd.Series, out: np.ndarray) -> None:
    """Write imputed and scaled values; see `write_column`."""
    values = as_numbers(step.name, column, step.value_type)
    missing = np.isnan(values)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # reported below
        out[:, 0] = (np.where(missing, step.fill, values) - step.center) / step.scale
    if not np.isfinite(out[:, 0]).all():
        raise too_large(step.name)
    if step.has_indicator:
        out[:, 1] = missing


def write_boolean(step: Boolean, column: pd.Series, out: np.ndarray) -> None:
    """Write 0 or 1, and 0.5 for missing values."""
    values = as_numbers(step.name, column, "flag")
    missing = np.isnan(values)
    out[:, 0] = np.where(missing, MISSING_BOOLEAN, values)
    if step.has_indicator:
        out[:, 1] = missing


def write_missing_indicator(step: MissingIndicator, column: pd.Series, out: np.ndarray) -> None:
    """Write 1 for missing values, else 0."""
    out[:, 0] = missing_of(column)


def fitted_number(name: str, column: pd.Series, settings: TableSettings, value_type: ValueType = "number") -> Column:
    """Fit a column of numbers.

    Parameters
    ----------
    name : str
    column : Series of length n_samples
        Training set, with at least one value that is not missing.
    settings : TableSettings
    value_type : {"number", "duration"}, default="number"

    Returns
    -------
    Number; MissingIndicator or Dropped if there is only one value

    Raises
    ------
    DataError
        If a value is infinite.

    Notes
    -----
    "robust" scales by the standard deviation if the interquartile range is 0, or negligible in comparison: more than
    half of the samples then have the same value.
    """
    values = as_numbers(name, column, value_type)
    missing = np.isnan(values)
    n_missing, present = int(missing.sum()), values[~missing]
    fill = _fill(present, settings.impute)
    imputed = np.where(missing, fill, values)
    if imputed.min() == imputed.max():
        return one_value(name, n_missing, settings)
    return Number(
        name,
        n_missing=n_missing,
        has_indicator=settings.indicators and n_missing > 0,
        value_type=value_type,
        fill=fill,
        filled_by=settings.impute,
        **_scaling(imputed, settings.scale),
    )


def fitted_duration(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """Fit a column of durations: `fitted_number` of their seconds."""
    return fitted_number(name, column, settings, "duration")


def fitted_boolean(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """Fit a column of booleans: a Boolean; MissingIndicator or Dropped if there is only one value."""
    values = as_numbers(name, column, "flag")
    n_missing = int(np.isnan(values).sum())
    if np.nanmin(values) == np.nanmax(values):
        return one_value(name, n_missing, settings)
    return Boolean(name, n_missing, settings.indicators and n_missing > 0)


def one_value(name: str, n_missing: int, settings: TableSettings, reason: str = ONE_VALUE) -> Column:
    """Return the column for uninformative values: an indicator of missing values if there are any."""
    return MissingIndicator(name, n_missing, reason) if n_missing and settings.indicators else Dropped(name, reason)


def _fill(present: np.ndarray, impute: Impute) -> float:
    if impute == "median":
        return float(np.median(present))
    return _moments(present)[0] if impute == "mean" else 0.0


def _scaling(values: np.ndarray, scale: Scale) -> dict:
    """Return the last three fields of a Number, which scale the values."""
    if scale == "none":
        return {"center": 0.0, "scale": 1.0, "scaled_by": scale}
    mean, deviation = _moments(values)
    if scale == "robust":
        low, middle, high = (float(value) for value in np.percentile(values, [25, 50, 75]))
        if high - low > NARROW * deviation:
            return {"center": middle, "scale": high - low, "scaled_by": scale}
    return {"center": mean, "scale": deviation or 1.0, "scaled_by": "standard"}


def _moments(values: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = float(values.mean()), float(values.std())
    if np.isfinite(deviation) and deviation > 0:
        return mean, deviation
    # Squares of values above 1e154 overflow, and below 1e-162 they underflow, so the largest value is the unit.
    peak = np.abs(values).max() or 1.0
    units = values / peak
    return float(units.mean() * peak), float(units.std() * peak)


# Interquartile ranges below this share of the standard deviation are not used: scaled outliers would overflow float32.
NARROW = 1e-6
