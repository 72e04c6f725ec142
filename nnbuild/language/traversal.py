"""What is inside the values of a recipe: how much, which params; each part is looked at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnbuild.language.expressions import is_expression, mentioned

PER_VALUE = 100  # characters of a string that count as one value


class Parts:
    """Facts of JSON values, remembered by the identity of their lists and objects."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple] = {}
        self._names: dict[str, frozenset[str]] = {}

    def size(self, value: object) -> int:
        """Values inside `value`, at any depth; long strings count as several."""
        if isinstance(value, str):
            return len(value) // PER_VALUE
        return self._of("size", value, 0, lambda inside: len(inside) + sum(map(self.size, inside)))

    def names(self, value: object) -> frozenset[str]:
        """Names in the expressions in `value`."""
        if isinstance(value, str):
            return self._names_of(value)
        return self._of("names", value, frozenset(), lambda inside: frozenset().union(*map(self.names, inside)))

    def has_params(self, value: object) -> bool:
        """Whether any string in `value` starts with a dollar."""
        if isinstance(value, str):
            return value.startswith("$")
        return self._of("params", value, False, lambda inside: any(map(self.has_params, inside)))

    def _names_of(self, text: str) -> frozenset[str]:
        if not is_expression(text):
            return frozenset()
        if text not in self._names:
            self._names[text] = frozenset(mentioned(text))
        return self._names[text]

    def _of(self, what: str, value: object, otherwise: Any, find: Callable[[Any], Any]) -> Any:
        """What `find` returns of the items of a list or object; `otherwise` for a value with nothing inside."""
        if not isinstance(value, list | dict):
            return otherwise
        key = (what, id(value))
        if key not in self._known:  # with the value, so that no other gets its id
            self._known[key] = (value, find(value if isinstance(value, list) else value.values()))
        return self._known[key][1]
