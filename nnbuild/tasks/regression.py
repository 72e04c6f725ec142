"""Regression: one or several numeric targets for each sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Self

import numpy as np
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from nnbuild.errors import first_names
from nnbuild.records import Shape
from nnbuild.report.scores import Measured, Score, Scores
from nnbuild.saved.targets import MEAN, SCALE
from nnbuild.tasks.combining import error_weights
from nnbuild.tasks.losses import PLAIN, Head
from nnbuild.tasks.numeric_targets import check_values
from nnbuild.tasks.rows import TASKS
from nnbuild.tasks.scores import mean_error
from nnbuild.tasks.target_transforms import fitted_transforms, inverted, transformed
from nnbuild.tasks.targets import OutputLayer, Targets
from nnbuild.tasks.transforms import Transform


@dataclass(frozen=True, eq=False)
class RegressionTargets(Targets):
    """Targets of a regression.

    Attributes
    ----------
    shape : tuple of int
        Shape of y for one sample: () or (n_outputs,).
    scaled : bool
        Whether the network is trained on scaled y.
    mean, scale : array of shape (n_outputs,)
        Scaled y is (y - mean) / scale; 0 and 1 if y is not scaled.
    centered : bool, default=True
        Whether to subtract the mean and divide by the standard deviation; else y is divided by its mean absolute value.
    transform : {"none", "log", "power", "auto"}, default="none"
        How to transform y before it is scaled.
    clips : bool, default=False
        Whether predictions are limited to the range of y in the training set.
    transforms : tuple of Transform
        Fitted transform of each target; empty without transforms and limits.
    """

    row = TASKS["regression"]
    has_neighbors = True

    shape: tuple[int, ...]
    scaled: bool
    mean: np.ndarray
    scale: np.ndarray
    centered: bool = True
    transform: str = "none"
    clips: bool = False
    transforms: tuple[Transform, ...] = ()

    @classmethod
    def of(
        cls, y: np.ndarray, scaled: bool, centered: bool = True, transform: str = "none", clips: bool = False
    ) -> Self:
        """Return targets for `y`, before transform and scaling are learned."""
        n_outputs = int(np.prod(y.shape[1:]))
        return cls(y.shape[1:], scaled, np.zeros(n_outputs), np.ones(n_outputs), centered, transform, clips)

    check_values = staticmethod(check_values)

    def fitted_to(self, y: np.ndarray, weights: np.ndarray | None) -> Self:
        """Return targets with the transforms of the training set, and its mean and scale if they are scaled.

        Parameters
        ----------
        y : array of shape (n_samples,) or (n_samples, n_outputs)
            Training set.
        weights : array of shape (n_samples,) or None
            Sample weights. Transforms do not depend on them.
        """
        columns = y.reshape(len(y), -1).astype("float64")
        if self.transform != "none" or self.clips:
            transforms = fitted_transforms(columns, self.transform, self.clips)
            return replace(self, transforms=transforms)._scaled_to(transformed(transforms, columns), weights)
        return self._scaled_to(columns, weights)

    def _scaled_to(self, columns: np.ndarray, weights: np.ndarray | None) -> Self:
        if not self.scaled:
            return self
        largest = np.abs(columns).max(axis=0)
        largest[largest == 0] = 1.0
        columns /= largest  # squares of very large or small numbers would overflow or underflow in float64
        if not self.centered:
            size = np.average(np.abs(columns), axis=0, weights=weights)
            return replace(self, scale=np.where(size == 0, 1.0, size * largest))
        mean = np.average(columns, axis=0, weights=weights)
        scale = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weights))
        constant = scale <= 10 * np.finfo("float64").eps  # up to rounding; not divided by its scale
        return replace(self, mean=mean * largest, scale=np.where(constant, 1.0, scale * largest))

    def group_weights(self, found: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
        """Return the weights of groups that reduce the squared error of standardized targets."""
        y = y.reshape(len(y), -1).astype("float64")
        mean = np.average(y, axis=0, weights=sample_weight)
        scale = np.sqrt(np.average((y - mean) ** 2, axis=0, weights=sample_weight))
        scale[scale == 0] = 1.0
        found = (found.reshape(len(found), *y.shape) - mean) / scale
        weights = None if sample_weight is None else np.repeat(sample_weight, y.shape[1])
        return error_weights(found.reshape(len(found), -1), ((y - mean) / scale).ravel(), weights)

    def neighbor_values(self, y: np.ndarray) -> np.ndarray:
        """Return transformed and scaled targets."""
        return self.encode(y).astype("float32")

    def from_neighbors(self, found: np.ndarray) -> np.ndarray:
        """Return predictions in the units of y, float64."""
        return self.decode(found)

    def losses(self, found: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the squared error of each sample: the mean over standardized targets."""
        columns = y.reshape(len(y), -1)
        scale = columns.std(axis=0)
        return (((found.reshape(columns.shape) - columns) / np.where(scale == 0, 1, scale)) ** 2).mean(axis=1)

    def constant_prediction(self, y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
        """Return the mean of each target."""
        return np.broadcast_to(np.average(y, axis=0, weights=sample_weight), y.shape)

    @property
    def n_outputs(self) -> int:
        """Number of targets."""
        return len(self.mean)

    @property
    def transform_texts(self) -> tuple[str, ...] | None:
        return tuple(one.describe() for one in self.transforms) or None

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Return transformed and scaled targets of shape (n_samples, n_outputs), float64."""
        if y.shape[1:] != self.shape:
            wanted = ", ".join(["n_samples", *map(str, self.shape)])
            raise ValueError(f"{name} must be of shape ({wanted}), got {y.shape}")
        columns = y.reshape(len(y), -1)
        if self.transforms:
            columns = transformed(self.transforms, columns.astype("float64"))
        return (columns - self.mean) / self.scale

    def decode(self, output: np.ndarray, head: Head = PLAIN) -> np.ndarray:
        """Return predictions in the units and the shape of y, float64.

        Parameters
        ----------
        output : array of shape (n_samples, ...)
            Outputs of the network.
        head : Head
            Head of the network's loss.
        """
        return self.values(output, head.n_values)[..., head.place]

    def values(self, output: np.ndarray, n_values: int) -> np.ndarray:
        """Return all values predicted for each target, in the units of y and in increasing order, float64.

        Parameters
        ----------
        output : array of shape (n_samples, ...)
            Outputs of the network.
        n_values : int
            Number of values for each target.

        Returns
        -------
        array of shape (n_samples, n_values), or (n_samples, n_outputs, n_values) if y had columns
        """
        values = output.reshape(len(output), self.n_outputs, n_values).astype("float64")
        values = np.sort(values * self.scale[:, np.newaxis] + self.mean[:, np.newaxis])
        if self.transforms:
            values = inverted(self.transforms, values)
        return values.reshape(len(output), *self.shape, n_values)

    def output_layers(self, shape: Shape, from_logits: bool) -> list[OutputLayer]:
        """Return layers that flatten the output, and convert it to the units of y."""
        flat = [] if len(shape) == 2 else [OutputLayer("Flatten", {})]
        n_values = prod(length or 1 for length in shape[1:]) // self.n_outputs
        units = {"scale": self.scale.repeat(n_values).tolist(), "offset": self.mean.repeat(n_values).tolist()}
        scaling = [OutputLayer("Rescaling", units)] if self.scaled else []
        if not self.transforms:
            return [*flat, *scaling]
        transforms = [one.to_dict() for one in self.transforms for _ in range(n_values)]
        return [*flat, *scaling, OutputLayer("InverseTransform", {"transforms": transforms})]

    def output_text(self, names: Sequence[str], head: Head = PLAIN) -> str:
        """Return the predicted values, and the targets in their order."""
        values = f"quantiles {first_names(list(map(str, head.listed)))}" if head.listed else "values"
        targets = names or ([f"target {number}" for number in range(1, self.n_outputs + 1)] if self.shape else ["y"])
        return f"{values} of: {first_names(targets)}"

    @staticmethod
    def scores(names: Sequence[str], y: np.ndarray, found: np.ndarray, classes: np.ndarray | None) -> Scores:
        """Return R2 and errors, with the mean of y as the baseline, and the values of each target."""
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
        """Return the shape of y for one sample, whether y is scaled, and the transforms, if any."""
        transforms = {"transforms": [one.to_dict() for one in self.transforms]} if self.transforms else {}
        return {"task": self.task, "shape": list(self.shape), "scaled": self.scaled, **transforms}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return mean and scale."""
        return {MEAN: self.mean, SCALE: self.scale}

    @classmethod
    def restored(
        cls, document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
    ) -> Self:
        """Return the targets with their transforms and scaling."""
        mean, scale = (np.array(vectors[name], "float64") for name in (MEAN, SCALE))
        transforms = tuple(document.get("transforms", ()))
        return cls(tuple(document["shape"]), document["scaled"], mean, scale, transforms=transforms)

    def _width(self, shape: Shape) -> int | None:
        width: int | None = 1
        for axis in shape[1:]:
            width = None if axis is None or width is None else width * axis
        return width


def quantile_scores(y: np.ndarray, found: np.ndarray, quantiles: Sequence[float]) -> tuple[Score, ...]:
    """Return the mean pinball loss over all quantiles, and the share of true values below each quantile.

    Parameters
    ----------
    y : array of shape (n_samples,) or (n_samples, n_outputs)
        True targets.
    found : array of shape (n_samples, n_quantiles) or (n_samples, n_outputs, n_quantiles)
        Predicted quantiles.
    quantiles : sequence of float
        Probability of each quantile, as in the loss: the expected share of true values below it.
    """
    errors = y[..., np.newaxis] - found
    loss = float(np.maximum(np.multiply(quantiles, errors), np.subtract(quantiles, 1) * errors).mean())
    below = (errors < 0).reshape(-1, len(quantiles)).mean(axis=0)
    shares = (Score(f"share_below_q{quantile}", float(share)) for quantile, share in zip(quantiles, below, strict=True))
    return (Score("mean_pinball_loss", loss), *shares)


def _r2_error(y: np.ndarray, predicted: np.ndarray) -> float | None:
    """Return the standard error of R2: that of the mean squared error / variance of y, for a given variance."""
    variance = y.var(axis=0)
    if not np.all(variance > 0):
        return None
    errors = ((y - predicted) ** 2 / variance).reshape(len(y), -1)
    return mean_error(errors.mean(axis=1))
