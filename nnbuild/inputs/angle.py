"""Angles of one column as cosine and sine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from nnbuild.errors import show
from nnbuild.inputs.protocol import InputPreparation
from nnbuild.inputs.samples import described, plain, samples_of


@dataclass(frozen=True)
class AnglePreparation(InputPreparation):
    """Fitted preparation of angles: data only.

    Attributes
    ----------
    unit : {"degrees", "radians"}
    """

    kind: ClassVar[str] = "angle"

    unit: str

    @property
    def shape(self) -> tuple[int]:
        """Shape of one sample: its cosine and its sine."""
        return (2,)

    @classmethod
    def checked(cls, values: Any, name: str) -> np.ndarray:
        """Return finite angles as an array of shape (n_samples,).

        Raises
        ------
        ValueError
            For values that are not finite numbers.
        """
        angles = samples_of(values, name, "an angle")
        for row, angle in enumerate(angles):
            if not isinstance(plain(angle), int | float) or not np.isfinite(angle):
                raise ValueError(f"{name} must hold angles, got {described(angle)} in row {row}")
        return angles.astype("float64")

    @classmethod
    def fitted(cls, angles: np.ndarray, settings: Mapping) -> AnglePreparation:
        """Return the preparation for an input with these settings."""
        return cls(settings.get("unit", "degrees"))

    def transformed(self, angles: np.ndarray) -> np.ndarray:
        """Return cosines and sines: array of shape (n_samples, 2)."""
        turns = np.deg2rad(angles) if self.unit == "degrees" else angles
        return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype("float32")

    def summary(self) -> list[str]:
        """Return the preparation in one line."""
        return [f"angles in {show(self.unit)} as cosine and sine"]

    def to_dict(self) -> dict:
        """Return the fields as JSON values."""
        return {"unit": self.unit}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> AnglePreparation:
        """Return the preparation of checked fields, as `to_dict` gave them."""
        return cls(fields["unit"])
