"""The graph of a network: names put in for composites, order of computation, initializers chosen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from heapq import heappop, heappush

from nnbuild.errors import Problem, show
from nnbuild.recipe import catalog
from nnbuild.recipe.checker import Checker
from nnbuild.records import Node, frozen_mapping

# The initializer that keeps the variance of signals, by the activation behind the weights.
# He et al., arXiv:1502.01852 (rectifiers); Klambauer et al., arXiv:1706.02515 (selu); all others as
# Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
AUTO_INITIALIZERS = {
    **dict.fromkeys(
        ("relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "mish", "hard_silu"), "he_normal"
    ),
    "selu": "lecun_normal",
}
GLOROT = "glorot_uniform"
# Layers that have weights, but scale a signal instead of making a new one.
_SCALING = (
    "BatchNormalization", "GroupNormalization", "LayerNormalization", "Normalization",
    "RMSNormalization", "UnitNormalization",
)  # fmt: skip
_ACTIVATION_LAYERS = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ELU": "elu", "Softmax": "softmax"}


def connect(nodes: Iterable[Node], aliases: Mapping[str, tuple[str, ...]]) -> list[Node]:
    """`nodes` with the names of layers and inputs in place of those of composites."""
    known: dict[str, tuple[str, ...]] = {}
    return [
        replace(node, inputs=tuple(found for name in node.inputs for found in resolved(name, aliases, known)))
        for node in nodes
    ]


def resolved(
    name: str, aliases: Mapping[str, tuple[str, ...]], known: dict[str, tuple[str, ...]] | None = None
) -> tuple[str, ...]:
    """The layers or inputs that `name` stands for; none where a composite stands for itself."""
    known = {} if known is None else known
    if name not in aliases:
        return (name,)
    if name not in known:
        known[name] = ()  # met again on the way, the name stands for itself
        known[name] = tuple(found for inner in aliases[name] for found in resolved(inner, aliases, known))
    return known[name]


def ordered(nodes: list[Node], checker: Checker) -> list[Node]:
    """`nodes` in an order of computation, as close to the written one as can be.

    Nodes that feed each other are a problem, noted in `checker`; they are left out.
    """
    position = {node.name: index for index, node in enumerate(nodes)}
    missing = [{name for name in node.inputs if name in position} for node in nodes]
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
    name, trail = next(iter(waiting)), []
    while name not in trail:
        trail.append(name)
        name = next(before for before in waiting[name].inputs if before in waiting)
    cycle = trail[trail.index(name) :]
    first = min(cycle, key=list(waiting).index)
    start = cycle.index(first)
    cycle = [first, *reversed(cycle[start + 1 :] + cycle[:start])]
    node = waiting[first]
    before = cycle[-1]
    path = (*node.path, "inputs", node.inputs.index(before))
    if len(cycle) == 1:
        found = f"{show(first)} feeds itself"
    else:
        found = f"{' and '.join(show(name) for name in cycle[:2])} feed each other: {' -> '.join([*cycle, first])}"
    checker.add(Problem(path, found))


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
    takers: dict[str, list[Node]] = {}
    for node in nodes:
        for name in node.inputs:
            takers.setdefault(name, []).append(node)
    known: dict[int, bool] = {}
    return [_with_initializer(node, takers) if _holds_auto(node.arguments, known) else node for node in nodes]


def _holds_auto(value: object, known: dict[int, bool]) -> bool:
    """Whether "auto" stands anywhere in a value; a list that many nodes share is looked through once."""
    if isinstance(value, Mapping):
        inner = value.get("kernel_initializer") == "auto"
        return inner or any(_holds_auto(item, known) for item in value.values())
    if isinstance(value, list):
        if id(value) not in known:
            known[id(value)] = any(_holds_auto(item, known) for item in value)
        return known[id(value)]
    return False


def _with_initializer(node: Node, takers: Mapping[str, list[Node]]) -> Node:
    behind = _activation_behind(node, takers)
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


def _activation_behind(node: Node, takers: Mapping[str, list[Node]]) -> str:
    """The first activation downstream before the next weights; "" for none."""
    waiting = deque(takers.get(node.name, []))
    seen: set[str] = set()
    while waiting:
        taker = waiting.popleft()
        if taker.name in seen:
            continue
        seen.add(taker.name)
        if name := _own_activation(taker):
            return name
        if not _has_weights(taker):
            waiting.extend(takers.get(taker.name, []))
    return ""


def _own_activation(node: Node) -> str:
    """The activation that a layer without weights of its own applies."""
    if node.type in _ACTIVATION_LAYERS:
        return _ACTIVATION_LAYERS[node.type]
    return _activation_name(node.arguments.get("activation")) if node.type == "Activation" else ""


def _activation_name(value: object) -> str:
    """The plain name of an activation value; "" for none and for linear."""
    if isinstance(value, Mapping):
        return _ACTIVATION_LAYERS.get(value["type"], "")
    name = catalog.activation(value) or ""
    return "" if name == "linear" else name


def _has_weights(node: Node) -> bool:
    if node.type in _SCALING:
        return False
    if any(name.endswith("_initializer") for name in node.arguments):
        return True
    return any(isinstance(value, Mapping) and "type" in value for value in node.arguments.values())
