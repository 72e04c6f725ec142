"""Make JSON Schema from kinds, with references to params wherever they are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nnbuild.catalog.kinds import Kind
from nnbuild.language.expressions import MAX_CHARACTERS

# The patterns have the same meaning in Python and ECMAScript, with or without Unicode.
_EXPRESSION = rf"\$[A-Za-z0-9_\s.+*/%(),-]{{1,{MAX_CHARACTERS - 1}}}$"
EXPRESSION = {"type": "string", "pattern": f"^{_EXPRESSION}"}
# An expression, or a literal string.
TEXT = {"type": "string", "pattern": rf"^($|[^$]|\$\$|{_EXPRESSION})"}
NAME = {
    "description": "A letter, then letters, digits and single underscores.",
    "type": "string",
    "pattern": "^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*_?$",
}


def ref(name: str) -> dict:
    """Return a reference to a definition of the schema."""
    return {"$ref": f"#/$defs/{name}"}


def value(kind: Kind) -> dict:
    """Return the schema of a value of `kind`; the value and each value inside it may be an expression.

    Examples
    --------
    >>> from nnbuild.catalog.kinds import Flag, Object
    >>> value(Flag())["type"], value(Object("losses"))
    (['boolean', 'string'], {'$ref': '#/$defs/losses'})
    """
    return _with_expressions(kind.schema())


def _with_expressions(schema: dict) -> dict:
    options = _options(schema)
    parts = [_with_inner_expressions(option) for option in options]
    # Referenced definitions allow expressions themselves.
    open_already = any("$ref" in part or part == TEXT for part in parts)
    return any_of([*parts, *([] if open_already else [EXPRESSION])])


def _options(schema: dict) -> list[dict]:
    """Return the alternatives of a schema, flattened."""
    return [option for part in schema["anyOf"] for option in _options(part)] if "anyOf" in schema else [schema]


def _with_inner_expressions(schema: dict) -> dict:
    """Return a schema with expressions allowed for the values in a list or object."""
    if schema in ({}, {"type": "string"}):
        return TEXT if schema else ref("any")
    inner = dict(schema)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            inner[key] = _with_expressions(schema[key])
    if "properties" in schema:
        inner["properties"] = {name: _with_expressions(part) for name, part in schema["properties"].items()}
    return inner


def any_of(options: Iterable[dict]) -> dict:
    """Return a schema that accepts the values of any of `options`.

    Options of different JSON types are merged, because each keyword applies to one type: validators then report the
    problem of a number or a list instead of "matches none of these".

    Examples
    --------
    >>> any_of([{"type": "integer", "minimum": 1}, {"type": "null"}, {"enum": ["auto"]}])
    {'anyOf': [{'type': ['integer', 'null'], 'minimum': 1}, {'enum': ['auto']}]}
    """
    flat = [part for option in options for part in _options(option)]
    distinct = [part for index, part in enumerate(flat) if part not in flat[:index]]
    merged: list[dict] = []
    for part in distinct:
        host = next((index for index, other in enumerate(merged) if _may_join(other, part)), None)
        if host is None:
            merged.append(part)
        else:
            merged[host] = {**merged[host], **part, "type": [*_types(merged[host]), *_types(part)]}
    return merged[0] if len(merged) == 1 else {"anyOf": merged}


def _may_join(one: dict, other: dict) -> bool:
    types, more = set(_types(one)), set(_types(other))
    numbers = {"integer", "number"}  # share their keywords
    return bool(types and more) and not (types & more or (numbers & types and numbers & more))


def _types(schema: dict) -> list[str]:
    """Return the JSON types of a schema; none for an enum or a reference."""
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else types


def table(properties: Mapping[str, dict], required: Iterable[str] = ()) -> dict:
    """Return the schema of an object with a fixed set of keys."""
    needs = {"required": list(required)} if required else {}
    return {"type": "object", **needs, "properties": dict(properties), "additionalProperties": False}


def names_of(schema: dict, reserved: Iterable[str] = (), least: int = 0) -> dict:
    """Return the schema of an object with at least `least` names, none of them `taken`, and values of `schema`."""
    names = {**ref("name"), **({"not": {"enum": list(reserved)}} if reserved else {})}
    limit = {"minProperties": least} if least else {}
    return {"type": "object", **limit, "propertyNames": names, "additionalProperties": schema}


def type_is(names: Iterable[str]) -> dict:
    """Return the condition that an object's `type` is one of `names`."""
    return {"required": ["type"], "properties": {"type": {"enum": list(names)}}}
