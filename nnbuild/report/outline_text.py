"""Recipe -> outline in plain text: its layers in order, before any shape is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from nnbuild.recipe.analysis import Network
from nnbuild.recipe.catalog import find
from nnbuild.recipe.composites import SHORTCUT
from nnbuild.recipe.forms import without_type
from nnbuild.recipe.values import canonical
from nnbuild.records import Node
from nnbuild.report.units import printable, sizes_text

_Row = tuple[str, Node]  # what stands for the layer's name, and the layer
_TURN = re.compile(r"(?P<head>.*?\.)(?P<turn>\d+)\.(?P<rest>.*)")


def network_outline(network: Network) -> str:
    """The layers of a network: a line each, equal turns of a Repeat together.

    Parameters
    ----------
    network : Network
        Of a recipe.

    Returns
    -------
    str
        Each line has the layer's name, its class, the arguments that are not Keras' defaults and, where it does not
        continue the line above, what it takes.
    """
    rows = [(name, "", sizes_text(said["shape"]) if "shape" in said else "") for name, said in network.inputs.items()]
    above = [list(network.inputs)[-1], *(node.name for node in network.nodes)]
    goes_on = {node.name for node, name in zip(network.nodes, above, strict=False) if node.inputs == (name,)}
    for label, node in _folded([(node.name, node) for node in network.nodes]):
        takes = "" if node.name in goes_on else f"<- {', '.join(node.inputs)}"
        said = "if shapes differ" if node.type == SHORTCUT else _arguments(node)
        rows.append((label, node.type, "  ".join(part for part in (said, takes) if part)))
    if network.outputs == "auto":
        rows.append(("output", "Dense", "units and activation by the task"))
    rows = [(printable(name), printable(kind), printable(said)) for name, kind, said in rows]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "".join(f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip() + "\n" for row in rows)


def _folded(rows: Sequence[_Row], scope: str = "") -> Iterator[_Row]:
    """The rows, with one turn in place of equal ones in a row: ``repeat_1.1-20.dense_1``."""
    for head, group in groupby(rows, lambda row: _part(row, "head")):
        if not head:
            yield from ((scope + label, node) for label, node in group)
            continue
        turns = [
            (number, [(_part(row, "rest"), row[1]) for row in turn])
            for number, turn in groupby(group, lambda row: _part(row, "turn"))
        ]
        for _, equal in groupby(turns, lambda turn: [(label, node.type, node.arguments) for label, node in turn[1]]):
            run = list(equal)
            numbers = run[0][0] if len(run) == 1 else f"{run[0][0]}-{run[-1][0]}"
            yield from _folded(run[0][1], f"{scope}{head}{numbers}.")


def _part(row: _Row, part: str) -> str:
    found = _TURN.fullmatch(row[0])
    return found[part] if found else ""


def _arguments(node: Node) -> str:
    """The arguments that differ from their defaults, as ``units=64, activation=relu``."""
    return ", ".join(f"{name}={value}" for name, value in _told(node.type, node.arguments))


def _told(type_name: str, arguments: Mapping) -> Iterator[tuple[str, str]]:
    families = ("layers", "cells", "regularizers", "initializers", "constraints", "schedules", "activations")
    signature = next((found for family in families if (found := find(family, type_name))), None)
    for name, value in arguments.items():
        known = signature is not None and name in signature.arguments and name not in signature.required
        if not (known and signature and canonical(value) == canonical(signature.arguments[name])):
            yield name, _value(value)


def _value(value: object) -> str:
    if isinstance(value, Mapping) and "type" in value:
        inside = _told(value["type"], without_type(value))
        return f"{value['type']}({', '.join(f'{name}={text}' for name, text in inside)})"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return value if isinstance(value, str) else canonical(value)
