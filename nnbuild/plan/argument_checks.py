"""Checks of a layer's arguments before Keras creates the layer, with messages of nnbuild."""

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
    """Return the first problem in the arguments of a layer, or of a layer inside it; None if no check fails."""
    checks = (check(part) for part in _parts(node) for check in _checks(part.type))
    return next(filter(None, checks), None)


def _checks(kind: str) -> list[Callable[[Node], Problem | None]]:
    own = layer_facts(kind).arguments
    return [CHECKS[own], _weight_regularizer_for_outputs] if own else [_weight_regularizer_for_outputs]


def refusal(node: Node, error: Exception) -> Problem:
    """Return the problem of a layer that Keras could not create, from Keras' error."""
    registered = registered_object("layers", node.type)
    if isinstance(error, IndexError) and registered is not None and not has_instance_parameter(registered):
        found = f"Keras refuses this {node.type}: its __init__ has no parameter for the instance"
        return Problem(node.path, found, hint="write it as def __init__(self, ...), also if it is decorated")
    own = registered is not None and "unexpected keyword argument" in str(error)
    hint = "add **kwargs to its __init__ and pass them to super().__init__" if own else ""
    return Problem(node.path, f"Keras refuses this {node.type}: {failure(error)}", hint=hint)


def held(node: Node, value: Mapping, *keys: str | int) -> Node:
    """Return a layer inside the layer of a node, as a node with the same name."""
    arguments = frozen_mapping(without_type(value))
    return replace(node, type=value["type"], arguments=arguments, path=(*node.path, *keys))


def n_inner_layers(node: Node) -> int:
    """Return the number of layers and cells inside a layer, at any depth."""
    return sum(1 for _ in _parts(node)) - 1


def group_hint(count: int) -> str:
    """Return a hint with the possible numbers of groups of equal size; empty if there are too many to list."""
    divisors = [str(n) for n in range(1, min(count, _MAX_COUNT) + 1) if count % n == 0]
    return f"groups may be {', '.join(divisors)}" if count <= _MAX_COUNT and len(divisors) <= 16 else ""


def _parts(node: Node) -> Iterator[Node]:
    """Yield the layer of a node, and all layers inside it, as nodes."""
    yield node
    for key, value in node.arguments.items():
        for index, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(one, Mapping) and _is_layer(one.get("type")):
                yield from _parts(held(node, one, *((key,) if index is None else (key, index))))


def _is_layer(name: Any) -> bool:
    return any(catalog.find(family, name) for family in ("layers", "cells"))


def _weight_regularizer_for_outputs(node: Node) -> Problem | None:
    """Return a problem if a regularizer for weight matrices is used for outputs."""
    name = type_of(node.arguments.get("activity_regularizer") or "")
    if catalog.own_name("regularizers", name) != "OrthogonalRegularizer":
        return None
    found = f"{name} is for a matrix of weights, but activity_regularizer of {node.type} {node.name!r} gets outputs"
    return Problem((*node.path, "activity_regularizer"), found, hint="use 'L1', 'L2' or 'L1L2' there")


def _bidirectional(node: Node) -> Problem | None:
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
    steps, dilation = (node.arguments.get(key, 1) for key in ("strides", "dilation_rate"))
    if not all(max(keras.tree.flatten(value)) > 1 for value in (steps, dilation)):
        return None
    found = f"{node.type} {node.name!r} takes strides or a dilation_rate above 1, not both: got {show(steps)}"
    return Problem((*node.path, "strides"), f"{found} and {show(dilation)}", hint="set one of them to 1")


def _uneven_filters(node: Node) -> Problem | None:
    filters, groups = node.arguments["filters"], node.arguments.get("groups", 1)
    if filters % groups == 0:
        return None
    found = f"{node.type} {node.name!r} can't make {filters} filters in {groups} groups of equal size"
    return Problem((*node.path, "groups"), found, hint=group_hint(filters))


def _incomplete_permutation(node: Node) -> Problem | None:
    """Return a problem unless the `dims` of a Permute contain each axis once."""
    dims = node.arguments["dims"]
    if sorted(dims) == list(range(1, len(dims) + 1)):
        return None
    found = f"Permute {node.name!r} must name each axis from 1 to {len(dims)} once, got {show(dims)}"
    return Problem((*node.path, "dims"), found)


def _two_inferred_lengths(node: Node) -> Problem | None:
    shape = node.arguments["target_shape"]
    if shape.count(-1) < 2:
        return None
    found = f"Reshape {node.name!r} can infer only one length of -1, got {show(shape)}"
    return Problem((*node.path, "target_shape"), found, hint="set all lengths but one")


_MAX_COUNT = 4096  # hints list the divisors of numbers up to this limit
CHECKS: dict[str, Callable[[Node], Problem | None]] = {  # keys are values of `arguments` in catalog/facts
    "both_ways": _bidirectional,
    "convolution": _convolution,
    "no_order": _incomplete_permutation,
    "two_unknown": _two_inferred_lengths,
}
