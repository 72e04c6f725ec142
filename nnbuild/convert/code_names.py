"""Names of layers -> names of variables that read well."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence

from nnbuild.language.composites import SHORTCUT
from nnbuild.records import Node

# The variable that goes down a chain of layers.
CHAIN = "x"


def variables(
    inputs: Iterable[str], nodes: Sequence[Node], outputs: Sequence[str], taken: Iterable[str]
) -> dict[str, str]:
    """The variable of each input and layer, by their names.

    Parameters
    ----------
    inputs : iterable of str
        Names of the network's inputs.
    nodes : sequence of Node
        The layers, in the order in which they are called.
    outputs : sequence of str
        Names of the layers whose results the network gives; a last one that is alone is called ``outputs``.
    taken : iterable of str
        Names that stand for something else.

    Returns
    -------
    dict of str to str
        A result that only the next layer takes is called ``x``; all others have names like their layers.
    """
    inputs = list(inputs)
    used = {CHAIN, "inputs", "outputs", *taken}
    result = {name: "inputs" if len(inputs) == 1 else _fresh(name, used) for name in inputs}
    last_use = _last_uses(nodes)
    for index, node in enumerate(nodes):
        if outputs == [node.name]:
            result[node.name] = "outputs"
        elif node.name not in outputs and last_use.get(node.name, index) <= _chain_end(nodes, index):
            result[node.name] = CHAIN if node.type != SHORTCUT else _fresh(node.name, used)
        else:
            result[node.name] = _fresh(node.name, used)
    return result


def _last_uses(nodes: Sequence[Node]) -> dict[str, int]:
    """The index of the last node that takes each tensor."""
    return {name: index for index, node in enumerate(nodes) for name in node.inputs}


def _chain_end(nodes: Sequence[Node], index: int) -> int:
    """The last node that can take the result of node `index` as ``x``: the next that is called ``x`` itself."""
    following = (later for later in range(index + 1, len(nodes)) if nodes[later].type != SHORTCUT)
    return next(following, len(nodes))


def _fresh(name: str, used: set[str]) -> str:
    """A variable for `name` that is in no use yet, noted in `used`."""
    plain = re.sub(r"\W+", "_", name).lower()
    plain += "_" if keyword.iskeyword(plain) else ""
    number, found = 1, plain
    while found in used:
        number += 1
        found = f"{plain}_{number}"
    used.add(found)
    return found
