"""Connect the layers of a network: resolve names of composites, sort the layers, choose initializers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from heapq import heappop, heappush
from math import inf
from operator import itemgetter

from nnbuild import catalog
from nnbuild.catalog.facts import activation_facts, layer_facts
from nnbuild.errors import Problem, show
from nnbuild.language.checker import Checker
from nnbuild.language.shared import needs
from nnbuild.records import Node, frozen_mapping

_MAX_CHAIN = 10  # names of a cycle in a message


def ends(scopes: list[Node], checker: Checker) -> dict[str, str]:
    """Return the layer or input that computes the output of each composite and block.

    Parameters
    ----------
    scopes : list of Node
        Composites and blocks, each as a node whose input is its output tensor.
    checker : Checker
        Scopes that feed each other are dropped, and their problem is added to it.
    """
    result: dict[str, str] = {}
    for scope in ordered(scopes, checker):
        (name,) = scope.inputs
        result[scope.name] = result.get(name, name)
    return result


def connected(nodes: list[Node], ends: Mapping[str, str]) -> list[Node]:
    """Return `nodes` with names of layers and inputs in place of names of composites and blocks."""
    return [replace(node, inputs=tuple(ends.get(name, name) for name in node.inputs)) for node in nodes]


def ordered(nodes: list[Node], checker: Checker) -> list[Node]:
    """Return `nodes` in an order of computation, as close to the written order as possible.

    Nodes that feed each other are noted as a problem in `checker` and dropped.
    """
    position = {node.name: index for index, node in enumerate(nodes)}
    missing = [{name for name in needs(node) if name in position} for node in nodes]
    consumers: dict[str, list[int]] = {}
    for index, names in enumerate(missing):
        for name in names:
            consumers.setdefault(name, []).append(index)
    ready = [index for index, names in enumerate(missing) if not names]  # sorted, therefore a heap
    result: list[Node] = []
    while ready:
        node = nodes[heappop(ready)]
        result.append(node)
        for index in consumers.get(node.name, []):
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
        found = f"{show(first.name)} is its own input"
    else:
        chain = [*cycle, first.name]
        chain = chain if len(chain) <= _MAX_CHAIN else [*chain[:4], "...", *chain[-3:]]
        found = f"{' and '.join(show(name) for name in cycle[:2])} form a cycle: {' -> '.join(chain)}"
    checker.add(Problem(path, found))


def _cycle(waiting: Mapping[str, Node]) -> list[str]:
    """Return the names of a cycle, in which each node feeds the next; the first one in the recipe leads."""
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
            checker.add(Problem(node.path, f"the output of {show(node.name)} is not used", hint=hint))
    for name in inputs:
        if name not in reached:
            checker.add(Problem(("inputs", name), "is never used", at_key=True))


def initialized(nodes: list[Node]) -> list[Node]:
    """Return `nodes` with an initializer in place of each ``"auto"``."""
    known: dict[int, bool] = {}
    waiting = {node.name for node in nodes if _holds_auto(node.arguments, known)}
    if not waiting:
        return nodes
    after = activations_after(nodes)
    return [_with_initializer(node, after[node.name]) if node.name in waiting else node for node in nodes]


def _holds_auto(value: object, known: dict[int, bool]) -> bool:
    """Return whether an initializer "auto" is anywhere in a value; a part that many nodes share is visited once."""
    if not isinstance(value, Mapping | list):
        return False
    if id(value) not in known:
        inner = isinstance(value, Mapping) and value.get("kernel_initializer") == "auto"
        inside = value.values() if isinstance(value, Mapping) else value
        known[id(value)] = inner or any(_holds_auto(item, known) for item in inside)
    return known[id(value)]


def _with_initializer(node: Node, after: str) -> Node:
    return replace(node, arguments=frozen_mapping(_chosen(node.type, node.arguments, after)))


def _chosen(kind: str, arguments: Mapping, after: str) -> dict:
    """Return `arguments` with each "auto" replaced, by the layer's own activation or else the one after it."""
    own = activation_name(arguments.get("activation")) or after
    result = {}
    for key, value in arguments.items():
        if key == "kernel_initializer" and value == "auto":
            value = None if layer_facts(kind).scales_weights else activation_facts(own).initializer
        elif isinstance(value, Mapping):
            value = _chosen(value.get("type", ""), value, after)
        elif isinstance(value, list):
            value = [_chosen(one.get("type", ""), one, after) if isinstance(one, Mapping) else one for one in value]
        result[key] = value
    return result


def activations_after(nodes: list[Node]) -> dict[str, str]:
    """Return the first activation downstream of each node, before the next weights; "" for none.

    `nodes` are in order of computation, so that a pass from last to first meets the consumers of each node before it.
    """
    consumers: dict[str, dict[str, None]] = {}
    for node in nodes:
        for name in node.inputs:
            consumers.setdefault(name, {})[node.name] = None
    result: dict[str, str] = {}
    reached: dict[str, tuple[float, str]] = {}  # activation that a node's inputs reach through it: distance, name
    for node in reversed(nodes):
        steps, name = min(
            (reached[taker] for taker in consumers.get(node.name, ())), key=itemgetter(0), default=(inf, "")
        )
        result[node.name] = name
        if own := own_activation(node):
            reached[node.name] = (0, own)
        else:
            reached[node.name] = (inf, "") if _has_weights(node) else (steps + 1, name)
    return result


def own_activation(node: Node) -> str:
    """Return the activation that a layer without weights applies; "" for none."""
    facts = layer_facts(node.type)
    has_argument = facts.family == "activation" and "activation" in node.arguments
    return activation_name(node.arguments["activation"]) if has_argument else facts.activation


def activation_name(value: object) -> str:
    """Return the plain name of an activation; "" for none and for linear."""
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
