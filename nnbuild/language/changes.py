"""Change values of a recipe by address or path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nnbuild.errors import Path, Problem, RecipeError, format_path, unknown_name
from nnbuild.language.search import SEPARATOR, addresses, with_value
from nnbuild.language.values import json_value
from nnbuild.language.variants import without_values


def with_changes(document: Mapping, changes: Mapping[Any, object], plain_object: Callable[[object], Any]) -> dict:
    """Return a copy of a recipe with other values.

    Parameters
    ----------
    document : mapping
        The recipe as JSON values.
    changes : mapping of str or tuple to object
        Values by address or path. Variants of an ensemble lose their values at the same places.
    plain_object : callable
        Converts Keras objects to JSON values.

    Raises
    ------
    RecipeError
        If an address or path is unknown, or a value has no JSON form.
    """
    changed, paths = dict(document), []
    problems: list[Problem] = []
    # Objects before their arguments: a new optimizer has other arguments.
    for name in sorted(changes, key=_depth):
        path = _path(changed, name, problems)
        if path is not None:
            changed = with_value(changed, path, json_value(changes[name], path, problems, plain_object))
            paths.append(path)
    if problems:
        raise RecipeError(problems)
    return without_values(changed, paths)


def _depth(name: str | Path) -> int:
    return name.count(SEPARATOR) if isinstance(name, str) else len(name)


def _path(document: Mapping, name: str | Path, problems: list[Problem]) -> Path | None:
    """Return the path of a value; note a problem if there is no such place."""
    if isinstance(name, str):
        known = addresses(document)
        if name not in known:
            problems.append(unknown_name((), "address", name, known))
        return known.get(name)
    at: Any = document
    for index, part in enumerate(name):
        places: Any = at if isinstance(at, dict) else dict(enumerate(at)) if isinstance(at, list) else {}
        if isinstance(part, int) and part not in places:
            problems.append(Problem(name[:index], f"has no part {format_path(name[index:])}"))
            return None
        at = places.get(part)
    return name
