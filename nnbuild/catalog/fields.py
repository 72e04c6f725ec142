"""Saved form of frozen dataclasses: fields as JSON values, their kinds by their types, and names of their arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from nnbuild.catalog.kinds import MAX_DOUBLE, Choice, Flag, Float, Integer, Kind, ListOf, Text, optional

T = TypeVar("T")


def saved_names(record: type) -> dict[str, str]:
    """Return the name of each field of a dataclass, by its name in files (`saved_as` of its metadata)."""
    return {field.metadata.get("saved_as", field.name): field.name for field in fields(record)}


def saved_fields(record: Any) -> dict[str, object]:
    """Return the fields of a dataclass as JSON values, without fields equal to their defaults."""
    defaults = defaults_of(type(record))
    found = {saved: _json(getattr(record, name)) for saved, name in saved_names(type(record)).items()}
    return {name: value for name, value in found.items() if name not in defaults or value != defaults[name]}


def defaults_of(record: type) -> dict[str, object]:
    """Return the defaults of the fields of a dataclass that have one, as JSON values by their names in files."""
    defaults = {field.name: _json(field.default) for field in fields(record) if field.default is not MISSING}
    return {saved: defaults[name] for saved, name in saved_names(record).items() if name in defaults}


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def arrays_under(name: str, arrays: Mapping[str, T]) -> dict[str, T]:
    """Return the arrays whose names begin with `name` and a slash, by the rest of their names.

    Examples
    --------
    >>> arrays_under("user", {"user/ids": 1, "item/ids": 2})
    {'ids': 1}
    """
    return {key.partition("/")[2]: array for key, array in arrays.items() if key.partition("/")[0] == name}


@cache
def kinds_of(record: type) -> dict[str, Kind]:
    """Return the kind of each field of a dataclass, by its name in files.

    The type of a field, or the second argument of `Annotated`, determines its kind.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> kinds_of(make_dataclass("Point", [("x", int)]))["x"].description
    'an integer of at least 0'
    """
    hints = get_type_hints(record, include_extras=True)
    return {saved: _kind_of(hints[name]) for saved, name in saved_names(record).items()}


def _kind_of(hint: Any) -> Kind:
    if get_origin(hint) is Annotated:
        return get_args(hint)[1]
    if get_origin(hint) is Literal:
        return Choice(*get_args(hint))
    return ListOf(_kind_of(get_args(hint)[0])) if get_origin(hint) is tuple else _KINDS[hint]


_KINDS: dict[Any, Kind] = {
    str: Text(),
    str | None: optional(Text()),
    int: Integer(0),
    bool: Flag(),
    float: Float(most=MAX_DOUBLE),
}
