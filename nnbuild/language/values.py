"""Convert Python values to the JSON values of a recipe; their canonical form and their order."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

from nnbuild.errors import Path, Problem, RecipeError, show
from nnbuild.language.json_text import MAX_BYTES, MAX_DEPTH, MAX_DIGITS

MAX_LENGTH = MAX_BYTES  # lower bound of the length of the JSON text of all values
_TOO_LONG = 10**MAX_DIGITS


class UnwritableError(Exception):
    """An object without a JSON value: `found` describes it, `hint` is the fix."""

    def __init__(self, found: str, hint: str = ""):
        super().__init__(found)
        self.found, self.hint = found, hint


Convert = Callable[[Any], Any]  # returns the JSON value of an object, or the object itself


def json_value(
    value: object, path: Path = (), problems: list[Problem] | None = None, convert: Convert | None = None
) -> object:
    """Return a copy of `value` as JSON values of plain Python types.

    Parameters
    ----------
    value : object
        Mappings, lists, tuples, strings, numbers (NumPy's too), booleans and None.
    path : Path
        Its path in the recipe, for messages.
    problems : list of Problem, optional
        List to which the problems of values without a JSON form are added.
    convert : callable, optional
        Returns the JSON value of any other object; raises an `UnwritableError` if there is none.

    Returns
    -------
    JSON value
        None for a value without a JSON form.

    Raises
    ------
    RecipeError
        If it is nested too deep, or longer than the limit for a recipe's text. A list in two places counts twice.
    """
    problems = [] if problems is None else problems
    if _length(value, {}) > MAX_LENGTH:
        raise RecipeError([*problems, Problem(path, "the recipe is too long", allowed="at most 4 MiB as JSON")])
    return _converted(value, path, problems, convert)


def _length(value: object, known: dict[int, tuple], depth: int = 0) -> int:
    """Return a lower bound of the length of a value's JSON text; a list or mapping in many places is visited once."""
    if isinstance(value, str):
        return len(value) + 2
    if depth > MAX_DEPTH or not isinstance(value, Mapping | list | tuple):
        return 1
    if id(value) not in known:
        known[id(value)] = (value, 0)  # it may contain itself
        inside = value.values() if isinstance(value, Mapping) else value
        keys = sum(_length(key, known) for key in value) if isinstance(value, Mapping) else 0
        known[id(value)] = (value, 1 + len(value) + keys + sum(_length(item, known, depth + 1) for item in inside))
    return known[id(value)][1]


def _converted(value: object, path: Path, problems: list[Problem], convert: Convert | None) -> object:
    if len(path) > MAX_DEPTH:  # raised at once: a list may contain itself, even twice
        raise RecipeError([*problems, Problem(path[:8], f"is nested deeper than {MAX_DEPTH}")])
    if isinstance(value, Mapping):
        items = [(key, item) for key, item in value.items() if _is_key(key, path, problems)]
        return {str(key): _converted(item, (*path, key), problems, convert) for key, item in items}
    if isinstance(value, list | tuple):
        return [_converted(item, (*path, index), problems, convert) for index, item in enumerate(value)]
    plain = _plain(value)
    if _is_json(plain):
        return plain
    if convert is not None and not isinstance(plain, str | int | float):
        try:
            made = convert(value)
        except UnwritableError as error:
            problems.append(Problem(path, error.found, hint=error.hint))
            return None
        if made is not value:
            return _converted(made, path, problems, None)
    problems.append(Problem(path, f"can't be written as JSON: {_shown(plain)}"))
    return None


def _is_key(key: object, path: Path, problems: list[Problem]) -> bool:
    if isinstance(key, str) and _is_text(key):
        return True
    problems.append(Problem(path, f"keys must be strings, got {_shown(key)}"))
    return False


def _plain(value: object) -> object:
    """Convert NumPy scalars and subclasses of Python's built-in types to the built-in types."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    return value


def _is_json(value: object) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < _TOO_LONG)


def _is_text(value: str) -> bool:
    """Return whether a string can be encoded in UTF-8: it contains no half of a surrogate pair."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: object) -> str:
    if isinstance(value, str):
        return ascii(value[:60])[:60]
    return show(value) if isinstance(value, int | float) else f"a value of type {type(value).__name__}"


def canonical(value: object) -> str:
    """Return JSON text that is equal for equal values: numbers by value, keys sorted.

    Examples
    --------
    >>> canonical({"b": 1.0, "a": [True, 0.50]})
    '{"a":[true,0.5],"b":1}'
    """
    return json.dumps(_numbers_by_value(value), sort_keys=True, separators=(",", ":"))


def _numbers_by_value(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _numbers_by_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers_by_value(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def position(document: Any, path: Path) -> tuple[int, ...]:
    """Return the positions of the parts of `path` in `document`, which sort in file order."""
    found: list[int] = []
    for part in path:
        if isinstance(document, dict) and part in document:
            found.append(list(document).index(part))
        elif isinstance(document, list) and isinstance(part, int) and part < len(document):
            found.append(part)
        else:
            break
        document = document[part]
    return tuple(found)
