"""Kinds of values in a recipe: each describes the allowed values in words, checks them, and has a JSON Schema."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from nnbuild.errors import show

MAX_WHOLE = 2**63 - 1  # integers have 64 bits
MAX_SIZE = 2**31 - 1  # sizes and counts have 32 bits, as windows and strides in TensorFlow
MAX_NUMBER = (2 - 2**-23) * 2.0**127  # the largest number in float32
MAX_AXES = 32  # of an array: the limit of NumPy 1; NumPy 2 allows 64


class Kind:
    """The values that are allowed in one place of a recipe.

    A kind has a description (`description`), a check of plain JSON values (`accepts`) and a JSON Schema.
    `Object` alone accepts no value here: a Keras object is checked against the catalog.
    """

    @property
    def description(self) -> str:
        """Description of the allowed values, which follows "must be" in messages."""
        raise NotImplementedError

    def accepts(self, value: Any) -> bool:
        """Return whether a plain JSON value is of this kind."""
        raise NotImplementedError

    def schema(self) -> dict:
        """Return the JSON Schema of this kind."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        """Return an accepted value in its canonical form: an integral float of kind `Integer` as an int."""
        return value

    def hint(self, value: Any) -> str:
        """Return the hint for a value that is not accepted; "" if this kind has none."""
        return ""


def is_number(value: Any) -> bool:
    """Return whether a JSON value is a number in the range of a float; booleans are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) <= sys.float_info.max


def is_integer(value: Any) -> bool:
    """Return whether a JSON value is a number without a fraction, of at most 64 bits."""
    return is_number(value) and value == int(value) and abs(value) <= MAX_WHOLE


def size_hint(kind: Kind, value: Any) -> str:
    """Return a hint for a number that is too large for `kind`; "" for other values."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    for one in (kind, *getattr(kind, "kinds", ())):
        if isinstance(one, Integer) and one.high is None and abs(value) > one.most:
            what = "integers" if one.low is None else "sizes and counts"
            return f"{what} are below 2**{one.most.bit_length()}"
        if isinstance(one, Number) and one.high is None and one.below is None and abs(value) > one.most:
            return "numbers are those of float32, up to 3.4e38"
    return ""


@dataclass(frozen=True)
class Integer(Kind):
    """An integer from `low` to `high`, both included and both optional."""

    low: int | None = None
    high: int | None = None

    @property
    def most(self) -> int:
        """Largest number: sizes and counts, which have a lower limit, have 32 bits, others 64."""
        return self.high if self.high is not None else MAX_WHOLE if self.low is None else MAX_SIZE

    @property
    def description(self) -> str:
        if self.low is not None and self.high is not None:
            return f"an integer from {self.low} to {self.high}"
        return "an integer" if self.low is None else f"an integer of at least {self.low}"

    def accepts(self, value: Any) -> bool:
        return is_integer(value) and (self.low is None or value >= self.low) and value <= self.most

    def schema(self) -> dict:
        limits = {"minimum": -MAX_WHOLE if self.low is None else self.low, "maximum": self.most}
        return {"type": "integer", **{key: limit for key, limit in limits.items() if limit is not None}}

    def clean(self, value: Any) -> Any:
        return int(value)


@dataclass(frozen=True)
class Number(Kind):
    """A number from `low` to `high`; `above` and `below` are exclusive limits; its magnitude is at most `most`."""

    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    most: float = MAX_NUMBER

    @property
    def description(self) -> str:
        if self.low is not None and self.high is not None:
            return f"a number from {self.low:g} to {self.high:g}"
        limits = {"of at least": self.low, "of at most": self.high, "above": self.above, "below": self.below}
        words = " and ".join(f"{word} {limit:g}" for word, limit in limits.items() if limit is not None)
        return f"a number {words}".rstrip()

    def accepts(self, value: Any) -> bool:
        return (
            is_number(value)
            and abs(value) <= self.most
            and (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def schema(self) -> dict:
        limits = {
            "minimum": -self.most if self.low is None and self.above is None else self.low,
            "maximum": self.most if self.high is None and self.below is None else self.high,
            "exclusiveMinimum": self.above,
            "exclusiveMaximum": self.below,
        }
        return {"type": "number", **{key: limit for key, limit in limits.items() if limit is not None}}


@dataclass(frozen=True)
class Float(Number):
    """A number that Keras accepts only as a Python float: an int becomes a float."""

    def clean(self, value: Any) -> Any:
        return float(value)


MAX_DOUBLE = sys.float_info.max  # limit of numbers that networks do not compute with


@dataclass(frozen=True)
class Flag(Kind):
    """True or false."""

    description = "true or false"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, bool)

    def schema(self) -> dict:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Text(Kind):
    """Any string."""

    description = "a string"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, str)

    def schema(self) -> dict:
        return {"type": "string"}


@dataclass(frozen=True)
class Null(Kind):
    """JSON's null, Python's None."""

    description = "null"

    def accepts(self, value: Any) -> bool:
        return value is None

    def schema(self) -> dict:
        return {"type": "null"}


@dataclass(frozen=True)
class Anything(Kind):
    """Any JSON value."""

    description = "any value"

    def accepts(self, value: Any) -> bool:
        return True

    def schema(self) -> dict:
        return {}


@dataclass(frozen=True, init=False)
class Choice(Kind):
    """One of a few strings or integers."""

    options: tuple[str | int, ...]

    def __init__(self, *options: str | int):
        object.__setattr__(self, "options", options)

    @property
    def description(self) -> str:
        shown = sorted(show(option) for option in self.options)
        return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)

    def accepts(self, value: Any) -> bool:
        return (isinstance(value, str) or is_integer(value)) and value in self.options

    def schema(self) -> dict:
        return {"enum": list(self.options)}

    def clean(self, value: Any) -> Any:
        return value if isinstance(value, str) else int(value)


@dataclass(frozen=True)
class ListOf(Kind):
    """A list of `least` to `most` values of one kind, which may be a Keras object.

    A `distinct` list contains numbers without duplicates, an `increasing` one numbers in strictly increasing order.
    """

    of: Kind
    least: int = 0
    most: int | None = None
    distinct: bool = False
    increasing: bool = False

    @property
    def description(self) -> str:
        length = f"{self.least} to {self.most}" if self.least != self.most else str(self.most)
        several = f"list of {length}" if self.most is not None else "non-empty list" if self.least else "list"
        order = " without duplicates" if self.distinct else " in increasing order" if self.increasing else ""
        return f"a {several}{order}, each {self.of.description}"

    def fits_length(self, value: Any) -> bool:
        """Return whether `value` is a list of an allowed length."""
        return isinstance(value, list) and self.least <= len(value) <= (len(value) if self.most is None else self.most)

    def accepts(self, value: Any) -> bool:
        if not self.fits_length(value) or not all(self.of.accepts(item) for item in value):
            return False
        if self.increasing and not all(one < other for one, other in pairwise(value)):
            return False
        return not (self.distinct and len(set(value)) < len(value))

    def schema(self) -> dict:
        limits = {"minItems": self.least or None, "maxItems": self.most, "uniqueItems": self.distinct or None}
        return {
            "type": "array",
            "items": self.of.schema(),
            **{key: limit for key, limit in limits.items() if limit is not None},
        }

    def clean(self, value: Any) -> Any:
        return [self.of.clean(item) for item in value]


@dataclass(frozen=True)
class Named(Kind):
    """An object with keys among `names`, and values of one kind."""

    names: tuple[str, ...]
    of: Kind

    @property
    def description(self) -> str:
        return f"an object with any of {', '.join(map(show, self.names))}, each {self.of.description}"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, dict) and all(key in self.names and self.of.accepts(value[key]) for key in value)

    def schema(self) -> dict:
        properties = {name: self.of.schema() for name in self.names}
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def clean(self, value: Any) -> Any:
        return {key: self.of.clean(item) for key, item in value.items()}


@dataclass(frozen=True)
class MapOf(Kind):
    """An object with any keys, and values of one kind."""

    of: Kind

    @property
    def description(self) -> str:
        return f"an object whose values are each {self.of.description}"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, dict) and all(self.of.accepts(item) for item in value.values())

    def schema(self) -> dict:
        return {"type": "object", "additionalProperties": self.of.schema()}

    def clean(self, value: Any) -> Any:
        return {key: self.of.clean(item) for key, item in value.items()}


@dataclass(frozen=True)
class Object(Kind):
    """A Keras object of one catalog family: its name, or an object with `type` and arguments."""

    family: str

    @property
    def description(self) -> str:
        noun = NOUNS[self.family]
        article = "an" if noun[0] in "aeio" else "a"
        if self.family in ("layers", "cells"):
            return f"{article} {noun} (an object with 'type')"
        return f"{article} {noun} (its name, or an object with 'type')"

    def accepts(self, value: Any) -> bool:
        return False

    def schema(self) -> dict:
        return {"$ref": f"#/$defs/{self.family}"}


@dataclass(frozen=True, init=False)
class Either(Kind):
    """A value of any of several kinds; the first that accepts it cleans it."""

    kinds: tuple[Kind, ...]

    def __init__(self, *kinds: Kind):
        object.__setattr__(self, "kinds", kinds)

    @property
    def description(self) -> str:
        return " or ".join(kind.description for kind in self.kinds)

    def accepts(self, value: Any) -> bool:
        return any(kind.accepts(value) for kind in self.kinds)

    def schema(self) -> dict:
        return {"anyOf": [kind.schema() for kind in self.kinds]}

    def clean(self, value: Any) -> Any:
        return next(kind for kind in self.kinds if kind.accepts(value)).clean(value)


def optional(kind: Kind) -> Kind:
    """Return the kind that allows `kind` or null."""
    return Either(kind, Null())


def object_family(kind: Kind, value: Any) -> str | None:
    """Return the catalog family of the Keras object that `value` describes; None for a plain value."""
    if isinstance(kind, Object):
        return kind.family if isinstance(value, str | dict) else None
    if isinstance(kind, Either) and not kind.accepts(value):
        return next((family for one in kind.kinds if (family := object_family(one, value))), None)
    return None


def list_item(kind: Kind) -> Kind | None:
    """Return the kind of each item, if `kind` is or allows a list; else None."""
    if isinstance(kind, ListOf):
        return kind.of
    if isinstance(kind, Either):
        return next((item for one in kind.kinds if (item := list_item(one))), None)
    return None


def choices(kind: Kind) -> list[str]:
    """Return the strings that `kind` allows by name, for hints."""
    if isinstance(kind, Choice):
        return [option for option in kind.options if isinstance(option, str)]
    return [option for one in getattr(kind, "kinds", ()) for option in choices(one)]


NOUNS = {
    "layers": "layer",
    "cells": "recurrent cell",
    "activations": "activation",
    "initializers": "initializer",
    "regularizers": "regularizer",
    "constraints": "constraint",
    "optimizers": "optimizer",
    "schedules": "learning rate schedule",
    "factor_schedules": "factor schedule",
    "losses": "loss",
    "metrics": "metric",
}
