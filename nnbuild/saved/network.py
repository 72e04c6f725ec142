"""A resolved network that was read from a file -> the same, checked as strictly as a recipe is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.catalog.kinds import (
    MOST_AXES,
    MOST_WHOLE,
    Anything,
    Choice,
    Either,
    Kind,
    ListOf,
    MapOf,
    Null,
    Object,
    Text,
    Whole,
    optional,
)
from nnbuild.errors import Path, Problem, show
from nnbuild.language.checker import Checker, TooLarge
from nnbuild.language.expand import MOST_NODES, Expander
from nnbuild.language.input_kinds import CODES, INPUT_KINDS, input_keys
from nnbuild.language.sections import OUTPUT, STOPPING, TRAINING
from nnbuild.language.shared import FLAGS, KEYS, SHARED, sharing_problems
from nnbuild.records import Node, Resolved, frozen_mapping
from nnbuild.saved.archive import NETWORK, Refused, missing_class, table
from nnbuild.tasks.rows import TRAINED


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
    checker = Checker(takes_former=True)
    with suppress(TooLarge):  # the problem is noted
        values |= {
            "inputs": _inputs(values["inputs"]),
            "nodes": _nodes(values["nodes"], list(values["inputs"]), checker),
            "outputs": _outputs(values, checker),
            "training": _training(values["training"], checker),
        }
    if checker.problems:
        raise refused_for(checker.problems[0])
    if _has_huge(values):
        raise Refused(f"{NETWORK}: holds a whole number of more than 64 bits")
    return Resolved.from_dict(values)


def _has_huge(value: object) -> bool:
    """Whether a JSON value has a whole number that TensorFlow can't take, where any number may be."""
    if isinstance(value, dict | list):
        return any(map(_has_huge, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int) and abs(value) > MOST_WHOLE


def _inputs(inputs: Mapping) -> dict[str, dict]:
    if not inputs:
        raise Refused(f"{NETWORK}: inputs: needs one at least")
    # A table may have no numeric column, and has an input of its own for each column of codes.
    resolved = input_keys() | {"shape": ListOf(optional(Whole(0))), "kind": Choice(CODES, *INPUT_KINDS)}
    found = {}
    for name, value in inputs.items():
        _check_name(name, ("inputs", name))
        keys = {"shape", "dtype", "kind", *value}
        kinds = {key: kind for key, kind in resolved.items() if key in keys}
        if len(value["shape"] if isinstance(value.get("shape"), list) else ()) >= MOST_AXES:
            raise Refused(f"{NETWORK}: inputs.{name}: shape: at most {MOST_AXES - 1} axes, got {len(value['shape'])}")
        found[name] = _in_order(value, table(value, kinds, f"{NETWORK}: inputs.{name}"))
    return found


def _nodes(nodes: list, inputs: list[str], checker: Checker) -> list[dict]:
    """The layers, each value in its usual form."""
    if len(nodes) > MOST_NODES:
        raise Refused(f"{NETWORK}: nodes: at most {MOST_NODES}, got {len(nodes)}")
    known = set(inputs)
    above: list[Node] = []
    found: list[dict] = []
    for index, node in enumerate(nodes):
        path: Path = ("nodes", index)
        table(node, NODE, f"{NETWORK}: nodes[{index}]")
        _check_name(node["name"], (*path, "name"))
        if node["name"] in known:
            raise refused_for(Problem((*path, "name"), f"{show(node['name'])} stands twice"))
        if unknown := [name for name in node["inputs"] if name not in known]:
            raise refused_for(Problem((*path, "inputs"), f"no node {show(unknown[0])} above"))
        known.add(node["name"])
        found.append({**node, "arguments": _arguments(node, path, checker)})
        called = Node(node["name"], node["type"], (), frozen_mapping(node["arguments"]), path)
        above.append(called)
        if node["type"] == SHARED and (problems := sharing_problems(above)):
            raise refused_for(problems[0])
    return found


def _arguments(node: Mapping, path: Path, checker: Checker) -> Mapping:
    """The arguments of a layer; problems are noted."""
    given = node["arguments"]
    if node["type"] == SHARED:
        _check_shared(node, path)
        return given
    signature = checker.signature("layers", node["type"], (*path, "type"))
    if signature is None:
        return given
    if not node["inputs"]:
        raise refused_for(Problem((*path, "inputs"), f"{node['type']} {show(node['name'])} takes nothing"))
    Expander(checker, {}, {}).check_arity(signature.name, len(node["inputs"]), (*path, "inputs"))
    cleaned = checker.arguments(signature, given, (*path, "arguments"), None)
    return given if cleaned is UNKNOWN else _in_order(given, cleaned)


def _check_shared(node: Mapping, path: Path) -> None:
    """A further call of a layer says which, and nothing but what calls may say; the layer itself is looked at later."""
    said = node["arguments"]
    good = isinstance(said.get("node"), str) and all(isinstance(said.get(key, False), bool) for key in FLAGS)
    if not good or set(said) - set(KEYS) or len(node["inputs"]) != 1:
        raise refused_for(Problem((*path, "arguments"), f"is no call of another layer: {show(said)}"))


def _outputs(values: Mapping, checker: Checker) -> dict[str, dict]:
    known = {*values["inputs"], *(node["name"] for node in values["nodes"])}
    if not values["outputs"]:
        raise Refused(f"{NETWORK}: outputs: needs one at least")
    found = {}
    for name, output in values["outputs"].items():
        path: Path = ("outputs", name)
        _check_name(name, path)
        found[name] = _values(output, _RESOLVED_OUTPUT, path, checker)
        node = output["node"]
        if not isinstance(node, str) or node not in known:
            raise refused_for(Problem((*path, "node"), f"no node {show(node)}"))
    return found


def _training(training: Mapping, checker: Checker) -> dict:
    found = _values(training, _RESOLVED_TRAINING, ("training",), checker)
    stopping = training["early_stopping"]
    if isinstance(stopping, dict):
        # What is watched may be left to the training: it depends on whether there are rows to validate on.
        kinds = {key: kind for key, kind in STOPPING.items() if key != "monitor" or key in stopping}
        found["early_stopping"] = _values(stopping, kinds, ("training", "early_stopping"), checker)
    return found


def _values(values: object, kinds: Mapping[str, Kind], path: Path, checker: Checker) -> dict:
    """An object whose keys are all of `kinds` and no others; Keras objects may be among its values."""
    given = table(values, dict.fromkeys(kinds, Anything()), f"{NETWORK}: {'.'.join(map(str, path))}")
    assert isinstance(values, Mapping)
    return _in_order(values, {key: checker.plain(kind, given[key], (*path, key)) for key, kind in kinds.items()})


def _in_order(given: Mapping, cleaned: Mapping) -> dict:
    """Values in their usual form, in the order of the file: a model that is saved again gives the same bytes."""
    return {key: cleaned[key] for key in given}


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
    "task": Choice(*TRAINED),
    "inputs": MapOf(MapOf(Anything())),
    "nodes": ListOf(MapOf(Anything())),
    "outputs": MapOf(MapOf(Anything())),
    "training": MapOf(Anything()),
}
NODE: dict[str, Kind] = {"name": Text(), "type": Text(), "inputs": ListOf(Text()), "arguments": MapOf(Anything())}
_RESOLVED_OUTPUT = OUTPUT | {"loss": Either(Object("losses"), Null()), "target": optional(Text())}
# The learning rate is an argument of the optimizer by now, and early stopping may have settings.
_RESOLVED_TRAINING = {key: kind for key, kind in TRAINING.items() if key != "learning_rate"} | {
    "loss": Either(Object("losses"), Null()),
    "early_stopping": Either(TRAINING["early_stopping"], MapOf(Anything())),
    "class_weight": optional(TRAINING["class_weight"]),
}
