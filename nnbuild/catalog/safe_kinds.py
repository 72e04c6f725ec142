"""Kinds that keep files, code and unbounded regular expressions out of a recipe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from nnbuild.catalog.kinds import Anything, Kind, ListOf


@dataclass(frozen=True)
class Keyword(Kind):
    """A part of a name. Keras uses it as a regular expression, and a hostile one could run for very long."""

    description = "a part of a layer's name (letters, digits, '_', '-', '/' and '.')"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, str) and re.fullmatch(r"[\w./-]+", value) is not None

    def schema(self) -> dict:
        return {"type": "string", "pattern": r"^[\w./-]+$"}


@dataclass(frozen=True)
class OfOwnClass(Anything):
    """An argument of a user's class: any JSON value except an object in Keras' serialized form."""

    description = "any value without an object as Keras writes it to files, which can import and run code"

    def accepts(self, value: Any) -> bool:
        if isinstance(value, dict):
            return "class_name" not in value and all(map(self.accepts, value.values()))
        return not isinstance(value, list) or all(map(self.accepts, value))

    def hint(self, value: Any) -> str:
        return "a recipe writes it as an object with 'type' and its arguments, in an argument that takes one"


@dataclass(frozen=True)
class Terms(ListOf):
    """The tokens of a vocabulary. Keras accepts the path of a vocabulary file too, which a recipe never opens."""

    def hint(self, value: Any) -> str:
        if not isinstance(value, str):
            return ""
        return (
            "a recipe can't open files: write the terms as a list, or use an input of kind 'text' or 'ids', "
            "which learns them from the training data"
        )
