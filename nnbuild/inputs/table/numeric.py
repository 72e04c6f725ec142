"""Prepare columns of numbers, durations and booleans: standardized numbers, and indicators of missing values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nnbuild.inputs.column_base import Column
from nnbuild.inputs.columns import (
    MISSING_BOOLEAN,
    NO_VALUES,
    ONE_VALUE,
    Boolean,
    Dropped,
    Impute,
    MissingIndicator,
    Number,
    ValueType,
)
from nnbuild.inputs.table.reading import as_numbers, missing_of, too_large
from nnbuild.inputs.table.scaling import as_normal, moments, quantiles_of, scaling_of, smoothly_clipped
from nnbuild.inputs.table.settings import TableSettings


def scaled_numbers(steps: Sequence[Number], values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return imputed, scaled and clipped values of columns.

    Parameters
    ----------
    steps : sequence of Number
    values : array of shape (n_columns, n_samples), float64
        Missing values are NaN.
    missing : array of shape (n_columns, n_samples), bool

    Returns
    -------
    array of shape (n_columns, n_samples), float64
        Infinite where a scaled value is too large.
    """
    fill, center, scale = (
        np.array([getattr(step, name) for step in steps])[:, np.newaxis] for name in ("fill", "center", "scale")
    )
    imputed = np.where(missing, fill, values)
    with np.errstate(over="ignore", divide="ignore"):
        scaled = (imputed - center) / scale
    for index, step in enumerate(steps):
        if step.quantiles:
            scaled[index] = as_normal(imputed[index], np.array(step.quantiles))
    limits = np.array([step.clip or np.inf for step in steps])
    if (clips := np.isfinite(limits)).any():
        scaled[clips] = smoothly_clipped(scaled[clips], limits[clips, np.newaxis])
    return scaled


def write_numbers(steps: Sequence[Number], values: np.ndarray, numeric: np.ndarray, starts: np.ndarray) -> None:
    """Write imputed and scaled values of columns, and their indicators.

    Parameters
    ----------
    steps : sequence of Number
    values : array of shape (n_columns, n_samples), float64
        Missing values are NaN.
    numeric : array of shape (n_samples, n_outputs), float32
    starts : array of shape (n_columns,)
        Index of the first output of each column.

    Raises
    ------
    DataError
        If a scaled value is too large for float32.
    """
    missing = np.isnan(values)
    with np.errstate(over="ignore"):  # reported below
        scaled = scaled_numbers(steps, values, missing).astype("float32")
    finite = np.isfinite(scaled).all(axis=1)
    if not finite.all():
        raise too_large(steps[int(finite.argmin())].name)
    numeric[:, starts] = scaled.T
    marked = np.flatnonzero([step.has_indicator for step in steps])
    numeric[:, starts[marked] + 1] = missing[marked].T


def write_number(step: Number, column: pd.Series, out: np.ndarray) -> None:
    """Write imputed and scaled values; see `write_column`."""
    write_numbers([step], as_numbers(step.name, column, step.value_type)[np.newaxis], out, np.zeros(1, int))


def write_boolean(step: Boolean, column: pd.Series, out: np.ndarray) -> None:
    """Write 0 or 1, and 0.5 for missing values; signed, -1 or 1, and 0."""
    values = as_numbers(step.name, column, "flag")
    missing = np.isnan(values)
    filled = np.where(missing, MISSING_BOOLEAN, values)
    out[:, 0] = 2 * filled - 1 if step.signed else filled
    if step.has_indicator:
        out[:, 1] = missing


def write_missing_indicator(step: MissingIndicator, column: pd.Series, out: np.ndarray) -> None:
    """Write 1 for missing values, else 0."""
    out[:, 0] = missing_of(column)


def fitted_numbers(
    names: Sequence[str], values: np.ndarray, settings: TableSettings, value_type: ValueType = "number"
) -> list[Column]:
    """Fit columns of numbers.

    Parameters
    ----------
    names : sequence of str
    values : array of shape (n_columns, n_samples), float64
        Training set. Missing values are NaN.
    settings : TableSettings
    value_type : {"number", "duration"}, default="number"

    Returns
    -------
    list of Number; MissingIndicator or Dropped for columns with one value or none
    """
    missing = np.isnan(values)
    n_missing = missing.sum(axis=1)
    fill = _fills(values, missing, settings.impute)
    imputed = np.where(missing, fill[:, np.newaxis], values)
    varies = imputed.min(axis=1) < imputed.max(axis=1)  # false for columns of missing values
    varied = imputed[varies]
    scaling = scaling_of(varied, settings.scale, settings.clip is not None)
    quantiles = quantiles_of(varied, scaling.scale) if settings.scale == "normal" else np.empty((len(varied), 0))
    numbers = iter(zip(scaling.center.tolist(), scaling.scale.tolist(), scaling.by, quantiles.tolist(), strict=True))
    steps: list[Column] = []
    for name, count, replacement, is_varied in zip(names, n_missing.tolist(), fill.tolist(), varies, strict=True):
        if not is_varied:
            steps.append(_without_values(name, count, values.shape[1], settings))
            continue
        center, scale, by, own_quantiles = next(numbers)
        steps.append(
            Number(
                name,
                n_missing=count,
                has_indicator=settings.indicators and count > 0,
                value_type=value_type,
                fill=replacement,
                filled_by=settings.impute,
                center=center,
                scale=scale,
                scaled_by=by,
                quantiles=tuple(own_quantiles),
                clip=settings.clip,
            )
        )
    return steps


def fitted_number(name: str, column: pd.Series, settings: TableSettings, value_type: ValueType = "number") -> Column:
    """Fit a column of numbers: `fitted_numbers` of one column; raise a `DataError` for infinite values."""
    return fitted_numbers([name], as_numbers(name, column, value_type)[np.newaxis], settings, value_type)[0]


def fitted_duration(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """Fit a column of durations: `fitted_number` of their seconds."""
    return fitted_number(name, column, settings, "duration")


def fitted_boolean(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """Fit a column of booleans: a Boolean; MissingIndicator or Dropped if there is only one value."""
    values = as_numbers(name, column, "flag")
    n_missing = int(np.isnan(values).sum())
    if np.nanmin(values) == np.nanmax(values):
        return one_value(name, n_missing, settings)
    return Boolean(name, n_missing, settings.indicators and n_missing > 0, signed=settings.signed_binary)


def one_value(name: str, n_missing: int, settings: TableSettings, reason: str = ONE_VALUE) -> Column:
    """Return the column for uninformative values: an indicator of missing values if there are any."""
    return MissingIndicator(name, n_missing, reason) if n_missing and settings.indicators else Dropped(name, reason)


def _without_values(name: str, n_missing: int, n_samples: int, settings: TableSettings) -> Column:
    """Return the column for numbers of one value, or for missing values only."""
    return Dropped(name, NO_VALUES) if n_missing == n_samples else one_value(name, n_missing, settings)


def _fills(values: np.ndarray, missing: np.ndarray, impute: Impute) -> np.ndarray:
    """Return the replacement of missing values for each column; NaN for columns without values."""
    has_missing = missing.any(axis=1)
    fill = np.zeros(len(values))
    if impute == "zero":
        return np.where(missing.all(axis=1), np.nan, fill)
    fill[~has_missing] = _middles(values[~has_missing], impute)
    for index in np.flatnonzero(has_missing):
        present = values[index, ~missing[index]]
        fill[index] = _middles(present[np.newaxis], impute)[0] if len(present) else np.nan
    return fill


def _middles(values: np.ndarray, impute: Impute) -> np.ndarray:
    return np.median(values, axis=1) if impute == "median" else moments(values)[0]
