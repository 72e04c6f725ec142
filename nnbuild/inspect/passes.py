"""Forward and backward pass of a model, with the signals of each layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from nnbuild.catalog.facts import activation_facts, layer_facts
from nnbuild.private.keras import run_layers
from nnbuild.train.common.losses import Losses, Objective
from nnbuild.train.common.outputs import aligned, by_name


class Batch(NamedTuple):
    """Samples of a pass.

    Attributes
    ----------
    X : tensor, or dict of tensors
        Prepared inputs.
    y, weights : dict of str to tensor
        Encoded targets, and weights in the loss, by output.
    """

    X: Any
    y: dict[str, tf.Tensor]
    weights: dict[str, tf.Tensor]


@dataclass
class Call:
    """One call of a layer: its output, and its values before and after the activation."""

    layer: keras.Layer
    output: Any
    activations: list[tuple[str, tf.Tensor, tf.Tensor]] = field(default_factory=list)

    @property
    def activation(self) -> tuple[str, tf.Tensor, tf.Tensor] | None:
        """Name, input and output of its only activation."""
        return self.activations[0] if len(self.activations) == 1 else None

    @property
    def watched(self) -> list[tf.Tensor]:
        """Its output and the values before its only activation, if they are floats."""
        z = [self.activation[1]] if self.activation else []
        return [tensor for tensor in (self.output, *z) if _is_float(tensor)]


class CallArrays(NamedTuple):
    """One call of a layer as arrays; gradients are None if the loss does not depend on the values."""

    layer: str
    activation: str
    z: np.ndarray | None
    a: np.ndarray
    dz: np.ndarray | None
    da: np.ndarray | None
    derivative: np.ndarray | None


class PassArrays(NamedTuple):
    """Results of a pass.

    Attributes
    ----------
    calls : list of CallArrays
        In order of computation.
    weights, penalties : list of array or None
        Gradients of the loss with penalties, and of the penalties alone, for each trainable variable of the model.
    loss, penalty : float
    losses : dict of str to float
        By output.
    """

    calls: list[CallArrays]
    weights: list[np.ndarray | None]
    penalties: list[np.ndarray | None]
    loss: float
    penalty: float
    losses: dict[str, float]


def run_pass(model: keras.Model, objective: Objective, batch: Batch, training: bool) -> PassArrays:
    """Run the samples through a model, layer by layer, and the loss back."""
    with tf.GradientTape(persistent=True) as tape:
        layers = _LayerByLayer(model, tape)
        predictions = by_name(list(batch.y), layers(batch.X, training=training))
        added = model.losses
        losses = objective_values(objective, batch, predictions, added)
        penalty = tf.add_n([tf.reduce_sum(tf.cast(one, objective.dtype)) for one in added]) if added else None
    variables = [variable.value for variable in model.trainable_variables]
    outputs = _output_gradients(objective, batch, predictions, added)
    signals = [part for call in layers.calls for part in call.watched]
    # One backward pass for all of them: its time does not depend on the number of layers.
    found = tape.gradient(losses.total, [*signals, *variables])
    known = {id(tensor): own for tensor, own in zip(signals, found, strict=False) if own is not None}
    gradients = {**outputs, **known}
    return PassArrays(
        [_call_arrays(tape, call, gradients) for call in layers.calls],
        [_array(value) for value in found[len(signals) :]],
        [None if penalty is None else _array(tape.gradient(penalty, variable)) for variable in variables],
        float(losses.total) - (0.0 if penalty is None else float(penalty)),
        0.0 if penalty is None else float(penalty),
        dict(zip(objective.losses, map(float, losses.parts), strict=True)),
    )


def objective_values(objective: Objective, batch: Batch, predictions: Mapping, added: list) -> Losses:
    """Return the objective of predictions by output, with the losses that layers have added."""
    y = {name: aligned(batch.y[name], predictions[name]) for name in objective.losses}
    return objective.values(y, predictions, batch.weights, added)


class _LayerByLayer(keras.Layer):
    """Layer that calls the layers of a model one by one, and keeps their signals.

    In a layer, Keras passes `training` on to all calls, and keeps the losses that they add until the next pass.
    """

    def __init__(self, model: keras.Model, tape: tf.GradientTape):
        super().__init__(name="layer_by_layer", autocast=False)
        self.model = model
        self.tape = tape
        self.training = False
        self.calls: list[Call] = []

    def call(self, inputs, training=False):
        self.training = training
        return run_layers(self.model, inputs, self._call_layer)

    def _call_layer(self, layer: keras.Layer, *arguments: Any, **named: Any) -> Any:
        kept: list[tuple[str, tf.Tensor, tf.Tensor]] = []
        if "training" in named:  # of the symbolic call; other layers take it from the enclosing call
            named["training"] = self.training
        attributes, own = vars(layer), layer_facts(type(layer).__name__).activation
        activation = attributes.get("activation")
        try:
            if callable(activation):
                attributes["activation"] = self._recorded(activation, kept)
            output = layer(*arguments, **named)
        finally:
            if callable(activation):
                attributes["activation"] = activation
        if own:
            kept.append((own, arguments[0], output))
        # Keras computes masks by operations of its own between the layers.
        if isinstance(layer, keras.Layer) and not isinstance(layer, keras.layers.InputLayer):
            self._watch(output)
            self.calls.append(Call(layer, output, kept))
        return output

    def _recorded(self, activation: Callable, kept: list) -> Callable:
        def recorded(z, *arguments, **named):
            self._watch(z)
            a = activation(z, *arguments, **named)
            kept.append((_name_of(activation), z, a))
            return a

        return recorded

    def _watch(self, tensor: Any) -> None:
        if tf.is_tensor(tensor) and tensor.dtype.is_floating:
            self.tape.watch(tensor)


def _name_of(activation: Any) -> str:
    """Return the name of an activation: a function, or a layer that is one."""
    own = layer_facts(type(activation).__name__).activation
    return own or getattr(activation, "__name__", "") or type(activation).__name__


def _output_gradients(objective: Objective, batch: Batch, predictions: Mapping, added: list) -> dict[int, tf.Tensor]:
    """Return the gradient of the loss for each prediction, by the id of its tensor.

    From the outputs of softmax and sigmoid, Keras computes cross-entropies with the values before the activation, so
    that the tape has no gradient for the outputs themselves.
    """
    plain = {name: tf.identity(value) for name, value in predictions.items()}
    for name, value in predictions.items():  # losses depend on what layers attach to predictions, except logits
        for key, attached in getattr(value, "__dict__", {}).items():
            if key != "_keras_logits":
                setattr(plain[name], key, attached)
    with tf.GradientTape() as tape:
        tape.watch(plain)
        total = objective_values(objective, batch, plain, added).total
    found = tape.gradient(total, plain)
    return {id(predictions[name]): value for name, value in found.items() if value is not None}


def _call_arrays(tape: tf.GradientTape, call: Call, gradients: Mapping[int, tf.Tensor]) -> CallArrays:
    """Return the arrays of a call, with the gradients of its tensors by their ids."""
    da = _array(gradients.get(id(call.output)))
    if call.activation is None:
        return CallArrays(call.layer.name, "", None, _values(call.output), None, da, None)
    name, z, a = call.activation
    of_units = activation_facts(name).saturates == "units" and _is_float(z)
    derivative = _array(tape.gradient(a, z)) if of_units else None
    return CallArrays(
        call.layer.name, name, _values(z), _values(call.output), _array(gradients.get(id(z))), da, derivative
    )


def _is_float(tensor: Any) -> bool:
    return tf.is_tensor(tensor) and tensor.dtype.is_floating


def _values(tensor: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(tensor, sparse=False)))


def _array(gradient: Any) -> np.ndarray | None:
    """Return a gradient as a dense array."""
    return None if gradient is None else np.asarray(tf.convert_to_tensor(gradient).numpy())
