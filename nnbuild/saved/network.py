"""resolved.json: the resolved network, read with the same checks as a recipe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.catalog.kinds import (
    MAX_AXES,
    MAX_WHOLE,
    Anything,
    Choice,
    Either,
    Integer,
    Kind,
    ListOf,
    MapOf,
    Named,
    Null,
    Number,
    Object,
    Text,
    optional,
)
from nnbuild.errors import Path, Problem, show
from nnbuild.language.checker import Checker, TooLarge
from nnbuild.language.expand import MAX_NODES, Expander
from nnbuild.language.factors import FACTOR_KEYS
from nnbuild.language.input_kinds import CODES, INPUT_KINDS, input_keys
from nnbuild.language.outputs import OUTPUT
from nnbuild.language.sections import SCHEDULES, STOPPING, TARGET_SETTINGS, TRAINING
from nnbuild.language.shared import FLAGS, KEYS, SHARED, sharing_problems
from nnbuild.records import Node, ResolvedNetwork, frozen_mapping
from nnbuild.saved.archive import NETWORK, Refused, json_member, missing_class, table
from nnbuild.tasks.rows import TRAINED_TASKS


def network_member(network: ResolvedNetwork) -> tuple[str, bytes]:
    """Return the member with a network."""
    return json_member(NETWORK, network.to_dict())


def read_network(document: Mapping) -> ResolvedNetwork:
    """Return a network from the result of `ResolvedNetwork.to_dict`.

    Parameters
    ----------
    document : mapping
        JSON values from a file, not checked.

    Raises
    ------
    Refused
        If the network can't result from a recipe: unknown layers or arguments, values of wrong kinds, code.
    """
    values = table(document, PARTS, NETWORK)
    checker = Checker(accept_removed_layers=True)
    with suppress(TooLarge):  # the problem is recorded
        values |= {
            "inputs": _inputs(values["inputs"]),
            "nodes": _nodes(values["nodes"], list(values["inputs"]), checker),
            "outputs": _outputs(values, checker),
            "training": _training(values["training"], checker),
        }
    if checker.problems:
        raise refused_for(checker.problems[0])
    if _has_huge(values):
        raise Refused(f"{NETWORK}: holds an integer of more than 64 bits")
    return ResolvedNetwork.from_dict(values)


def _has_huge(value: object) -> bool:
    """Return whether a JSON value contains an integer that is too large for TensorFlow."""
    if isinstance(value, dict | list):
        return any(map(_has_huge, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int) and abs(value) > MAX_WHOLE


def _inputs(inputs: Mapping) -> dict[str, dict]:
    if not inputs:
        raise Refused(f"{NETWORK}: inputs: at least one is required")
    # A table may have no numeric column. Each column of codes has an input of its own.
    resolved = input_keys() | {"shape": ListOf(optional(Integer(0))), "kind": Choice(CODES, *INPUT_KINDS)}
    found = {}
    for name, value in inputs.items():
        _check_name(name, ("inputs", name))
        keys = {"shape", "dtype", "kind", *value}
        kinds = {key: kind for key, kind in resolved.items() if key in keys}
        if len(value["shape"] if isinstance(value.get("shape"), list) else ()) >= MAX_AXES:
            raise Refused(f"{NETWORK}: inputs.{name}: shape: at most {MAX_AXES - 1} axes, got {len(value['shape'])}")
        found[name] = _in_order(value, table(value, kinds, f"{NETWORK}: inputs.{name}"))
    return found


def _nodes(nodes: list, inputs: list[str], checker: Checker) -> list[dict]:
    """Return the layers, each value checked and in normal form."""
    if len(nodes) > MAX_NODES:
        raise Refused(f"{NETWORK}: nodes: at most {MAX_NODES}, got {len(nodes)}")
    known = set(inputs)
    above: list[Node] = []
    found: list[dict] = []
    for index, node in enumerate(nodes):
        path: Path = ("nodes", index)
        table(node, NODE | (FACTORS if "factors" in node else {}), f"{NETWORK}: nodes[{index}]")
        _check_name(node["name"], (*path, "name"))
        if node["name"] in known:
            raise refused_for(Problem((*path, "name"), f"duplicate name {show(node['name'])}"))
        if unknown := [name for name in node["inputs"] if name not in known]:
            raise refused_for(Problem((*path, "inputs"), f"no node {show(unknown[0])} before it"))
        known.add(node["name"])
        found.append({**node, "arguments": _arguments(node, path, checker)})
        shared = Node(node["name"], node["type"], (), frozen_mapping(node["arguments"]), path)
        above.append(shared)
        if node["type"] == SHARED and (problems := sharing_problems(above)):
            raise refused_for(problems[0])
    return found


def _arguments(node: Mapping, path: Path, checker: Checker) -> Mapping:
    """Return the arguments of a layer; problems are recorded in `checker`."""
    given = node["arguments"]
    if node["type"] == SHARED:
        _check_shared(node, path)
        return given
    signature = checker.signature("layers", node["type"], (*path, "type"))
    if signature is None:
        return given
    if not node["inputs"]:
        raise refused_for(Problem((*path, "inputs"), f"{node['type']} {show(node['name'])} has no inputs"))
    Expander(checker, {}, {}).check_arity(signature.name, len(node["inputs"]), (*path, "inputs"))
    cleaned = checker.arguments(signature, given, (*path, "arguments"), None)
    return given if cleaned is UNKNOWN else _in_order(given, cleaned)


def _check_shared(node: Mapping, path: Path) -> None:
    """Check a further call of a shared layer: its arguments and number of inputs. The shared layer is checked later."""
    given = node["arguments"]
    good = isinstance(given.get("node"), str) and all(isinstance(given.get(key, False), bool) for key in FLAGS)
    if not good or set(given) - set(KEYS) or len(node["inputs"]) != 1:
        raise refused_for(Problem((*path, "arguments"), f"is not a valid call of a shared layer: {show(given)}"))


def _outputs(values: Mapping, checker: Checker) -> dict[str, dict]:
    known = {*values["inputs"], *(node["name"] for node in values["nodes"])}
    if not values["outputs"]:
        raise Refused(f"{NETWORK}: outputs: at least one is required")
    found = {}
    for name, output in values["outputs"].items():
        path: Path = ("outputs", name)
        _check_name(name, path)
        given = {key: kind for key, kind in _OPTIONAL_OUTPUT.items() if isinstance(output, Mapping) and key in output}
        found[name] = _values(output, _RESOLVED_OUTPUT | given, path, checker)
        node = output["node"]
        if not isinstance(node, str) or node not in known:
            raise refused_for(Problem((*path, "node"), f"no node {show(node)}"))
    return found


def _training(training: Mapping, checker: Checker) -> dict:
    schedules = {"schedules": MapOf(Anything())} if "schedules" in training else {}
    found = _values(training, _RESOLVED_TRAINING | schedules, ("training",), checker)
    stopping = training["early_stopping"]
    if isinstance(stopping, dict):
        # `monitor` may be absent: it then depends on whether there is a validation set.
        kinds = {key: kind for key, kind in STOPPING.items() if key != "monitor" or key in stopping}
        found["early_stopping"] = _values(stopping, kinds, ("training", "early_stopping"), checker)
    if schedules:
        kinds = {key: kind for key, kind in SCHEDULES.items() if key in training["schedules"]}
        found["schedules"] = _values(training["schedules"], kinds, ("training", "schedules"), checker)
    return found


def _values(values: object, kinds: Mapping[str, Kind], path: Path, checker: Checker) -> dict:
    """Return an object with exactly the keys of `kinds`, checked; values may be Keras objects."""
    given = table(values, dict.fromkeys(kinds, Anything()), f"{NETWORK}: {'.'.join(map(str, path))}")
    assert isinstance(values, Mapping)
    return _in_order(values, {key: checker.plain(kind, given[key], (*path, key)) for key, kind in kinds.items()})


def _in_order(given: Mapping, cleaned: Mapping) -> dict:
    """Return values in normal form, in the order of the file: a model that is saved again has the same bytes."""
    return {key: cleaned[key] for key in given}


def _check_name(name: str, path: Path) -> None:
    if len(name) > _MAX_LENGTH or not _NAME.match(name):
        raise refused_for(Problem(path, f"is not a valid name of a layer: {show(name)}"))


def refused_for(problem: Problem) -> Refused:
    """Return a problem of the network as an error of the file."""
    if hint := missing_class(problem.found):
        return Refused(f"{NETWORK}: {problem.found}", hint)
    return Refused(f"{NETWORK}: {replace(problem, allowed='', hint='')}")  # for authors of recipes only


_MAX_LENGTH = 10_000
_NAME = re.compile(r"\w+(\.\w+)*\Z")
PARTS: dict[str, Kind] = {
    "name": Text(),
    "task": optional(Choice(*TRAINED_TASKS)),
    "inputs": MapOf(MapOf(Anything())),
    "nodes": ListOf(MapOf(Anything())),
    "outputs": MapOf(MapOf(Anything())),
    "training": MapOf(Anything()),
}
NODE: dict[str, Kind] = {"name": Text(), "type": Text(), "inputs": ListOf(Text()), "arguments": MapOf(Anything())}
# Only of layers that have any.
FACTORS: dict[str, Kind] = {"factors": Named(FACTOR_KEYS, MapOf(Number(low=0)))}
_RESOLVED_OUTPUT = {key: OUTPUT[key] for key in ("node", "weight", "metrics")} | {
    "loss": Either(Object("losses"), Null()),
    "target": Either(OUTPUT["target"], Null()),
}
# Only of outputs with a task of their own, and with class weights of their own.
_OPTIONAL_OUTPUT = {"task": Choice(*TRAINED_TASKS), "class_weight": OUTPUT["class_weight"]}
# A resolved network is one member of an ensemble. Its learning rate and weight decay are arguments of the optimizer.
# Schedules are optional. Early stopping may have settings. Settings of targets are not part of a network.
_ELSEWHERE = ("ensemble", "learning_rate", "weight_decay", "schedules", "loss_weighting", *TARGET_SETTINGS)
_RESOLVED_TRAINING = {key: kind for key, kind in TRAINING.items() if key not in _ELSEWHERE} | {
    "loss": Either(Object("losses"), Null()),
    "early_stopping": Either(TRAINING["early_stopping"], MapOf(Anything())),
    "class_weight": optional(TRAINING["class_weight"]),
}
