"""Pad series of unequal length to arrays of one length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import issparse

from nnbuild.errors import DataError
from nnbuild.inputs.frames import is_table
from nnbuild.inputs.protocol import InputPreparation
from nnbuild.inputs.samples import described, samples_of
from nnbuild.language.input_kinds import MASK_VALUE
from nnbuild.language.vocabulary_inputs import mask_value_of, rounded_up
from nnbuild.report.units import counted


@dataclass(frozen=True)
class SeriesPreparation(InputPreparation):
    """Fitted preparation of series.

    Attributes
    ----------
    shape : (int or None, int)
        Number of steps and channels; None for the length of the longest series.
    mask_value : float
        Padding value for steps after the end of a series, in each channel.
    masked : bool
        Whether the network masks the padding.
    """

    kind: ClassVar[str] = "series"
    unprepared_ndim: ClassVar[int] = 3
    resizes: ClassVar[bool] = True

    shape: tuple[int | None, int]
    mask_value: float = MASK_VALUE
    masked: bool = False

    @classmethod
    def checked(cls, values: Any, name: str) -> np.ndarray:
        """Return series of any length as an array of arrays.

        Parameters
        ----------
        values : list, Series or array of arrays of shape (n_steps, n_channels), or (n_steps,) for one channel
        name : str
            Name of the data in messages.

        Returns
        -------
        array of shape (n_samples,), dtype object
            Contains arrays of shape (n_steps, n_channels), float32 or float64.

        Raises
        ------
        ValueError
            For values that are not series of finite numbers, or have different numbers of channels.
        """
        if is_table(values):
            values = samples_of(values, name, "a series")
        if isinstance(values, str) or not hasattr(values, "__len__") or issparse(values):
            raise ValueError(f"{name} must contain a series for each sample, got {type(values).__name__}")
        series = np.empty(len(values), object)
        for row, value in enumerate(values):
            series[row] = _series(value, f"{name}, row {row}:")
            if series[row].shape[1] != series[0].shape[1]:
                found = f"{series[row].shape[1]} in row {row}, {series[0].shape[1]} in row 0"
                raise ValueError(f"{name} has series with different numbers of channels: {found}")
        return series

    @classmethod
    def is_needed(cls, values: Any, spec: Mapping) -> bool:
        """Return whether values may need padding: arrays of numbers do not, if padding is masked."""
        return not spec.get("masked") or cls.as_numbers(values) is None

    @classmethod
    def fitted(cls, series: np.ndarray, settings: Mapping) -> SeriesPreparation:
        """Determine the shape of series: steps of the recipe, or of the longest series, rounded up.

        Parameters
        ----------
        series : array of arrays of shape (n_steps, n_channels), or array of shape (n_samples, n_steps, n_channels)
            Training set.
        settings : mapping of str to JSON value
            `shape`, `mask_value` and `masked`, as in a recipe.
        """
        n_channels = series[0].shape[1]
        if "shape" in settings:
            n_steps = settings["shape"][0]
        elif series.dtype == object:
            n_steps = rounded_up(max(map(len, series)))
        else:
            n_steps = series.shape[1]
        return cls((n_steps, n_channels), mask_value_of(settings), bool(settings.get("masked")))

    def transformed(self, series: np.ndarray) -> np.ndarray:
        """Return series of one length: array of shape (n_samples, n_steps, n_channels).

        Longer series are truncated at the start; shorter ones are padded at the end.

        Raises
        ------
        DataError
            If the number of channels differs from that in fit.
        """
        n_steps, n_channels = self.shape
        if len(series) and series[0].shape[1] != n_channels:
            raise DataError(f"X has series of {series[0].shape[1]} channels, but in fit they had {n_channels}")
        if n_steps is None:
            n_steps = rounded_up(max(map(len, series), default=1))
        if series.dtype != object and series.shape[1] == n_steps:
            return series
        padded = np.full((len(series), n_steps, n_channels), self.mask_value, _dtype_of(series))
        for row, one in zip(padded, series, strict=True):
            last = one[-n_steps:]
            row[: len(last)] = last
        return padded

    @property
    def mask(self) -> float | None:
        """Value of the steps that are masked, or None."""
        return self.mask_value if self.masked else None

    def summary(self) -> list[str]:
        """Return a line that summarizes the preparation."""
        n_steps, n_channels = self.shape
        length = "the length of the longest" if n_steps is None else f"{n_steps} steps"
        padding = "masked" if self.masked else f"{self.mask_value:g}"
        return [f"series of {counted(n_channels, 'channel')}, padded to {length}; padding {padding}"]

    def to_dict(self) -> dict:
        """Return the fields as JSON values."""
        masked = {"masked": True} if self.masked else {}
        return {"shape": list(self.shape), "mask_value": self.mask_value, **masked}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> SeriesPreparation:
        """Return the preparation from the checked fields of `to_dict`."""
        n_steps, n_channels = fields["shape"]
        return cls((n_steps, n_channels), fields["mask_value"], fields["masked"])


def _series(value: Any, where: str) -> np.ndarray:
    """Return one series as an array of shape (n_steps, n_channels)."""
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "biuf" or array.ndim not in (1, 2):
        wanted = "must be a numeric array of shape (n_steps, n_channels) or (n_steps,)"
        raise ValueError(f"{where} {wanted}, got {described(value)}")
    if not array.size:
        raise ValueError(f"{where} must not be empty, got shape {array.shape}")
    array = array.astype(
        "float32" if array.dtype.itemsize < 4 else array.dtype if array.dtype.kind == "f" else "float64"
    )
    if not np.isfinite(array).all():
        step = int(np.argwhere(~np.isfinite(array))[0][0])
        raise ValueError(f"{where} contains NaN or infinity at step {step}\n  hint: impute or drop such steps")
    return array if array.ndim == 2 else array[:, None]


def _dtype_of(series: np.ndarray) -> str:
    """Return float32, or float64 if some series has that dtype."""
    if series.dtype != object:
        return series.dtype.name if series.dtype.kind == "f" else "float32"
    return "float64" if any(one.dtype == "float64" for one in series) else "float32"
