"""Execution modes of the program that trains a stack.

In both modes, operations compute the values of all members at once. In mode "xla", XLA compiles them; in mode
"vectorized", they run as operations of TensorFlow. The facts of a layer list the modes in which a stack is faster than
separate trainings, with equal results; a test tries each.

- Networks with layers without a mode are trained one by one. For most of these layers, TensorFlow has no
  vectorization rule for random numbers.
- Convolutions require XLA: in mode "vectorized" they are slower than one by one.
- Recurrent layers require mode "vectorized": XLA does not support loops of TensorFlow, and takes as long to compile
  unrolled time steps as a small network takes to train.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnbuild.catalog.facts import layer_facts
from nnbuild.records import ResolvedNetwork

EXECUTION_MODES = ("xla", "vectorized")  # in order of preference


def execution_mode(resolved: ResolvedNetwork) -> str | None:
    """Return the first execution mode that all layers of a network support; None if there is none."""
    kinds = {kind for kind, _ in every_layer(resolved)}
    return next((mode for mode in EXECUTION_MODES if all(mode in layer_facts(kind).modes for kind in kinds)), None)


def every_layer(resolved: ResolvedNetwork) -> Iterator[tuple[str, Mapping]]:
    """Yield the type and arguments of each layer of a network, including layers in arguments of other layers."""
    for node in resolved.nodes:
        yield from _with_inner_layers(node.type, node.arguments)


def _with_inner_layers(kind: str, arguments: Mapping) -> Iterator[tuple[str, Mapping]]:
    yield kind, arguments
    for name in INNER:
        value = arguments.get(name)
        for inner in value if isinstance(value, list | tuple) else [value]:
            if isinstance(inner, Mapping):
                yield from _with_inner_layers(inner["type"], inner)


INNER = ("layer", "backward_layer", "layers", "cell", "cells")  # arguments that contain layers
