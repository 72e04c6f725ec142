"""Search spaces, and addresses: names by which values of a recipe are set."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from nnbuild import catalog
from nnbuild.catalog.kinds import is_integer, is_number, object_family
from nnbuild.catalog.registered import registered_signature
from nnbuild.errors import Path, Problem, did_you_mean, name_list, show
from nnbuild.language.checker import Checker
from nnbuild.language.ensembles import ENSEMBLE
from nnbuild.language.expand import NODE_KEYS
from nnbuild.language.factors import FACTOR_KEYS
from nnbuild.language.outputs import OUTPUT
from nnbuild.language.sections import EPOCHS, SCHEDULES, STOPPING, TRAINING

SEPARATOR = "__"
_MAX_LISTED = 5000  # addresses compared with an unknown one, for the hint
# Types of ranges: whether values are integers, and whether both ends must be positive.
RANGES = {
    "uniform": (False, False),
    "log_uniform": (False, True),
    "int": (True, False),
    "log_int": (True, True),
}


def addresses(document: Mapping) -> dict[str, Path]:
    """Return every address of a recipe, with the path of the value that it sets.

    Parameters
    ----------
    document : mapping
        A recipe as JSON values.

    Returns
    -------
    dict of str to Path
        Params by their names; ``training__...``; ``outputs__<name>__<key>`` of named outputs;
        ``layers__<name>__<argument>`` of named nodes, also inside named composites. The recipe need not contain a value
        at the path.
    """
    return dict(_addresses(document))


def _addresses(document: Mapping) -> Iterator[tuple[str, Path]]:
    params, blocks = document.get("params"), document.get("blocks")
    yield from ((name, ("params", name)) for name in (params if isinstance(params, dict) else {}))
    yield from _training_addresses(document.get("training", {}))
    yield from _output_addresses(document.get("outputs"))
    blocks = blocks if isinstance(blocks, dict) else {}
    yield from _node_addresses(document.get("layers"), ("layers",), "layers", blocks)


def without_params(document: dict, unused: set[str]) -> dict:
    """Return `document` without some params and their search spaces."""
    result = dict(document)
    for key in ("params", "search"):
        kept = {name: value for name, value in document.get(key, {}).items() if name not in unused}
        result = {**result, key: kept} if kept else {name: value for name, value in result.items() if name != key}
    return result


def unused_params(problems: list[Problem]) -> set[str]:
    """Return the names of the recipe's unused params, from the problems of its analysis."""
    return {str(problem.path[1]) for problem in problems if _is_unused_param(problem.path, problem.found)}


def _is_unused_param(path: Path, found: str) -> bool:
    return len(path) == 2 and path[0] == "params" and found == "is never used"


def with_value(document: Mapping, path: Path, value: object) -> dict:
    """Return a copy of `document` with `value` at `path`; missing objects along the path are created."""
    changed = dict(document)
    at: Any = changed
    key: Any
    for key in path[:-1]:
        inner: Any = at[key] if isinstance(at, list) or key in at else {}
        if isinstance(inner, str):  # a Keras object given by name becomes one with arguments
            inner = {"type": inner}
        elif not isinstance(inner, dict | list):  # early stopping given as true or false, epochs as a number
            inner = {}
        at[key] = copy.copy(inner)
        at = at[key]
    at[path[-1]] = value
    return changed


def _training_addresses(training: object) -> Iterator[tuple[str, Path]]:
    for key in TRAINING:
        yield f"training__{key}", ("training", key)
    for key in EPOCHS:
        yield f"training__epochs__{key}", ("training", "epochs", key)
    for key in STOPPING:
        yield f"training__early_stopping__{key}", ("training", "early_stopping", key)
    for key in ENSEMBLE:
        yield f"training__ensemble__{key}", ("training", "ensemble", key)
    given = training if isinstance(training, dict) else {}
    schedules = given.get("schedules")
    for key in SCHEDULES:
        path, address = ("training", "schedules", key), f"training__schedules__{key}"
        yield address, path
        if isinstance(schedules, dict) and key in schedules:
            yield from _object_addresses(schedules[key], "factor_schedules", path, address)
    yield from _object_addresses(
        given.get("optimizer", "adam"), "optimizers", ("training", "optimizer"), "training__optimizer"
    )
    for key in ("learning_rate", "loss"):
        family = {"learning_rate": "schedules", "loss": "losses"}[key]
        if key in given:
            yield from _object_addresses(given[key], family, ("training", key), f"training__{key}")


def _output_addresses(outputs: object) -> Iterator[tuple[str, Path]]:
    for name, output in outputs.items() if isinstance(outputs, dict) else ():
        path, prefix = ("outputs", name), f"outputs__{name}"
        yield from ((f"{prefix}__{key}", (*path, key)) for key in OUTPUT if key != "node")
        if isinstance(output, dict) and "loss" in output:
            yield from _object_addresses(output["loss"], "losses", (*path, "loss"), f"{prefix}__loss")


def _object_addresses(value: Any, family: str, path: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    """Yield addresses of the arguments of a Keras object in JSON form, and of the objects in it."""
    name = value.get("type") if isinstance(value, dict) else value
    signature = catalog.find(family, name)
    if signature is None:
        signature = registered_signature(family, name)
    if signature is None:
        return
    for argument in signature.arguments:
        here, inner = f"{prefix}__{argument}", (*path, argument)
        yield here, inner
        held = value.get(argument) if isinstance(value, dict) else None
        if isinstance(held, dict) and (inner_family := object_family(Checker.kind(signature, argument), held)):
            yield from _object_addresses(held, inner_family, inner, here)


def _node_addresses(layers: object, path: Path, prefix: str, blocks: Mapping) -> Iterator[tuple[str, Path]]:
    """Yield addresses inside the named nodes of one list."""
    for index, node in enumerate(layers if isinstance(layers, list) else []):
        if not isinstance(node, dict) or not isinstance(node.get("name"), str):
            continue
        here, inner = (*path, index), f"{prefix}__{node['name']}"
        kind = node.get("type")
        if isinstance(kind, str) and kind in blocks:
            params = blocks[kind].get("params") if isinstance(blocks[kind], dict) else {}
            names = params if isinstance(params, dict) else {}
            yield from ((f"{inner}__{name}", (*here, name)) for name in names)
        elif isinstance(kind, str) and kind in _COMPOSITE_VALUES:
            yield from _composite_addresses(node, here, inner, blocks)
        else:
            given = {key: value for key, value in node.items() if key not in NODE_KEYS or key == "type"}
            yield from _object_addresses(given, "layers", here, inner)
            yield from _factor_addresses(node, here, inner)


def _factor_addresses(node: dict, path: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for key in FACTOR_KEYS:
        yield f"{prefix}__{key}", (*path, key)
        by_weight = node.get(key)
        for weight in by_weight if isinstance(by_weight, dict) else ():
            yield f"{prefix}__{key}__{weight}", (*path, key, weight)


def _composite_addresses(node: dict, path: Path, prefix: str, blocks: Mapping) -> Iterator[tuple[str, Path]]:
    for key in _COMPOSITE_VALUES[node["type"]]:
        if not isinstance(node.get(key), list):
            yield f"{prefix}__{key}", (*path, key)
    if isinstance(node.get("over"), dict):
        yield from ((f"{prefix}__over__{name}", (*path, "over", name)) for name in node["over"])
    yield from _node_addresses(node.get("layers"), (*path, "layers"), prefix, blocks)
    yield from _node_addresses(node.get("shortcut"), (*path, "shortcut"), f"{prefix}__shortcut", blocks)
    branches = node.get("branches")
    for name, layers in branches.items() if isinstance(branches, dict) else ():
        yield from _node_addresses(layers, (*path, "branches", name), f"{prefix}__{name}", blocks)


def check_search(document: Mapping, checker: Checker) -> None:
    """Note the problems of a search space."""
    search = document.get("search", {})
    if not isinstance(search, dict):
        checker.add(Problem(("search",), f"must be an object of addresses and spaces, got {show(search)}"))
        return
    # Named nodes in named composites have many long addresses: they are generated one by one and never stored.
    known = {address for address, _ in _addresses(document) if address in search} if search else set()
    for address, space in search.items():
        path = ("search", address)
        if address not in known:
            names = [name for name, _ in islice(_addresses(document), _MAX_LISTED)]
            hint = did_you_mean(address, names)
            if not hint and address.startswith("layers" + SEPARATOR):
                hint = "a node needs a 'name' to have addresses"
            checker.add(Problem(path, "unknown address", name_list(names, address), hint, at_key=True))
        _check_space(space, path, checker)


def _check_space(space: object, path: Path, checker: Checker) -> None:
    if isinstance(space, list):
        if not space:
            checker.add(Problem(path, "needs at least one value"))
        return
    if not isinstance(space, dict) or len(space) != 1 or next(iter(space)) not in RANGES:
        key = next((key for key in space if key not in RANGES), "") if isinstance(space, dict) else ""
        found = f"must be a list of values, or an object with one of {name_list(RANGES)}, got {show(space)}"
        checker.add(Problem(path, found, hint=did_you_mean(key, RANGES) if key else ""))
        return
    ((name, ends),) = space.items()
    _check_range(name, ends, (*path, name), checker)


def _check_range(name: str, ends: object, path: Path, checker: Checker) -> None:
    whole, positive = RANGES[name]
    good = is_integer if whole else is_number
    if not isinstance(ends, list) or len(ends) != 2 or not all(map(good, ends)):
        noun = "integers" if whole else "numbers"
        checker.add(Problem(path, f"must be a list of two {noun}, lowest and highest, got {show(ends)}"))
    elif ends[0] >= ends[1]:
        checker.add(Problem(path, f"the lowest value must be below the highest, got {show(ends)}"))
    elif positive and ends[0] <= 0:
        checker.add(Problem(path, f"both ends of a logarithmic range must be above 0, got {show(ends)}"))


# Keys of composites with plain values, which have an address.
_COMPOSITE_VALUES = {
    "Repeat": ("times",),
    "Residual": ("activation",),
    "Parallel": ("merge",),
    "Shared": (),
}
