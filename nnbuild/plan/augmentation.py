"""Check for random layers that move pixels, such as flips, in networks with one target per pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem
from nnbuild.language.shared import SHARED
from nnbuild.records import Node, Shape


def moved_pixels(
    nodes: list[Node], outputs: Mapping[str, Mapping], shapes: Mapping[str, Shape], alias: Callable[[str], str]
) -> list[Problem]:
    """Return a problem for each layer that moves pixels before a trained output with one value per pixel.

    Parameters
    ----------
    nodes : list of Node
        All layers of the network.
    outputs : mapping of str to mapping
        The resolved outputs.
    shapes : mapping of str to Shape
        Shapes of all tensors, with the batch axis first.
    alias : callable
        Returns the node used in place of a name.
    """
    by_name = {node.name: node for node in nodes}
    trained = [alias(output["node"]) for output in outputs.values() if output["loss"] is not None]
    ends = [end for end in trained if len(shapes[end]) >= _IMAGE_AXES]
    found = {
        node.name: _problem(node, moving)
        for end in ends
        for node in _ancestors(end, by_name)
        for moving in _moving(_types(node, by_name))[:1]
    }
    return list(found.values())


def _ancestors(end: str, by_name: Mapping[str, Node]) -> Iterator[Node]:
    """Yield a node, and all nodes that it depends on."""
    pending, seen = [end], set()
    while pending:
        name = pending.pop()
        if name in by_name and name not in seen:
            seen.add(name)
            pending += by_name[name].inputs
            yield by_name[name]


def _types(node: Node, by_name: Mapping[str, Node]) -> frozenset[str]:
    """Return the classes of a node's layer and of the layers inside it."""
    return by_name[node.arguments["node"]].types if node.type == SHARED else node.types


def _moving(types: frozenset[str]) -> list[str]:
    return sorted(name for name in types if layer_facts(name).moves_pixels)


def _problem(node: Node, moving: str) -> Problem:
    found = f"{moving} in {node.name!r} moves the pixels of images, but not the targets, which have one value per pixel"
    return Problem(node.path, found, hint=_HINT)


_HINT = "move images and targets together before fit, or use layers that leave pixels in place, as RandomContrast does"
_IMAGE_AXES = 4  # batch, height, width, channels
