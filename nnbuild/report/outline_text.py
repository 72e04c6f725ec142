"""Plain-text outline of a recipe: its layers in order, without shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from nnbuild.catalog import find
from nnbuild.catalog.json_form import without_type
from nnbuild.language.analysis import Network
from nnbuild.language.composites import SHORTCUT
from nnbuild.language.values import canonical
from nnbuild.records import Node, ResolvedNetwork
from nnbuild.report.diagram.outline import name_parts
from nnbuild.report.units import count, printable, sizes_text

_Row = tuple[str, Node]  # name of a layer within its scope, and the layer
_FAMILIES = ["layers", "optimizers", "cells", "regularizers", "initializers", "constraints", "schedules", "activations"]


def network_outline(network: Network | ResolvedNetwork, n_parameters: Mapping[str, int] | None = None) -> str:
    """Return the layers of a network, one per line, with equal iterations of a Repeat on one line.

    Parameters
    ----------
    network : Network or ResolvedNetwork
        Network of a recipe, or as it was built.
    n_parameters : mapping of str to int, optional
        Number of parameters of each layer that has parameters.

    Returns
    -------
    str
        Each line has the layer's name, its class, its number of parameters if given, the arguments that differ from
        Keras' defaults, and its inputs if they are not the layer on the line above.
    """
    counts = n_parameters or {}
    rows = [
        (name, "", "", sizes_text(spec["shape"]) if "shape" in spec else "") for name, spec in network.inputs.items()
    ]
    above = [list(network.inputs)[-1], *(node.name for node in network.nodes)]
    is_continued = {node.name for node, name in zip(network.nodes, above, strict=False) if node.inputs == (name,)}
    for label, node in _folded([(node.name, node) for node in network.nodes], counts):
        takes = "" if node.name in is_continued else f"<- {', '.join(node.inputs)}"
        arguments = "if shapes differ" if node.type == SHORTCUT else _arguments(node)
        n = count(counts[node.name]) if node.name in counts else ""
        rows.append((label, node.type, n, "  ".join(part for part in (arguments, takes) if part)))
    if network.outputs == "auto":
        rows.append(("output", "Dense", "", "units and activation set by the task"))
    return "".join(f"{line}\n" for line in _lines(rows))


def _lines(rows: Sequence[tuple[str, str, str, str]]) -> Iterator[str]:
    """Yield rows as lines. The third column, of numbers, is omitted if it is empty."""
    rows = [(printable(name), printable(kind), n, printable(text)) for name, kind, n, text in rows]
    name_width, kind_width, n_width = (max(len(row[column]) for row in rows) for column in range(3))
    for name, kind, n, text in rows:
        number = f"{n:>{n_width}}  " if n_width else ""
        yield f"{name:{name_width}}  {kind:{kind_width}}  {number}{text}".rstrip()


def _folded(rows: Iterable[_Row], n_parameters: Mapping[str, int], scope: str = "") -> Iterator[_Row]:
    """Yield the rows, with consecutive equal iterations as one: ``repeat_1.1-20.dense_1``."""

    def facts(part: tuple[str, str, list[_Row]]) -> object:
        number, _, inside = part
        return [_facts(*row, n_parameters) for row in inside] if number.isdecimal() else number

    for _, equal in groupby(name_parts(rows), facts):
        (first, dot, inside), *others = equal
        if dot:
            part = f"{first}-{others[-1][0]}" if others else first
            yield from _folded(inside, n_parameters, f"{scope}{part}.")
        else:
            yield from ((f"{scope}{first}", node) for _, node in inside)


def _facts(name: str, node: Node, n_parameters: Mapping[str, int]) -> tuple:
    """Return the values that must agree for iterations to be equal."""
    return name, node.type, _settings(node), n_parameters.get(node.name)


def _settings(node: Node) -> dict:
    return {**node.arguments, **node.factors}


def _arguments(node: Node) -> str:
    """Return the arguments that differ from their defaults, as ``units=64, activation=relu``."""
    return ", ".join(f"{name}={value}" for name, value in _not_default(node.type, _settings(node)))


def _not_default(type_name: str, arguments: Mapping) -> Iterator[tuple[str, str]]:
    signature = next((found for family in _FAMILIES if (found := find(family, type_name))), None)
    for name, value in arguments.items():
        known = signature is not None and name in signature.arguments and name not in signature.required
        if not (known and signature and canonical(value) == canonical(signature.arguments[name])):
            yield name, value_text(value)


def value_text(value: object) -> str:
    """Return a value of a recipe on one line, as ``Adam(learning_rate=0.01)``, without Keras' defaults."""
    if isinstance(value, Mapping) and "type" in value:
        inside = _not_default(value["type"], without_type(value))
        return f"{value['type']}({', '.join(f'{name}={text}' for name, text in inside)})"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    return value if isinstance(value, str) else canonical(value)
