"""Layer classes that the user registered with Keras, seen only where the user has imported Keras."""

from __future__ import annotations

import inspect
import sys
from types import ModuleType

from nnbuild.recipe.catalog import Signature
from nnbuild.recipe.expressions import UNKNOWN

_OURS = "nnbuild>"  # of our own layers, which the catalog has by their plain names
# A recipe gives these elsewhere, or not at all.
_NOT_ARGUMENTS = {"self", "name", "args", "kwargs"}


def registered_class(name: str) -> type | None:
    """The class registered as `name` ("package>Class", or "Class"); None where there is none.

    Keras is looked at, never imported: where nobody has imported it, nobody can have registered a class.
    """
    saving = _keras_saving()
    found = saving.get_registered_object(name) if saving and isinstance(name, str) else None
    return found if inspect.isclass(found) and issubclass(found, sys.modules["keras"].Layer) else None


def registered_names() -> list[str]:
    """Names of all layer classes that users registered."""
    saving = _keras_saving()
    found = saving.get_custom_objects() if saving else ()
    return sorted(name for name in found if not name.startswith(_OURS) and registered_class(name))


def registered_signature(name: str) -> Signature | None:
    """What a registered class takes, read from its constructor; None where there is no such class."""
    found = registered_class(name)
    if found is None:
        return None
    # Not the signature of the class, which Keras' own __new__ hides.
    taken = inspect.signature(found.__init__).parameters.values()  # type: ignore[misc]
    parameters = [p for p in taken if p.name not in _NOT_ARGUMENTS]
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    arguments = {p.name: None if p.default is p.empty else _json_default(p.default) for p in named}
    if any(p.kind is p.VAR_KEYWORD for p in taken):
        arguments = {**arguments, "trainable": True, "dtype": None}
    return Signature("layers", name, tuple(p.name for p in named if p.default is p.empty), arguments)


def _keras_saving() -> ModuleType | None:
    """Keras' register of classes; None where Keras is not imported, or not wholly yet."""
    return getattr(sys.modules.get("keras"), "saving", None)


def _json_default(default: object) -> object:
    """A default that a recipe can hold; UNKNOWN for others, which are left to the class."""
    if isinstance(default, tuple | list):
        items = [_json_default(item) for item in default]
        return UNKNOWN if any(item is UNKNOWN for item in items) else items
    return default if default is None or isinstance(default, str | int | float | bool) else UNKNOWN
