"""Write nnbuild/layers.pyi, type hints of the constructors: ``python tools/make_stubs.py``.

A test compares the file with the output of this tool.
"""

from __future__ import annotations

import inspect
from pathlib import Path

from nnbuild import catalog, layers
from nnbuild.catalog import Signature
from nnbuild.catalog.argument_table import DTYPE, RESAMPLING
from nnbuild.catalog.arguments import kind_of
from nnbuild.catalog.kinds import (
    Anything,
    Choice,
    Either,
    Flag,
    Integer,
    Kind,
    ListOf,
    MapOf,
    Named,
    Null,
    Number,
    Object,
    Text,
)
from nnbuild.convert.schema_classes import plain_names
from nnbuild.language.auto_arguments import may_be_auto
from nnbuild.language.factors import FACTOR, FACTOR_KEYS

FILE = Path(layers.__file__).with_suffix(".pyi")


def main() -> None:
    FILE.write_text(text(), "utf-8")


def text() -> str:
    """Return the stub, in the format of ruff."""
    found = [signature(name) for name in catalog.class_names("layers") + catalog.class_names("cells")]
    parts = [HEAD, aliases(), "\n\n".join([*map(composite, layers.LANGUAGE_CLASSES), *map(constructor, found)])]
    return "\n".join(parts) + "\n"


def signature(name: str) -> Signature:
    found = catalog.find("layers", name) or catalog.find("cells", name)
    assert found is not None
    return found


def aliases() -> str:
    """Return aliases of types that many arguments share."""
    lines = ["Param: TypeAlias = str  # a reference to a param, or an expression: $name, $name * 2"]
    for kind, alias in CHOICES.items():
        assert isinstance(kind, Choice)
        lines += [f"{alias}: TypeAlias = Literal[", *(f'    "{option}",' for option in kind.options), "]"]
    for family, alias in OBJECTS.items():
        names = [name for name in plain_names(family) if name.islower()]
        if family in ("layers", "cells"):
            lines.append(f"{alias}: TypeAlias = str | Mapping[str, Any]")
        else:
            lines += [f"{alias}: TypeAlias = (", "    Literal[", *(f'        "{name}",' for name in names), "    ]"]
            lines += ["    | str", "    | Mapping[str, Any]", ")"]
    return "\n".join(lines) + "\n"


def composite(name: str) -> str:
    """Return the stub of a constructor that is defined in nnbuild/layers.py."""
    function = getattr(layers, name)
    lines, kind = [], None
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and kind is not parameter.KEYWORD_ONLY:
            lines.append("*")
        default = "" if parameter.default is parameter.empty else " = ..."
        stars = "**" if parameter.kind is parameter.VAR_KEYWORD else ""
        lines.append(f"{stars}{parameter.name}: {parameter.annotation}{default}")
        kind = parameter.kind
        if kind is parameter.POSITIONAL_ONLY:
            lines.append("/")
    return definition(name, lines, function.__doc__)


def constructor(found: Signature) -> str:
    """Return the stub of the constructor for a class of the catalog."""
    lines = [f"{name}: {hint(argument_kind(found, name))} = ..." for name in found.arguments]
    node = ["*", "name: str | None = ...", "inputs: Iterable[str] | None = ..."]
    node += [f"{key}: {hint(FACTOR)} = ..." for key in FACTOR_KEYS] if found.family == "layers" else []
    noun = "A node" if found.family == "layers" else "A recurrent cell"
    needs = f"; requires {' and '.join(found.required)}" if found.required else ""
    return definition(found.name, lines + node, f"{noun} of type {found.name}{needs}.")


def argument_kind(found: Signature, name: str) -> Kind:
    kind = kind_of(found.family, found.name, name)
    return Either(kind, Choice("auto")) if may_be_auto(found.name, name) else kind


def definition(name: str, parameters: list[str], doc: str) -> str:
    lines = "".join(f"    {parameter},\n" for parameter in parameters)
    return f'def {name}(\n{lines}) -> dict[str, Any]:\n    """{doc}"""'


def hint(kind: Kind) -> str:
    """Return the type of an argument of `kind`, which may also be a reference to a param."""
    return union(types(kind))


def types(kind: Kind) -> list[str]:
    if isinstance(kind, Either):
        return flattened([part for one in kind.kinds for part in types(one)])
    if kind in CHOICES:
        return [CHOICES[kind]]
    if isinstance(kind, Object):
        return [OBJECTS[kind.family]]
    if isinstance(kind, Choice):
        return [f"Literal[{', '.join(literal(option) for option in kind.options)}]"]
    if isinstance(kind, ListOf):
        items = hint(kind.of)
        return [f"Sequence[{items}]" if items.count("Sequence") < 2 else DEEP]
    if isinstance(kind, MapOf | Named):
        return [f"Mapping[str, {hint(kind.of)}]"]
    return [next(name for of, name in PLAIN.items() if isinstance(kind, of))]


def flattened(parts: list[str]) -> list[str]:
    """Return `parts` without other list types if a list of lists is among them."""
    return [part for part in parts if part == DEEP or DEEP not in parts or not part.startswith("Sequence")]


def literal(option: str | int) -> str:
    return f'"{option}"' if isinstance(option, str) else str(option)


def union(parts: list[str]) -> str:
    """Return the union of `parts` and a param, each once, with None last."""
    distinct = list(dict.fromkeys(parts))
    if "Any" in distinct:
        return "Any"
    param = [] if "str" in distinct else ["Param"]
    last = ["None"] if "None" in distinct else []
    return " | ".join([*(part for part in distinct if part != "None"), *param, *last])


DEEP = "Sequence[Any]"  # list of lists of lists
PLAIN = {Integer: "int", Number: "float", Flag: "bool", Text: "str", Null: "None", Anything: "Any"}
# Choices with many options, which have an alias.
CHOICES: dict[Kind, str] = {DTYPE: "DType", RESAMPLING: "Resampling"}
OBJECTS = {
    "activations": "ActivationLike",
    "constraints": "ConstraintLike",
    "initializers": "InitializerLike",
    "regularizers": "RegularizerLike",
    "layers": "LayerLike",
    "cells": "CellLike",
}
HEAD = """\
# Written by tools/make_stubs.py from the catalog: do not edit.

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

LANGUAGE_CLASSES: tuple[str, ...]
"""

if __name__ == "__main__":
    main()
