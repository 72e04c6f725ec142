"""Checks of a layer's arguments with nnbuild's own messages, before Keras makes the layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import keras

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.catalog.json_form import type_of, without_type
from nnbuild.catalog.registered import has_instance_parameter, registered_object
from nnbuild.errors import Problem, show
from nnbuild.plan.shapes import failure
from nnbuild.records import Node, frozen_mapping


def argument_problem(node: Node) -> Problem | None:
    """Return a problem in the arguments of a layer, or of a layer inside it; None leaves the check to Keras."""
    checks = (check(part) for part in _parts(node) for check in _checks(part.type))
    return next(filter(None, checks), None)


def _checks(kind: str) -> list[Callable[[Node], Problem | None]]:
    own = layer_facts(kind).arguments
    return [CHECKS[own], _penalty_of_weights] if own else [_penalty_of_weights]


def refusal(node: Node, error: Exception) -> Problem:
    """Return the problem of a layer that could not be made, from the error of Keras."""
    registered = registered_object("layers", node.type)
    if isinstance(error, IndexError) and registered is not None and not has_instance_parameter(registered):
        found = f"Keras refuses this {node.type}: its __init__ has no parameter for the instance"
        return Problem(node.path, found, hint="write it as def __init__(self, ...), also if it is decorated")
    own = registered is not None and "unexpected keyword argument" in str(error)
    hint = "add **kwargs to its __init__ and pass them to super().__init__" if own else ""
    return Problem(node.path, f"Keras refuses this {node.type}: {failure(error)}", hint=hint)


def held(node: Node, value: Mapping, *keys: str | int) -> Node:
    """Return a layer inside the layer of a node, as a node of the same name."""
    arguments = frozen_mapping(without_type(value))
    return replace(node, type=value["type"], arguments=arguments, path=(*node.path, *keys))


def n_held(node: Node) -> int:
    """Return the number of layers and cells inside a layer, at any depth."""
    return sum(1 for _ in _parts(node)) - 1


def group_hint(count: int) -> str:
    """Return a hint with the possible numbers of equal groups; empty if there are very many."""
    fitting = [str(n) for n in range(1, min(count, _MAX_COUNT) + 1) if count % n == 0]
    return f"groups may be {', '.join(fitting)}" if count <= _MAX_COUNT and len(fitting) <= 16 else ""


def _parts(node: Node) -> Iterator[Node]:
    """Yield the layer of a node, and the layers in its arguments."""
    yield node
    for key, value in node.arguments.items():
        for index, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(one, Mapping) and _is_layer(one.get("type")):
                yield from _parts(held(node, one, *((key,) if index is None else (key, index))))


def _is_layer(name: Any) -> bool:
    return any(catalog.find(family, name) for family in ("layers", "cells"))


def _penalty_of_weights(node: Node) -> Problem | None:
    """Return a problem if a regularizer of outputs is one for weight matrices only."""
    name = type_of(node.arguments.get("activity_regularizer") or "")
    if catalog.own_name("regularizers", name) != "OrthogonalRegularizer":
        return None
    found = f"{name} is for a matrix of weights, but activity_regularizer of {node.type} {node.name!r} gets outputs"
    return Problem((*node.path, "activity_regularizer"), found, hint="use 'L1', 'L2' or 'L1L2' there")


def _both_ways(node: Node) -> Problem | None:
    """Return a problem unless the layer inside a Bidirectional is recurrent."""
    inner = node.arguments["layer"]["type"]
    if layer_facts(inner).recurrent or catalog.find("layers", inner) is None:
        return None
    found = f"Bidirectional {node.name!r} requires a recurrent layer, got {inner}"
    allowed = ", ".join(name for name, facts in LAYERS.items() if facts.recurrent)
    return Problem((*node.path, "layer"), found, allowed)


def _convolution(node: Node) -> Problem | None:
    return _dilated_strides(node) or _uneven_filters(node)


def _dilated_strides(node: Node) -> Problem | None:
    steps, spread = (node.arguments.get(key, 1) for key in ("strides", "dilation_rate"))
    if not all(max(keras.tree.flatten(value)) > 1 for value in (steps, spread)):
        return None
    found = f"{node.type} {node.name!r} takes strides or a dilation_rate above 1, not both: got {show(steps)}"
    return Problem((*node.path, "strides"), f"{found} and {show(spread)}", hint="set one of them to 1")


def _uneven_filters(node: Node) -> Problem | None:
    filters, groups = node.arguments["filters"], node.arguments.get("groups", 1)
    if filters % groups == 0:
        return None
    found = f"{node.type} {node.name!r} can't make {filters} filters in {groups} groups of equal size"
    return Problem((*node.path, "groups"), found, hint=group_hint(filters))


def _no_order(node: Node) -> Problem | None:
    """Return a problem unless a Permute names each axis once."""
    dims = node.arguments["dims"]
    if sorted(dims) == list(range(1, len(dims) + 1)):
        return None
    found = f"Permute {node.name!r} must name each axis from 1 to {len(dims)} once, got {show(dims)}"
    return Problem((*node.path, "dims"), found)


def _two_unknown(node: Node) -> Problem | None:
    shape = node.arguments["target_shape"]
    if shape.count(-1) < 2:
        return None
    found = f"Reshape {node.name!r} can infer only one length of -1, got {show(shape)}"
    return Problem((*node.path, "target_shape"), found, hint="set all lengths but one")


_MAX_COUNT = 4096  # hints list the divisors of numbers up to this one
CHECKS: dict[str, Callable[[Node], Problem | None]] = {  # by their names in catalog/facts
    "both_ways": _both_ways,
    "convolution": _convolution,
    "no_order": _no_order,
    "two_unknown": _two_unknown,
}
