"""Initializers that depend on samples, and the layers that they suit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts, object_facts
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.catalog.json_form import type_of
from nnbuild.errors import Path, Problem, name_list
from nnbuild.records import Node

SCALE = "scale_initializer"  # argument of Scale, for initializers that depend on targets


def sample_initializers(node: Node) -> list[str]:
    """Return the arguments of a layer with an initializer that depends on samples, in the order of the layer.

    Examples
    --------
    >>> sample_initializers(Node("a", "Dense", ("input",), {"units": 3, "kernel_initializer": "unit_variance"}))
    ['kernel_initializer']
    """
    return [key for key, value in node.arguments.items() if _suited(key, value)]


def sample_initializer_problems(nodes: Iterable[Node]) -> Iterator[Problem]:
    """Yield problems of initializers that depend on samples in layers that they do not suit."""
    known: dict[int, list] = {}  # repetitions share arguments: each value is visited once
    for node in nodes:
        for key, value in node.arguments.items():
            if id(value) not in known:
                known[id(value)] = list(_inside(key, value))
            for path, name, suited in known[id(value)]:
                if path != (key,) or suited != key:
                    found = f"{name} is an initializer for {suited} of a node of the network"
                    yield Problem((*node.path, *path), found)
                elif suited != SCALE and not layer_facts(node.type).linear:
                    linear = [kind for kind, facts in LAYERS.items() if facts.linear]
                    found = f"{name} requires outputs that are linear in the weights, which {node.type} does not have"
                    yield Problem((*node.path, key), found, allowed=name_list(linear))


def _inside(key: str | int, value: Any, path: Path = ()) -> Iterator[tuple[Path, str, str]]:
    """Yield path, name and suitable argument of each such initializer in an argument."""
    path = (*path, key)
    if suited := _suited(key, value):
        yield path, type_of(value), suited
    elif isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _inside(inner, item, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _inside(index, item, path)


def _suited(key: str | int, value: Any) -> str:
    """Return the argument that an initializer of samples is for; "" for any other value."""
    if not str(key).endswith("initializer") or not isinstance(value, str | Mapping):
        return ""
    return object_facts("initializers", catalog.own_name("initializers", type_of(value))).of_samples
