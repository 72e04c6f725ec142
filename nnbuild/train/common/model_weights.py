"""Copy the weights of a Keras model to a network, layer by layer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from nnbuild.errors import name_list, show
from nnbuild.plan.model import skeleton
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.model_cache import Weights

_NUMBER = re.compile(r"_\d+\Z")  # appended by Keras to default names
HINT = "the layers must be those of model_: change the weights of model_, or of keras.models.clone_model(model_)"


def weights_from(model: Any, resolved: ResolvedNetwork, before: Weights) -> Weights:
    """Return the weights of a Keras model, in the order of a network's variables.

    Parameters
    ----------
    model : keras.Model
        Layers with weights must match those of the network in name and weight shapes.
    resolved : ResolvedNetwork
        The network.
    before : Weights
        Current weights. Variables other than weights, such as the state of a random layer, keep these values.

    Raises
    ------
    TypeError
        If `model` is not a Keras model.
    ValueError
        If layers or shapes differ, or a weight is NaN or infinite.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"model must be a keras.Model, got {show(model)}")
    own = skeleton(resolved)
    wanted, given = _layers_with_weights(own), _layers_with_weights(model)
    _check_names(wanted, given)
    _check_own(model, given)
    values: dict[int, np.ndarray] = {}
    for name, layer in wanted.items():
        _check_shapes(name, layer.weights, given[name].weights)
        _check_kinds(name, layer.weights, given[name].weights)
        for variable, found in zip(layer.weights, given[name].weights, strict=True):
            values[id(variable)] = _value(name, variable, found)
    return Weights(values.get(id(one), kept) for one, kept in zip(own.variables, before.values, strict=True))


def _layers_with_weights(model: keras.Model) -> dict[str, keras.Layer]:
    """Return the layers that have weights, by name."""
    return {layer.name: layer for layer in model.layers if layer.weights}


def _check_names(wanted: dict, given: dict) -> None:
    if missing := [name for name in wanted if name not in given]:
        found = f"the model has no layer {show(missing[0])} with weights"
        hint = HINT if given else "call the model on some samples first, so that its layers are built"
        raise ValueError(f"{found}; it has: {name_list(given, missing[0]) or 'none'}\n  hint: {hint}")
    if others := [name for name in given if name not in wanted]:
        found = f"the network has no layer {show(others[0])} with weights"
        raise ValueError(f"{found}; it has: {name_list(wanted, others[0])}\n  hint: {HINT}")


def _check_shapes(name: str, wanted: Sequence[keras.Variable], given: Sequence[keras.Variable]) -> None:
    shapes = [[tuple(variable.shape) for variable in variables] for variables in (wanted, given)]
    if shapes[0] != shapes[1]:
        own, others = (", ".join(map(str, found)) for found in shapes)
        raise ValueError(
            f"layer {show(name)} has weights of shapes {own} in the network, but {others} in the model\n  hint: {HINT}"
        )


def _check_own(model: keras.Model, layers: dict[str, keras.Layer]) -> None:
    """Raise a `ValueError` if a model has weights that belong to none of its layers."""
    of_layers = {id(variable) for layer in layers.values() for variable in layer.weights}
    if others := [variable for variable in model.weights if id(variable) not in of_layers]:
        found = f"the model has the weight {show(others[0].path)}, which belongs to none of its layers"
        raise ValueError(f"{found}\n  hint: {HINT}")


def _check_kinds(name: str, wanted: Sequence[keras.Variable], given: Sequence[keras.Variable]) -> None:
    """Raise a `ValueError` if weights of equal shapes have different names, such as beta and gamma."""
    names = [[_NUMBER.sub("", variable.name) for variable in variables] for variables in (wanted, given)]
    if names[0] != names[1]:
        own, others = (", ".join(map(show, found)) for found in names)
        raise ValueError(
            f"layer {show(name)} has the weights {own} in the network, but {others} in the model\n  hint: {HINT}"
        )


def _value(name: str, variable: keras.Variable, found: keras.Variable) -> np.ndarray:
    """Return the value of a weight in the dtype of the network."""
    with np.errstate(over="ignore"):  # overflow to infinity is an error below
        array = keras.ops.convert_to_numpy(found).astype(variable.dtype)
    if not np.isfinite(array.astype("float64")).all():
        weight = show(variable.path.removeprefix(f"{name}/"))
        raise ValueError(f"weight {weight} of layer {show(name)} is NaN or infinite in the model")
    return array
