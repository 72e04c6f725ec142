"""Initial weights that depend on samples: of initializers such as `UnitVariance`, and of layers with `adapt`.

They are set before training, layer by layer: each layer receives the outputs of the layers before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnbuild.catalog.facts import layer_facts
from nnbuild.language.sample_initializers import SCALE, sample_initializers
from nnbuild.language.shared import SHARED
from nnbuild.plan.initial_weights import derived_seed
from nnbuild.private.keras import calls_of, run_layers
from nnbuild.records import Node, ResolvedNetwork
from nnbuild.train.common.batches import ADAPTATION, MAX_BYTES, TrainingData, seed_sequence
from nnbuild.train.common.outputs import float_dtype
from nnbuild.train.common.program_cache import Store
from nnbuild.train.common.tracing import refused_rows

MAX_SAMPLES = 512  # for initializers: statistics of more samples are hardly different
KERNEL = "kernel_initializer"
MAX_STATISTICS = 64  # of layers with `adapt`: members of an ensemble have the same


def depends_on_samples(resolved: ResolvedNetwork) -> bool:
    """Return whether initial weights of a network depend on samples."""
    return any(layer_facts(node.type).adapts or sample_initializers(node) for node in resolved.nodes)


def adapt(
    model: keras.Model, resolved: ResolvedNetwork, seed: int, data: TrainingData, kept: Collection[int] = ()
) -> None:
    """Set the initial weights that depend on samples, in a model with its start values.

    Parameters
    ----------
    model : keras.Model
        Model of the network, with layers of Keras: the layers of a stack round differently.
    resolved : ResolvedNetwork
    seed : int
        Seed of the training. The seed of each weight is derived from it as in `initialize`.
    data : TrainingData
        Initializers, also those of targets, depend on `data.rows` only, the training set. Layers with `adapt`, which
        compute statistics without targets, depend on all samples with a positive weight.
    kept : collection of int, default=()
        Indices of the variables of the model that keep their values.
    """
    if not depends_on_samples(resolved):
        return
    dtype = float_dtype(model)
    rows = data.rows
    if len(rows) > MAX_SAMPLES:
        rows = np.random.default_rng(seed_sequence(seed, ADAPTATION)).choice(rows, MAX_SAMPLES, replace=False)
    X = tf.nest.map_structure(tf.convert_to_tensor, data.take(rows, dtype)[0])
    nodes = {node.name: node for node in resolved.nodes if node.type != SHARED}
    values = {id(variable) for place, variable in enumerate(model.variables) if place in kept}
    with refused_rows(model, X):
        run_layers(model, X, _Pass(model, nodes, seed, data, values).outputs)


@dataclass(frozen=True)
class _Pass:
    """Pass of samples through a model, in which each layer is adapted before its first call."""

    model: keras.Model
    nodes: dict[str, Node]
    seed: int
    data: TrainingData
    kept: set[int]

    def outputs(self, layer: keras.Layer, *arguments: Any, **named: Any) -> Any:
        """Return the outputs of a layer, after its adaptation."""
        node = self.nodes.pop(layer.name, None)  # a shared layer is adapted once
        if node is not None and layer_facts(node.type).adapts and not self._keeps(layer.variables[0]):
            _set_statistics(layer, self._all_inputs(layer))
        names = [] if node is None else sample_initializers(node)
        if names == [SCALE]:
            if not self._keeps(layer.variables[0]):
                self._scale(layer)
        elif names:
            self._initialize(layer, names, _linear_outputs(layer, partial(layer, *arguments, **named)))
        return layer(*arguments, **named)

    def _initialize(self, layer: keras.Layer, arguments: Sequence[str], outputs: np.ndarray) -> None:
        """Set the weights of a layer with initializers of samples: factors of its kernel, then its bias."""
        variables = {variable.name: (place, variable) for place, variable in enumerate(layer.variables)}
        for argument in arguments:
            place, variable = variables.get(argument.removesuffix("_initializer"), (0, None))
            if variable is None or self._keeps(variable):
                continue
            initializer = getattr(layer, argument)
            seed = derived_seed(self.seed, layer.name, place) if initializer.seed is None else initializer.seed
            found = initializer.of_samples(outputs, np.random.default_rng(seed))
            if argument == KERNEL:
                outputs = outputs * found
                found = variable.numpy().astype("float64") * found
            variable.assign(found)

    def _keeps(self, variable: keras.Variable) -> bool:
        return id(variable) in self.kept

    def _all_inputs(self, layer: keras.Layer) -> np.ndarray:
        """Return the inputs of a layer for all samples with a positive weight."""
        rows = np.flatnonzero(np.any([weights > 0 for weights in self.data.sample_weights.values()], axis=0))
        return np.concatenate([inputs for _, inputs in self._inputs(layer, rows)])

    def _inputs(self, layer: keras.Layer, rows: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the inputs of a layer for some samples, in parts that fit in memory, and the places of each part."""
        tensor, dtype = calls_of(layer)[0].input_tensors[0], float_dtype(self.model)
        size = max(1, MAX_BYTES // max(1, self.data.row_bytes))
        before = None if any(tensor is one for one in self.model.inputs) else keras.Model(self.model.input, tensor)
        for start in range(0, len(rows), size):
            part = self.data.take(rows[start : start + size], dtype)[0]
            places = slice(start, start + size)
            if before is not None:
                yield places, before(part, training=False).numpy()
            else:
                yield places, part[tensor.name] if isinstance(part, dict) else part

    def _scale(self, layer: keras.Layer) -> None:
        """Set factors that depend on the targets of the training set."""
        weights = {name: array[self.data.rows, None] for name, array in self.data.sample_weights.items()}
        classes = {name: _classes(self.data, name) for name in weights}  # (n_samples, n_targets) of each output
        weighted = np.column_stack([*(classes[name] * weights[name] for name in weights), *weights.values()])
        sums = np.zeros((weighted.shape[1], layer.variables[0].shape[0]))
        for places, inputs in self._inputs(layer, self.data.rows):
            values = np.abs(inputs).reshape(len(inputs), -1, inputs.shape[-1]).sum(axis=1)
            sums += weighted[places].T @ values
        n_targets = [array.shape[1] for array in classes.values()]
        totals = np.repeat(sums[sum(n_targets) :], n_targets, axis=0)
        layer.variables[0].assign(layer.scale_initializer.of_targets(sums[: sum(n_targets)], totals))


def _set_statistics(layer: keras.Layer, inputs: np.ndarray) -> None:
    """Set the statistics of a layer with `adapt`; those of equal inputs are computed once."""

    def computed() -> list[np.ndarray]:
        layer.adapt(inputs)
        return layer.get_weights()

    digest = hashlib.blake2b(np.ascontiguousarray(inputs).view(np.uint8).data, digest_size=16).digest()
    layer.set_weights(_statistics.get((str(layer.get_config()), inputs.shape, digest), computed))


def _classes(data: TrainingData, output: str) -> np.ndarray:
    """Return which samples of the training set are in which class of an output: bool, (n_samples, n_targets).

    Two classes are one target. The classes of other targets are values above their mean in the training set.
    """
    values = np.asarray(data.y[output][data.rows])
    if values.ndim == 1 and values.dtype.kind in "iu" and len(labels := np.unique(values)) > 2:
        return values[:, None] == labels
    values = values.reshape(len(values), -1)
    return values > values[data.sample_weights[output][data.rows] > 0].mean(axis=0)


def _linear_outputs(layer: keras.Layer, call: Callable[[], Any]) -> np.ndarray:
    """Return the outputs of a layer before bias and activation, of shape (n_samples, n_units).

    Steps of series and positions of images count as samples.
    """
    attributes, bias = vars(layer), layer.bias  # Keras tracks attributes that are set in another way
    activation, value = attributes["activation"], None if bias is None else bias.numpy()
    try:
        attributes["activation"] = None
        if bias is not None:
            bias.assign(np.zeros_like(value))
        outputs = keras.ops.convert_to_numpy(call()).astype("float64")
    finally:
        attributes["activation"] = activation
        if bias is not None:
            bias.assign(value)
    if getattr(layer, "data_format", None) == "channels_first":
        outputs = np.moveaxis(outputs, 1, -1)
    return outputs.reshape(-1, outputs.shape[-1])


_statistics: Store[list[np.ndarray]] = Store(MAX_STATISTICS)
