"""Write calls of Keras' classes from layers, initializers, losses and other objects in JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isclass

from nnbuild import catalog
from nnbuild.catalog import Signature
from nnbuild.catalog.arguments import kind_for_unknown, kind_of
from nnbuild.catalog.conventions import PLAIN_PRECISION
from nnbuild.catalog.facts import is_own, layer_facts, module_of
from nnbuild.catalog.json_form import UNKNOWN, is_plain_accuracy, with_type, without_type
from nnbuild.catalog.kinds import Kind, list_item, object_family
from nnbuild.catalog.registered import registered_object, registered_signature
from nnbuild.convert.code_layout import Expression, Group, Item, flat, literal, sequence
from nnbuild.language.auto_arguments import OF_TASK
from nnbuild.language.shared import shared_arguments
from nnbuild.language.values import canonical
from nnbuild.language.vocabulary_inputs import AUTO


class Open(str):
    """Argument "auto" of the output layer of one of several outputs.

    Attributes
    ----------
    output : str
        Name of the output.
    """

    output: str

    def __new__(cls, output: str) -> Open:
        """Return the argument of an output."""
        found = super().__new__(cls, AUTO)
        found.output = output
        return found


def call_items(type_name: str, arguments: Mapping[str, object]) -> tuple[Item, ...]:
    """Return the arguments of a layer's `call` that differ from Keras' defaults."""
    defaults = shared_arguments(type_name)
    given = {name: arguments[name] for name in defaults if arguments.get(name, defaults[name]) != defaults[name]}
    return tuple(Item(f"{name}=", literal(value)) for name, value in given.items())


def layer_code(type_name: str, arguments: Mapping[str, object], name: str, precision: str) -> Group:
    """Return the expression that constructs a layer.

    Parameters
    ----------
    type_name : str
        A class in the catalog, or the registered name of a user's class.
    arguments : mapping of str to JSON value
        Arguments of the class. Those equal to Keras' defaults are not written.
    name : str
        Name of the layer.
    precision : str
        Dtype policy of layers without one of their own.
    """
    known = catalog.find("layers", type_name) or catalog.find("cells", type_name)
    signature = known or registered_signature("layers", type_name)
    assert signature is not None
    facts = layer_facts(signature.name)
    if precision != PLAIN_PRECISION and not facts.own_dtype and arguments.get("dtype") is None:
        arguments = {**arguments, "dtype": precision}
    made = {key: value for key, value in arguments.items() if key not in facts.call_arguments}
    items = _items(signature, made, precision)
    return Group(_opening(signature), (*items, Item("name=", literal(name))), ")")


def object_code(family: str, value: object, precision: str = PLAIN_PRECISION) -> Expression:
    """Return the expression for an object of a catalog family, given its name or its `type` and arguments.

    Parameters
    ----------
    family : str
        "initializers", "activations", "losses" ...
    value : str or mapping
        As in a recipe.
    precision : str, default="float32"
        Dtype policy of layers inside it.
    """
    if isinstance(value, str) and _is_keras_string(family, value):
        return literal(value)
    assert isinstance(value, str | Mapping)
    given = with_type(value)
    arguments = without_type(given)
    if family in ("layers", "cells"):
        return layer_code(given["type"], arguments, catalog.snake_case(given["type"]), precision)
    signature = catalog.find(family, given["type"]) or registered_signature(family, given["type"])
    assert signature is not None
    if not isclass(registered_object(family, signature.name) or type):  # a function is written without a call
        return _opening(signature).removesuffix("(")
    return Group(_opening(signature), _items(signature, arguments, precision), ")")


def _is_keras_string(family: str, name: str) -> bool:
    """Return whether Keras accepts the string `name` for an object of `family`, with the same meaning.

    Losses and optimizers are always written as calls: Keras resolves names of losses to functions, and accepts
    fewer names of some classes than a recipe does.
    """
    if family == "activations":
        return catalog.activation(name) is not None
    if family == "metrics":
        return is_plain_accuracy(name)  # Keras chooses the type of accuracy by shapes
    found = catalog.find(family, name)
    if found is None or family not in _BY_NAME or is_own(family, found.name):
        return False
    if found.name == "Constant":  # Keras requires its value
        return False
    return name in (found.name, catalog.snake_case(found.name))


def _opening(signature: Signature) -> str:
    if catalog.find(signature.family, signature.name) is None:
        return f"keras.saving.get_registered_object({flat(literal(signature.name))})("
    module = module_of(signature.family, signature.name).removeprefix("nnbuild.")
    return f"{module}.{signature.name}("


def _items(signature: Signature, arguments: Mapping[str, object], precision: str) -> tuple[Item, ...]:
    """Return the arguments that differ from Keras' defaults: leading positional ones, then keywords."""
    items = []
    by_position = True
    for name in [*signature.arguments, *(key for key in arguments if key not in signature.arguments)]:
        if name not in arguments or _is_default(signature, name, arguments[name]):
            by_position = False
            continue
        by_position = by_position and needs_no_name(signature, name)
        value = _argument(signature, name, arguments[name], precision)
        items.append(Item("" if by_position else f"{name}=", value))
    return tuple(items)


def _is_default(signature: Signature, name: str, value: object) -> bool:
    known = name in signature.arguments and name not in signature.required
    if known and signature.arguments[name] is UNKNOWN:  # the class chooses the default
        return False
    return known and canonical(value) == canonical(signature.arguments[name])


def needs_no_name(signature: Signature, name: str) -> bool:
    """Return whether an argument is readable as a positional one, as in ``Dense(8)``."""
    if name in _ALWAYS_NAMED:
        return False
    return name in signature.required or name in _BY_POSITION or signature.name in ("L1", "L2")


def _argument(signature: Signature, name: str, value: object, precision: str) -> Expression:
    if value == AUTO and name in OF_TASK:
        return f"{_OPEN[name]}[{flat(literal(value.output))}]" if isinstance(value, Open) else _OPEN[name]
    in_catalog = catalog.find(signature.family, signature.name) is not None
    family = signature.family
    kind = kind_of(family, signature.name, name) if in_catalog else kind_for_unknown(name, family)
    if held := object_family(kind, value):
        return object_code(held, value, precision)
    if isinstance(value, list) and _item_family(kind):
        return sequence([_item(kind, item, number, precision) for number, item in enumerate(value, 1)])
    return literal(value, as_tuple=name in _TUPLES)


def _item_family(kind: Kind) -> str | None:
    """Return the family of the objects in a list; None for a list of plain values."""
    item = list_item(kind)
    return object_family(item, {}) if item else None


def _item(kind: Kind, value: object, number: int, precision: str) -> Expression:
    """Return the expression of one item of a list; layers and cells are numbered, because each needs a unique name."""
    family = _item_family(kind)
    if family not in ("layers", "cells") or not isinstance(value, Mapping):
        return object_code(str(family), value, precision)
    return layer_code(value["type"], without_type(value), f"{catalog.snake_case(value['type'])}_{number}", precision)


# Parameters of the generated function, by the argument of a layer that they set.
_OPEN = {"activation": "output_activation", "units": "n_outputs"}
# Families for which Keras accepts the class name as a string.
_BY_NAME = ("initializers", "regularizers", "constraints")
# Arguments written by position although they have a default, and arguments never written by position.
_BY_POSITION = ("pool_size", "size")
_ALWAYS_NAMED = (
    "axes", "head_dim", "key_dim", "num_heads", "num_key_value_heads", "num_query_heads", "num_classes",
    "target_class_ids",
)  # fmt: skip
# Sizes are tuples by convention.
_TUPLES = (
    "cropping", "dilation_rate", "dims", "kernel_size", "output_padding", "padding", "pool_size", "size", "strides",
    "target_shape",
)  # fmt: skip
