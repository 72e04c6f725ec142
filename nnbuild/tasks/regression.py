"""Quantities: one number for each sample, or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Self

import numpy as np
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from nnbuild.records import Shape
from nnbuild.report.scores import Measured, Score, Scores
from nnbuild.saved.targets import MEAN, SCALE
from nnbuild.tasks.losses import PLAIN, Head
from nnbuild.tasks.rows import TASKS
from nnbuild.tasks.scores import mean_error
from nnbuild.tasks.targets import OutputLayer, Targets


@dataclass(frozen=True, eq=False)
class RegressionTargets(Targets):
    """Quantities of a regression.

    Attributes
    ----------
    shape : tuple of int
        Shape of one row of y: () or (n_outputs,).
    scaled : bool
        Whether the network sees y standardised.
    mean, scale : array of shape (n_outputs,)
        What is taken off, and what the rest is divided by, before the network sees y; 0 and 1 where it is not scaled.
    centred : bool, default=True
        Whether a mean is taken off; else y is divided by its mean size alone.
    """

    row = TASKS["regression"]

    shape: tuple[int, ...]
    scaled: bool
    mean: np.ndarray
    scale: np.ndarray
    centred: bool = True

    @classmethod
    def of(cls, y: np.ndarray, scaled: bool, centred: bool = True) -> Self:
        """The targets that `y` shows, not scaled yet."""
        n_outputs = int(np.prod(y.shape[1:]))
        return cls(y.shape[1:], scaled, np.zeros(n_outputs), np.ones(n_outputs), centred)

    def fitted_to(self, y: np.ndarray, weights: np.ndarray | None) -> Self:
        """These, with the weighted mean and standard deviation of some rows where they are scaled.

        Parameters
        ----------
        y : array of shape (n_samples,) or (n_samples, n_outputs)
            Training rows only.
        weights : array of shape (n_samples,) or None
        """
        if not self.scaled:
            return self
        columns = y.reshape(len(y), -1).astype("float64")
        largest = np.abs(columns).max(axis=0)
        largest[largest == 0] = 1.0
        columns /= largest  # squares of very large and very small numbers have no place in a float64
        if not self.centred:
            size = np.average(np.abs(columns), axis=0, weights=weights)
            return replace(self, scale=np.where(size == 0, 1.0, size * largest))
        mean = np.average(columns, axis=0, weights=weights)
        scale = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weights))
        constant = scale <= 10 * np.finfo("float64").eps  # up to rounding: left as wide as it is
        return replace(self, mean=mean * largest, scale=np.where(constant, 1.0, scale * largest))

    @property
    def n_outputs(self) -> int:
        """Number of targets."""
        return len(self.mean)

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Scaled targets, float32 or float64 as `y`, of shape (n_samples, n_outputs)."""
        if y.shape[1:] != self.shape:
            wanted = ", ".join(["n_samples", *map(str, self.shape)])
            raise ValueError(f"{name} must be of shape ({wanted}), got {y.shape}")
        return (y.reshape(len(y), -1) - self.mean) / self.scale

    def decode(self, output: np.ndarray, head: Head = PLAIN) -> np.ndarray:
        """Predictions in the units of y, of its shape, float64.

        Parameters
        ----------
        output : array of shape (n_samples, ...)
        head : Head
            What suits the loss of the network.
        """
        return self.values(output, head.n_values)[..., head.place]

    def values(self, output: np.ndarray, n_values: int) -> np.ndarray:
        """What the network predicts of each target, in the units of y and increasing order, float64.

        Parameters
        ----------
        output : array of shape (n_samples, ...)
        n_values : int
            How many values that is.

        Returns
        -------
        array of shape (n_samples, n_values), or (n_samples, n_outputs, n_values) where y had columns
        """
        values = output.reshape(len(output), self.n_outputs, n_values).astype("float64")
        values = np.sort(values * self.scale[:, np.newaxis] + self.mean[:, np.newaxis])
        return values.reshape(len(output), *self.shape, n_values)

    def output_layers(self, shape: Shape, from_logits: bool) -> list[OutputLayer]:
        """The units of y, in one axis."""
        flat = [] if len(shape) == 2 else [OutputLayer("Flatten", {})]
        n_values = prod(length or 1 for length in shape[1:]) // self.n_outputs
        units = {"scale": self.scale.repeat(n_values).tolist(), "offset": self.mean.repeat(n_values).tolist()}
        return [*flat, *([OutputLayer("Rescaling", units)] if self.scaled else [])]

    @staticmethod
    def scores(names: Sequence[str], y: np.ndarray, found: np.ndarray, classes: np.ndarray | None) -> Scores:
        """R2 and errors beside those of the mean, and the targets one by one."""
        r2 = float(r2_score(y, found)) if len(y) > 1 else float("nan")
        baseline = float(np.abs(y - y.mean(axis=0)).mean())
        values = (
            Score("r2", r2, 0.0, error=_r2_error(y, found)),
            Score("mean_absolute_error", float(mean_absolute_error(y, found)), baseline),
            Score("root_mean_squared_error", float(root_mean_squared_error(y, found)), float(y.std(axis=0).mean())),
        )
        columns = zip(names, y.reshape(len(y), -1).T, found.reshape(len(y), -1).T, strict=True)
        outcomes = tuple(Measured(name, tuple(true.tolist()), tuple(own.tolist())) for name, true, own in columns)
        return Scores(len(y), values, "their mean", outcomes)

    def document(self) -> dict:
        """The shape of a row of y, and whether it was scaled."""
        return {"task": self.task, "shape": list(self.shape), "scaled": self.scaled}

    def arrays(self) -> dict[str, np.ndarray]:
        """Mean and scale."""
        return {MEAN: self.mean, SCALE: self.scale}

    @classmethod
    def restored(
        cls, document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
    ) -> Self:
        """Targets in their units."""
        mean, scale = (np.array(vectors[name], "float64") for name in (MEAN, SCALE))
        return cls(tuple(document["shape"]), document["scaled"], mean, scale)

    def _width(self, shape: Shape) -> int | None:
        width: int | None = 1
        for axis in shape[1:]:
            width = None if axis is None or width is None else width * axis
        return width


def _r2_error(y: np.ndarray, predicted: np.ndarray) -> float | None:
    """Standard error of R2, that of a mean of squared errors in parts of the variance of y, which counts as given."""
    variance = y.var(axis=0)
    if not np.all(variance > 0):
        return None
    errors = ((y - predicted) ** 2 / variance).reshape(len(y), -1)
    return mean_error(errors.mean(axis=1))
