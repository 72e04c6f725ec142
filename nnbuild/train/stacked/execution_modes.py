"""Execution modes of a network for many members.

There are two modes: "xla", a program compiled by XLA, and "vectorized", TensorFlow's own operations. Both work on the
arrays of all members. The facts of a layer list the modes in which members get the same results as alone, and sooner;
a test tries each. Layers without a mode train one by one. In most cases TensorFlow has no vectorization rule for their
random numbers. Convolutions without XLA take longer than one by one. XLA takes as long to compile a recurrent layer as
a small one takes to train, and refuses loops of TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnbuild.catalog.facts import layer_facts
from nnbuild.records import ResolvedNetwork

EXECUTION_MODES = ("xla", "vectorized")  # the first mode that all layers of a network have is used


def execution_mode(resolved: ResolvedNetwork) -> str | None:
    """Return the execution mode of a network for many members; None if each member trains alone."""
    kinds = {kind for kind, _ in every_layer(resolved)}
    return next((mode for mode in EXECUTION_MODES if all(mode in layer_facts(kind).modes for kind in kinds)), None)


def every_layer(resolved: ResolvedNetwork) -> Iterator[tuple[str, Mapping]]:
    """Yield type and arguments of each layer of a network, including inner layers."""
    for node in resolved.nodes:
        yield from _with_inner(node.type, node.arguments)


def _with_inner(kind: str, arguments: Mapping) -> Iterator[tuple[str, Mapping]]:
    yield kind, arguments
    for name in INNER:
        value = arguments.get(name)
        for inner in value if isinstance(value, list | tuple) else [value]:
            if isinstance(inner, Mapping):
                yield from _with_inner(inner["type"], inner)


INNER = ("layer", "backward_layer", "layers", "cell", "cells")  # arguments with layers
