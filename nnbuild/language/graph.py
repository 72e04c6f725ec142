"""The graph of a network: names put in for composites, order of computation, initializers chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from math import inf
from operator import itemgetter

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem, show
from nnbuild.language.checker import Checker
from nnbuild.language.shared import needs
from nnbuild.records import Node, frozen_mapping

# The initializer that keeps the variance of signals, by the activation behind the weights.
# He et al., arXiv:1502.01852 (rectifiers); Klambauer et al., arXiv:1706.02515 (selu); all others as
# Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
AUTO_INITIALIZERS = {
    **dict.fromkeys(("relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "mish", "hard_silu"), "he_normal"),
    "selu": "lecun_normal",
}
GLOROT = "glorot_uniform"
_MOST_CHAIN = 10  # names of a cycle in a message


def ends(scopes: list[Node], checker: Checker) -> dict[str, str]:
    """The layer or input whose tensor leaves each composite and block, itself in none of them.

    Parameters
    ----------
    scopes : list of Node
        Composites and blocks, each as a node that takes what leaves it.
    checker : Checker
        Takes the problem of those that feed each other, which are left out.
    """
    result: dict[str, str] = {}
    for scope in ordered(scopes, checker):
        (name,) = scope.inputs
        result[scope.name] = result.get(name, name)
    return result


def connected(nodes: list[Node], ends: Mapping[str, str]) -> list[Node]:
    """`nodes` with the names of layers and inputs in place of those of composites and blocks."""
    return [replace(node, inputs=tuple(ends.get(name, name) for name in node.inputs)) for node in nodes]


def ordered(nodes: list[Node], checker: Checker) -> list[Node]:
    """`nodes` in an order of computation, as close to the written one as can be.

    Nodes that feed each other are a problem, noted in `checker`; they are left out.
    """
    position = {node.name: index for index, node in enumerate(nodes)}
    missing = [{name for name in needs(node) if name in position} for node in nodes]
    takers: dict[str, list[int]] = {}
    for index, names in enumerate(missing):
        for name in names:
            takers.setdefault(name, []).append(index)
    ready = [index for index, names in enumerate(missing) if not names]  # sorted, so a heap
    result: list[Node] = []
    while ready:
        node = nodes[heappop(ready)]
        result.append(node)
        for index in takers.get(node.name, []):
            missing[index].discard(node.name)
            if not missing[index]:
                heappush(ready, index)
    if len(result) < len(nodes):
        _note_cycle({node.name: node for node, names in zip(nodes, missing, strict=True) if names}, checker)
    return result


def _note_cycle(waiting: Mapping[str, Node], checker: Checker) -> None:
    """Note one cycle among the nodes that wait for each other."""
    cycle = _cycle(waiting)
    first = waiting[cycle[0]]
    given = cycle[-1] in first.inputs
    path = (*first.path, "inputs", first.inputs.index(cycle[-1])) if given else (*first.path, "node")
    if len(cycle) == 1:
        found = f"{show(first.name)} feeds itself"
    else:
        chain = [*cycle, first.name]
        chain = chain if len(chain) <= _MOST_CHAIN else [*chain[:4], "...", *chain[-3:]]
        found = f"{' and '.join(show(name) for name in cycle[:2])} feed each other: {' -> '.join(chain)}"
    checker.add(Problem(path, found))


def _cycle(waiting: Mapping[str, Node]) -> list[str]:
    """Names of nodes each of which feeds the next, and the last the first; the one written first leads."""
    steps: dict[str, int] = {}
    name = next(iter(waiting))
    while name not in steps:
        steps[name] = len(steps)
        name = next(before for before in needs(waiting[name]) if before in waiting)
    cycle = list(steps)[steps[name] :][::-1]
    written = {name: index for index, name in enumerate(waiting)}
    start = cycle.index(min(cycle, key=lambda name: written[name]))
    return cycle[start:] + cycle[:start]


def note_unused(nodes: list[Node], inputs: Iterable[str], outputs: Iterable[str], checker: Checker) -> None:
    """Note the nodes and inputs that no output depends on."""
    by_name = {node.name: node for node in nodes}
    reached: set[str] = set()
    waiting = list(outputs)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += by_name[name].inputs if name in by_name else ()
    paths = {node.path for node in nodes if node.name in reached}
    for node in nodes:
        if node.name not in reached and node.path not in paths:
            paths.add(node.path)
            hint = "name it in the 'inputs' of another node, or under 'outputs'"
            checker.add(Problem(node.path, f"nothing takes what {show(node.name)} gives", hint=hint))
    for name in inputs:
        if name not in reached:
            checker.add(Problem(("inputs", name), "is never used", at_key=True))


def initialized(nodes: list[Node]) -> list[Node]:
    """`nodes` with an initializer in place of each ``"auto"``."""
    known: dict[int, bool] = {}
    waiting = {node.name for node in nodes if _holds_auto(node.arguments, known)}
    if not waiting:
        return nodes
    behind = _activations_behind(nodes)
    return [_with_initializer(node, behind[node.name]) if node.name in waiting else node for node in nodes]


def _holds_auto(value: object, known: dict[int, bool]) -> bool:
    """Whether "auto" is anywhere in a value; a part that many nodes share is looked through once."""
    if not isinstance(value, Mapping | list):
        return False
    if id(value) not in known:
        inner = isinstance(value, Mapping) and value.get("kernel_initializer") == "auto"
        inside = value.values() if isinstance(value, Mapping) else value
        known[id(value)] = inner or any(_holds_auto(item, known) for item in inside)
    return known[id(value)]


def _with_initializer(node: Node, behind: str) -> Node:
    return replace(node, arguments=frozen_mapping(_chosen(node.arguments, behind)))


def _chosen(arguments: Mapping, behind: str) -> dict:
    """`arguments` with each "auto" chosen, by a layer's own activation or the one `behind` it."""
    own = _activation_name(arguments.get("activation")) or behind
    result = {}
    for key, value in arguments.items():
        if key == "kernel_initializer" and value == "auto":
            value = AUTO_INITIALIZERS.get(own, GLOROT)
        elif isinstance(value, Mapping):
            value = _chosen(value, behind)
        elif isinstance(value, list):
            value = [_chosen(item, behind) if isinstance(item, Mapping) else item for item in value]
        result[key] = value
    return result


def _activations_behind(nodes: list[Node]) -> dict[str, str]:
    """The first activation downstream of each node, before the next weights; "" for none.

    `nodes` stand in order of computation: from the last to the first, each asks those that take it.
    """
    takers: dict[str, dict[str, None]] = {}
    for node in nodes:
        for name in node.inputs:
            takers.setdefault(name, {})[node.name] = None
    result: dict[str, str] = {}
    reached: dict[str, tuple[float, str]] = {}  # what one before the node finds: how many steps away, and its name
    for node in reversed(nodes):
        steps, name = min((reached[taker] for taker in takers.get(node.name, ())), key=itemgetter(0), default=(inf, ""))
        result[node.name] = name
        if own := _own_activation(node):
            reached[node.name] = (0, own)
        else:
            reached[node.name] = (inf, "") if _has_weights(node) else (steps + 1, name)
    return result


def _own_activation(node: Node) -> str:
    """The activation that a layer without weights of its own applies."""
    if node.type == "Activation":
        return _activation_name(node.arguments.get("activation"))
    return layer_facts(node.type).activation


def _activation_name(value: object) -> str:
    """The plain name of an activation value; "" for none and for linear."""
    if isinstance(value, Mapping):
        return layer_facts(value["type"]).activation
    name = catalog.activation(value) or ""
    return "" if name == "linear" else name


def _has_weights(node: Node) -> bool:
    if layer_facts(node.type).normalizes:
        return False
    if any(name.endswith("_initializer") for name in node.arguments):
        return True
    return any(isinstance(value, Mapping) and "type" in value for value in node.arguments.values())
