"""Convert configurations of Keras objects, as `get_config` returns them, to the JSON form of a recipe."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import isfunction
from operator import attrgetter
from typing import Any

from nnbuild import catalog
from nnbuild.catalog import Signature
from nnbuild.catalog.arguments import base_class_default, kind_for_unknown, kind_of
from nnbuild.catalog.conventions import MODULES, OWN_MODULES, PLAIN_PRECISION
from nnbuild.catalog.facts import layer_facts, metric_facts, module_of, object_facts
from nnbuild.catalog.facts.rows import LayerFacts, ObjectFacts
from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.catalog.kinds import NOUNS, Kind, list_item, object_family
from nnbuild.catalog.registered import registered_name, registered_object, registered_signature
from nnbuild.errors import name_list, show
from nnbuild.language.values import UnwritableError, canonical
from nnbuild.private.keras import flash_attention, function_arguments


@dataclass(frozen=True)
class Described:
    """A Keras object as plain values.

    Attributes
    ----------
    type_name : str
        Its class, or the name under which a user registered the class.
    module : str
        Keras module of the class: "keras.layers" ...
    config : mapping
        Its arguments, as `get_config` returns them.
    source : object
        The object itself, for arguments that are not in `get_config`; None if it is not available.
    """

    type_name: str
    module: str
    config: Mapping
    source: object = None

    @classmethod
    def of_serialized(cls, value: Mapping, source: object = None) -> Described:
        """Return the description of an object in Keras' serialized form."""
        known = value.get("module") in ("keras.layers", OWN_MODULES["layers"]) or value.get("registered_name") is None
        name = value["class_name"] if known else value["registered_name"]
        return cls(name, str(value.get("module")), value["config"], source)

    @classmethod
    def of(cls, value: object, module: str) -> Described:
        """Return the description of a Keras object."""
        own = type(value).__module__.startswith("keras.")
        config = {**function_arguments(value), **value.get_config()}  # type: ignore[attr-defined]
        name = registered_name(type(value)) or type(value).__name__
        return cls(name, module if own else type(value).__module__, config, value)


def arguments_of(value: Described, precision: str, family: str = "layers") -> dict:
    """Return the arguments of an object that differ from Keras' defaults, as JSON values by Keras' names.

    Parameters
    ----------
    value : Described
        An object of a class in the catalog, or of a registered class.
    precision : str
        Default dtype policy of layers.
    family : str, default="layers"
        Family of a registered class.

    Raises
    ------
    UnwritableError
        If a recipe can't express an argument.
    """
    signature = _signature(value, family)
    result = {}
    for name in signature.arguments:
        found, raw = _raw_argument(signature, name, value)
        if not found:
            continue
        kind = _kind(signature, name)
        argument = _value(kind, name, raw, precision, getattr(value.source, name, None))
        if not _is_default(signature, name, kind, argument, value.config, precision):
            result[name] = argument
    return _without_derived(result)


def object_of(family: str, value: Described, precision: str = PLAIN_PRECISION) -> str | dict:
    """Return the JSON form of an object: its name if all its arguments are defaults, else `type` and arguments.

    Raises
    ------
    UnwritableError
        If the catalog has no such class.
    """
    signature = catalog.find(family, value.type_name) or (
        catalog.find("cells", value.type_name) if family == "layers" else None
    )
    if signature is None or value.module != module_of(signature.family, signature.name):
        if registered_signature(family, value.type_name) is None:
            raise UnwritableError(f"{value.type_name} is not a Keras {NOUNS[family]}", _class_hint(family))
        return {"type": value.type_name, **arguments_of(value, precision, family)}
    arguments = arguments_of(value, precision)
    if arguments or family in ("layers", "cells", "activations"):
        return {"type": signature.name, **arguments}
    return _short_name(signature)


def policy_name(value: object) -> str | None:
    """Return the name of a dtype policy, given in any form that configurations contain."""
    if isinstance(value, Mapping) and value.get("class_name") == "DTypePolicy":
        return value["config"]["name"]
    if value is None or isinstance(value, str):
        return value
    kind = value.get("class_name") if isinstance(value, Mapping) else type(value).__name__
    raise UnwritableError(f"its dtype is a {kind}", "a recipe takes the names of dtypes and mixed precisions")


def _kind(signature: Signature, name: str) -> Kind:
    if _in_catalog(signature):
        return kind_of(signature.family, signature.name, name)
    return kind_for_unknown(name, signature.family)


def _signature(value: Described, family: str) -> Signature:
    known = (catalog.find(name, value.type_name) for name in MODULES)
    of_module = (one for one in known if one and module_of(one.family, one.name) == value.module)
    found = next(of_module, None) or registered_signature(family, value.type_name)
    if found is None:
        raise UnwritableError(f"{value.type_name} is not a class that recipes support", _class_hint("layers"))
    return found


def _class_hint(family: str) -> str:
    if family in ("layers", "cells"):
        return "register the class with keras.saving.register_keras_serializable"
    return f"use one of {name_list(catalog.class_names(family))}"


def _in_catalog(signature: Signature) -> bool:
    return catalog.find(signature.family, signature.name) is not None


def _raw_argument(signature: Signature, name: str, value: Described) -> tuple[bool, object]:
    """Return whether an argument is known, and its value in the configuration or the object itself."""
    if name == "vocabulary" and value.config.get(name) is None and hasattr(value.source, "get_vocabulary"):
        return True, value.source.get_vocabulary(include_special_tokens=False) or None  # of an adapted layer
    if name in value.config:
        return True, value.config[name]
    place = _facts(signature).not_in_config.get(name)
    if place is None or value.source is None:
        return False, None
    return True, _PRIVATE_ARGUMENTS.get(place, attrgetter(place))(value.source)


def _facts(signature: Signature) -> LayerFacts | ObjectFacts:
    if signature.family == "layers":
        return layer_facts(signature.name)
    return object_facts(signature.family, signature.name)


def _value(kind: Kind, name: str, raw: object, precision: str, source: object) -> object:
    """Return an argument as a JSON value."""
    if isfunction(source) and (own := registered_name(source)):
        return own
    if name in ("dtype", "reverse_dtype"):
        return policy_name(raw)
    if isinstance(raw, Mapping) and "class_name" in raw:
        return _serialized(kind, name, raw, precision, source)
    if isinstance(raw, Mapping) and object_family(kind, raw) == "activations":
        raise UnwritableError(f"{name} is a lambda", _ACTIVATION_HINT)  # Keras serializes it as bytes, without a class
    if isinstance(raw, list | tuple):
        item = list_item(kind)
        sources = source if isinstance(source, list | tuple) and len(source) == len(raw) else [None] * len(raw)
        values = [_value(item or kind, name, one, precision, own) for one, own in zip(raw, sources, strict=True)]
        return _as_size(values) if name in _SIZES else values
    if isinstance(raw, str) and object_family(kind, raw) == "activations" and not _is_activation(raw):
        raise UnwritableError(f"{name} {show(raw)} is not a Keras activation", _ACTIVATION_HINT)
    if callable(raw):
        raise UnwritableError(f"{name} is the function {getattr(raw, '__name__', '?')}", _CODE_HINT)
    if hasattr(raw, "__array__"):
        return _numbers(name, raw)
    return _short_decimal(raw) if isinstance(raw, float) and name in _SINGLE_PRECISION else raw


def _numbers(name: str, raw: Any) -> object:
    """Return a number, or lists of numbers, from a scalar, array or tensor."""
    values = raw.numpy() if callable(getattr(raw, "numpy", None)) else raw
    if not callable(getattr(values, "tolist", None)):
        raise UnwritableError(f"{name} is a {type(raw).__name__}", "give a number, or a list of numbers")
    plain = values.tolist()
    return _short_decimal(plain) if isinstance(plain, float) and str(values.dtype) == "float32" else plain


def _is_activation(name: str) -> bool:
    return catalog.activation(name) is not None or registered_object("activations", name) is not None


def _serialized(kind: Kind, name: str, raw: Mapping, precision: str, source: object) -> object:
    """Return the JSON form of an argument that Keras serialized: an object, a tuple or an array."""
    if raw["class_name"] == "__tuple__":
        return _value(kind, name, list(raw["items"]), precision, None)
    if raw["class_name"] in ("__numpy__", "__tensor__"):
        return raw["config"]["value"]
    family = object_family(kind, {})
    if raw["class_name"] in ("function", "__lambda__") or family is None:
        held = {"function": f"the function {raw['config']}", "__lambda__": "a lambda"}
        held = held.get(raw["class_name"], raw["class_name"])
        raise UnwritableError(f"{name} is {held}", _ACTIVATION_HINT if family == "activations" else _CODE_HINT)
    source = source if type(source).__name__ == raw["class_name"] else None
    policy = PLAIN_PRECISION if family == "activations" else precision  # activations ignore the network's policy
    try:
        return object_of(family, Described.of_serialized(raw, source), policy)
    except UnwritableError as error:
        raise UnwritableError(f"{name}: {error.found}", error.hint) from None


def _as_size(values: list) -> object:
    """Return equal sizes of all axes as one number; others unchanged."""
    values = [_as_size(value) if isinstance(value, list) else value for value in values]
    alike = len({canonical(value) for value in values}) == 1 and isinstance(values[0], int)
    return values[0] if alike else values


def _short_decimal(value: float) -> float:
    """Return the shortest decimal with the same single-precision value: 0.001 for 0.00100000005.

    Examples
    --------
    >>> _short_decimal(0.0010000000474974513), _short_decimal(0.1), _short_decimal(0.5)
    (0.001, 0.1, 0.5)
    """
    if _single(value) != value:
        return value
    return next(short for digits in range(1, 18) if _single(short := float(f"{value:.{digits}g}")) == value)


def _single(value: float) -> float:
    return struct.unpack("f", struct.pack("f", value))[0]


def _is_default(signature: Signature, name: str, kind: Kind, value: object, config: Mapping, precision: str) -> bool:
    """Return whether an argument has the value it would have without the recipe setting it."""
    if name in signature.required:
        return False
    if name == "dtype":
        return value == _default_dtype(signature, config, precision)
    default = signature.arguments[name]
    if default is UNKNOWN:  # the class, or its base class in Keras, chooses the default
        return canonical(value) == canonical(base_class_default(signature.family, name))
    if default is None and name in FILLED_IN and canonical(value) == canonical(FILLED_IN[name](config)):
        return True
    if isinstance(default, int | float) and isinstance(value, list) and canonical(value) == canonical([0, default]):
        return True  # one limit of a random factor: the other is 0
    return _normalized(kind, name, value) == _normalized(kind, name, default)


def _default_dtype(signature: Signature, config: Mapping, precision: str) -> str | None:
    if signature.family in ("layers", "cells"):
        facts = layer_facts(signature.name)
        if facts.ids_dtype and config.get("output_mode") == "int":
            return facts.ids_dtype
        return PLAIN_PRECISION if facts.own_dtype else precision
    if signature.family == "metrics":
        return "int64" if metric_facts(signature.name).overlaps else PLAIN_PRECISION
    return None


def _normalized(kind: Kind, name: str, value: object) -> str:
    """Return a text that is equal for equivalent values."""
    family = object_family(kind, value)
    if family == "activations" and isinstance(value, str):
        own = catalog.activation(value)
        return canonical(None if own == "linear" else own or value)
    if family and isinstance(value, str):
        signature = catalog.find(family, value)
        return canonical(signature.name if signature else value)
    if family and isinstance(value, dict) and len(value) == 1:
        return canonical(value["type"])
    if isinstance(value, list) and (name in _SIZES or name == "axis"):
        return canonical(_as_size(value))
    return canonical(value)


def _without_derived(arguments: dict) -> dict:
    """Return arguments without what Keras derives itself: a stack of cells, a backward layer like the forward one."""
    if "bin_boundaries" in arguments:  # from `adapt`; Keras takes either the boundaries or their number
        return {key: value for key, value in arguments.items() if key != "num_bins"}
    cell = arguments.get("cell")
    if isinstance(cell, dict) and cell["type"] == "StackedRNNCells" and set(cell) == {"type", "cells"}:
        return {**arguments, "cell": cell["cells"]}
    forward, backward = arguments.get("layer"), arguments.get("backward_layer")
    if not isinstance(forward, dict) or not isinstance(backward, dict):
        return arguments
    reversed_layer = {**forward, "go_backwards": not forward.get("go_backwards", False)}
    reversed_layer = {key: value for key, value in reversed_layer.items() if key != "go_backwards" or value}
    same = canonical(reversed_layer) == canonical(backward)
    return {key: value for key, value in arguments.items() if key != "backward_layer" or not same}


def _short_name(signature: Signature) -> str:
    """Return the usual short name of an object without arguments: ``he_normal``, ``adam``."""
    lower, snake = signature.name.lower(), catalog.snake_case(signature.name)
    candidates = (lower, snake) if signature.family == "optimizers" else (snake, lower)
    known = (name for name in candidates if (found := catalog.find(signature.family, name)) and found == signature)
    return next(known, signature.name)


# Arguments that are neither in get_config nor public attributes.
_PRIVATE_ARGUMENTS: dict[str, Callable[[Any], object]] = {"flash_attention": flash_attention}
# Values that Keras substitutes for None, by argument, from the configuration.
FILLED_IN: dict[str, Callable[[Mapping], object]] = {
    "data_format": lambda config: "channels_last",
    "exclude_layers": lambda config: [],
    "max_freq": lambda config: config["sampling_rate"] / 2,
    "sequence_length": lambda config: config.get("fft_length"),
    "strides": lambda config: _as_size(list(config.get("pool_size", ()))) if config.get("pool_size") else None,
    "value_dim": lambda config: config["key_dim"],
}
# Sizes that may be written as one number for all axes.
_SIZES = ("cropping", "dilation_rate", "kernel_size", "output_padding", "padding", "pool_size", "size", "strides")
# Numbers that Keras stores in single precision.
_SINGLE_PRECISION = ("factor", "l1", "l2", "learning_rate")
_CODE_HINT = "a recipe can't contain code: use a class of Keras, or register your own layer class"
_ACTIVATION_HINT = "use one of Keras' activations, or add your own registered layer after it"
