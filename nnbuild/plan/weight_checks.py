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
    """Return a problem if a weight of a called layer can't be made, regularized or constrained.

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
    for word, made, function in _functions(node, weight):
        try:
            given = function()
        except Exception as error:
            name = type(made).__name__
            found = f"{name} can't be the {word} of {what}: {failure(error)}"
            return Problem(_path(node, weight, word), found, hint=f"remove it, or use another {word} there")
        if word != "regularizer" and tuple(given.shape) != shape:
            found = f"{type(made).__name__} can't be the {word} of {what}: it gives {tuple(given.shape)}"
            return Problem(_path(node, weight, word), found, hint=f"remove it, or use another {word} there")
    return None


def _wrong_axes(node: Node, weight: keras.Variable, what: str) -> Problem | None:
    """Return a problem if a constraint is over an axis that the weight does not have, or over one axis twice."""
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
    """Yield functions of a weight that may fail, with their names; objects that suit any weight are left out."""
    tensor, rank = keras.KerasTensor(weight.shape, weight.dtype), len(weight.shape)
    made = initializer_of(weight)
    if made is not None and not _is_of_keras(made, node, weight) and not _initializer_suits(made, rank):
        yield "initializer", made, lambda: output_spec(lambda: made(weight.shape, dtype=weight.dtype))
    regularizer, constraint = weight.regularizer, weight.constraint
    if regularizer is not None and not _suits("regularizers", regularizer, rank):
        yield "regularizer", regularizer, lambda: output_spec(regularizer, tensor)
    if constraint is not None and not _suits("constraints", constraint, rank):
        yield "constraint", constraint, lambda: output_spec(constraint, tensor)


def _is_of_keras(made: Any, node: Node, weight: keras.Variable) -> bool:
    """Return whether a function of Keras makes the first value: a seed, or LSTM biases that start with zeros."""
    if isinstance(made, keras.initializers.Initializer):
        return False
    inner = node.arguments.get("layer") or node.arguments
    return not keras.backend.is_float_dtype(weight.dtype) or inner.get("bias_initializer") == "zeros"


def _initializer_suits(initializer: Any, rank: int) -> bool:
    """Return whether an initializer suits all weights of that many axes."""
    axes = [axis for name in ("input_axes", "output_axes") for axis in getattr(initializer, name, None) or ()]
    if len({axis % rank for axis in axes if -rank <= axis < rank}) < len(axes):
        return False
    return _suits("initializers", initializer, rank)


def _suits(family: str, made: object, rank: int) -> bool:
    suits = object_facts(family, type(made).__name__).suits
    return bool(suits) and SUITS[suits](made, rank)


def _path(node: Node, weight: keras.Variable, word: str) -> Path:
    """Return the path of the object in the recipe, as far as the weight's name identifies it."""
    keys = [key for key in node.arguments if key.endswith(f"_{word}")]
    fitting = [key for key in keys if weight.name.startswith(key.removesuffix(f"_{word}"))]
    return (*node.path, fitting[0]) if fitting else node.path


# Whether an object suits a weight of that many axes, by the names in catalog/facts.
SUITS: dict[str, Callable[[Any, int], bool]] = {
    "all": lambda made, rank: True,
    "by_value": lambda made, rank: isinstance(made.value, int | float),
    "matrices": lambda made, rank: rank > 1,
}
