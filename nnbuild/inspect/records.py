"""Signals and gradients of a network as frozen records, with a table and a chart as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.errors import show
from nnbuild.report.gradients import GradientReport, LayerRow, WeightRow, gradients_text
from nnbuild.report.gradients_page import gradients_html
from nnbuild.report.units import counted

MAX_VALUES = 100  # larger arrays are not in `to_dict`


@dataclass(frozen=True, eq=False)
class Signal:
    """An array of signals or gradients, with its statistics.

    Attributes
    ----------
    values : array
        For outputs of layers, the first axis is the samples.
    """

    values: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self.values.shape

    @cached_property
    def norm(self) -> float:
        """Euclidean norm of all elements."""
        return float(np.linalg.norm(self._numbers))

    @cached_property
    def mean(self) -> float:
        """Mean of all elements."""
        return float(self._numbers.mean()) if self._numbers.size else float("nan")

    @cached_property
    def variance(self) -> float:
        """Variance of all elements."""
        return float(self._numbers.var()) if self._numbers.size else float("nan")

    @cached_property
    def zeros(self) -> float:
        """Share of elements that are 0."""
        return float((self._numbers == 0).mean()) if self._numbers.size else float("nan")

    @cached_property
    def _numbers(self) -> np.ndarray:
        """All elements as float64; none for text."""
        is_number = self.values.dtype.kind in "fiub"
        return self.values.reshape(-1).astype("float64") if is_number else np.empty(0)

    def to_dict(self) -> dict:
        """Return the statistics as JSON values, with the elements if there are at most 100."""
        found = {name: getattr(self, name) for name in ("norm", "mean", "variance", "zeros")}
        values = {"values": self.values.tolist()} if self._numbers.size and self.values.size <= MAX_VALUES else {}
        return {"shape": list(self.shape), **found, **values}


@dataclass(frozen=True)
class WeightCheck:
    """Comparison of the gradient of a weight with central differences in float64.

    Attributes
    ----------
    error : float or None
        Largest difference, relative to the largest gradient of the weight; None if no element could be compared.
    n_compared : int
        Number of compared elements.
    n_left_out : int
        Number of elements that were left out: at a kink, or with a gradient that is too small for central differences.
    """

    error: float | None
    n_compared: int
    n_left_out: int

    def to_dict(self) -> dict:
        """Return the comparison as JSON values."""
        return {"error": self.error, "n_compared": self.n_compared, "n_left_out": self.n_left_out}


@dataclass(frozen=True, eq=False)
class WeightGradient:
    """A trainable weight and its gradient.

    Attributes
    ----------
    name : str
        Name in the layer, such as "kernel".
    value : Signal
    gradient : Signal
        Gradient of the loss with penalties, which the optimizer receives; zeros if the loss does not depend on it.
    penalty : Signal or None
        Part of the gradient that is due to penalties, such as those of regularizers; None without penalties.
    check : WeightCheck or None
        Comparison with central differences, if requested.
    """

    name: str
    value: Signal
    gradient: Signal
    penalty: Signal | None = None
    check: WeightCheck | None = None

    def to_dict(self) -> dict:
        """Return the record as JSON values."""
        penalty, check = (part and part.to_dict() for part in (self.penalty, self.check))
        found = {"value": self.value.to_dict(), "gradient": self.gradient.to_dict()}
        return {"name": self.name, **found, "penalty": penalty, "check": check}


@dataclass(frozen=True, eq=False)
class LayerGradients:
    """Signals and gradients of one layer.

    Attributes
    ----------
    name, type : str
        Name and class of the layer. A layer that is called again has the name of the node that calls it.
    activation : str
        Name of its activation; "" if it has none.
    z : Signal or None
        Values before the activation; None for a layer without an activation of its own, or with several.
    a : Signal
        Outputs.
    dz, da : Signal or None
        Gradients of the loss for `z` and `a`; None if `z` is None, and for outputs that are not floats or do not affect
        the loss.
    saturated : float or None
        Share of saturated units; None without an activation, and for a linear one.
    weights : tuple of WeightGradient
        Trainable weights, in the order of the layer. Those of a layer that is called several times are in its first
        call.
    """

    name: str
    type: str
    activation: str
    z: Signal | None
    a: Signal
    dz: Signal | None
    da: Signal | None
    saturated: float | None
    weights: tuple[WeightGradient, ...] = ()

    def __getitem__(self, name: str) -> WeightGradient:
        """Return a weight by its name."""
        return _named(self.weights, name, f"layer {show(self.name)} has no trainable weight")

    @property
    def arrays(self) -> Iterator[tuple[str, Signal]]:
        """Signals, gradients and weights by name: "z", "a", "dL/dz", "dL/da", "kernel", "dL/dkernel" ..."""
        named = {"z": self.z, "a": self.a, "dL/dz": self.dz, "dL/da": self.da}
        for weight in self.weights:
            named |= {weight.name: weight.value, f"dL/d{weight.name}": weight.gradient}
        return ((name, signal) for name, signal in named.items() if signal is not None)

    def to_dict(self) -> dict:
        """Return the record as JSON values."""
        signals = {name: getattr(self, name) for name in ("z", "a", "dz", "da")}
        return {
            "name": self.name,
            "type": self.type,
            "activation": self.activation,
            "saturated": self.saturated,
            **{name: signal and signal.to_dict() for name, signal in signals.items()},
            "weights": [weight.to_dict() for weight in self.weights],
        }


@dataclass(frozen=True, eq=False)
class Gradients:
    """Signals and gradients of a network on some samples, layer by layer. It prints as a table and a chart.

    Attributes
    ----------
    layers : tuple of LayerGradients
        In order of computation.
    loss : float
        Loss of the samples, without penalties.
    penalty : float
        Sum of the penalties that layers add to the loss, such as those of regularizers.
    losses : mapping of str to float
        Loss of each output.
    rows : tuple of int
        Indices of the samples in X.
    is_fitted : bool
        Whether the weights are those of a fitted estimator, or those at the start of a fit.
    training : bool
        Whether random layers and batch normalization behave as in training.
    """

    layers: tuple[LayerGradients, ...]
    loss: float
    penalty: float
    losses: Mapping[str, float]
    rows: tuple[int, ...]
    is_fitted: bool
    training: bool

    def __getitem__(self, name: str) -> LayerGradients:
        """Return a layer by its name."""
        return _named(self.layers, name, "there is no layer")

    @property
    def checks(self) -> dict[str, WeightCheck]:
        """Comparisons with central differences, by layer and weight; empty if not requested."""
        found = {f"{layer.name}/{weight.name}": weight.check for layer in self.layers for weight in layer.weights}
        return {name: check for name, check in found.items() if check}

    @property
    def max_error(self) -> float | None:
        """Largest relative error of the checked gradients; None if no element was compared."""
        return max((check.error for check in self.checks.values() if check.error is not None), default=None)

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each array of each layer.

        Returns
        -------
        DataFrame
            Columns: layer, type, array ("z", "a", "dL/dz", "dL/da", a weight, or "dL/d" and a weight), shape, norm,
            mean, variance, zeros and saturated (in rows "a").
        """
        return pd.DataFrame(
            {
                "layer": layer.name,
                "type": layer.type,
                "array": name,
                "shape": signal.shape,
                "norm": signal.norm,
                "mean": signal.mean,
                "variance": signal.variance,
                "zeros": signal.zeros,
                "saturated": layer.saturated if name == "a" else None,
            }
            for layer in self.layers
            for name, signal in layer.arrays
        )

    def to_dict(self) -> dict:
        """Return the record as JSON values, with the elements of arrays of at most 100 elements."""
        return {
            "rows": list(self.rows),
            "is_fitted": self.is_fitted,
            "training": self.training,
            "loss": self.loss,
            "penalty": self.penalty,
            "losses": dict(self.losses),
            "max_error": self.max_error,
            "layers": [layer.to_dict() for layer in self.layers],
        }

    def report(self) -> GradientReport:
        """Return the record as plain values for tables and charts."""
        rows = tuple(map(_layer_row, self.layers))
        return GradientReport(
            rows, self.rows, self.loss, self.penalty, self.is_fitted, self.training, self._check_line()
        )

    def _check_line(self) -> str:
        """Return the result of the comparison with central differences; empty if there was none."""
        found = self.checks.values()
        counts = (sum(check.n_compared for check in found), sum(check.n_left_out for check in found))
        error = "no gradient was compared" if self.max_error is None else f"largest error {self.max_error:.1e}"
        elements = f"{counted(counts[0], 'element')} compared, {counts[1]:,} left out"
        return f"{error}; {elements}" if found else ""

    def __str__(self) -> str:
        return gradients_text(self.report())

    def _repr_html_(self) -> str:
        return gradients_html(self.report())


def _layer_row(layer: LayerGradients) -> LayerRow:
    weights = tuple(
        WeightRow(
            weight.name,
            weight.value.shape,
            weight.value.norm,
            weight.gradient.norm,
            weight.gradient.zeros,
            weight.penalty.norm if weight.penalty else None,
            weight.check is not None,
            weight.check.error if weight.check else None,
        )
        for weight in layer.weights
    )
    norm = sqrt(sum(weight.gradient.norm**2 for weight in layer.weights)) if weights else None
    return LayerRow(
        layer.name,
        layer.type,
        layer.activation,
        layer.a.shape,
        layer.a.mean,
        layer.a.variance,
        layer.a.zeros,
        layer.saturated,
        layer.da.norm if layer.da else None,
        layer.dz.norm if layer.dz else None,
        norm,
        weights,
    )


def _named(items: tuple, name: str, problem: str) -> Any:
    for item in items:
        if item.name == name:
            return item
    allowed = ", ".join(item.name for item in items) or "none"
    raise KeyError(f"{problem} {show(name)}\n  allowed: {allowed}")
