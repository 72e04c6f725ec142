"""Whether a program of many members runs its recurrent layers in loops over time, which cost next to nothing to make.

Steps in time that are unrolled take seconds to trace, XLA takes seconds to compile; a loop takes neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nnbuild.records import Node, Resolved
from nnbuild.train.layer_forms import MOST_UNROLLED
from nnbuild.train.ways import every_layer, way_of

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
    found = [length >= least for node in resolved.nodes for length, least in _lengths(node, resolved, X)]
    return bool(found) and all(found)


def _lengths(node: Node, resolved: Resolved, X: Inputs) -> Iterator[tuple[int, int]]:
    """Of each recurrent layer of a node: the steps that it goes through, and from how many on it does in a loop."""
    alone = Resolved("", None, {}, (node,), {}, {})
    for kind, arguments in every_layer(alone):
        if kind in LEAST:
            yield 0 if arguments.get("unroll") else _n_steps(node, resolved, X), LEAST[kind]


def _n_steps(node: Node, resolved: Resolved, X: Inputs) -> int:
    """Length of the series that a node is given; 0 where that can't be told from its input."""
    nodes = {found.name: found for found in resolved.nodes}
    name = node.inputs[0]
    while name in nodes:
        if nodes[name].type not in KEEP_STEPS:
            return 0
        name = nodes[name].inputs[0]
    shape = np.shape(X[name] if isinstance(X, Mapping) else X)
    return shape[1] if len(shape) > 1 else 0


# From how many steps in time on a layer has a loop of its own: all that `layer_forms` does not unroll.
LEAST = dict.fromkeys(("GRU", "LSTM", "RNN", "SimpleRNN"), MOST_UNROLLED + 1)

# Layers that give as many steps as they take.
KEEP_STEPS = frozenset(
    {
        "Activation", "BatchNormalization", "Bidirectional", "Dense", "Dropout", "Embedding", "GRU", "GaussianNoise",
        "LSTM", "LayerNormalization", "Masking", "RNN", "ReLU", "SimpleRNN", "SpatialDropout1D", "TimeDistributed",
    }
)  # fmt: skip
