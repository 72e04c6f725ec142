"""JSON form -> Keras object: layers, initializers, optimizers and the rest, by the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from inspect import isclass
from typing import Any

import keras

from nnbuild import catalog, keras_layers, keras_losses
from nnbuild.catalog import Signature
from nnbuild.catalog.arguments import kind_for_unknown, kind_of
from nnbuild.catalog.facts import layer_facts, module_of
from nnbuild.catalog.forms import with_type, without_type
from nnbuild.catalog.kinds import Kind, list_item, object_family
from nnbuild.catalog.registered import call_constructor, registered_object
from nnbuild.language.shared import shared_arguments


def make_object(family: str, value: Any) -> Any:
    """The Keras object that a JSON value stands for.

    Parameters
    ----------
    family : str
        A family of the catalog: "initializers", "optimizers", "losses" ...
    value : str, mapping or None
        A name, or an object with `type` and arguments; it is valid.

    Returns
    -------
    object
        A fresh Keras object; an activation function for an activation's name; None for None.
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
    """A Keras layer that has not been called yet.

    Parameters
    ----------
    type_name : str
        A class of the catalog, or the registered name of a user's class.
    arguments : mapping of str to JSON value
        Arguments of the class.
    name : str, optional
        Name of the layer; by default its class in snake case.
    dtype : str, optional
        Dtype policy, where the arguments name none.
    """
    arguments = {key: value for key, value in arguments.items() if key not in layer_facts(type_name).call_arguments}
    known = catalog.find("layers", type_name) or catalog.find("cells", type_name)
    if known is None or ("dtype" in known.arguments and not layer_facts(known.name).own_dtype):
        arguments["dtype"] = arguments.get("dtype") or dtype
    return _instance("layers", type_name, arguments, name=name or catalog.snake_case(type_name), inner_dtype=dtype)


def call_arguments(type_name: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """Those arguments of a layer that Keras wants in its call, where they differ from what it does by itself."""
    defaults = shared_arguments(type_name)
    return {name: arguments[name] for name in defaults if arguments.get(name, defaults[name]) != defaults[name]}


def _instance(family: str, type_name: str, arguments: Mapping[str, object], **extra) -> object:
    """An instance of a class of `family`; `name` and `inner_dtype` are for layers."""
    inner_dtype = extra.pop("inner_dtype", None)
    known = catalog.find(family, type_name) or (catalog.find("cells", type_name) if family == "layers" else None)
    if known is None:
        return _registered(family, type_name, arguments, inner_dtype, extra)
    if "data_format" in arguments:  # not what Keras' global setting says
        arguments = {**arguments, "data_format": arguments["data_format"] or "channels_last"}
    if arguments.get("use_cudnn") is True:  # Keras fails then where cuDNN can't run, and is as fast with "auto"
        arguments = {**arguments, "use_cudnn": "auto"}
    if type_name in catalog.REFUSED:  # of a model file that was written before it was refused
        kinds = {name: kind_for_unknown(name, family) for name in arguments}
    else:
        kinds = {name: kind_of(known.family, known.name, name) for name in arguments}
    made = {name: _converted(kinds[name], value, inner_dtype) for name, value in arguments.items()}
    return getattr(_module(known), known.name)(**made, **extra)


def _registered(
    family: str, type_name: str, arguments: Mapping[str, object], inner_dtype: str | None, extra: Mapping
) -> object:
    """An instance of a class that the user registered; a function as Keras takes it."""
    found = registered_object(family, type_name)
    kinds = {name: kind_for_unknown(name, family) for name in arguments}
    made: dict[str, Any] = {name: _converted(kinds[name], value, inner_dtype) for name, value in arguments.items()}
    if isclass(found):
        return call_constructor(found, {**made, **extra})
    if family == "losses":
        return FunctionLoss(found, **made)
    return keras.metrics.MeanMetricWrapper(found, name=found.__name__) if family == "metrics" else found


class FunctionLoss(keras.losses.Loss):
    """A function of targets and predictions as a loss.

    Attributes
    ----------
    function : callable
        Returns one value per row, or per row and time step.
    """

    def __init__(self, function: Callable, reduction: str = "sum_over_batch_size", dtype: str | None = None):
        super().__init__(name=function.__name__, reduction=reduction, dtype=dtype)
        self.function = function

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The values of the function."""
        return self.function(y_true, y_pred)


def _module(signature: Signature) -> object:
    """The module that holds a class of the catalog."""
    name = module_of(signature.family, signature.name)
    own = {module.__name__: module for module in (keras_layers, keras_losses)}
    return own.get(name) or reduce(getattr, name.split(".")[1:], keras)


def _converted(kind: Kind, value: Any, dtype: str | None) -> object:
    """An argument with the Keras objects in it made; everything else as it is."""
    family = object_family(kind, value)
    if family in ("layers", "cells"):
        if said := call_arguments(value["type"], value):
            raise ValueError(f"{value['type']} inside another layer is called without {', '.join(said)}")
        return make_layer(value["type"], without_type(value), dtype=dtype)
    if family:
        return make_object(family, value)
    if isinstance(value, list) and (item := list_item(kind)):
        layers = [_converted(item, one, dtype) for one in value]
        return _distinct(layers)
    return value


def _distinct(values: list) -> list:
    """`values`, its layers numbered: cells of one stack need names of their own."""
    for index, value in enumerate(values):
        if isinstance(value, keras.Layer):
            value.name = f"{value.name}_{index + 1}"
    return values
