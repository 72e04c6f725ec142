"""Create Keras objects (layers, initializers, optimizers ...) from their JSON form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from inspect import isclass
from typing import Any

import keras

from nnbuild import catalog, keras_initializers, keras_layers, keras_losses
from nnbuild.catalog import Signature
from nnbuild.catalog.arguments import kind_for_unknown, kind_of
from nnbuild.catalog.facts import layer_facts, module_of
from nnbuild.catalog.facts.refused import REFUSED_LAYERS
from nnbuild.catalog.json_form import with_type, without_type
from nnbuild.catalog.kinds import Kind, list_item, object_family
from nnbuild.catalog.registered import call_constructor, registered_object
from nnbuild.language.shared import shared_arguments


def make_object(family: str, value: Any) -> Any:
    """Create the Keras object of a JSON value.

    Parameters
    ----------
    family : str
        A family of the catalog: "initializers", "optimizers", "losses" ...
    value : str, mapping or None
        Valid name, or mapping with `type` and arguments.

    Returns
    -------
    object
        A new Keras object; a function for the name of an activation; None for None.
    """
    if value is None:
        return None
    if isinstance(value, str) and family == "activations":
        own = registered_object(family, value) if catalog.activation(value) is None else None
        if not isclass(own):
            return own or keras.activations.get(value)
    value = with_type(value)
    if family in ("layers", "cells"):
        return make_layer(value["type"], without_type(value))
    return _instance(family, value["type"], without_type(value))


def make_layer(
    type_name: str, arguments: Mapping[str, object], name: str | None = None, dtype: str | None = None
) -> keras.Layer:
    """Create a Keras layer, without calling it.

    Parameters
    ----------
    type_name : str
        A class of the catalog, or the registered name of a user's class.
    arguments : mapping of str to JSON value
        Arguments of the class.
    name : str, optional
        Name of the layer; by default its class in snake case.
    dtype : str, optional
        Dtype policy, if the arguments have none.
    """
    arguments = {key: value for key, value in arguments.items() if key not in layer_facts(type_name).call_arguments}
    known = catalog.find("layers", type_name) or catalog.find("cells", type_name)
    if known is None or ("dtype" in known.arguments and not layer_facts(known.name).own_dtype):
        arguments["dtype"] = arguments.get("dtype") or dtype
    return _instance("layers", type_name, arguments, name=name or catalog.snake_case(type_name), inner_dtype=dtype)


def call_arguments(type_name: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments for the call of a layer that differ from their defaults."""
    defaults = shared_arguments(type_name)
    return {name: arguments[name] for name in defaults if arguments.get(name, defaults[name]) != defaults[name]}


def _instance(family: str, type_name: str, arguments: Mapping[str, object], **extra) -> object:
    """Create an instance of a class of `family`; `name` and `inner_dtype` are for layers."""
    inner_dtype = extra.pop("inner_dtype", None)
    known = catalog.find(family, type_name) or (catalog.find("cells", type_name) if family == "layers" else None)
    if known is None:
        return _registered(family, type_name, arguments, inner_dtype, extra)
    if "data_format" in arguments:  # independent of Keras' global setting
        arguments = {**arguments, "data_format": arguments["data_format"] or "channels_last"}
    if arguments.get("use_cudnn") is True:  # "auto" is as fast, and True raises an error where cuDNN can't run
        arguments = {**arguments, "use_cudnn": "auto"}
    if type_name in REFUSED_LAYERS:  # possible in model files of earlier versions
        kinds = {name: kind_for_unknown(name, family) for name in arguments}
    else:
        kinds = {name: kind_of(known.family, known.name, name) for name in arguments}
    made = {name: _converted(kinds[name], value, inner_dtype) for name, value in arguments.items()}
    return getattr(_module(known), known.name)(**made, **extra)


def _registered(
    family: str, type_name: str, arguments: Mapping[str, object], inner_dtype: str | None, extra: Mapping
) -> object:
    """Create an instance of a registered class, or return a registered function in the form that Keras accepts."""
    found = registered_object(family, type_name)
    kinds = {name: kind_for_unknown(name, family) for name in arguments}
    made: dict[str, Any] = {name: _converted(kinds[name], value, inner_dtype) for name, value in arguments.items()}
    if isclass(found):
        return call_constructor(found, {**made, **extra})
    if family == "losses":
        return FunctionLoss(found, **made)
    return keras.metrics.MeanMetricWrapper(found, name=found.__name__) if family == "metrics" else found


class FunctionLoss(keras.losses.Loss):
    """Loss from a function of targets and predictions.

    Attributes
    ----------
    function : callable
        Returns one value per sample, or per sample and time step.
    """

    def __init__(self, function: Callable, reduction: str = "sum_over_batch_size", dtype: str | None = None):
        super().__init__(name=function.__name__, reduction=reduction, dtype=dtype)
        self.function = function

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the result of the function."""
        return self.function(y_true, y_pred)


def _module(signature: Signature) -> object:
    """Return the module of a class in the catalog."""
    name = module_of(signature.family, signature.name)
    own = {module.__name__: module for module in (keras_initializers, keras_layers, keras_losses)}
    return own.get(name) or reduce(getattr, name.split(".")[1:], keras)


def _converted(kind: Kind, value: Any, dtype: str | None) -> object:
    """Return an argument, with Keras objects in place of their JSON forms."""
    family = object_family(kind, value)
    if family in ("layers", "cells"):
        if unsupported := call_arguments(value["type"], value):
            raise ValueError(f"{value['type']} inside another layer is called without {', '.join(unsupported)}")
        return make_layer(value["type"], without_type(value), dtype=dtype)
    if family:
        return make_object(family, value)
    if isinstance(value, list) and (item := list_item(kind)):
        layers = [_converted(item, one, dtype) for one in value]
        return _distinct(layers)
    return value


def _distinct(values: list) -> list:
    """Number the names of layers in `values`, because stacked cells must have distinct names."""
    for index, value in enumerate(values):
        if isinstance(value, keras.Layer):
            value.name = f"{value.name}_{index + 1}"
    return values
