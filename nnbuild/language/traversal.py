"""Sizes and params of the values of a recipe; each part is visited once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbuild.language.expressions import is_expression, mentioned

PER_VALUE = 100  # characters of a string that count as one value


class Parts:
    """Sizes and params of JSON values, cached by the identity of lists and objects."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple] = {}
        self._names: dict[str, frozenset[str]] = {}

    def size(self, value: object) -> int:
        """Return the number of values inside `value`, at any depth; long strings count as several."""
        if isinstance(value, str):
            return len(value) // PER_VALUE
        return self._cached("size", value, 0, lambda inside: len(inside) + sum(map(self.size, inside)))

    def names(self, value: object) -> frozenset[str]:
        """Return the names in the expressions inside `value`."""
        if isinstance(value, str):
            return self._names_of(value)
        return self._cached("names", value, frozenset(), lambda inside: frozenset().union(*map(self.names, inside)))

    def has_params(self, value: object) -> bool:
        """Return whether any string inside `value` starts with a dollar sign."""
        if isinstance(value, str):
            return value.startswith("$")
        return self._cached("params", value, False, lambda inside: any(map(self.has_params, inside)))

    def _names_of(self, text: str) -> frozenset[str]:
        if not is_expression(text):
            return frozenset()
        if text not in self._names:
            self._names[text] = frozenset(mentioned(text))
        return self._names[text]

    def _cached(self, what: str, value: object, otherwise: Any, find: Callable[[Any], Any]) -> Any:
        """Return `find(items)` of a list or object, cached; `otherwise` for any other value."""
        if not isinstance(value, list | dict):
            return otherwise
        key = (what, id(value))
        if key not in self._known:  # keeps the value alive, so that its id stays unique
            self._known[key] = (value, find(value if isinstance(value, list) else value.values()))
        return self._known[key][1]
