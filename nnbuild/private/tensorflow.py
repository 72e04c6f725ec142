"""Private names of TensorFlow: each function names the public interface that it replaces."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import tensorflow as tf
from tensorflow.python import pywrap_tfe
from tensorflow.python.client import pywrap_tf_session
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


def add_functions(definitions: Iterable[bytes]) -> None:
    """Add functions by their serialized definitions, for `run_function`.

    Replaces `tf.graph_util.import_graph_def`, after which the functions must be traced again. TensorFlow counts equal
    definitions of a name, and refuses different ones.
    """
    eager_context = context.context()
    eager_context.ensure_initialized()
    for definition in definitions:
        pywrap_tfe.TFE_ContextAddFunctionDef(eager_context._handle, definition, len(definition))


def remove_functions(names: Iterable[str]) -> None:
    """Remove functions of `add_functions`. A function is deleted once it was removed as often as it was added.

    Replaces the deletion of a `ConcreteFunction`.
    """
    for name in names:
        context.context().remove_function(name)


def call_options() -> bytes:
    """Return the settings of TensorFlow with which `run_function` calls functions, serialized.

    Replaces a public function for all of `tf.config` together.
    """
    return context.context().function_call_options.config_proto_serialized


def read_xla_flags(flags: str) -> bool:
    """Make TensorFlow read the flags of XLA, and return False if it has already read `TF_XLA_FLAGS`.

    Replaces a public function for these flags, which does not exist. TensorFlow reads the variable once, for its first
    computation, and a flag with a function of its own shows whether that was now. The variable is restored.
    """
    given = os.environ.get(_XLA_FLAGS)
    os.environ[_XLA_FLAGS] = f"{flags} --{_PROBE}=true"
    try:
        is_read = bool(pywrap_tf_session.TF_GetXlaConstantFoldingDisabled())
    finally:
        if given is None:
            del os.environ[_XLA_FLAGS]
        else:
            os.environ[_XLA_FLAGS] = given
    if is_read and _PROBE not in flags:
        pywrap_tf_session.TF_SetXlaConstantFoldingDisabled(False)
    return is_read


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


_XLA_FLAGS, _PROBE = "TF_XLA_FLAGS", "tf_xla_disable_constant_folding"
# Attribute of an operation that contains the name of its gradient.
_GRADIENT = "_gradient_op_type"
