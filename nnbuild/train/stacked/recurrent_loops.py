"""Check whether a program that trains several networks runs their recurrent layers in loops over time.

Unrolled time steps take seconds to trace, and seconds to compile with XLA. Loops avoid both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nnbuild.catalog.facts import layer_facts
from nnbuild.records import Node, ResolvedNetwork
from nnbuild.train.stacked.execution_modes import every_layer, execution_mode
from nnbuild.train.stacked.layer_forms import MAX_UNROLLED

Inputs = np.ndarray | Mapping[str, np.ndarray]


def runs_in_loops(resolved: ResolvedNetwork, X: Inputs) -> bool:
    """Return whether a network has recurrent layers, and all of them run in a loop over time.

    Parameters
    ----------
    resolved : ResolvedNetwork
    X : array of shape (n_samples, n_steps, ...) or mapping of str to array
        Inputs; a mapping has input names as keys.
    """
    if execution_mode(resolved) != "vectorized":
        return False
    lengths = [length for node in resolved.nodes for length in _lengths(node, resolved, X)]
    return bool(lengths) and min(lengths) > MAX_UNROLLED


def has_loop_after_layers(resolved: ResolvedNetwork, X: Inputs) -> bool:
    """Return whether a recurrent layer runs in a loop and follows a layer other than Masking.

    TensorFlow has no vectorization rule for the gradient of such a loop with respect to its input.
    """
    inputs_and_masks = {*resolved.inputs, *(node.name for node in resolved.nodes if layer_facts(node.type).sets_mask)}
    longest = max((np.shape(array)[1] for array in _arrays(X) if np.ndim(array) > 1), default=0)
    return any(
        (length or longest) > MAX_UNROLLED
        for node in resolved.nodes
        if not inputs_and_masks.issuperset(node.inputs)
        for length in _lengths(node, resolved, X)
    )


def _arrays(X: Inputs) -> list[np.ndarray]:
    return list(X.values()) if isinstance(X, Mapping) else [X]


def _lengths(node: Node, resolved: ResolvedNetwork, X: Inputs) -> Iterator[int]:
    """Yield the number of steps of each recurrent layer in a node."""
    single = ResolvedNetwork("", None, {}, (node,), {}, {})
    for kind, arguments in every_layer(single):
        if layer_facts(kind).form == "recurrent" and not arguments.get("unroll"):
            yield _n_steps(node, resolved, X)


def _n_steps(node: Node, resolved: ResolvedNetwork, X: Inputs) -> int:
    """Return the length of a node's input series; 0 if it can't be derived from the network's input."""
    nodes = {other.name: other for other in resolved.nodes}
    name = node.inputs[0]
    while name in nodes:
        if not layer_facts(nodes[name].type).keeps_steps:
            return 0
        name = nodes[name].inputs[0]
    shape = np.shape(X[name] if isinstance(X, Mapping) else X)
    return shape[1] if len(shape) > 1 else 0
