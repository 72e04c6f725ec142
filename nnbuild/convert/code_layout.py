"""Lay out Python expressions, given as data, in lines of code, as common formatters do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

WIDTH = 100
_INDENT = 4
_MAX_TEXT = 2000


class Item(NamedTuple):
    """A part of a `Group`: `prefix` is a keyword with "=", a key of a dict with ": ", or ""."""

    prefix: str
    value: Expression


@dataclass(frozen=True)
class Group:
    """An expression that ends in brackets.

    Attributes
    ----------
    opening, closing : str
        The text up to the opening bracket, and the closing one.
    items : tuple of Item
        The parts between the brackets.
    call : Group or None
        The brackets of a call on the result: ``(x)`` in ``Dense(8)(x)``.
    """

    opening: str
    items: tuple[Item, ...]
    closing: str
    call: Group | None = None


Expression = str | Group


def lines(head: str, value: Expression, tail: str = "", indent: int = 0) -> list[str]:
    """Return the lines of ``head value tail``, indented by `indent` columns, within `WIDTH` columns if possible.

    Examples
    --------
    >>> lines("x = ", Group("f(", (Item("", "1"), Item("name=", '"a"')), ")"))
    ['x = f(1, name="a")']
    """
    text = " " * indent + head + flat(value) + tail
    if len(text) <= WIDTH or isinstance(value, str) or not (value.items or value.call):
        return [text]
    if value.call is None:
        return _wrapped(head, value, tail, indent)
    made = replace(value, call=None)
    start = head + flat(made)
    if len(" " * indent + start + value.call.opening) <= WIDTH:
        return _wrapped(start, value.call, tail, indent)
    *first, last = _wrapped(head, made, "", indent)
    return [*first, *lines(last.strip(), value.call, tail, indent)]


def flat(value: Expression) -> str:
    """Return an expression on one line."""
    if isinstance(value, str):
        return value
    return value.opening + _body(value) + value.closing + (flat(value.call) if value.call else "")


def literal(value: object, as_tuple: bool = False) -> Expression:
    """Return a JSON value as a Python literal, lists as tuples if `as_tuple` is true."""
    if isinstance(value, str):
        return repr(value) if '"' in value and "'" not in value else _quoted(value)
    if isinstance(value, dict):
        return Group("{", tuple(Item(f"{flat(literal(key))}: ", literal(item)) for key, item in value.items()), "}")
    if isinstance(value, list | tuple):
        return sequence([literal(item, as_tuple) for item in value], as_tuple)
    return repr(value)


def shortened(text: str) -> str:
    """Return a text, cut if it is very long.

    Examples
    --------
    >>> shortened("A network"), len(shortened("x" * 5000))
    ('A network', 2000)
    """
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 4].rstrip() + " ..."


def sequence(values: list[Expression], as_tuple: bool = False) -> Group:
    """Return a list or tuple of expressions."""
    opening, closing = ("(", ",)" if len(values) == 1 else ")") if as_tuple else ("[", "]")
    return Group(opening, tuple(Item("", value) for value in values), closing)


def _quoted(text: str) -> str:
    """Return a string literal in double quotes."""
    inner = repr(text)[1:-1]
    if "'" in text and '"' not in text:  # repr uses double quotes here
        return repr(text)
    return '"' + inner.replace("\\'", "'").replace('"', '\\"') + '"'


def _wrapped(head: str, group: Group, tail: str, indent: int) -> list[str]:
    """Return the lines of a group, with all items on one line of their own if they fit, else on one line each."""
    margin = " " * (indent + _INDENT)
    inside = [margin + _body(group)]
    if len(inside[0]) > WIDTH or (group.opening in ("[", "{") and len(group.items) > 1):
        comma = "," if len(group.items) > 1 else ""
        inside = [line for item in group.items for line in lines(item.prefix, item.value, comma, len(margin))]
    return [" " * indent + head + group.opening, *inside, " " * indent + group.closing + tail]


def _body(group: Group) -> str:
    return ", ".join(item.prefix + flat(item.value) for item in group.items)
