"""Check the outputs of a recipe: "auto", "last", or named outputs with node, task, loss and target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nnbuild.catalog.kinds import Choice, Either, Kind, ListOf, MapOf, Number, Object, Text
from nnbuild.errors import Path, Problem, show, unknown_name
from nnbuild.language.checker import Checker, Scope
from nnbuild.language.expand import Expander, Frame
from nnbuild.language.known_keys import read_table
from nnbuild.language.mistakes import misspelt
from nnbuild.language.shared import needs
from nnbuild.records import Node

DEFAULT_OUTPUT = "output"
CLASSIFICATION, REGRESSION = "classification", "regression"
OUTPUT: dict[str, Kind] = {
    "node": Text(),
    "task": Choice(CLASSIFICATION, REGRESSION),
    "loss": Object("losses"),
    "weight": Number(low=0),
    "metrics": ListOf(Object("metrics")),
    "class_weight": Either(Choice("balanced"), MapOf(Number(low=0))),
    "target": Either(Text(), ListOf(Text(), 1)),
}
UNCERTAINTY = "uncertainty"  # value of `loss_weighting`


def read_outputs(outputs: object, frame: Frame, scope: Scope, expander: Expander) -> str | dict[str, dict]:
    """Return "auto", "last", or the settings of each output."""
    if outputs in ("auto", "last"):
        return outputs
    if not isinstance(outputs, dict) or not outputs:
        found = f"must be 'auto', 'last', or an object of names and outputs, got {show(outputs)}"
        expander.checker.add(Problem(("outputs",), found))
        return "auto"
    for name in outputs:
        expander.valid_name(name, ("outputs", name), at_key=True)
    for name in appended_outputs(outputs):
        if name in expander.inputs:
            found = f"{show(name)} is the name of an input, and of the output layer that is added without 'node'"
            hint = f'use another name, with "target": "{name}"'
            expander.checker.add(Problem(("outputs", name), found, hint=hint, at_key=True))
    return {name: _output(value, ("outputs", name), frame, scope, expander.checker) for name, value in outputs.items()}


def _output(raw: object, path: Path, frame: Frame, scope: Scope, checker: Checker) -> dict:
    values = read_table(raw, OUTPUT, path, scope, checker)
    node: Any = values.get("node")
    if node is not None and frame.find(node) is None:
        checker.add(unknown_name((*path, "node"), "node", node, frame.names_in_scope()))
    return values


def appended_outputs(outputs: object) -> list[str]:
    """Return the names of the outputs whose output layer is added after the last node, from a recipe as written."""
    if not isinstance(outputs, dict):
        return [DEFAULT_OUTPUT] if outputs == "auto" else []
    without = (name for name, output in outputs.items() if isinstance(output, dict) and "node" not in output)
    return [name for name in without if "node" not in misspelt(outputs[name], OUTPUT)]


def check_overridden(outputs: str | Mapping[str, Mapping], training: Mapping, checker: Checker) -> None:
    """Note settings of `training` that no output uses: a loss or metrics, if every output has its own; weighting."""
    for key in ("loss", "metrics"):
        if key in training and isinstance(outputs, Mapping) and all(key in output for output in outputs.values()):
            found = f"is not used: every output has its own {key!r}"
            checker.add(Problem(("training", key), found, hint="remove it here or in the outputs", at_key=True))
    if training.get("loss_weighting") == UNCERTAINTY and not (isinstance(outputs, Mapping) and len(outputs) > 1):
        found = f"{show(UNCERTAINTY)} requires several outputs"
        checker.add(Problem(("training", "loss_weighting"), found, hint="name them in 'outputs', or remove it"))


def outputs_after(nodes: Sequence[Node], outputs: str | Mapping[str, Mapping], last: str) -> dict[str, set[str]]:
    """Return the names of the named outputs that depend on each node.

    Parameters
    ----------
    nodes : sequence of Node
        In order of computation.
    outputs : "auto", "last" or mapping of str to mapping
    last : str
        Node before the output layers that are added.
    """
    found: dict[str, set[str]] = {node.name: set() for node in nodes}
    for name, output in outputs.items() if isinstance(outputs, Mapping) else ():
        found.setdefault(output.get("node", last), set()).add(name)
    for node in reversed(nodes):
        for before in needs(node):
            found.setdefault(before, set()).update(found[node.name])
    return found
