"""Check that each weight of a layer suits its initializer, regularizer and constraint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras

from nnbuild.catalog.facts import object_facts
from nnbuild.errors import Path, Problem
from nnbuild.plan.shapes import failure
from nnbuild.private.keras import initializer_of, output_spec
from nnbuild.records import Node


def weight_problem(node: Node, layer: keras.Layer) -> Problem | None:
    """Return a problem if a weight of a called layer can't be initialized, regularized or constrained.

    Parameters
    ----------
    node : Node
        The layer's node.
    layer : keras.Layer
        Called on symbolic tensors: its weights have shapes, but no values.
    """
    return next(filter(None, (_problem(node, weight) for weight in layer.variables)), None)


def _problem(node: Node, weight: keras.Variable) -> Problem | None:
    shape = tuple(weight.shape)
    what = f"the {weight.name} of {node.type} {node.name!r}, of shape {shape}"
    if None in shape:
        return Problem(node.path, f"{what}, has an axis of unknown length", hint="set a fixed shape of the input")
    if problem := _wrong_axes(node, weight, what):
        return problem
    for role, value, function in _functions(node, weight):
        try:
            given = function()
        except Exception as error:
            name = type(value).__name__
            found = f"{name} can't be the {role} of {what}: {failure(error)}"
            return Problem(_path(node, weight, role), found, hint=f"remove it, or use another {role} there")
        if role != "regularizer" and tuple(given.shape) != shape:
            found = f"{type(value).__name__} can't be the {role} of {what}: it gives {tuple(given.shape)}"
            return Problem(_path(node, weight, role), found, hint=f"remove it, or use another {role} there")
    return None


def _wrong_axes(node: Node, weight: keras.Variable, what: str) -> Problem | None:
    """Return a problem if a constraint has an axis that the weight does not have, or an axis twice."""
    rank, axes = len(weight.shape), keras.tree.flatten(getattr(weight.constraint, "axis", []))
    good = all(isinstance(axis, int) and -rank <= axis < rank for axis in axes)
    if good and len({axis % rank for axis in axes}) == len(axes):
        return None
    found = f"{type(weight.constraint).__name__} can't be the constraint of {what}: it is over axis {_listed(axes)}"
    allowed = f"axes from {-rank} to {rank - 1}, each once"
    return Problem(_path(node, weight, "constraint"), found, allowed)


def _listed(axes: list) -> str:
    return " and ".join(map(str, axes))


def _functions(node: Node, weight: keras.Variable) -> Iterator[tuple[str, object, Callable]]:
    """Yield role, object and trial call of each initializer, regularizer and constraint that may not suit a weight."""
    tensor, rank = keras.KerasTensor(weight.shape, weight.dtype), len(weight.shape)
    value = initializer_of(weight)
    if value is not None and not _is_of_keras(value, node, weight) and not _initializer_suits(value, rank):
        yield "initializer", value, lambda: output_spec(lambda: value(weight.shape, dtype=weight.dtype))
    regularizer, constraint = weight.regularizer, weight.constraint
    if regularizer is not None and not _suits("regularizers", regularizer, rank):
        yield "regularizer", regularizer, lambda: output_spec(regularizer, tensor)
    if constraint is not None and not _suits("constraints", constraint, rank):
        yield "constraint", constraint, lambda: output_spec(constraint, tensor)


def _is_of_keras(value: Any, node: Node, weight: keras.Variable) -> bool:
    """Return whether the initial value is from a function of Keras: a seed, or LSTM biases with zeros."""
    if isinstance(value, keras.initializers.Initializer):
        return False
    inner = node.arguments.get("layer") or node.arguments
    return not keras.backend.is_float_dtype(weight.dtype) or inner.get("bias_initializer") == "zeros"


def _initializer_suits(initializer: Any, rank: int) -> bool:
    """Return whether an initializer suits all weights with `rank` axes."""
    axes = [axis for name in ("input_axes", "output_axes") for axis in getattr(initializer, name, None) or ()]
    if len({axis % rank for axis in axes if -rank <= axis < rank}) < len(axes):
        return False
    return _suits("initializers", initializer, rank)


def _suits(family: str, value: object, rank: int) -> bool:
    suits = object_facts(family, type(value).__name__).suits
    return bool(suits) and SUITS[suits](value, rank)


def _path(node: Node, weight: keras.Variable, role: str) -> Path:
    """Return the path of the initializer, regularizer or constraint in the recipe, or of the node if it is unknown."""
    keys = [key for key in node.arguments if key.endswith(f"_{role}")]
    fitting = [key for key in keys if weight.name.startswith(key.removesuffix(f"_{role}"))]
    return (*node.path, fitting[0]) if fitting else node.path


# Functions that return whether an object suits a weight with `rank` axes. Keys are values of `suits` in catalog/facts.
SUITS: dict[str, Callable[[Any, int], bool]] = {
    "all": lambda value, rank: True,
    "by_value": lambda value, rank: isinstance(value.value, int | float),
    "matrices": lambda value, rank: rank > 1,
}
