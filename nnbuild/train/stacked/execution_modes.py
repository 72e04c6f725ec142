"""How the layers of a network are computed for many members at once, by what was tried and measured.

There are two ways: "xla", a program that XLA compiles, and "vectorized", TensorFlow's own operations, both on the
arrays of all members. The facts of a layer list those in which members come out as they do alone, and sooner; a test
tries each. Layers that have none train one by one: TensorFlow has no rule for what they do, most often random numbers.
Convolutions without XLA take longer than one by one. XLA takes as long to compile a recurrent layer as a small one to
train, and refuses loops of TensorFlow's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnbuild.catalog.facts import layer_facts
from nnbuild.records import Resolved

WAYS = ("xla", "vectorized")  # the first one that all layers of a network have is taken


def way_of(resolved: Resolved) -> str | None:
    """The way in which a network is computed for many members; None where each trains alone."""
    kinds = {kind for kind, _ in every_layer(resolved)}
    return next((way for way in WAYS if all(way in layer_facts(kind).ways for kind in kinds)), None)


def every_layer(resolved: Resolved) -> Iterator[tuple[str, Mapping]]:
    """Type and arguments of each layer of a network, and of those inside of them."""
    for node in resolved.nodes:
        yield from _with_inner(node.type, node.arguments)


def _with_inner(kind: str, arguments: Mapping) -> Iterator[tuple[str, Mapping]]:
    yield kind, arguments
    for name in INNER:
        value = arguments.get(name)
        for inner in value if isinstance(value, list | tuple) else [value]:
            if isinstance(inner, Mapping):
                yield from _with_inner(inner["type"], inner)


INNER = ("layer", "backward_layer", "layers", "cell", "cells")  # arguments that are layers
