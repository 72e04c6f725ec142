"""Private names of TensorFlow: each function names the public interface that it replaces."""

from __future__ import annotations

from collections.abc import Iterator

import tensorflow as tf
from tensorflow.python.eager import context
from tensorflow.python.eager.execute import quick_execute
from tensorflow.python.framework.ops import gradient_registry
from tensorflow.python.ops.parallel_for import pfor


def has_started() -> bool:
    """Return whether TensorFlow has started its threads in this process or, before a fork, in its parent.

    Replaces functions such as `tf.config.list_logical_devices`, which start the threads.
    """
    return context._context is not None and context._context._initialized


def run_function(name: str, n_outputs: int, tensors: list[tf.Tensor]) -> list[tf.Tensor]:
    """Call a concrete function by its name, and return its outputs.

    Replaces a call of a `ConcreteFunction`, which compares each tensor with the signature. For small networks, that
    takes longer than the computation.
    """
    eager_context = context.context()
    options = ("config_proto", eager_context.function_call_options.config_proto_serialized)
    return quick_execute(name, n_outputs, tensors, options, eager_context)


def forget_gradients(graph: tf.Graph) -> None:
    """Unregister the functions of `tf.custom_gradient` in a graph, so that its memory can be freed.

    Replaces the deletion of a `ConcreteFunction`: TensorFlow keeps these functions until the end of the process. The
    graph can't be differentiated from outside afterwards.
    """
    for name in set(_gradient_names(graph)):
        gradient_registry._registry.pop(name, None)


def _gradient_names(graph: tf.Graph) -> Iterator[str]:
    """Yield the names under which the gradients of a graph and its inner functions are registered."""
    for operation in graph.get_operations():
        if operation.type == "IdentityN" and _GRADIENT in operation.node_def.attr:
            yield operation.get_attr(_GRADIENT).decode()
    for inner in graph._functions.values():
        yield from _gradient_names(inner.graph)


def vectorize_bitcast() -> None:
    """Register a vectorization rule of `tf.vectorized_map` for `tf.bitcast`, unless TensorFlow has one.

    Replaces a public registry of rules, which does not exist. Keras' argmax uses `bitcast` to detect negative zeros.
    """
    if not pfor._pfor_converter_registry.get("Bitcast"):
        pfor.RegisterPFor("Bitcast")(_bitcast)


def _bitcast(pfor_input):
    dtype = pfor_input.get_attr("type")
    return pfor.wrap(tf.bitcast(pfor_input.stacked_input(0), dtype), True)


# Attribute of an operation that contains the name of its gradient.
_GRADIENT = "_gradient_op_type"
