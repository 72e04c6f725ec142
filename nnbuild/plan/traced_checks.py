"""Trace a layer on symbolic tensors, to find errors before training.

Keras derives the output shape of most layers from their arguments, without running them. Therefore, a wrong dtype, a
list of wrong length or an activation that changes the shape would fail only in the first step of training.
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
    """Return a problem if the outputs or gradients of a layer can't be computed.

    Parameters
    ----------
    node : Node
        The layer's node.
    layer : keras.Layer
        Layer that has been called on `tensors`.
    tensors : list of KerasTensor
        Inputs of the layer.
    output : KerasTensor
        Output with the shape that Keras has derived. Its dtype and sparseness are set to the traced ones, as is its
        shape for layers that count tokens.
    call : callable
        Calls the layer on other tensors, with further arguments.
    """
    if is_ordinary(node, tensors):
        return None
    training = {"training": True} if "training" in inspect.signature(layer.call).parameters else {}
    try:
        in_training = output_spec(lambda *values: _with_gradient(list(values), call, training), *tensors)
        at_inference = in_training
        if training:  # some layers change images in training only
            at_inference = output_spec(lambda *values: call(list(values), {"training": False}), *tensors)
        dtypes = [at_inference.dtype, in_training.dtype]
    except Exception as error:
        found = f"Keras can't compute {node.type} {node.name!r} here: {failure(error)}"
        return Problem(node.path, found, hint=_hint(tensors))
    if keras.backend.is_float_dtype(output.dtype) and (other := [dtype for dtype in dtypes if not _is_real(dtype)]):
        restate(output, dtype=other[0])  # Keras derives the compute dtype even if the layer returns integers
    restate(output, sparse=in_training.sparse)
    facts = layer_facts(node.type)
    if not facts.states_shape:
        restate(output, shape=tuple(in_training.shape))
        return None
    if _agree(in_training.shape, output.shape) and _agree(at_inference.shape, output.shape):
        return None
    if _agree(in_training.shape, output.shape):
        shapes = f"{shape_text(at_inference.shape)} outside of training, where Keras states {shape_text(output.shape)}"
        return Problem(node.path, f"{node.type} {node.name!r} gives {shapes}", hint=facts.training_hint)
    shapes = f"{shape_text(in_training.shape)}, where Keras states {shape_text(output.shape)}"
    return Problem(node.path, f"{node.type} {node.name!r} gives {shapes}", hint=_OTHER_SHAPE)


def is_ordinary(node: Node, tensors: list[keras.KerasTensor]) -> bool:
    """Return whether a layer needs no trace, because after the other checks its arguments and inputs can't fail."""
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


def _with_gradient(values: list, call: Callable, training: Mapping[str, bool]) -> Any:
    """Return the output of a layer, and trace its gradient."""
    with tf.GradientTape() as tape:
        floats = [value for value in values if isinstance(value, tf.Tensor) and value.dtype.is_floating]
        tape.watch(floats)
        output = call(values, training)
    if floats and isinstance(output, tf.Tensor) and output.dtype.is_floating:
        tape.gradient(output, floats)
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
    "activity_regularizer", "axes", "axis", "backward_layer", "center", "columns", "cropping", "dims", "dropout",
    "epsilon", "filters", "input_dim", "key_dim", "kernel_size", "layer", "mask_zero", "max_features", "max_value",
    "momentum", "n", "n_bins", "n_frequencies", "n_members", "num_heads", "output_dim", "padding", "pool_size", "rate",
    "recurrent_dropout", "return_sequences", "reverse", "seed", "sequence_length", "share_kernel", "sigma", "size",
    "stddev", "step", "strides", "target_shape", "trainable", "units", "use_bias", "use_causal_mask",
}  # fmt: skip
PLAIN_NUMBERS = {"offset", "scale"}
