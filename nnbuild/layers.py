"""Constructors of layers for recipes in Python, with Keras' names and arguments; Keras is not imported.

Each returns a plain dict, a node of a recipe, with the given arguments and nothing else::

    >>> from nnbuild.layers import Dense
    >>> Dense(128, activation="relu")
    {'type': 'Dense', 'units': 128, 'activation': 'relu'}
    >>> Repeat([Dense("$n")], over={"n": [64, 32]}, name="body")["type"]
    'Repeat'

Names of arguments are checked at once, values when a `Recipe` is made of the nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from nnbuild import catalog
from nnbuild.errors import did_you_mean
from nnbuild.language.factors import FACTOR_KEYS
from nnbuild.language.shared import SHARED

LANGUAGE_CLASSES = ("Block", "Parallel", "Repeat", "Residual", "Shared")


def Repeat(
    layers: Iterable[Mapping],
    *,
    times: int | str | None = None,
    over: Mapping[str, object] | None = None,
    name: str | None = None,
    inputs: Iterable[str] | None = None,
) -> dict:
    """A group of layers repeated `times` times, or once for each value of the lists in `over`."""
    return _node("Repeat", times=times, over=over, layers=list(layers), name=name, inputs=inputs)


def Residual(
    layers: Iterable[Mapping],
    *,
    shortcut: str | Iterable[Mapping] | None = None,
    activation: object = None,
    name: str | None = None,
    inputs: Iterable[str] | None = None,
) -> dict:
    """A group of layers with its input added to its output; the input is projected if shapes differ."""
    skip = list(shortcut) if shortcut is not None and not isinstance(shortcut, str) else shortcut
    return _node("Residual", layers=list(layers), shortcut=skip, activation=activation, name=name, inputs=inputs)


def Parallel(
    branches: Mapping[str, Iterable[Mapping]],
    *,
    merge: object,
    name: str | None = None,
    inputs: Iterable[str] | None = None,
) -> dict:
    """Parallel groups of layers, with merged outputs; an empty group passes on its input."""
    groups = {branch: list(layers) for branch, layers in branches.items()}
    return _node("Parallel", branches=groups, merge=merge, name=name, inputs=inputs)


def Shared(
    node: str,
    *,
    reverse: bool | str | None = None,
    use_causal_mask: bool | str | None = None,
    name: str | None = None,
    inputs: Iterable[str] | None = None,
) -> dict:
    """Another call of the layer of another node, with the same weights."""
    return _node(SHARED, node=node, reverse=reverse, use_causal_mask=use_causal_mask, name=name, inputs=inputs)


def Block(block: str, /, *, name: str | None = None, inputs: Iterable[str] | None = None, **params: object) -> dict:
    """A call of one of the recipe's blocks, with values for its params."""
    return {**_node(block, name=name, inputs=inputs), **params}


def __getattr__(name: str) -> Callable[..., dict]:
    """Return the constructor of a Keras layer or recurrent cell, made from the catalog on first access."""
    signature = catalog.find("layers", name) or catalog.find("cells", name)
    if signature is None:
        known = [*LANGUAGE_CLASSES, *catalog.class_names("layers"), *catalog.class_names("cells")]
        hint = did_you_mean(name, known)
        raise AttributeError(f"nnbuild.layers has no layer {name!r}{'; ' + hint if hint else ''}")
    return _constructor(name)


def __dir__() -> list[str]:
    return sorted([*LANGUAGE_CLASSES, *catalog.class_names("layers"), *catalog.class_names("cells")])


@cache
def _constructor(type_name: str) -> Callable[..., dict]:
    signature = catalog.find("layers", type_name) or catalog.find("cells", type_name)
    assert signature is not None

    def construct(
        *args: object, name: str | None = None, inputs: Iterable[str] | None = None, **kwargs: object
    ) -> dict:
        factors = {key: kwargs.pop(key, None) for key in FACTOR_KEYS} if signature.family == "layers" else {}
        node = _layer(type_name, list(signature.arguments), args, kwargs, name, inputs)
        return {**node, **{key: factor for key, factor in factors.items() if factor is not None}}

    construct.__name__ = construct.__qualname__ = type_name
    construct.__module__ = __name__
    construct.__doc__ = f"A node of type {type_name}; arguments: {', '.join(signature.arguments) or 'none'}."
    return construct


def _layer(
    type_name: str, names: list[str], args: tuple, kwargs: dict, name: str | None, inputs: Iterable[str] | None
) -> dict:
    if len(args) > len(names):
        raise TypeError(f"{type_name}() takes at most {len(names)} positional arguments, got {len(args)}")
    given = dict(zip(names, args, strict=False))
    for key, value in kwargs.items():
        if key not in names:
            hint = did_you_mean(key, names)
            raise TypeError(f"{type_name}() has no argument {key!r}{'; ' + hint if hint else ''}")
        if key in given:
            raise TypeError(f"{type_name}() got {key!r} twice")
        given[key] = value
    return {**_node(type_name, name=name, inputs=inputs), **given}


def _node(type_name: str, *, name: str | None = None, inputs: Iterable[str] | None = None, **given: object) -> dict:
    """Return a node with the given arguments; arguments that are None are dropped."""
    named = {"name": name, "inputs": None if inputs is None else list(inputs)}
    return {"type": type_name, **{key: value for key, value in {**named, **given}.items() if value is not None}}
