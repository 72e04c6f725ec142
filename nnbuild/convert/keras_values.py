"""Convert Keras objects given in Python to the JSON form of a recipe."""

from __future__ import annotations

import inspect
import re
import sys
from typing import Any

from nnbuild import catalog
from nnbuild.catalog.conventions import MODULES
from nnbuild.catalog.facts.refused import REFUSED_LAYERS
from nnbuild.catalog.kinds import NOUNS
from nnbuild.catalog.registered import keras_base, registered_name
from nnbuild.convert.keras_config import Described, object_of
from nnbuild.language.values import UnwritableError

# Schedules come first and layers last: a user's schedule class may inherit from other base classes too.
FAMILIES = (
    "schedules", "optimizers", "losses", "metrics", "initializers", "regularizers", "constraints", "layers",
)  # fmt: skip


def plain_object(value: Any) -> Any:
    """Return the JSON form of a Keras or registered object or function; other values unchanged.

    Parameters
    ----------
    value : object
        A layer, optimizer, schedule, loss, metric, initializer, regularizer, constraint or activation.

    Raises
    ------
    UnwritableError
        If it contains code, or weights.
    """
    if "keras" not in sys.modules:  # no value can be a Keras object
        return value
    if inspect.isfunction(value):
        return _function(value)
    family = next((family for family in FAMILIES if isinstance(value, keras_base(family))), None)
    if family is None:
        return value
    _check_state(family, value)
    try:
        found = object_of(family, Described.of(value, MODULES[family]))
    except NotImplementedError:  # from Keras, for a class without get_config
        raise UnwritableError(f"{type(value).__name__} has no get_config", "define get_config in the class") from None
    return _named(value, found) if family == "layers" else found


def _function(value: Any) -> str:
    if own := registered_name(value):
        return own
    name = value.__name__
    known = catalog.activation(name) or any(catalog.find(family, name) for family in ("losses", "metrics"))
    if value.__module__.startswith("keras.") and known:
        return name
    hint = "register it with keras.saving.register_keras_serializable"
    raise UnwritableError(f"is the function {name}; a recipe can't contain code", hint)


def _check_state(family: str, value: Any) -> None:
    kind = type(value).__name__
    if family == "layers" and kind in REFUSED_LAYERS:
        raise UnwritableError(REFUSED_LAYERS[kind].found(kind), "register a layer class in Python")
    if family == "layers" and isinstance(value, sys.modules["keras"].Model):
        raise UnwritableError(f"is a model ({kind})", "convert it with Recipe.from_keras")
    if family == "layers" and value.weights:
        found = f"the {kind} {value.name!r} has weights, which are not part of a recipe"
        raise UnwritableError(found, "pass a layer that is not built, or convert the model with Recipe.from_keras")
    if family == "optimizers" and int(value.iterations):
        found = f"the {NOUNS[family]} {kind} has taken {int(value.iterations)} steps, which are not part of a recipe"
        raise UnwritableError(found, "pass a new one")


def _named(layer: Any, found: Any) -> dict:
    """Return the node, with the layer's name unless Keras generated it."""
    own = f"{catalog.snake_case(type(layer).__name__)}(_[0-9]+)?"
    return found if re.fullmatch(own, layer.name) else {**found, "name": layer.name}
