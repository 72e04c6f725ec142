"""Traced functions on disk, by a key of network, settings and shapes: known ones need no tracing."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import Any

from nnbuild.cache.entries import Entry, Folder
from nnbuild.train.common.canonical import PREFIX


@dataclass(frozen=True)
class Form:
    """Traced function with canonical names.

    Attributes
    ----------
    names : tuple of str
        Names of the function and of the functions that it calls.
    definitions : tuple of bytes
        Their serialized definitions.
    structure : structure of 0
        Structure of the outputs: tuples, lists and dicts.
    """

    names: tuple[str, ...]
    definitions: tuple[bytes, ...]
    structure: Any

    def renamed(self) -> Form:
        """Return the same function with other names of the same length."""
        old = self.names[0]
        new = RENAMED + old.removeprefix(PREFIX)
        definitions = tuple(definition.replace(old.encode(), new.encode()) for definition in self.definitions)
        return Form(tuple(name.replace(old, new) for name in self.names), definitions, self.structure)


def load_form(folder: Folder, key: str) -> Form | None:
    """Return the traced function of a key, or None if it is not on disk."""
    entry = folder.read(_entry_name(key))
    if entry is None or entry.facts["key"] != key:
        return None
    definitions = tuple(map(zlib.decompress, entry.parts))
    return Form(tuple(entry.facts["names"]), definitions, _decoded(entry.facts["structure"]))


def store_form(folder: Folder, key: str, form: Form) -> None:
    """Store a traced function, unless its outputs have another structure than tuples, lists and dicts."""
    structure = _encoded(form.structure)
    facts = {"key": key, "names": form.names, "structure": structure}
    if _decoded(structure) == form.structure:
        folder.write(_entry_name(key), Entry(facts, [zlib.compress(part, 1) for part in form.definitions]))


def _entry_name(key: str) -> str:
    return f"{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}.form"


def _encoded(structure: Any) -> Any:
    """Return a structure as JSON value, which has no tuples."""
    if type(structure) in (tuple, list):
        return [type(structure).__name__, [_encoded(part) for part in structure]]
    if type(structure) is dict:
        return ["dict", {name: _encoded(part) for name, part in structure.items()}]
    return 0


def _decoded(value: Any) -> Any:
    if value == 0:
        return 0
    kind, parts = value
    if kind == "dict":
        return {name: _decoded(part) for name, part in parts.items()}
    return [_decoded(part) for part in parts] if kind == "list" else tuple(map(_decoded, parts))


RENAMED = "renamed_"
