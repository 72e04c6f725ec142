"""Configurations of Keras' objects, as `get_config` gives them -> what a recipe says of them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import isfunction
from operator import attrgetter
from typing import Any

from nnbuild import catalog
from nnbuild.catalog import Signature
from nnbuild.catalog.arguments import kind_for_unknown, kind_of, usual_default
from nnbuild.catalog.conventions import MODULES, OWN_MODULES, PLAIN_PRECISION
from nnbuild.catalog.facts import layer_facts, module_of, object_facts
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
        Its class, or the name that a user registered the class by.
    module : str
        Where Keras keeps the class: "keras.layers" ...
    config : mapping
        Its arguments, as `get_config` gives them.
    source : object
        The object itself, for what `get_config` leaves out; None where it is not at hand.
    """

    type_name: str
    module: str
    config: Mapping
    source: object = None

    @classmethod
    def of_serialized(cls, value: Mapping, source: object = None) -> Described:
        """What Keras' serialized form of an object says."""
        known = value.get("module") in ("keras.layers", OWN_MODULES["layers"]) or value.get("registered_name") is None
        name = value["class_name"] if known else value["registered_name"]
        return cls(name, str(value.get("module")), value["config"], source)

    @classmethod
    def of(cls, value: object, module: str) -> Described:
        """What a Keras object says of itself."""
        own = type(value).__module__.startswith("keras.")
        config = {**function_arguments(value), **value.get_config()}  # type: ignore[attr-defined]
        name = registered_name(type(value)) or type(value).__name__
        return cls(name, module if own else type(value).__module__, config, value)


def arguments_of(value: Described, precision: str, family: str = "layers") -> dict:
    """The arguments of an object that differ from Keras' defaults, as JSON values by Keras' names.

    Parameters
    ----------
    value : Described
        Of a class of the catalog, or a registered one.
    precision : str
        Dtype policy that layers have unless they say otherwise.
    family : str, default="layers"
        Of a registered class.

    Raises
    ------
    UnwritableError
        If an argument holds what a recipe has no words for.
    """
    signature = _signature(value, family)
    result = {}
    for name in signature.arguments:
        found, raw = _raw(signature, name, value)
        if not found:
            continue
        kind = _kind(signature, name)
        argument = _value(kind, name, raw, precision, getattr(value.source, name, None))
        if not _is_default(signature, name, kind, argument, value.config, precision):
            result[name] = argument
    return _as_written(result)


def object_of(family: str, value: Described, precision: str = PLAIN_PRECISION) -> str | dict:
    """What a recipe says of an object: its name where all its arguments are defaults, else `type` and arguments.

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
            raise UnwritableError(f"{value.type_name} is no {NOUNS[family]} of Keras", _class_hint(family))
        return {"type": value.type_name, **arguments_of(value, precision, family)}
    arguments = arguments_of(value, precision)
    if arguments or family in ("layers", "cells", "activations"):
        return {"type": signature.name, **arguments}
    return _short_name(signature)


def policy_name(value: object) -> str | None:
    """The name of a dtype policy in any of the forms in which configurations hold it."""
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
        raise UnwritableError(f"{value.type_name} is no class that a recipe knows", _class_hint("layers"))
    return found


def _class_hint(family: str) -> str:
    if family in ("layers", "cells"):
        return "register the class with keras.saving.register_keras_serializable"
    return f"use one of {name_list(catalog.class_names(family))}"


def _in_catalog(signature: Signature) -> bool:
    return catalog.find(signature.family, signature.name) is not None


def _raw(signature: Signature, name: str, value: Described) -> tuple[bool, object]:
    """Whether an argument is known, and its value as the configuration or the object itself holds it."""
    if name == "vocabulary" and value.config.get(name) is None and hasattr(value.source, "get_vocabulary"):
        return True, value.source.get_vocabulary(include_special_tokens=False) or None  # of a layer that was adapted
    if name in value.config:
        return True, value.config[name]
    place = _facts(signature).not_in_config.get(name)
    if place is None or value.source is None:
        return False, None
    return True, _HELD.get(place, attrgetter(place))(value.source)


def _facts(signature: Signature) -> LayerFacts | ObjectFacts:
    if signature.family == "layers":
        return layer_facts(signature.name)
    return object_facts(signature.family, signature.name)


def _value(kind: Kind, name: str, raw: object, precision: str, source: object) -> object:
    """An argument as a JSON value."""
    if isfunction(source) and (own := registered_name(source)):
        return own
    if name in ("dtype", "reverse_dtype"):
        return policy_name(raw)
    if isinstance(raw, Mapping) and "class_name" in raw:
        return _serialized(kind, name, raw, precision, source)
    if isinstance(raw, Mapping) and object_family(kind, raw) == "activations":
        raise UnwritableError(
            f"{name} is a lambda", _ACTIVATION_HINT
        )  # which Keras writes as its bytes, without a class
    if isinstance(raw, list | tuple):
        item = list_item(kind)
        sources = source if isinstance(source, list | tuple) and len(source) == len(raw) else [None] * len(raw)
        values = [_value(item or kind, name, one, precision, own) for one, own in zip(raw, sources, strict=True)]
        return _as_size(values) if name in _SIZES else values
    if isinstance(raw, str) and object_family(kind, raw) == "activations" and not _is_activation(raw):
        raise UnwritableError(f"{name} {show(raw)} is no activation of Keras", _ACTIVATION_HINT)
    if callable(raw):
        raise UnwritableError(f"{name} is the function {getattr(raw, '__name__', '?')}", _CODE_HINT)
    if hasattr(raw, "__array__"):
        return _numbers(name, raw)
    return _short_decimal(raw) if isinstance(raw, float) and name in _SINGLE_PRECISION else raw


def _numbers(name: str, raw: Any) -> object:
    """A number, or lists of numbers, from a scalar, array or tensor."""
    values = raw.numpy() if callable(getattr(raw, "numpy", None)) else raw
    if not callable(getattr(values, "tolist", None)):
        raise UnwritableError(f"{name} is a {type(raw).__name__}", "give a number, or a list of numbers")
    plain = values.tolist()
    return _short_decimal(plain) if isinstance(plain, float) and str(values.dtype) == "float32" else plain


def _is_activation(name: str) -> bool:
    return catalog.activation(name) is not None or registered_object("activations", name) is not None


def _serialized(kind: Kind, name: str, raw: Mapping, precision: str, source: object) -> object:
    """An argument that Keras serialized: an object, or a tuple or array."""
    if raw["class_name"] == "__tuple__":
        return _value(kind, name, list(raw["items"]), precision, None)
    if raw["class_name"] in ("__numpy__", "__tensor__"):
        return raw["config"]["value"]
    family = object_family(kind, {})
    if raw["class_name"] in ("function", "__lambda__") or family is None:
        said = {"function": f"the function {raw['config']}", "__lambda__": "a lambda"}
        said = said.get(raw["class_name"], raw["class_name"])
        raise UnwritableError(f"{name} is {said}", _ACTIVATION_HINT if family == "activations" else _CODE_HINT)
    source = source if type(source).__name__ == raw["class_name"] else None
    policy = PLAIN_PRECISION if family == "activations" else precision  # the network's is not theirs
    try:
        return object_of(family, Described.of_serialized(raw, source), policy)
    except UnwritableError as error:
        raise UnwritableError(f"{name}: {error.found}", error.hint) from None


def _as_size(values: list) -> object:
    """Sizes that agree on all axes as one number."""
    values = [_as_size(value) if isinstance(value, list) else value for value in values]
    alike = len({canonical(value) for value in values}) == 1 and isinstance(values[0], int)
    return values[0] if alike else values


def _short_decimal(value: float) -> float:
    """The shortest number that is the same in single precision, in which Keras keeps it: 0.001 for 0.00100000005.

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
    """Whether an argument is what it would be if the recipe did not say it."""
    if name in signature.required:
        return False
    if name == "dtype":
        return value == _default_dtype(signature, config, precision)
    default = signature.arguments[name]
    if default is UNKNOWN:  # which is left to the class, or to that of Keras behind it
        return canonical(value) == canonical(usual_default(signature.family, name))
    if default is None and name in FILLED_IN and canonical(value) == canonical(FILLED_IN[name](config)):
        return True
    if isinstance(default, int | float) and isinstance(value, list) and canonical(value) == canonical([0, default]):
        return True  # one limit of a random factor: Keras draws from 0 on
    return _reduced(kind, name, value) == _reduced(kind, name, default)


def _default_dtype(signature: Signature, config: Mapping, precision: str) -> str | None:
    if signature.family in ("layers", "cells"):
        facts = layer_facts(signature.name)
        if facts.ids_dtype and config.get("output_mode") == "int":
            return facts.ids_dtype
        return PLAIN_PRECISION if facts.own_dtype else precision
    if signature.family == "metrics":
        return "int64" if "IoU" in signature.name else PLAIN_PRECISION
    return None


def _reduced(kind: Kind, name: str, value: object) -> str:
    """A text that is the same for values that mean the same."""
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


def _as_written(arguments: dict) -> dict:
    """Arguments without what Keras makes of them itself: a stack of cells, a backward layer like the forward one."""
    if "bin_boundaries" in arguments:  # found by adapting; Keras takes these or their number
        return {key: value for key, value in arguments.items() if key != "num_bins"}
    cell = arguments.get("cell")
    if isinstance(cell, dict) and cell["type"] == "StackedRNNCells" and set(cell) == {"type", "cells"}:
        return {**arguments, "cell": cell["cells"]}
    forward, backward = arguments.get("layer"), arguments.get("backward_layer")
    if not isinstance(forward, dict) or not isinstance(backward, dict):
        return arguments
    turned = {**forward, "go_backwards": not forward.get("go_backwards", False)}
    turned = {key: value for key, value in turned.items() if key != "go_backwards" or value}
    same = canonical(turned) == canonical(backward)
    return {key: value for key, value in arguments.items() if key != "backward_layer" or not same}


def _short_name(signature: Signature) -> str:
    """The name by which Keras' users write an object without arguments: ``he_normal``, ``adam``."""
    lower, snake = signature.name.lower(), catalog.snake_case(signature.name)
    candidates = (lower, snake) if signature.family == "optimizers" else (snake, lower)
    known = (name for name in candidates if (found := catalog.find(signature.family, name)) and found == signature)
    return next(known, signature.name)


# Arguments that get_config leaves out and that are no public attributes.
_HELD: dict[str, Callable[[Any], object]] = {"flash_attention": flash_attention}
# What Keras puts in place of None, by argument, from the configuration.
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
# Numbers that Keras keeps in single precision.
_SINGLE_PRECISION = ("factor", "l1", "l2", "learning_rate")
_CODE_HINT = "a recipe holds no code: use a class of Keras, or register a layer of your own"
_ACTIVATION_HINT = "use one of Keras' activations, or a registered layer of your own behind the layer"
