"""Numbers of the layers of a network on one batch, for findings about its initialization."""

from __future__ import annotations

from math import sqrt

import numpy as np

from nnbuild import catalog
from nnbuild.catalog.json_form import type_of
from nnbuild.diagnosis.initialization_evidence import LayerSignals, Signals, is_rectifier
from nnbuild.diagnosis.layout import Layout
from nnbuild.inspect.network_gradients import member_gradients
from nnbuild.inspect.records import Gradients, LayerGradients, WeightGradient
from nnbuild.language.shared import layer_name
from nnbuild.plan.describe import describe
from nnbuild.recipe import Recipe
from nnbuild.records import Node, Plan, ResolvedNetwork
from nnbuild.train.common.batches import epoch_order
from nnbuild.train.common.member import Member

MAX_SAMPLES = 256
MAX_BYTES = 2**27  # of the outputs of all layers


def initial_signals(member: Member, recipe: Recipe) -> Signals:
    """Return the numbers of each layer in a forward and backward pass at the start of a training.

    Parameters
    ----------
    member : Member
        Its first samples in the order of the first epoch are used: a batch, or up to 256 samples in a small network.
    recipe : Recipe
        Recipe of its network.
    """
    rows = epoch_order(member.training, member.settings["shuffle"], member.seed, 1)
    size = max(member.settings["batch_size"], _samples_in_memory(describe(member.resolved)))
    return signals_of(member_gradients(member, rows[:size]), member.resolved, recipe)


def signals_of(gradients: Gradients, resolved: ResolvedNetwork, recipe: Recipe) -> Signals:
    """Return the numbers of each layer from its arrays."""
    nodes = {node.name: node for node in resolved.nodes}
    outputs = {layer_name(nodes[output["node"]]) for output in resolved.outputs.values() if output["node"] in nodes}
    layers = tuple(
        _layer(layer, nodes[layer.name], layer_name(nodes[layer.name]) in outputs)
        for layer in gradients.layers
        if layer.a.values.dtype.kind == "f" and layer.a.values.ndim > 1
    )
    return Signals(layers, len(gradients.rows), Layout(recipe))


def _samples_in_memory(plan: Plan) -> int:
    bytes_per_sample = sum(step.output_bytes for step in plan.steps)
    return min(MAX_SAMPLES, MAX_BYTES // max(1, bytes_per_sample))


def _layer(layer: LayerGradients, node: Node, is_output: bool) -> LayerSignals:
    kernels = [weight for weight in layer.weights if _is_kernel(weight)]
    values, n_units = layer.a.values, layer.a.values.shape[-1]
    is_relu = is_rectifier(layer.activation)
    is_finite = all(np.isfinite(one).all() for one in (values, *(weight.gradient.values for weight in layer.weights)))
    is_reached = layer.da is not None and layer.da.norm > 0
    initializer = node.arguments.get("kernel_initializer")
    return LayerSignals(
        name=layer.name,
        activation=layer.activation,
        initializer=catalog.own_name("initializers", type_of(initializer)) if initializer else "",
        spread=_spread(values),
        gradient=sqrt(sum(weight.gradient.norm**2 for weight in kernels)) if kernels else None,
        n_units=n_units,
        n_dead=_n_zero(values) if is_relu else 0,
        saturated=layer.saturated,
        n_identical=_n_identical(kernels, n_units) if is_finite and is_reached else 0,
        is_finite=is_finite,
        is_output=is_output,
        has_zeros=any(not weight.value.values.any() for weight in layer.weights if not _is_offset(weight)),
    )


def _is_kernel(weight: WeightGradient) -> bool:
    return weight.value.values.ndim > 1 and not _is_offset(weight) and "embedding" not in weight.name


def _is_offset(weight: WeightGradient) -> bool:
    return weight.name.rpartition("/")[2] in OFFSETS


def _spread(values: np.ndarray) -> float:
    """Return the standard deviation over samples: root mean square over units; NaN for values that are not finite."""
    is_defined = values.size and np.isfinite(values).all()
    return float(np.sqrt(values.astype("float64").var(axis=0).mean())) if is_defined else float("nan")


def _n_zero(values: np.ndarray) -> int:
    """Return the number of units that are 0 for all samples and at all positions."""
    return int((values == 0).all(axis=tuple(range(values.ndim - 1))).sum())


def _n_identical(kernels: list[WeightGradient], units: int) -> int:
    """Return the number of units with the weights and gradients of another unit, up to rounding errors."""
    pairs = [
        (weight.value.values.reshape(-1, units), weight.gradient.values.reshape(-1, units))
        for weight in kernels
        if weight.value.values.shape[-1] == units > 1
    ]
    if not pairs:
        return 0
    _, groups, counts = np.unique(pairs[0][0][0], return_inverse=True, return_counts=True)
    alike = np.flatnonzero(counts[groups.reshape(-1)] > 1)  # by one weight: few columns of random kernels are left
    columns, gradients = (np.concatenate([pair[part][:, alike] for pair in pairs]).T for part in (0, 1))
    _, groups = np.unique(columns, axis=0, return_inverse=True)
    return sum(_n_alike(gradients[groups.reshape(-1) == group]) for group in range(groups.max(initial=-1) + 1))


def _n_alike(gradients: np.ndarray) -> int:
    """Return the number of gradients (in rows) that equal the first one; 0 if no other does."""
    differences = np.abs(gradients - gradients[0]).max(axis=1)
    n = int((differences <= ROUNDING * np.abs(gradients).max()).sum())
    return n if n > 1 else 0


ROUNDING = 1e-5  # relative difference of equal sums
OFFSETS = ("bias", "beta")  # weights whose initial values are usually 0
