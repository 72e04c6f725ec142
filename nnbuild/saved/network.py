"""A resolved network that was read from a file -> the same, checked as strictly as a recipe is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from nnbuild.errors import Path, Problem, show
from nnbuild.recipe.checker import Checker, TooLarge
from nnbuild.recipe.expand import MOST_NODES, Expander
from nnbuild.recipe.kinds import Anything, Choice, Either, Kind, ListOf, MapOf, Null, Object, Text, Whole, optional
from nnbuild.recipe.sections import INPUT, OF_KIND, OUTPUT, STOPPING, TRAINING
from nnbuild.recipe.shared import FLAGS, KEYS, SHARED, sharing_problems
from nnbuild.records import Node, Resolved, frozen_mapping
from nnbuild.saved.archive import NETWORK, Refused, missing_class, table


def read_network(document: Mapping) -> Resolved:
    """The network that `Resolved.to_dict` gave.

    Parameters
    ----------
    document : mapping
        JSON values from a file that nobody has checked.

    Raises
    ------
    Refused
        For whatever a recipe could not have led to: unknown layers and arguments, values of wrong kinds, code.
    """
    values = table(document, PARTS, NETWORK)
    checker = Checker()
    try:
        _check_inputs(values["inputs"])
        _check_nodes(values["nodes"], list(values["inputs"]), checker)
        _check_outputs(values, checker)
        _check_training(values["training"], checker)
    except TooLarge:
        pass  # the problem is noted
    if checker.problems:
        raise refused_for(checker.problems[0])
    return Resolved.from_dict(values)


def _check_inputs(inputs: Mapping) -> None:
    if not inputs:
        raise Refused(f"{NETWORK}: inputs: needs one at least")
    for name, value in inputs.items():
        _check_name(name, ("inputs", name))
        keys = {"shape", "dtype", "kind", *value}
        kinds = {key: kind for key, kind in _RESOLVED_INPUT.items() if key in keys}
        table(value, kinds, f"{NETWORK}: inputs.{name}")


def _check_nodes(nodes: list, inputs: list[str], checker: Checker) -> None:
    if len(nodes) > MOST_NODES:
        raise Refused(f"{NETWORK}: nodes: at most {MOST_NODES}, got {len(nodes)}")
    known = set(inputs)
    above: list[Node] = []
    for index, node in enumerate(nodes):
        path: Path = ("nodes", index)
        table(node, NODE, f"{NETWORK}: nodes[{index}]")
        _check_name(node["name"], (*path, "name"))
        if node["name"] in known:
            raise refused_for(Problem((*path, "name"), f"{show(node['name'])} stands twice"))
        if unknown := [name for name in node["inputs"] if name not in known]:
            raise refused_for(Problem((*path, "inputs"), f"no node {show(unknown[0])} above"))
        known.add(node["name"])
        _check_layer(node, path, checker)
        called = Node(node["name"], node["type"], (), frozen_mapping(node["arguments"]), path)
        above.append(called)
        if node["type"] == SHARED and (problems := sharing_problems(above)):
            raise refused_for(problems[0])


def _check_layer(node: Mapping, path: Path, checker: Checker) -> None:
    if node["type"] == SHARED:
        _check_shared(node, path)
        return
    signature = checker.signature("layers", node["type"], (*path, "type"))
    if signature is None:
        return
    if not node["inputs"]:
        raise refused_for(Problem((*path, "inputs"), f"{node['type']} {show(node['name'])} takes nothing"))
    Expander(checker, {}).check_arity(signature.name, len(node["inputs"]), (*path, "inputs"))
    checker.arguments(signature, node["arguments"], (*path, "arguments"), None)


def _check_shared(node: Mapping, path: Path) -> None:
    """A further call of a layer says which, and nothing but what calls may say; the layer itself is looked at later."""
    said = node["arguments"]
    good = isinstance(said.get("node"), str) and all(isinstance(said.get(key, False), bool) for key in FLAGS)
    if not good or set(said) - set(KEYS) or len(node["inputs"]) != 1:
        raise refused_for(Problem((*path, "arguments"), f"is no call of another layer: {show(said)}"))


def _check_outputs(values: Mapping, checker: Checker) -> None:
    known = {*values["inputs"], *(node["name"] for node in values["nodes"])}
    if not values["outputs"]:
        raise Refused(f"{NETWORK}: outputs: needs one at least")
    for name, output in values["outputs"].items():
        path: Path = ("outputs", name)
        _check_name(name, path)
        _check_values(output, _RESOLVED_OUTPUT, path, checker)
        node = output["node"]
        if not isinstance(node, str) or node not in known:
            raise refused_for(Problem((*path, "node"), f"no node {show(node)}"))


def _check_training(training: Mapping, checker: Checker) -> None:
    _check_values(training, _RESOLVED_TRAINING, ("training",), checker)
    stopping = training["early_stopping"]
    if isinstance(stopping, dict):
        # What is watched may be left to the training: it depends on whether there are rows to validate on.
        kinds = {key: kind for key, kind in STOPPING.items() if key != "monitor" or key in stopping}
        _check_values(stopping, kinds, ("training", "early_stopping"), checker)


def _check_values(values: object, kinds: Mapping[str, Kind], path: Path, checker: Checker) -> None:
    """Check an object whose keys are all of `kinds` and no others; Keras objects may be among its values."""
    given = table(values, dict.fromkeys(kinds, Anything()), f"{NETWORK}: {'.'.join(map(str, path))}")
    for key, kind in kinds.items():
        checker.plain(kind, given[key], (*path, key))


def _check_name(name: str, path: Path) -> None:
    if len(name) > _MOST_LENGTH or not _NAME.match(name):
        raise refused_for(Problem(path, f"is no name of a layer: {show(name)}"))


def refused_for(problem: Problem) -> Refused:
    """A problem of the network as what is wrong with the file."""
    if hint := missing_class(problem.found):
        return Refused(f"{NETWORK}: {problem.found}", hint)
    return Refused(f"{NETWORK}: {replace(problem, allowed='', hint='')}")  # they are for who writes recipes


_MOST_LENGTH = 10_000
_NAME = re.compile(r"\w+(\.\w+)*\Z")
PARTS: dict[str, Kind] = {
    "name": Text(),
    "task": Choice("binary", "multiclass", "multilabel", "regression", "segmentation", "tokens"),
    "inputs": MapOf(MapOf(Anything())),
    "nodes": ListOf(MapOf(Anything())),
    "outputs": MapOf(MapOf(Anything())),
    "training": MapOf(Anything()),
}
NODE: dict[str, Kind] = {"name": Text(), "type": Text(), "inputs": ListOf(Text()), "arguments": MapOf(Anything())}
# A table has settings, and an input of its own for each column of codes.
_RESOLVED_INPUT = INPUT | {
    "shape": ListOf(optional(Whole(0))),
    "kind": Choice("codes", *OF_KIND),
    "column": Text(),
}
_RESOLVED_OUTPUT = OUTPUT | {"loss": Either(Object("losses"), Null()), "target": optional(Text())}
# The learning rate is an argument of the optimizer by now, and early stopping may have settings.
_RESOLVED_TRAINING = {key: kind for key, kind in TRAINING.items() if key != "learning_rate"} | {
    "loss": Either(Object("losses"), Null()),
    "early_stopping": Either(TRAINING["early_stopping"], MapOf(Anything())),
    "class_weight": optional(TRAINING["class_weight"]),
}
