"""Tables of Keras' classes and their arguments, for docs/layers.md and docs/objects.md."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from pathlib import Path

from nnbuild import catalog
from nnbuild.catalog.arguments import kind_of
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.facts.rows import LAYER_FAMILIES
from nnbuild.catalog.kinds import NOUNS, Either, Kind, ListOf, MapOf, Named
from nnbuild.convert.schema_classes import names_by_class, signatures
from tools.markdown import code, listed, table


def own_layers() -> str:
    names = [name for name in catalog.class_names("layers") if layer_facts(name).own]
    return f"Layers added by nnbuild: {linked(names)}."


def layer_index() -> str:
    return table(("group", "layers"), [(heading, linked(names)) for heading, names in layer_groups().items()])


def linked(names: Iterable[str]) -> str:
    return ", ".join(f"[{name}](#{name.lower()})" for name in names)


def layers() -> str:
    groups = ("\n\n".join([f"## {heading}", *map(layer, names)]) for heading, names in layer_groups().items())
    return "\n\n".join(groups)


def layer_groups() -> dict[str, list[str]]:
    """Return the layers of the catalog by the heading of their family."""
    names = catalog.class_names("layers")
    return {
        heading: [name for name in names if layer_facts(name).family == family]
        for family, heading in LAYER_FAMILIES.items()
    }


def cells() -> str:
    return "\n\n".join(map(layer, catalog.class_names("cells")))


def layer(name: str) -> str:
    """Return the section of a layer or cell, without arguments common to all layers."""
    family = "layers" if catalog.find("layers", name) else "cells"
    found = catalog.find(family, name)
    assert found is not None
    names = [argument for argument in found.arguments if argument not in COMMON_ARGUMENTS]
    rows = [(", ".join(shown), kind) for kind, shown in by_kind(family, name, names).items()]
    body = table(("arguments and defaults", "must be"), rows) if rows else "No arguments."
    return "\n\n".join(part for part in (f"### {name}", class_notes(family, name), body) if part)


def class_notes(family: str, name: str) -> str:
    """Return a description of a layer of nnbuild, aliases, required arguments, and the number of inputs if not 1."""
    found = catalog.find(family, name)
    assert found is not None
    others = [code(other) for other in names_by_class(family)[name] if other != name]
    notes = [own_note(name)] if layer_facts(name).own else []
    notes += [f"Aliases: {listed(others)}."] if others else []
    notes += [f"Required: {listed(map(code, found.required))}."] if found.required else []
    low, high = layer_facts(name).n_inputs if family == "layers" else (1, 1)
    if (low, high) != (1, 1):
        count = f"{low} or more" if high is None else str(low) if low == high else f"{low} to {high}"
        notes.append(f"Takes {count} inputs.")
    return " ".join(notes)


def own_note(name: str) -> str:
    """Return the first line of the docstring of a layer of nnbuild, without an import of Keras."""
    statements = [node for file in OWN_LAYERS.glob("*.py") for node in ast.parse(file.read_text("utf-8")).body]
    (found,) = [node for node in statements if isinstance(node, ast.ClassDef) and node.name == name]
    return (ast.get_docstring(found) or "").split("\n")[0]


def by_kind(family: str, name: str, arguments: Iterable[str]) -> dict[str, list[str]]:
    """Return the arguments of a class with their defaults, grouped by kind."""
    found = catalog.find(family, name)
    assert found is not None
    groups: dict[str, list[str]] = {}
    for argument in arguments:
        default = "" if argument in found.required else f" = {code(json.dumps(found.arguments[argument]))}"
        shown = f"**{code(argument)}**" if argument in found.required else code(argument)
        groups.setdefault(in_words(kind_of(family, name, argument)), []).append(f"{shown}{default}")
    return groups


def activations() -> str:
    own: dict[str, list[str]] = {}
    for name in catalog.activation_names():
        own.setdefault(str(catalog.activation(name)), []).append(name)
    shown = [code(name) + also(names, name) for name, names in own.items()]
    with_arguments = [f"[{name}](layers.md#{name.lower()})" for name in catalog.class_names("activations")]
    return f"{', '.join(shown)}.\n\nWith arguments, as objects: {', '.join(with_arguments)}."


def classes(family: str) -> str:
    """Return a table of all classes of a family with their arguments."""
    rows = []
    for signature in signatures(family):
        names = names_by_class(family)[signature.name]
        groups = by_kind(family, signature.name, [name for name in signature.arguments if name not in COMMON_ARGUMENTS])
        first = code(signature.name) + also(names, signature.name)
        cells = [(", ".join(shown), kind) for kind, shown in groups.items()] or [("", "")]
        rows += [(first if index == 0 else "", *cell) for index, cell in enumerate(cells)]
    return table(("class", "arguments and defaults", "must be"), rows)


def also(names: Iterable[str], own: str) -> str:
    others = [code(name) for name in names if name != own]
    return f" (also {', '.join(others)})" if others else ""


def in_words(kind: Kind) -> str:
    """Return the description of a kind, with links to the tables of Keras objects.

    Descriptions of items are in parentheses, because they may contain "or".
    """
    if isinstance(kind, Either):
        return " or ".join(map(in_words, kind.kinds))
    words = kind.description
    if isinstance(kind, ListOf):
        words = words.replace(f", each {kind.of.description}", f" (items: {kind.of.description})")
    elif isinstance(kind, Named):
        words = words.replace(f", each {kind.of.description}", f" (values: {kind.of.description})")
    elif isinstance(kind, MapOf):
        words = f"an object (values: {kind.of.description})"
    for family, noun in NOUNS.items():
        article = "an" if noun[0] in "aeio" else "a"
        for form in ("(its name, or an object with 'type')", "(an object with 'type')"):
            words = words.replace(f"{article} {noun} {form}", f"[{article} {noun}]({SECTIONS[family]})")
    return words


OWN_LAYERS = Path(__file__).parents[1] / "nnbuild" / "keras_layers"
COMMON_ARGUMENTS = ("trainable", "dtype")  # described once on the page

# Sections with the classes of each family.
SECTIONS = {
    "layers": "layers.md",
    "cells": "layers.md#recurrent-cells",
    "schedules": "objects.md#learning-rate-schedules",
    "factor_schedules": "objects.md#factor-schedules",
    **{
        family: f"objects.md#{family}"
        for family in NOUNS
        if family not in ("layers", "cells", "schedules", "factor_schedules")
    },
}

TABLES = {
    "own_layers": own_layers,
    "layer_index": layer_index,
    "layers": layers,
    "cells": cells,
    "activations": activations,
    "initializers": lambda: classes("initializers"),
    "regularizers": lambda: classes("regularizers"),
    "constraints": lambda: classes("constraints"),
    "optimizers": lambda: classes("optimizers"),
    "schedules": lambda: classes("schedules"),
    "factor_schedules": lambda: classes("factor_schedules"),
    "losses": lambda: classes("losses"),
    "metrics": lambda: classes("metrics"),
}
