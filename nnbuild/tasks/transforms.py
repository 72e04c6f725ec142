"""Transforms of regression targets as plain values: their fields and types are the format in model files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from nnbuild.catalog.fields import saved_fields, saved_names
from nnbuild.catalog.kinds import MAX_DOUBLE, Float


@dataclass(frozen=True)
class Transform:
    """Increasing transform of one regression target; the limits of its predictions.

    Attributes
    ----------
    kind : {"none", "log", "power"}
        Function of x = (y - center) / scale: x, its logarithm, or the Yeo-Johnson transform of x.
    center, scale : float, default=0.0, 1.0
    exponent : float, default=1.0
        Lambda of the Yeo-Johnson transform.
    limits : tuple of float, default=()
        Smallest and largest target of the training set, which limit predictions; empty for no limits.
    gain : float, default=0.0
        Increase of the log-likelihood of a normal distribution per sample of the training set.
    """

    kind: Literal["none", "log", "power"] = "none"
    center: float = 0.0
    scale: Annotated[float, Float(above=0, most=MAX_DOUBLE)] = 1.0
    exponent: float = field(default=1.0, metadata={"saved_as": "lambda"})
    limits: tuple[float, ...] = ()
    gain: float = 0.0

    def describe(self) -> str:
        """Return a description, such as "log(y + 1), predicted from 0 to 20, log-likelihood +0.31 per sample"."""
        shift = f" {'+' if self.center < 0 else '-'} {abs(self.center):.4g}" if self.center else ""
        x = f"y{shift}" if self.scale == 1 else f"(y{shift}) / {self.scale:.4g}"
        text = {
            "none": "unchanged",
            "log": f"log({x})",
            "power": f"Yeo-Johnson transform of {x} with lambda {self.exponent:.3g}",
        }[self.kind]
        limits = ", predicted from {:.4g} to {:.4g}".format(*self.limits) if self.limits else ""
        return f"{text}{limits}{f', log-likelihood {self.gain:+.2f} per sample' if self.kind != 'none' else ''}"

    def to_dict(self) -> dict:
        """Return the transform as JSON values."""
        return saved_fields(self)


def transform_from(values: Mapping) -> Transform:
    """Return the transform from checked values of `Transform.to_dict`."""
    given = {name: values[saved] for saved, name in saved_names(Transform).items()}
    return Transform(**{**given, "limits": tuple(given["limits"])})
