"""Check a whole recipe and expand it into a network, or collect all its problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.errors import Path, Problem
from nnbuild.language.auto_arguments import auto_problems
from nnbuild.language.checker import Checker, Scope, TooLarge
from nnbuild.language.composites import EXPANSIONS
from nnbuild.language.ensembles import check_node_of_neighbors
from nnbuild.language.expand import AN_INPUT, Expander, Frame
from nnbuild.language.graph import connected, ends, initialized, note_unused, ordered
from nnbuild.language.json_text import Document
from nnbuild.language.mistakes import misspelt
from nnbuild.language.outputs import appended_outputs, check_overridden, outputs_after, read_outputs
from nnbuild.language.sample_initializers import sample_initializer_problems
from nnbuild.language.search import check_search
from nnbuild.language.sections import (
    DEFAULT_INPUT,
    DOCUMENT_KEYS,
    check_head,
    read_blocks,
    read_defaults,
    read_inputs,
    read_params,
    read_training,
)
from nnbuild.language.shared import sharing_problems
from nnbuild.language.values import position
from nnbuild.language.variants import check_variants
from nnbuild.language.vocabulary_inputs import mask_value_problems, vocabulary_problems
from nnbuild.records import Node, Record, frozen_mapping


@dataclass(frozen=True)
class Network(Record):
    """An expanded recipe: layers in order, without shapes.

    Attributes
    ----------
    inputs : mapping of str to dict
        Settings of each input in the recipe.
    nodes : tuple of Node
        Layers in order of computation; a `Shortcut` becomes a projection or nothing once shapes are known.
    outputs : "auto", "last" or mapping of str to dict
        As in the recipe, with the full name of the layer as `node`, if the output has one.
    last : str
        The layer (or input) that computes the output of the last node.
    training : mapping of str to JSON value
        As in the recipe, without defaults.
    factors : mapping of str to JSON value
        Factors of `defaults`, for the weights of all layers.
    """

    inputs: Mapping
    nodes: tuple[Node, ...]
    outputs: str | Mapping
    last: str
    training: Mapping = field(default_factory=frozen_mapping)
    factors: Mapping = field(default_factory=frozen_mapping)


def analyse(document: Mapping, checker: Checker | None = None) -> tuple[list[Problem], Network | None]:
    """Return all problems of a recipe, in the order of the checks, and its network if there are none.

    Parameters
    ----------
    document : mapping
        The recipe as JSON values.
    checker : Checker, optional
        Collects the problems and counts the values checked.
    """
    checker = checker or Checker()
    network = None
    with suppress(TooLarge):
        check_head(document, checker)
        network = _network(document, checker, Expander(checker, {}, EXPANSIONS))
        check_search(document, checker)
        if not checker.problems:
            check_variants(document, network, checker, analyse)
    return checker.problems, None if checker.problems else network


def in_file_order(problems: Iterable[Problem], document: Mapping, parsed: Document | None = None) -> list[Problem]:
    """Sort problems in file order, and add their positions if there is a text."""
    ordered = sorted(problems, key=lambda problem: position(document, problem.path))
    if parsed is None:
        return ordered
    return [problem.located(parsed.source, *parsed.position(problem.path, problem.at_key)) for problem in ordered]


def _network(document: Mapping, checker: Checker, expander: Expander) -> Network:
    params = read_params(document.get("params", {}), ("params",), expander)
    origins: dict[str, Path] = {name: ("params", name) for name in params}
    scope = Scope(params, origins)
    expander.defined.update(dict.fromkeys(origins.values()))
    expander.blocks = checker.blocks = read_blocks(document.get("blocks", {}), origins, expander)
    checker.defaults, factors = read_defaults(document.get("defaults", {}), scope, checker)
    inputs = read_inputs(document["inputs"], scope, expander) if "inputs" in document else {DEFAULT_INPUT: {}}
    frame = _expand(document, expander, scope, inputs)
    outputs = read_outputs(document.get("outputs", "auto"), frame, scope, expander)
    training = read_training(document.get("training", {}), scope, checker)
    check_overridden(outputs, training, checker)
    check_node_of_neighbors(training, frame.names_in_scope(), checker)
    wrong = {problem.path for problem in checker.problems}
    for path in expander.defined:
        if path not in checker.used and path not in wrong:
            checker.add(Problem(path, "is never used", at_key=True))
    return replace(_assembled(document, expander, frame, inputs, outputs, training), factors=frozen_mapping(factors))


def _expand(document: Mapping, expander: Expander, scope: Scope, inputs: Mapping) -> Frame:
    reserved = dict.fromkeys(appended_outputs(document.get("outputs", "auto")), "the output layer")
    reserved |= dict.fromkeys(inputs, AN_INPUT)
    if "layers" not in document and "layers" not in misspelt(document, DOCUMENT_KEYS):
        expander.checker.add(Problem((), "needs 'layers'"))
    return expander.run(document.get("layers", UNKNOWN), scope, inputs, reserved)


def _assembled(
    document: Mapping, expander: Expander, frame: Frame, inputs: Mapping, outputs: str | dict, training: dict
) -> Network:
    checker = expander.checker
    if checker.problems:
        return Network(inputs, (), outputs, "", training)
    for problem in sharing_problems(expander.nodes):
        checker.add(problem)
    if checker.problems:
        return Network(inputs, (), outputs, "", training)
    outgoing = ends(expander.scopes, checker)
    nodes = ordered(connected(expander.nodes, outgoing), checker)
    if checker.problems:
        return Network(inputs, (), outputs, "", training)
    full = {name: outgoing.get(full, full) for name, full in frame.names.items()}
    last = list(full.values())[-1]
    if isinstance(outputs, dict):
        outputs = {
            name: {**output, "node": full[output["node"]]} if "node" in output else output
            for name, output in outputs.items()
        }
    ensemble = training.get("ensemble", {})
    if "neighbors" in ensemble:
        training = {**training, "ensemble": {**ensemble, "neighbors": full[ensemble["neighbors"]]}}
    output_nodes = [output.get("node", last) for output in outputs.values()] if isinstance(outputs, dict) else [last]
    note_unused(nodes, inputs if "inputs" in document else (), output_nodes, checker)
    checker.problems += [
        *vocabulary_problems(nodes, inputs),
        *mask_value_problems(nodes, inputs),
        *auto_problems(nodes, inputs, outputs, outputs_after(nodes, outputs, last)),
        *sample_initializer_problems(nodes),
    ]
    return Network(frozen_mapping(inputs), tuple(initialized(nodes)), outputs, last, frozen_mapping(training))
