"""Symbolic model + seed -> model with weights: each array from a seed of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

import keras

from nnbuild.language.shared import SHARED
from nnbuild.private.keras import all_layers, allocate, given_seed, has_value, initializer_of, is_random
from nnbuild.records import Node


def initialize(model: keras.Model, nodes: Iterable[Node], seed: int) -> None:
    """Give every variable of a model its first value: of a symbolic one, or anew of one that was initialized before.

    Parameters
    ----------
    model : keras.Model
        Built symbolically; it is changed in place.
    nodes : iterable of Node
        Its layers as data.
    seed : int
        The same seed gives the same bits. The seed of an array depends on its layer's name and on its place among
        the layer's arrays alone, so that layers added elsewhere change nothing. A seed that the recipe gives holds.
    """
    layers = {layer.name: layer for layer in model.layers}
    for node in nodes:
        if node.type == SHARED:
            continue  # its weights are those of another node
        _initialize_layer(layers[node.name], node, seed)


def derived_seed(seed: int, *parts: str | int) -> int:
    """A seed for one part of a network: the same for the same parts, and unlike those of others.

    Examples
    --------
    >>> derived_seed(0, "dense_1", 0) == derived_seed(0, "dense_1", 0) != derived_seed(0, "dense_2", 0)
    True
    """
    text = "\x1f".join(map(str, (seed, *parts)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") >> 1  # 31 bits


def _initialize_layer(layer: keras.Layer, node: Node, seed: int) -> None:
    given = set(_given_seeds(node.arguments))
    parts = all_layers(layer)
    # Some layers make their arrays by copies of their initializers, some by functions that call them.
    found = [value for part in parts for value in vars(part).values()]
    found += [_initializer_of(variable) for variable in layer.variables]
    initializers = [value for value in found if is_random(value)]
    free = [initializer for initializer in initializers if given_seed(initializer) not in given]
    generators = {id(g.state): g for part in parts for g in _generators(part)}
    for index, variable in enumerate(layer.variables):
        own = derived_seed(seed, node.name, index)
        generator = generators.get(id(variable))
        if generator is not None and generator.get_config()["seed"] not in given:
            _give(variable, lambda shape, dtype=None, own=own: keras.ops.convert_to_tensor([own, 0], dtype=dtype))
            continue
        for initializer in free:
            initializer.seed = own
        _give(variable, _initializer_of(variable))


def _initializer_of(variable: keras.Variable) -> Callable | None:
    """What makes the first value of a variable; None where its layer made it from data of its own."""
    return initializer_of(variable) or getattr(variable, _KEPT, None)


def _give(variable: keras.Variable, initializer: Callable | None) -> None:
    if initializer is None:
        return
    if has_value(variable):
        variable.assign(initializer(variable.shape, dtype=variable.dtype))
    else:
        allocate(variable, initializer)  # forgets it
    setattr(variable, _KEPT, initializer)


def _generators(layer: keras.Layer) -> list[keras.random.SeedGenerator]:
    """The sources of a layer's random numbers in training."""
    return [value for value in vars(layer).values() if isinstance(value, keras.random.SeedGenerator)]


def _given_seeds(value: object) -> Iterable[int]:
    """Every seed that the arguments of a node give."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "seed" and item is not None:
                yield item
            else:
                yield from _given_seeds(item)
    elif isinstance(value, list):
        for item in value:
            yield from _given_seeds(item)


# The attribute of a variable that keeps what made its first value.
_KEPT = "_nnbuild_initializer"
