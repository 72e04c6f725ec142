"""Prepare columns of numbers, durations and booleans: standardised numbers, and indicators of missing values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from nnbuild.inputs.table.column import ONE_VALUE, Column, Marked, Positive, missing_name
from nnbuild.inputs.table.notation import TEXT, Notation
from nnbuild.inputs.table.reading import as_numbers, missing_of, too_large
from nnbuild.inputs.table.settings import Impute, Scale, TableSettings

Noun = Literal["number", "duration"]
UNKNOWN_FLAG = 0.5  # for a missing boolean: halfway between false and true


@dataclass(frozen=True)
class Dropped(Column):
    """Column that is not used.

    Attributes
    ----------
    reason : str
    """

    reason: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        return ()

    @property
    def read_as(self) -> Notation:
        return TEXT

    def write(self, column: pd.Series, out: np.ndarray) -> None:
        return None

    def says(self) -> str:
        return f"dropped: {self.reason}"


@dataclass(frozen=True)
class Presence(Column):
    """Column used only for whether its values are missing: 1 if missing, else 0.

    Attributes
    ----------
    n_missing : int
        Missing values in fit.
    reason : str
        Why the values are not used.
    """

    n_missing: int
    reason: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (missing_name(self.name),)

    def write(self, column: pd.Series, out: np.ndarray) -> None:
        out[:, 0] = missing_of(column)

    def says(self) -> str:
        return f"dropped: {self.reason}; missing values ({self.n_missing}) are marked in {missing_name(self.name)!r}"


@dataclass(frozen=True)
class Number(Marked):
    """Column of numbers, or of durations in seconds: (value - center) / scale, after missing values are filled.

    Attributes
    ----------
    noun : {"number", "duration"}
    fill : float
        Replacement for missing values.
    filled_by : {"median", "mean", "zero"}
        Kind of `fill`.
    center, scale : float
        Subtrahend and divisor.
    scaled_by : {"standard", "robust", "none"}
        Kind of `center` and `scale`: mean and standard deviation, median and interquartile range, or 0 and 1.
    """

    noun: Noun
    fill: float
    filled_by: Impute
    center: float
    scale: Positive
    scaled_by: Scale

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.name, *self.marks)

    @property
    def read_as(self) -> Notation | None:
        return Notation("number") if self.noun == "number" else None

    def write(self, column: pd.Series, out: np.ndarray) -> None:
        values = as_numbers(self.name, column, self.noun)
        missing = np.isnan(values)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # reported below
            out[:, 0] = (np.where(missing, self.fill, values) - self.center) / self.scale
        if not np.isfinite(out[:, 0]).all():
            raise too_large(self.name)
        if self.marked:
            out[:, 1] = missing

    def says(self) -> str:
        noun = {"duration": "duration in seconds"}.get(self.noun, self.noun)
        scaled = SCALED[self.scaled_by].format(self.center, self.scale)
        return f"{noun}, {scaled}{self.says_missing(FILLED[self.filled_by].format(self.fill))}"


@dataclass(frozen=True)
class Flag(Marked):
    """Column of booleans: 0, 1, and 0.5 for missing values."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.name, *self.marks)

    @property
    def read_as(self) -> Notation:
        return Notation("flag")

    def write(self, column: pd.Series, out: np.ndarray) -> None:
        values = as_numbers(self.name, column, "flag")
        missing = np.isnan(values)
        out[:, 0] = np.where(missing, UNKNOWN_FLAG, values)
        if self.marked:
            out[:, 1] = missing

    def says(self) -> str:
        return f"true or false as 1 or 0{self.says_missing(f'{UNKNOWN_FLAG}')}"


def fitted_number(name: str, column: pd.Series, settings: TableSettings, noun: Noun = "number") -> Column:
    """Fit a column of numbers.

    Parameters
    ----------
    name : str
    column : Series of length n_samples
        Training set, with at least one value that is not missing.
    settings : TableSettings
    noun : {"number", "duration"}, default="number"

    Returns
    -------
    Number; Presence or Dropped if there is only one value

    Raises
    ------
    DataError
        If a value is infinite.

    Notes
    -----
    "robust" scales by the standard deviation if the interquartile range is 0, or negligible in comparison: more than
    half of the samples then have the same value.
    """
    values = as_numbers(name, column, noun)
    missing = np.isnan(values)
    n_missing, present = int(missing.sum()), values[~missing]
    fill = _fill(present, settings.impute)
    imputed = np.where(missing, fill, values)
    if imputed.min() == imputed.max():
        return one_value(name, n_missing, settings)
    return Number(
        name,
        n_missing=n_missing,
        marked=settings.indicators and n_missing > 0,
        noun=noun,
        fill=fill,
        filled_by=settings.impute,
        **_scaling(imputed, settings.scale),
    )


def fitted_duration(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """Fit a column of durations: `fitted_number` of their seconds."""
    return fitted_number(name, column, settings, "duration")


def fitted_flag(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """Fit a column of booleans: a Flag; Presence or Dropped if there is only one value."""
    values = as_numbers(name, column, "flag")
    n_missing = int(np.isnan(values).sum())
    if np.nanmin(values) == np.nanmax(values):
        return one_value(name, n_missing, settings)
    return Flag(name, n_missing, settings.indicators and n_missing > 0)


def one_value(name: str, n_missing: int, settings: TableSettings, reason: str = ONE_VALUE) -> Column:
    """Return the column for uninformative values: only whether they are missing is kept, if that varies."""
    return Presence(name, n_missing, reason) if n_missing and settings.indicators else Dropped(name, reason)


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
FILLED = {"median": "the median {:.4g}", "mean": "the mean {:.4g}", "zero": "0"}
SCALED = {
    "standard": "standardised (mean {:.4g}, standard deviation {:.4g})",
    "robust": "scaled (median {:.4g}, interquartile range {:.4g})",
    "none": "as it is",
}
