"""Series of unequal length -> arrays of one length, padded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnbuild.errors import DataError
from nnbuild.features.vocabulary import saved_fields
from nnbuild.recipe.ids import MASK_VALUE, mask_value_of, rounded_up
from nnbuild.recipe.kinds import Flag, Kind, ListOf, Number, Whole, optional


@dataclass(frozen=True)
class SeriesPreparation:
    """How series become arrays: data only.

    Attributes
    ----------
    shape : (int or None, int)
        Steps and channels; None for as many steps as the longest series at hand has.
    mask_value : float
        What stands in the steps behind the end of a series, in each channel.
    masked : bool
        Whether a mask behind the input leaves these steps out.
    """

    kind: ClassVar[str] = "series"
    dtype: ClassVar[None] = None  # whatever the network computes in
    n_ids: ClassVar[None] = None

    shape: tuple[int | None, int]
    mask_value: float = MASK_VALUE
    masked: bool = False

    @classmethod
    def fitted(cls, series: np.ndarray, settings: Mapping) -> SeriesPreparation:
        """The shape that series get: what the recipe says, or as many steps as the longest has, rounded up.

        Parameters
        ----------
        series : array of arrays of shape (n_steps, n_channels), or array of shape (n_samples, n_steps, n_channels)
            Rows of the training, and no others.
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
        """Series of one length: array of shape (n_samples, n_steps, n_channels).

        Of longer ones the last steps stay; shorter ones are padded at their end.

        Raises
        ------
        DataError
            For another number of channels than in fit.
        """
        n_steps, n_channels = self.shape
        if len(series) and series[0].shape[1] != n_channels:
            raise DataError(f"X has series of {series[0].shape[1]} channels, and in fit they had {n_channels}")
        if n_steps is None:
            n_steps = rounded_up(max(map(len, series), default=1))
        if series.dtype != object and series.shape[1] == n_steps:
            return series
        padded = np.full((len(series), n_steps, n_channels), self.mask_value, _dtype_of(series))
        for row, one in zip(padded, series, strict=True):
            last = one[-n_steps:]
            row[: len(last)] = last
        return padded

    def told(self) -> list[str]:
        """What was done, in a line."""
        n_steps, n_channels = self.shape
        length = "as many steps as the longest has" if n_steps is None else f"{n_steps} steps"
        padded = "padded, and masked there" if self.masked else f"padded with {self.mask_value:g}"
        return [f"series of {length}, {n_channels} channel{'s' * (n_channels > 1)}, {padded}"]

    def to_dict(self) -> dict:
        """The same as JSON values."""
        masked = {"masked": True} if self.masked else {}
        return {"shape": list(self.shape), "mask_value": self.mask_value, **masked}

    def arrays(self) -> dict[str, np.ndarray]:
        """Nothing: there are no arrays to save."""
        return {}

    @classmethod
    def from_saved(cls, values: Mapping, arrays: Mapping[str, np.ndarray]) -> SeriesPreparation:
        """The preparation that `to_dict` gave; raises a `DataError` if it did not give this."""
        fields = saved_fields({"masked": False, **values}, FIELDS)  # files of the first versions have no such key
        n_steps, n_channels = fields["shape"]
        if arrays or n_channels is None:
            raise DataError("series have no arrays, and a fixed number of channels")
        return cls((n_steps, n_channels), fields["mask_value"], fields["masked"])


def _dtype_of(series: np.ndarray) -> str:
    """float32, unless some series has more digits."""
    if series.dtype != object:
        return series.dtype.name if series.dtype.kind == "f" else "float32"
    return "float64" if any(one.dtype == "float64" for one in series) else "float32"


FIELDS: dict[str, Kind] = {"shape": ListOf(optional(Whole(1)), 2, 2), "mask_value": Number(), "masked": Flag()}
