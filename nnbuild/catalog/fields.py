"""Convert fields of frozen dataclasses to JSON values, and find their kinds by their types."""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from nnbuild.catalog.kinds import MOST_DOUBLE, Choice, Flag, Float, Kind, ListOf, Text, Whole, optional


def saved_fields(record: Any) -> dict[str, object]:
    """Return the fields of a dataclass as JSON values, without fields equal to their defaults."""
    defaults = defaults_of(type(record))
    found = {field.name: getattr(record, field.name) for field in fields(record)}
    values = {name: value for name, value in found.items() if name not in defaults or value != defaults[name]}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def defaults_of(record: type) -> dict[str, object]:
    """Return the defaults of the fields of a dataclass that have one."""
    return {field.name: field.default for field in fields(record) if field.default is not MISSING}


@cache
def kinds_of(record: type) -> dict[str, Kind]:
    """Return the kind of each field of a dataclass, by its type or the second argument of `Annotated`.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> kinds_of(make_dataclass("Point", [("x", int)]))["x"].says
    'a whole number of at least 0'
    """
    hints = get_type_hints(record, include_extras=True)
    return {field.name: _kind_of(hints[field.name]) for field in fields(record)}


def _kind_of(hint: Any) -> Kind:
    if get_origin(hint) is Annotated:
        return get_args(hint)[1]
    if get_origin(hint) is Literal:
        return Choice(*get_args(hint))
    return ListOf(_kind_of(get_args(hint)[0])) if get_origin(hint) is tuple else _KINDS[hint]


_KINDS: dict[Any, Kind] = {
    str: Text(),
    str | None: optional(Text()),
    int: Whole(0),
    bool: Flag(),
    float: Float(most=MOST_DOUBLE),
}
