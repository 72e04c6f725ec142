"""One function for many members at once: the one place that knows TensorFlow's rules for that."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf
from tensorflow.python.ops.parallel_for import pfor


def for_members(function: Callable, n_members: int) -> Callable:
    """`function` of one member as a function of several, whose arguments and results have a leading axis of members.

    Parameters
    ----------
    function : callable
        Takes and gives structures of tensors.
    n_members : int
        Of a single one, the axis is taken off and put on again: every operation works for it.
    """
    if n_members == 1:
        return lambda *arguments: _on_top(function(*tf.nest.map_structure(lambda x: x[0], arguments)))
    return lambda *arguments: tf.vectorized_map(
        lambda parts: function(*parts), arguments, fallback_to_while_loop=False, warn=False
    )


def _on_top(structure):
    return tf.nest.map_structure(lambda x: tf.convert_to_tensor(x)[None], structure)


if not pfor._pfor_converter_registry.get("Bitcast"):

    @pfor.RegisterPFor("Bitcast")
    def _bitcast(pfor_input):
        """TensorFlow has no rule for it; Keras looks for negative zeros by it wherever it takes an argmax."""
        dtype = pfor_input.get_attr("type")
        return pfor.wrap(tf.bitcast(pfor_input.stacked_input(0), dtype), True)
