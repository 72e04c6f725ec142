"""Evidence about a network at initialization: numbers of its layers on one batch of samples, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, sqrt

from nnbuild.catalog.facts import activation_facts, object_facts
from nnbuild.diagnosis.layout import Layout
from nnbuild.diagnosis.rules import Evidence
from nnbuild.errors import Path
from nnbuild.report.units import count, counted, number

# In healthy recipes of the gallery, gradients of layers differ by a factor of at most 25, spreads of at most 30, and at
# most 36 % of the units of a layer are dead.
MIN_RATIO, MAX_RATIO = 1e-3, 1e3
MIN_SATURATED, MIN_IDENTICAL = 0.5, 0.5  # shares of the units of a layer
Z = 3.0  # standard errors of a share of 1/2
RECTIFIED = "he_normal"  # initializer for rectifiers
MIN_SAMPLES = 16  # with fewer, a unit is 0 for all of them by chance


@dataclass(frozen=True)
class LayerSignals:
    """Numbers of one layer in a forward and backward pass.

    Attributes
    ----------
    name, activation : str
    initializer : str
        Class of the initializer of its kernel; "" if it has none.
    spread : float
        Standard deviation of the outputs over samples: root mean square over units.
    gradient : float or None
        Norm of the gradient of its kernels; None for a layer without trainable kernels.
    n_units : int
        Number of units: elements of the last axis of the outputs.
    n_dead : int
        Number of units of a ReLU that are 0 for all samples.
    saturated : float or None
        Share of saturated outputs; None without an activation that saturates.
    n_identical : int
        Number of units with the same weights and the same gradients as another unit of the layer.
    is_finite : bool
        Whether outputs and gradients are finite.
    is_output : bool
        Whether it computes an output of the network.
    has_zeros : bool
        Whether all elements of a weight other than a bias are 0, so that layers before it may have no gradient.
    """

    name: str
    activation: str = ""
    initializer: str = ""
    spread: float = 1.0
    gradient: float | None = None
    n_units: int = 1
    n_dead: int = 0
    saturated: float | None = None
    n_identical: int = 0
    is_finite: bool = True
    is_output: bool = False
    has_zeros: bool = False


@dataclass(frozen=True)
class Signals:
    """Numbers of a network in a forward and backward pass.

    Attributes
    ----------
    layers : tuple of LayerSignals
        In order of computation.
    n_samples : int
        Number of samples of the pass.
    layout : Layout
        Recipe of the network.
    """

    layers: tuple[LayerSignals, ...]
    n_samples: int
    layout: Layout

    def about(self, layer: LayerSignals, text: str, edit: Mapping[Path, object]) -> Evidence:
        """Return the evidence about a layer, with its path if it is in the recipe."""
        node = self.layout.nodes.get(layer.name)
        return Evidence(text, node.path if node else None, edit)

    def edit(self, layer: LayerSignals, argument: str, value: object) -> dict[Path, object]:
        """Return the edit that sets an argument of a layer; empty for layers that are not in the recipe."""
        node = self.layout.nodes.get(layer.name)
        return self.layout.edit(node, argument, value) if node else {}

    def suitable(self, layer: LayerSignals) -> dict[Path, object]:
        """Return the edit of an initializer that does not suit the activation; empty if it does."""
        wanted = activation_facts(layer.activation or "linear").initializer.partition("_")[0]
        variance = object_facts("initializers", layer.initializer).variance if layer.initializer else ""
        return self.edit(layer, "kernel_initializer", "auto") if variance not in (wanted, "") else {}

    def passing(self) -> dict[Path, object]:
        """Return the edits that let signals and gradients pass: ReLU, and initializers that suit the activations."""
        edits: dict[Path, object] = {}
        for layer in self.layers:
            if is_squashing(layer.activation) and not layer.is_output:
                edits |= self.edit(layer, "activation", "relu")
                layer = replace(layer, activation="relu")
            edits |= self.suitable(layer)
        return edits


def is_rectifier(activation: str) -> bool:
    """Return whether an activation is exactly 0 for values below 0, such as relu."""
    facts = activation_facts(activation)
    return facts.bounds[0] == 0 and facts.initializer == RECTIFIED


def is_squashing(activation: str) -> bool:
    """Return whether an activation has bounded values and saturates on both sides, such as sigmoid and tanh."""
    facts = activation_facts(activation)
    return all(map(isfinite, facts.bounds)) and facts.saturates == "units" and facts.initializer != RECTIFIED


def not_finite(signals: Signals) -> Iterator[Evidence]:
    """Yield the first layer with values that are not finite."""
    for layer in signals.layers:
        if not layer.is_finite:
            text = f"outputs or gradients of layer {layer.name} are NaN or infinite"
            yield signals.about(layer, text, signals.suitable(layer))
            return


def vanishing(signals: Signals) -> Iterator[Evidence]:
    """Yield gradients that are small in early layers, and outputs that hardly depend on the sample in late ones."""
    found = _extremes(signals)
    if found and signals.layers.index(found[0]) < signals.layers.index(found[1]):
        yield signals.about(found[0], _gradients(*found), signals.passing())
    ends = _ends(signals)
    if ends and ends[1].spread < MIN_RATIO * ends[0].spread:
        yield signals.about(ends[1], _spreads(*ends), signals.passing())


def exploding(signals: Signals) -> Iterator[Evidence]:
    """Yield gradients that are large in early layers, and outputs that are large in late ones."""
    found = _extremes(signals)
    if found and signals.layers.index(found[0]) > signals.layers.index(found[1]):
        yield signals.about(found[1], _gradients(found[1], found[0]), signals.passing())
    ends = _ends(signals)
    if ends and ends[1].spread > MAX_RATIO * ends[0].spread:
        yield signals.about(ends[1], _spreads(*ends), signals.passing())


def dead(signals: Signals) -> Iterator[Evidence]:
    """Yield layers of which most units are 0 for all samples."""
    for layer in signals.layers if signals.n_samples >= MIN_SAMPLES else ():
        # Half of the units are dead in a deep network in which all samples have similar signals.
        if layer.n_dead >= min(layer.n_units, layer.n_units / 2 + Z * sqrt(layer.n_units) / 2):
            text = f"{_units(layer.n_dead, layer)} are 0 for all {counted(signals.n_samples, 'sample')}"
            yield signals.about(layer, text, signals.edit(layer, "activation", "leaky_relu"))


def dead_severity(signals: Signals) -> str:
    """Return "error" if no unit of a layer is left, else "warning"."""
    return "error" if any(layer.n_dead == layer.n_units for layer in signals.layers) else "warning"


def saturated(signals: Signals) -> Iterator[Evidence]:
    """Yield layers of which most outputs are saturated."""
    for layer in signals.layers:
        is_bounded = is_squashing(layer.activation) or activation_facts(layer.activation).saturates == "samples"
        if is_bounded and (layer.saturated or 0.0) >= MIN_SATURATED:
            text = f"{layer.saturated:.0%} of the outputs of layer {layer.name} ({layer.activation}) are saturated"
            yield signals.about(layer, text, signals.suitable(layer))


def identical(signals: Signals) -> Iterator[Evidence]:
    """Yield layers of which most units have the same weights and gradients as another unit."""
    for layer in signals.layers:
        if layer.n_identical and layer.n_identical >= MIN_IDENTICAL * layer.n_units:
            text = f"{_units(layer.n_identical, layer)} have the same weights and the same gradients as another unit"
            yield signals.about(layer, text, signals.edit(layer, "kernel_initializer", "auto"))


def _units(n: int, layer: LayerSignals) -> str:
    return f"{count(n)} of {counted(layer.n_units, 'unit')} of layer {layer.name}"


def _extremes(signals: Signals) -> tuple[LayerSignals, LayerSignals] | None:
    """Return the layers with the smallest and the largest gradient, if they differ by more than `MIN_RATIO`."""
    found = _comparable(signals.layers)
    if len(found) < 3:
        return None
    low, high = min(found, key=_gradient), max(found, key=_gradient)
    return (low, high) if _gradient(low) < MIN_RATIO * _gradient(high) else None


def _comparable(layers: Sequence[LayerSignals]) -> list[LayerSignals]:
    """Return the layers with gradients. Those of 0 are left out if weights are 0: they are 0 in the first step only."""
    found = [layer for layer in layers if layer.gradient is not None and isfinite(layer.gradient)]
    return [layer for layer in found if layer.gradient] if any(layer.has_zeros for layer in layers) else found


def _gradient(layer: LayerSignals) -> float:
    return layer.gradient or 0.0


def _ends(signals: Signals) -> tuple[LayerSignals, LayerSignals] | None:
    """Return the first layer and the last one before the output layers."""
    hidden = [layer for layer in signals.layers if not layer.is_output and isfinite(layer.spread)]
    return (hidden[0], hidden[-1]) if len(hidden) > 1 and hidden[0].spread > 0 else None


def _gradients(first: LayerSignals, second: LayerSignals) -> str:
    values = (f"{number(_gradient(one))} in layer {one.name}" for one in (first, second))
    return f"the norm of the gradient is {' and '.join(values)}"


def _spreads(first: LayerSignals, last: LayerSignals) -> str:
    values = (f"{number(one.spread)} after layer {one.name}" for one in (first, last))
    return f"the standard deviation of the outputs over samples is {' and '.join(values)}"
