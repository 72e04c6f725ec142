"""Vectorize a function over members."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from nnbuild.private.tensorflow import vectorize_bitcast


def for_members(function: Callable, n_members: int) -> Callable:
    """Return `function` for several members: its arguments and results get a leading axis of members.

    Parameters
    ----------
    function : callable
        Takes and returns structures of tensors.
    n_members : int
        For a single member, the axis is removed and added again, which works for all operations.
    """
    if n_members == 1:
        return lambda *arguments: _on_top(function(*tf.nest.map_structure(lambda x: x[0], arguments)))
    vectorize_bitcast()
    return lambda *arguments: tf.vectorized_map(
        lambda parts: function(*parts), arguments, fallback_to_while_loop=False, warn=False
    )


def _on_top(structure):
    return tf.nest.map_structure(lambda x: tf.convert_to_tensor(x)[None], structure)
