"""Choose readable variable names for the inputs and layers in generated code."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence

from nnbuild.language.composites import SHORTCUT
from nnbuild.records import Node

# Variable of the tensor in a chain of layers.
CHAIN = "x"


def variables(
    inputs: Iterable[str], nodes: Sequence[Node], outputs: Sequence[str], reserved: Iterable[str]
) -> dict[str, str]:
    """Return the variable of each input and layer, by name.

    Parameters
    ----------
    inputs : iterable of str
        Names of the network's inputs.
    nodes : sequence of Node
        The layers, in the order of their calls.
    outputs : sequence of str
        Names of the layers that compute the outputs; the variable of a single output is ``outputs``.
    reserved : iterable of str
        Names that are in use already.

    Returns
    -------
    dict of str to str
        A tensor that only the next layer takes is ``x``; all others have names like their layers.
    """
    inputs = list(inputs)
    used = {CHAIN, "inputs", "outputs", *reserved}
    result = {name: "inputs" if len(inputs) == 1 else _unused(name, used) for name in inputs}
    last_use = _last_uses(nodes)
    for index, node in enumerate(nodes):
        if outputs == [node.name]:
            result[node.name] = "outputs"
        elif node.name not in outputs and last_use.get(node.name, index) <= _chain_end(nodes, index):
            result[node.name] = CHAIN if node.type != SHORTCUT else _unused(node.name, used)
        else:
            result[node.name] = _unused(node.name, used)
    return result


def _last_uses(nodes: Sequence[Node]) -> dict[str, int]:
    """Return the index of the last node that takes each tensor."""
    return {name: index for index, node in enumerate(nodes) for name in node.inputs}


def _chain_end(nodes: Sequence[Node], index: int) -> int:
    """Return the index of the last node that can take the output of node `index` as ``x``, before ``x`` changes."""
    following = (later for later in range(index + 1, len(nodes)) if nodes[later].type != SHORTCUT)
    return next(following, len(nodes))


def _unused(name: str, used: set[str]) -> str:
    """Return an unused variable for `name`, and add it to `used`."""
    plain = re.sub(r"\W+", "_", name).lower()
    plain += "_" if keyword.iskeyword(plain) else ""
    number, found = 1, plain
    while found in used:
        number += 1
        found = f"{plain}_{number}"
    used.add(found)
    return found
