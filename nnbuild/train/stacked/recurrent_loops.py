"""Whether a program of many members runs its recurrent layers in loops over time, which cost next to nothing to make.

Steps in time that are unrolled take seconds to trace, XLA takes seconds to compile; a loop takes neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nnbuild.catalog.facts import layer_facts
from nnbuild.records import Node, Resolved
from nnbuild.train.stacked.execution_modes import every_layer, way_of
from nnbuild.train.stacked.layer_forms import MOST_UNROLLED

Inputs = np.ndarray | Mapping[str, np.ndarray]


def runs_in_loops(resolved: Resolved, X: Inputs) -> bool:
    """Whether a network has recurrent layers, and each goes through its series in a loop.

    Parameters
    ----------
    resolved : Resolved
    X : array of shape (n_samples, n_steps, ...) or mapping of str to array
        What it is given; a mapping goes by input name.
    """
    if way_of(resolved) != "vectorized":
        return False
    lengths = [length for node in resolved.nodes for length in _lengths(node, resolved, X)]
    return bool(lengths) and min(lengths) > MOST_UNROLLED


def loops_behind_weights(resolved: Resolved, X: Inputs) -> bool:
    """Whether a recurrent layer goes through its series in a loop, and what it is given comes from trained layers.

    TensorFlow has no rule for the gradient of such a loop with respect to its series for many members at once.
    """
    first = {*resolved.inputs, *(node.name for node in resolved.nodes if node.type == "Masking")}
    longest = max((np.shape(array)[1] for array in _arrays(X) if np.ndim(array) > 1), default=0)
    return any(
        (length or longest) > MOST_UNROLLED
        for node in resolved.nodes
        if not first.issuperset(node.inputs)
        for length in _lengths(node, resolved, X)
    )


def _arrays(X: Inputs) -> list[np.ndarray]:
    return list(X.values()) if isinstance(X, Mapping) else [X]


def _lengths(node: Node, resolved: Resolved, X: Inputs) -> Iterator[int]:
    """The steps that each recurrent layer of a node goes through."""
    alone = Resolved("", None, {}, (node,), {}, {})
    for kind, arguments in every_layer(alone):
        if layer_facts(kind).form == "unrolled" and not arguments.get("unroll"):
            yield _n_steps(node, resolved, X)


def _n_steps(node: Node, resolved: Resolved, X: Inputs) -> int:
    """Length of the series that a node is given; 0 where that can't be told from its input."""
    nodes = {found.name: found for found in resolved.nodes}
    name = node.inputs[0]
    while name in nodes:
        if not layer_facts(nodes[name].type).keeps_steps:
            return 0
        name = nodes[name].inputs[0]
    shape = np.shape(X[name] if isinstance(X, Mapping) else X)
    return shape[1] if len(shape) > 1 else 0
