"""Columns of numbers, durations and truth values -> standardised numbers, and marks where they are missing."""

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
UNKNOWN_FLAG = 0.5  # a truth value that is missing: halfway between false and true


@dataclass(frozen=True)
class Dropped(Column):
    """A column that is not used.

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
    """A column of which only matters whether there is a value: 1 where it is missing, else 0.

    Attributes
    ----------
    n_missing : int
        Missing values in fit.
    reason : str
        Why the values themselves are not used.
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
    """A column of numbers, or of durations in seconds: (value - center) / scale, missing values filled before that.

    Attributes
    ----------
    noun : {"number", "duration"}
    fill : float
        What missing values become.
    filled_by : {"median", "mean", "zero"}
        What `fill` is.
    center, scale : float
        What is taken away, and what is divided by.
    scaled_by : {"standard", "robust", "none"}
        What `center` and `scale` are: mean and standard deviation, median and interquartile range, or 0 and 1.
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
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # said below
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
    """A column of truth values: 0, 1, and 0.5 where the value is missing."""

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
    """What a column of numbers becomes.

    Parameters
    ----------
    name : str
    column : Series of length n_samples
        Rows of the training, some of them not missing.
    settings : TableSettings
    noun : {"number", "duration"}, default="number"

    Returns
    -------
    Number; Presence or Dropped where there is one value only

    Raises
    ------
    DataError
        If a value is infinite.

    Notes
    -----
    "robust" scales by the standard deviation where the interquartile range is 0, or next to nothing beside it: more
    than half of the rows then have one value.
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
    """What a column of durations becomes: `fitted_number` of its seconds."""
    return fitted_number(name, column, settings, "duration")


def fitted_flag(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """What a column of truth values becomes: a Flag; Presence or Dropped where there is one value only."""
    values = as_numbers(name, column, "flag")
    n_missing = int(np.isnan(values).sum())
    if np.nanmin(values) == np.nanmax(values):
        return one_value(name, n_missing, settings)
    return Flag(name, n_missing, settings.indicators and n_missing > 0)


def one_value(name: str, n_missing: int, settings: TableSettings, reason: str = ONE_VALUE) -> Column:
    """What a column becomes whose values say nothing: whether it is missing is kept where that differs."""
    return Presence(name, n_missing, reason) if n_missing and settings.indicators else Dropped(name, reason)


def _fill(present: np.ndarray, impute: Impute) -> float:
    if impute == "median":
        return float(np.median(present))
    return _moments(present)[0] if impute == "mean" else 0.0


def _scaling(values: np.ndarray, scale: Scale) -> dict:
    """What the values are scaled by: the last three fields of a Number."""
    if scale == "none":
        return {"center": 0.0, "scale": 1.0, "scaled_by": scale}
    mean, deviation = _moments(values)
    if scale == "robust":
        low, middle, high = (float(value) for value in np.percentile(values, [25, 50, 75]))
        if high - low > NARROW * deviation:
            return {"center": middle, "scale": high - low, "scaled_by": scale}
    return {"center": mean, "scale": deviation or 1.0, "scaled_by": "standard"}


def _moments(values: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = float(values.mean()), float(values.std())
    if np.isfinite(deviation) and deviation > 0:
        return mean, deviation
    # Squares of values above 1e154 are too large, and below 1e-162 they vanish: the largest is the unit.
    peak = np.abs(values).max() or 1.0
    units = values / peak
    return float(units.mean() * peak), float(units.std() * peak)


# An interquartile range below this share of the standard deviation scales nothing: the outliers would leave float32.
NARROW = 1e-6
FILLED = {"median": "the median {:.4g}", "mean": "the mean {:.4g}", "zero": "0"}
SCALED = {
    "standard": "standardised (mean {:.4g}, standard deviation {:.4g})",
    "robust": "scaled (median {:.4g}, interquartile range {:.4g})",
    "none": "as it is",
}
