"""Trace a layer on symbolic tensors, to find errors that Keras raises only when it computes.

Keras derives the output shape of most layers from their arguments, and runs nothing. So a wrong dtype, a list of the
wrong length or an activation that changes the shape would fail only in the first step of training.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem
from nnbuild.plan.shapes import failure, shape_text
from nnbuild.private.keras import output_spec, restate
from nnbuild.records import Node


def trial_problem(
    node: Node, layer: keras.Layer, tensors: list[keras.KerasTensor], output: keras.KerasTensor, call: Callable
) -> Problem | None:
    """Return a problem if a layer that was called can't compute or be trained.

    Parameters
    ----------
    node : Node
        The layer's node.
    layer : keras.Layer
        Called on `tensors`.
    tensors : list of KerasTensor
        Inputs of the layer.
    output : KerasTensor
        Output as stated by Keras. It gets the traced dtype and sparseness and, for counts of tokens, the traced
        shape.
    call : callable
        Calls the layer on tensors like `tensors`, with other arguments by name.
    """
    if is_ordinary(node, tensors):
        return None
    training = {"training": True} if "training" in inspect.signature(layer.call).parameters else {}
    try:
        given = output_spec(lambda *values: _trained(list(values), call, training), *tensors)
        alike = given
        if training:  # some layers change images in training only
            alike = output_spec(lambda *values: call(list(values), {"training": False}), *tensors)
        dtypes = [alike.dtype, given.dtype]
    except Exception as error:
        found = f"Keras can't compute {node.type} {node.name!r} here: {failure(error)}"
        return Problem(node.path, found, hint=_hint(tensors))
    if keras.backend.is_float_dtype(output.dtype) and (other := [dtype for dtype in dtypes if not _is_real(dtype)]):
        restate(output, dtype=other[0])  # Keras states its compute dtype even where integers pass through
    restate(output, sparse=given.sparse)
    facts = layer_facts(node.type)
    if not facts.states_shape:
        restate(output, shape=tuple(given.shape))
        return None
    if _agree(given.shape, output.shape) and _agree(alike.shape, output.shape):
        return None
    if _agree(given.shape, output.shape):
        stated = f"{shape_text(alike.shape)} outside of training, where Keras states {shape_text(output.shape)}"
        return Problem(node.path, f"{node.type} {node.name!r} gives {stated}", hint=facts.training_hint)
    stated = f"{shape_text(given.shape)}, where Keras states {shape_text(output.shape)}"
    return Problem(node.path, f"{node.type} {node.name!r} gives {stated}", hint=_OTHER_SHAPE)


def is_ordinary(node: Node, tensors: list[keras.KerasTensor]) -> bool:
    """Return whether a layer needs no trace: after the other checks, its arguments and inputs can't fail."""
    signature = catalog.find("layers", node.type)
    ordinary = layer_facts(node.type).ordinary
    known = ordinary == "any" or (ordinary == "real" and all(map(_is_float, tensors)))
    if signature is None or not known:
        return False
    defaults = signature.arguments
    return all(
        key in PLAIN
        or value == defaults.get(key)
        or (key in PLAIN_NUMBERS and isinstance(value, int | float))
        or (key.endswith("activation") and isinstance(value, str) and catalog.activation(value) is not None)
        for key, value in node.arguments.items()
        if not key.endswith(_OF_WEIGHTS)
    )


def _is_float(tensor: keras.KerasTensor) -> bool:
    return _is_real(tensor.dtype)


def _is_real(dtype: str) -> bool:
    return keras.backend.is_float_dtype(dtype)


def _trained(values: list, call: Callable, training: Mapping[str, bool]) -> Any:
    """Return the output of a layer, after deriving its gradient."""
    with tf.GradientTape() as tape:
        real = [value for value in values if isinstance(value, tf.Tensor) and value.dtype.is_floating]
        tape.watch(real)
        output = call(values, training)
    if real and isinstance(output, tf.Tensor) and output.dtype.is_floating:
        tape.gradient(output, real)
    return output


def _hint(tensors: list[keras.KerasTensor]) -> str:
    """Return the hint for a layer with inputs that are not floats."""
    other = [tensor.dtype for tensor in tensors if not keras.backend.is_float_dtype(tensor.dtype)]
    if not other or "string" in other:
        return ""
    return f"it gets {other[0]}: add a Rescaling before it, or set the input dtype to 'float32'"


def _agree(one: tuple, other: tuple) -> bool:
    return len(one) == len(other) and all(a == b or None in (a, b) for a, b in zip(one, other, strict=True))


_OTHER_SHAPE = "use arguments and activations that leave the shape as it is"
# Arguments that `weight_problem` checks.
_OF_WEIGHTS = ("_initializer", "_regularizer", "_constraint")
# Arguments of common layers that can't fail.
PLAIN = {
    "activity_regularizer", "axes", "axis", "backward_layer", "center", "cropping", "dims", "dropout", "epsilon",
    "filters", "input_dim", "key_dim", "kernel_size", "layer", "mask_zero", "max_value", "momentum", "n", "num_heads",
    "output_dim", "padding", "pool_size", "rate", "recurrent_dropout", "return_sequences", "reverse", "seed",
    "sequence_length", "size", "stddev", "step", "strides", "target_shape", "trainable", "units", "use_bias",
    "use_causal_mask",
}  # fmt: skip
PLAIN_NUMBERS = {"offset", "scale"}
