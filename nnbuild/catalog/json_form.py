"""Keras objects in JSON form: a name alone, or an object with `type` and arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JsonForm = str | Mapping[str, Any]


class _Unknown:
    """An unknown value; all values computed from it are unknown too."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


def with_type(value: JsonForm) -> dict[str, Any]:
    """Return a copy in the form with `type`, also of a name alone.

    Examples
    --------
    >>> with_type("adam"), with_type({"type": "L2", "l2": 0.1})
    ({'type': 'adam'}, {'type': 'L2', 'l2': 0.1})
    """
    return {"type": value} if isinstance(value, str) else dict(value)


def without_type(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments alone.

    Examples
    --------
    >>> without_type({"type": "L2", "l2": 0.1})
    {'l2': 0.1}
    """
    return {key: argument for key, argument in value.items() if key != "type"}


def type_of(value: JsonForm) -> str:
    """Return the name alone.

    Examples
    --------
    >>> type_of("adam"), type_of({"type": "L2", "l2": 0.1})
    ('adam', 'L2')
    """
    return value if isinstance(value, str) else value["type"]


def is_plain_accuracy(value: JsonForm) -> bool:
    """Return whether a metric is the string "accuracy": Keras chooses the type of accuracy by the shapes of targets."""
    return isinstance(value, str) and value.lower() in ("accuracy", "acc")
