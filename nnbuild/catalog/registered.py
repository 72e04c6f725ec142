"""Classes and functions that the user registered with Keras, seen only where the user has imported Keras."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from types import ModuleType
from typing import Any

from nnbuild.catalog import Signature, common_arguments
from nnbuild.catalog.json_form import UNKNOWN

_OURS = "nnbuild>"  # of our own classes, which the catalog has by their plain names
_GIVEN_ELSEWHERE = "name"
# The classes of Keras that those of a family derive from.
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
    """The class or function of `family` registered as `name` ("package>Class", or "Class"); None where there is none.

    Keras is looked at, never imported: where nobody has imported it, nobody can have registered a class.
    """
    saving = _keras_saving()
    found = saving.get_registered_object(name) if saving and isinstance(name, str) else None
    return found if found is not None and suits(family, found) else None


def suits(family: str, found: object) -> bool:
    """Whether a class or function can be one of `family`."""
    if inspect.isclass(found):
        return issubclass(found, keras_base(family))
    return family in OF_FUNCTIONS and callable(found)


def keras_base(family: str) -> type:
    """The class of Keras that the classes of `family` derive from; Keras is imported already."""
    return reduce(getattr, BASES[family].split("."), sys.modules["keras"])  # type: ignore[return-value]


def registered_names(family: str) -> list[str]:
    """Names of all classes and functions of `family` that users registered."""
    saving = _keras_saving()
    found = saving.get_custom_objects() if saving else ()
    return sorted(name for name in found if not name.startswith(_OURS) and registered_object(family, name))


def registered_name(found: object) -> str:
    """The name that a user registered a class or function by; empty where it is not registered."""
    saving = _keras_saving()
    if saving is None or not (inspect.isclass(found) or inspect.isfunction(found)):
        return ""
    name = saving.get_registered_name(found)
    return name if name and not name.startswith(_OURS) and saving.get_registered_object(name) is found else ""


def registered_among(strings: Iterable[str]) -> dict[str, object]:
    """The registered classes and functions whose names are among strings, by their names."""
    saving = _keras_saving()
    names = sorted(name for name in set(strings) if not name.startswith(_OURS)) if saving else []
    return {name: found for name in names if (found := saving.get_registered_object(name)) is not None}  # type: ignore[union-attr]


def registered_signature(family: str, name: object) -> Signature | None:
    """What a registered class takes, read from its constructor; None where there is no such class or function."""
    found = registered_object(family, name)
    if found is None or not isinstance(name, str):
        return None
    if not inspect.isclass(found):
        return Signature(family, name, (), dict(_of_keras(family)) if family == "losses" else {})
    parameters = constructor_parameters(found)
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name != _GIVEN_ELSEWHERE]
    arguments = {p.name: None if p.default is p.empty else _json_default(p.default) for p in named}
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        arguments = {**_of_keras(family), **arguments}
    return Signature(family, name, tuple(p.name for p in named if p.default is p.empty), arguments)


def constructor_parameters(found: type) -> list[inspect.Parameter]:
    """The parameters of a class's constructor without that of the instance, whatever it is called."""
    if found.__init__ is object.__init__:  # type: ignore[misc]
        return []
    # Not the signature of the class, which Keras' own __new__ hides.
    parameters = list(inspect.signature(found.__init__).parameters.values())  # type: ignore[misc]
    instance = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return parameters[1:] if parameters and parameters[0].kind in instance else parameters


def has_instance_parameter(found: type) -> bool:
    """Whether Keras can read the constructor of a class: it takes the first parameter for the instance."""
    return bool(inspect.getfullargspec(found.__init__).args)  # type: ignore[misc]


def call_constructor(factory: Callable, arguments: Mapping[str, object]) -> Any:
    """An instance of a registered class, arguments that have no keyword by their places."""
    given = dict(arguments)
    by_place = [p.name for p in constructor_parameters(factory) if p.kind is p.POSITIONAL_ONLY]  # type: ignore[arg-type]
    return factory(*[given.pop(name) for name in by_place if name in given], **given)


def _of_keras(family: str) -> dict[str, object]:
    """What the constructor of Keras' own class takes, for a class that hands on its keywords."""
    if family in ("layers", "cells", "activations"):
        return {"trainable": True, "dtype": None}
    return dict.fromkeys(common_arguments(family), UNKNOWN) if family in ("losses", "metrics", "optimizers") else {}


def _keras_saving() -> ModuleType | None:
    """Keras' register of classes; None where Keras is not imported, or not wholly yet."""
    return getattr(sys.modules.get("keras"), "saving", None)


def _json_default(default: object) -> object:
    """A default that a recipe can hold; UNKNOWN for others, which are left to the class."""
    if isinstance(default, tuple | list):
        items = [_json_default(item) for item in default]
        return UNKNOWN if any(item is UNKNOWN for item in items) else items
    if isinstance(default, float) and not math.isfinite(default):
        return UNKNOWN
    return default if type(default) in (type(None), str, int, float, bool) else UNKNOWN
