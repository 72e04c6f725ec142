"""Document -> Network: the whole recipe checked and expanded, with all its problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnbuild.errors import Path, Problem
from nnbuild.recipe.checker import Checker, Scope, TooLarge
from nnbuild.recipe.expand import Expander, Frame
from nnbuild.recipe.graph import connect, initialized, note_unused, ordered, resolved
from nnbuild.recipe.search import check_search
from nnbuild.recipe.sections import (
    DEFAULT_INPUT,
    DEFAULT_OUTPUT,
    check_head,
    read_blocks,
    read_defaults,
    read_inputs,
    read_outputs,
    read_params,
    read_training,
)
from nnbuild.records import Node, Record, frozen_mapping


@dataclass(frozen=True)
class Network(Record):
    """A recipe expanded: layers in order, but no shapes yet.

    Attributes
    ----------
    inputs : mapping of str to dict
        What the recipe says of each input.
    nodes : tuple of Node
        Layers in order of computation; a `Shortcut` stands where shapes decide.
    outputs : "auto", "last" or mapping of str to dict
        As in the recipe, with the layer's name as `node`.
    last : str
        The layer (or input) that gives the result of the last node.
    training : mapping of str to JSON value
        As in the recipe, without defaults.
    """

    inputs: Mapping
    nodes: tuple[Node, ...]
    outputs: str | Mapping
    last: str
    training: Mapping = field(default_factory=frozen_mapping)


def analyse(document: Mapping) -> tuple[list[Problem], Network | None]:
    """All problems of a recipe, in the order of the checks, and the network where there are none.

    Parameters
    ----------
    document : mapping
        The recipe as JSON values.
    """
    checker = Checker()
    check_head(document, checker)
    expander = Expander(checker, {})
    try:
        network = _network(document, checker, expander)
    except TooLarge:
        network = None
    else:
        check_search(document, checker)
    return checker.problems, None if checker.problems else network


def _network(document: Mapping, checker: Checker, expander: Expander) -> Network:
    origins: dict[str, Path] = {}
    params = read_params(document.get("params", {}), ("params",), expander)
    origins = {name: ("params", name) for name in params}
    scope = Scope(params, origins)
    expander.defined.update(dict.fromkeys(origins.values()))
    expander.blocks = read_blocks(document.get("blocks", {}), origins, expander)
    checker.defaults = read_defaults(document.get("defaults", {}), scope, checker)
    inputs = read_inputs(document.get("inputs"), expander)
    frame = _expand(document, expander, scope, inputs)
    outputs = read_outputs(document.get("outputs", "auto"), frame, scope, checker)
    training = read_training(document.get("training", {}), scope, checker)
    for path in expander.defined:
        if path not in checker.used:
            checker.add(Problem(path, "is never used", at_key=True))
    return _assembled(document, expander, frame, inputs, outputs, training)


def _expand(document: Mapping, expander: Expander, scope: Scope, inputs: Mapping) -> Frame:
    reserved = {} if document.get("outputs", "auto") != "auto" else {DEFAULT_OUTPUT: "the output layer"}
    reserved |= {name: "an input" for name in inputs}
    if "layers" in document:
        return expander.run(document["layers"], scope, inputs, reserved)
    expander.checker.add(Problem((), "needs 'layers'"))
    return Frame(names={name: name for name in inputs})


def _assembled(
    document: Mapping, expander: Expander, frame: Frame, inputs: Mapping, outputs: str | dict, training: dict
) -> Network:
    checker = expander.checker
    nodes = connect(expander.nodes, expander.aliases)
    nodes = nodes if checker.problems else ordered(nodes, checker)
    if checker.problems:
        return Network(inputs, (), outputs, "", training)
    names = list(frame.names.values())
    (last,) = resolved(names[-1], expander.aliases)[:1] or (DEFAULT_INPUT,)
    if isinstance(outputs, dict):
        outputs = {
            name: {**output, "node": resolved(frame.names[output["node"]], expander.aliases)[0]}
            for name, output in outputs.items()
        }
    ends = [output["node"] for output in outputs.values()] if isinstance(outputs, dict) else [last]
    note_unused(nodes, inputs if "inputs" in document else (), ends, checker)
    return Network(frozen_mapping(inputs), tuple(initialized(nodes)), outputs, last, frozen_mapping(training))
