"""Expand Shared: a node that calls the layer of another node again, with the same weights."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.kinds import Flag
from nnbuild.errors import Problem, show
from nnbuild.language.expand import Expander, Site
from nnbuild.records import Node

SHARED = "Shared"
FLAGS = ("reverse", "use_causal_mask")
KEYS = ("node", *FLAGS)


def expand_shared(expander: Expander, site: Site) -> None:
    """Add the call; `sharing_problems` checks later, with all nodes, that it names a layer."""
    expander.check_keys(site, SHARED, KEYS, ("node",))
    arguments: dict[str, object] = {}
    if "node" in site.raw:
        not_layers = (site.name, *expander.inputs)
        arguments["node"] = expander.named(site.raw["node"], site.at("node"), site.frame, not_layers)
    for key in FLAGS:
        if key in site.raw:
            arguments[key] = expander.checker.value(Flag(), site.raw[key], site.at(key), site.scope)
    if len(site.inputs) > 1:
        problem = Problem(site.at("inputs"), f"Shared takes 1 input, got {len(site.inputs)}")
        expander.checker.add(problem)
    expander.add(site.name, SHARED, site.inputs, arguments, site.path)


def shared_arguments(kind: str) -> dict[str, object]:
    """Return the arguments, with defaults, that another call of a layer of class `kind` may have."""
    facts = layer_facts(kind)
    return {**facts.call_arguments, **facts.shared_arguments}


def needs(node: Node) -> tuple[str, ...]:
    """Return the nodes that must be called before `node`: its inputs, and the node that owns its shared layer."""
    return (*node.inputs, str(node.arguments["node"])) if node.type == SHARED else node.inputs


def layer_name(node: Node) -> str:
    """Return the name of the layer that a node calls: its own, or the layer it shares."""
    return str(node.arguments["node"]) if node.type == SHARED else node.name


def sharing_problems(nodes: list[Node]) -> list[Problem]:
    """Return the problems of the Shared nodes."""
    layers = {node.name: node for node in nodes if node.type != SHARED}
    found = (_problem(node, layers) for node in nodes if node.type == SHARED)
    return [problem for problem in found if problem]


def _problem(node: Node, layers: Mapping[str, Node]) -> Problem | None:
    name = str(node.arguments["node"])
    if name not in layers:
        found = f"{show(name)} is not a layer; only layers have weights to share"
        return Problem((*node.path, "node"), found, hint="name the layer itself, not a composite, an input or a Shared")
    kind = layers[name].type
    invalid = [key for key in FLAGS if node.arguments.get(key) and key not in shared_arguments(kind)]
    if invalid:
        return Problem((*node.path, invalid[0]), f"{kind} {show(name)} can't be called with {invalid[0]}")
    return None
