"""Look up classes and functions that the user registered with Keras, without importing Keras."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from types import ModuleType
from typing import Any

from nnbuild.catalog import Signature, common_arguments
from nnbuild.catalog.facts import layer_facts, public_name
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.catalog.json_form import UNKNOWN

_OURS = "nnbuild>"  # prefix of our own classes, which are in the catalog by their plain names
_CATALOGED = ("keras.", "nnbuild.")  # modules of the classes in the catalog
_GIVEN_ELSEWHERE = "name"
# Base class in Keras of the classes of each family that may have registered classes.
BASES = {
    **dict.fromkeys(("layers", "cells", "activations"), "Layer"),
    "initializers": "initializers.Initializer",
    "regularizers": "regularizers.Regularizer",
    "constraints": "constraints.Constraint",
    "optimizers": "optimizers.Optimizer",
    "schedules": "optimizers.schedules.LearningRateSchedule",
    "losses": "losses.Loss",
    "metrics": "metrics.Metric",
}
# Families whose objects may be functions.
OF_FUNCTIONS = ("activations", "constraints", "initializers", "losses", "metrics", "regularizers")


def registered_object(family: str, name: object) -> Any:
    """Return the class or function of `family` registered as `name`, such as "package>Class"; None if there is none.

    Keras is never imported here: without an import of Keras, no class can be registered.
    """
    saving = _keras_saving()
    found = saving.get_registered_object(name) if saving and isinstance(name, str) else None
    return found if found is not None and suits(family, found) else None


def suits(family: str, found: object) -> bool:
    """Return whether a class or function can belong to `family`."""
    if inspect.isclass(found):
        return family in BASES and issubclass(found, keras_base(family))
    return family in OF_FUNCTIONS and callable(found)


def keras_base(family: str) -> type:
    """Return the base class in Keras of the classes of `family`; Keras must be imported already."""
    return reduce(getattr, BASES[family].split("."), sys.modules["keras"])  # type: ignore[return-value]


def registered_names(family: str) -> list[str]:
    """Return the names of all classes and functions of `family` that users registered, sorted."""
    saving = _keras_saving()
    found = saving.get_custom_objects() if saving else ()
    return sorted(name for name in found if not name.startswith(_OURS) and registered_object(family, name))


def registered_name(found: object) -> str:
    """Return the name under which a user registered a class or function; "" if it is not registered."""
    saving = _keras_saving()
    if saving is None or not (inspect.isclass(found) or inspect.isfunction(found)):
        return ""
    name = saving.get_registered_name(found)
    return name if name and not name.startswith(_OURS) and saving.get_registered_object(name) is found else ""


def registered_among(strings: Iterable[str]) -> dict[str, object]:
    """Return the registered classes and functions with names in `strings`, by name."""
    saving = _keras_saving()
    names = sorted(name for name in set(strings) if not name.startswith(_OURS)) if saving else []
    return {name: found for name in names if (found := saving.get_registered_object(name)) is not None}  # type: ignore[union-attr]


def registered_signature(family: str, name: object) -> Signature | None:
    """Return the signature of a registered class, from its constructor; None if there is no such class or function."""
    found = registered_object(family, name)
    if found is None or not isinstance(name, str):
        return None
    if not inspect.isclass(found):
        return Signature(family, name, (), dict(_base_arguments(family)) if family == "losses" else {})
    parameters = constructor_parameters(found)
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name != _GIVEN_ELSEWHERE]
    arguments = {p.name: None if p.default is p.empty else _json_default(p.default) for p in named}
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        arguments = {**_base_arguments(family), **arguments}
    return Signature(family, name, tuple(p.name for p in named if p.default is p.empty), arguments)


def layer_family(name: str) -> str:
    """Return the family of a class of layers; of a registered class, that of its nearest base class in the catalog."""
    bases = getattr(registered_object("layers", name), "__mro__", ())
    of_keras = (public_name(base.__name__) for base in bases if base.__module__.startswith(_CATALOGED))
    return layer_facts(next((base for base in of_keras if base in LAYERS), name)).family


def constructor_parameters(found: type) -> list[inspect.Parameter]:
    """Return the parameters of a class's constructor without `self`, whatever its name."""
    if found.__init__ is object.__init__:  # type: ignore[misc]
        return []
    # The signature of the class itself is hidden by Keras' __new__.
    parameters = list(inspect.signature(found.__init__).parameters.values())  # type: ignore[misc]
    instance = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return parameters[1:] if parameters and parameters[0].kind in instance else parameters


def has_instance_parameter(found: type) -> bool:
    """Return whether Keras can read the constructor of a class: it must have a named parameter for the instance."""
    return bool(inspect.getfullargspec(found.__init__).args)  # type: ignore[misc]


def call_constructor(factory: Callable, arguments: Mapping[str, object]) -> Any:
    """Return an instance of a registered class; positional-only arguments are passed by position."""
    given = dict(arguments)
    positional = [p.name for p in constructor_parameters(factory) if p.kind is p.POSITIONAL_ONLY]  # type: ignore[arg-type]
    return factory(*[given.pop(name) for name in positional if name in given], **given)


def _base_arguments(family: str) -> dict[str, object]:
    """Return the arguments of Keras' own base class, for a class that passes on its keywords."""
    if family in ("layers", "cells", "activations"):
        return {"trainable": True, "dtype": None}
    return dict.fromkeys(common_arguments(family), UNKNOWN) if family in ("losses", "metrics", "optimizers") else {}


def _keras_saving() -> ModuleType | None:
    """Return `keras.saving`; None if Keras is not imported, or only partly."""
    return getattr(sys.modules.get("keras"), "saving", None)


def _json_default(default: object) -> object:
    """Return a default as a JSON value; UNKNOWN if it has none, so that the class applies it."""
    if isinstance(default, tuple | list):
        items = [_json_default(item) for item in default]
        return UNKNOWN if any(item is UNKNOWN for item in items) else items
    if isinstance(default, float) and not math.isfinite(default):
        return UNKNOWN
    return default if type(default) in (type(None), str, int, float, bool) else UNKNOWN
