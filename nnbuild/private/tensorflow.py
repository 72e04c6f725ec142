"""Private names of TensorFlow: each function names the public interface that it replaces."""

from __future__ import annotations

from collections.abc import Iterator

import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.eager.execute import quick_execute
from tensorflow.python.framework.ops import gradient_registry
from tensorflow.python.ops.parallel_for import pfor


def has_started() -> bool:
    """Return whether TensorFlow has started its threads in this process, or in the process it was forked from.

    Replaces a public test: functions such as `tf.config.list_logical_devices` start them.
    """
    return context._context is not None and context._context._initialized


def run_function(name: str, n_outputs: int, tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """Call a concrete function by its name, and return its outputs.

    Replaces calling a `ConcreteFunction`, which compares each tensor with the signature: for small networks that
    takes longer than the network.
    """
    here = context.context()
    options = ("config_proto", here.function_call_options.config_proto_serialized)
    return quick_execute(name, n_outputs, tensors, options, here)


def forget_gradients(graph: tf.Graph) -> None:
    """Remove the gradients of a graph's `tf.custom_gradient`, which keep its memory alive.

    Replaces a release of a `ConcreteFunction`: TensorFlow keeps each such gradient for as long as the process
    lasts. The graph has no gradient from outside afterwards.
    """
    for name in set(_gradient_names(graph)):
        gradient_registry._registry.pop(name, None)


def _gradient_names(graph: tf.Graph) -> Iterator[str]:
    """Yield the names under which the gradients of a graph, its loops and its branches are registered."""
    for operation in graph.get_operations():
        if operation.type == "IdentityN" and _GRADIENT in operation.node_def.attr:
            yield operation.get_attr(_GRADIENT).decode()
    for inner in graph._functions.values():
        yield from _gradient_names(inner.graph)


def vectorize_bitcast() -> None:
    """Give `tf.vectorized_map` a rule for `tf.bitcast`, which it lacks; a rule that TensorFlow has stays.

    Replaces a public registry of rules. Keras detects negative zeros by `bitcast` in every argmax.
    """
    if not pfor._pfor_converter_registry.get("Bitcast"):
        pfor.RegisterPFor("Bitcast")(_bitcast)


def _bitcast(pfor_input):
    dtype = pfor_input.get_attr("type")
    return pfor.wrap(tf.bitcast(pfor_input.stacked_input(0), dtype), True)


# The attribute of an operation with the name of its gradient.
_GRADIENT = "_gradient_op_type"
