"""Initialize the weights of a symbolic model, each with its own seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

import keras

from nnbuild.language.shared import SHARED
from nnbuild.private.keras import all_layers, allocate, given_seed, has_value, initializer_of, is_random
from nnbuild.records import Node


def initialize(model: keras.Model, nodes: Iterable[Node], seed: int) -> None:
    """Initialize or reinitialize all variables of a model.

    Parameters
    ----------
    model : keras.Model
        Symbolic model, changed in place.
    nodes : iterable of Node
        Layers of the model.
    seed : int
        The same seed gives equal weights. The seed of a weight depends only on `seed`, the name of its layer and its
        index in the layer, so other layers do not affect it. Seeds in the recipe take precedence.
    """
    layers = {layer.name: layer for layer in model.layers}
    for node in nodes:
        if node.type == SHARED:
            continue  # the weights belong to another node
        _initialize_layer(layers[node.name], node, seed)


def derived_seed(seed: int, *parts: str | int) -> int:
    """Return a seed that depends on `seed` and `parts`, such as a layer's name and the index of a weight.

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
    # Some layers initialize weights with copies of their initializers, others with functions that call them.
    found = [value for part in parts for value in vars(part).values()]
    found += [_initializer_of(variable) for variable in layer.variables]
    initializers = [value for value in found if is_random(value)]
    without_seed = [initializer for initializer in initializers if given_seed(initializer) not in given]
    generators = {id(g.state): g for part in parts for g in _generators(part)}
    for index, variable in enumerate(layer.variables):
        own = derived_seed(seed, node.name, index)
        generator = generators.get(id(variable))
        if generator is not None and generator.get_config()["seed"] not in given:
            _assign(variable, lambda shape, dtype=None, own=own: keras.ops.convert_to_tensor([own, 0], dtype=dtype))
            continue
        for initializer in without_seed:
            initializer.seed = own
        _assign(variable, _initializer_of(variable))


def _initializer_of(variable: keras.Variable) -> Callable | None:
    """Return the initializer of a variable; None if its layer computed the value from its own data."""
    return initializer_of(variable) or getattr(variable, _INITIALIZER, None)


def _assign(variable: keras.Variable, initializer: Callable | None) -> None:
    if initializer is None:
        return
    if has_value(variable):
        variable.assign(initializer(variable.shape, dtype=variable.dtype))
    else:
        allocate(variable, initializer)  # Keras then deletes the variable's reference to it
    setattr(variable, _INITIALIZER, initializer)


def _generators(layer: keras.Layer) -> list[keras.random.SeedGenerator]:
    """Return the seed generators of a layer."""
    return [value for value in vars(layer).values() if isinstance(value, keras.random.SeedGenerator)]


def _given_seeds(value: object) -> Iterable[int]:
    """Yield every seed in the arguments of a node."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "seed" and item is not None:
                yield item
            else:
                yield from _given_seeds(item)
    elif isinstance(value, list):
        for item in value:
            yield from _given_seeds(item)


# Attribute of a variable that contains its initializer.
_INITIALIZER = "_nnbuild_initializer"
