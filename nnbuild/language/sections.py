"""Check the sections of a recipe other than layers and outputs: params, defaults, blocks, inputs, training, about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnbuild import catalog
from nnbuild.catalog.arguments import kind_of
from nnbuild.catalog.facts.refused import REFUSED_LAYERS
from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.catalog.kinds import (
    NOUNS,
    Anything,
    Choice,
    Either,
    Flag,
    Integer,
    Kind,
    ListOf,
    Named,
    Number,
    Object,
    Text,
    object_family,
)
from nnbuild.errors import Path, Problem, did_you_mean, format_path, show
from nnbuild.language.auto_arguments import may_be_auto
from nnbuild.language.checker import Checker, Scope
from nnbuild.language.ensembles import ENSEMBLE, read_ensemble, without_key
from nnbuild.language.expand import NODE_KEYS, Expander
from nnbuild.language.expressions import is_expression, mentioned
from nnbuild.language.factors import FACTOR_KEYS, read_factors
from nnbuild.language.input_kinds import INPUT_KINDS, InputKind, input_keys, input_kind
from nnbuild.language.known_keys import check_table, read_table
from nnbuild.language.mistakes import misspelt
from nnbuild.language.outputs import DEFAULT_OUTPUT, OUTPUT, UNCERTAINTY
from nnbuild.language.purpose import check_purpose
from nnbuild.language.unknown_classes import COMPOSITES, INPUT_LAYERS
from nnbuild.language.vocabulary_inputs import AUTO

VERSION = 1
DEFAULT_INPUT = "input"
CODES_MARK = ".codes_"  # between the name of an input and the number of its column that becomes an embedding

DOCUMENT_KEYS = (
    "nnbuild", "$schema", "name", "description", "about", "estimator", "task", "params", "defaults", "blocks",
    "inputs", "layers", "outputs", "training", "search",
)  # fmt: skip
ABOUT: dict[str, Kind] = {
    "kind": Text(),
    "uses": ListOf(Text()),
    "paper": Text(),
    "data": Text(),
    "target": Text(),
    "reason": Text(),
}
STOPPING: dict[str, Kind] = {
    "monitor": Text(),
    "patience": Integer(0),
    "min_delta": Number(low=0),
    "restore_best": Flag(),
}
# Number of epochs from a number of steps: steps of the whole training, and limits of the number of epochs.
EPOCHS: dict[str, Kind] = dict.fromkeys(("steps", "min", "max"), Integer(1))
# Values that a factor schedule can multiply.
SCHEDULES: dict[str, Kind] = dict.fromkeys(("learning_rate", "weight_decay", "dropout"), Object("factor_schedules"))
TRAINING: dict[str, Kind] = {
    "optimizer": Object("optimizers"),
    "learning_rate": kind_of("optimizers", "Adam", "learning_rate"),
    "weight_decay": Number(low=0),
    "schedules": Named(tuple(SCHEDULES), Object("factor_schedules")),
    "loss": Object("losses"),
    "metrics": ListOf(Object("metrics")),
    "epochs": Either(Integer(1), Named(tuple(EPOCHS), Integer(1))),
    "batch_size": Either(Choice("auto", "even"), Integer(1)),
    "shuffle": Flag(),
    "validation_fraction": Number(low=0, below=1),
    "validation": Choice("last", "random"),
    "early_stopping": Flag(),
    "class_weight": OUTPUT["class_weight"],
    "loss_weighting": Choice("fixed", UNCERTAINTY),
    "label_smoothing": Number(low=0, below=1),
    "precision": Choice("float32", "float64", "mixed_bfloat16", "mixed_float16"),
    "gradient_accumulation": Integer(1),
    "target_transform": Choice("auto", "log", "none", "power"),
    "clip_predictions": Flag(),
    "ensemble": Named(tuple(ENSEMBLE), Anything()),
}
TARGET_SETTINGS = ("target_transform", "clip_predictions")  # of regression targets, and not of the network
# Training settings that are arguments of the optimizer too, with the argument's name.
OPTIMIZER_SETTINGS = {
    "learning_rate": "learning_rate",
    "weight_decay": "weight_decay",
    "gradient_accumulation": "gradient_accumulation_steps",
}
# Keys that may have an object as their value, with the kinds of the object's keys.
TABLES = {"early_stopping": STOPPING, "schedules": SCHEDULES}


def check_head(document: Mapping, checker: Checker) -> None:
    """Check the keys of the document, its version and its descriptive texts."""
    for key in document:
        if key not in DOCUMENT_KEYS:
            checker.unknown_key((key,), "key", DOCUMENT_KEYS)
    if "nnbuild" not in document and "nnbuild" not in misspelt(document, DOCUMENT_KEYS):
        hint = f'add "nnbuild": {VERSION}, the version of the recipe language'
        checker.add(Problem((), "needs 'nnbuild'", hint=hint))
    elif "nnbuild" in document and (document["nnbuild"] != VERSION or isinstance(document["nnbuild"], bool)):
        found = f"this version of nnbuild reads language version {VERSION}, got {show(document['nnbuild'])}"
        checker.add(Problem(("nnbuild",), found))
    for key in ("$schema", "name", "description"):
        if key in document:
            checker.plain(Text(), document[key], (key,))
    check_table(document.get("about", {}), ABOUT, ("about",), checker)
    check_purpose(document, checker)


def own_inputs(inputs: Mapping[str, Mapping]) -> dict[str, Mapping]:
    """Return the recipe's inputs from those of a network, which has one more input for each column of codes."""
    found: dict[str, Mapping] = {}
    for name, spec in inputs.items():
        found.setdefault(input_of(name), spec)
    return found


def input_of(name: str) -> str:
    """Return the name of the recipe's input for an input of a network: for a column of codes, its table."""
    return name.partition(CODES_MARK)[0]


def codes_name(name: str, index: int) -> str:
    """Return the name of a network's input for the codes of one column of a table."""
    return f"{name}{CODES_MARK}{index + 1}"


def read_params(
    params: object, path: Path, expander: Expander, outer: Mapping[str, Path] | None = None
) -> dict[str, object]:
    """Return the params of the recipe or of a block, with their values.

    `outer` contains the params of the recipe: a block may not reuse their names.
    """
    checker = expander.checker
    if not isinstance(params, dict):
        checker.add(Problem(path, f"must be an object of names and values, got {show(params)}"))
        return {}
    values = {}
    for name, value in params.items():
        good = expander.valid_name(name, (*path, name), at_key=True)
        if good and outer and name in outer:
            found = f"{show(name)} has the same name as {format_path(outer[name])}"
            checker.add(Problem((*path, name), found, at_key=True))
        values[name] = plain_value(value, (*path, name), checker)
    return values


def plain_value(value: object, path: Path, checker: Checker) -> object:
    """Return a value that may not refer to params, with ``$$`` read as ``$``; UNKNOWN if any part does."""
    if is_expression(value):
        hint = f"a param must have a plain value; write {show(value)} where the param is used"
        checker.add(Problem(path, f"must be a plain value, got the expression {show(value)}", hint=hint))
        for name in mentioned(str(value)):
            checker.used |= {("params", name), (*path[:3], name)}
        return UNKNOWN
    if isinstance(value, dict | list):
        items = enumerate(value) if isinstance(value, list) else value.items()
        plain = {key: plain_value(item, (*path, key), checker) for key, item in items}
        if any(item is UNKNOWN for item in plain.values()):
            return UNKNOWN
        return list(plain.values()) if isinstance(value, list) else plain
    return value[1:] if isinstance(value, str) and value.startswith("$$") else value


def read_blocks(blocks: object, outer: Mapping[str, Path], expander: Expander) -> dict[str, dict]:
    """Return the blocks of a recipe, each with its `params` and `layers`."""
    checker = expander.checker
    if not isinstance(blocks, dict):
        checker.add(Problem(("blocks",), f"must be an object of names and blocks, got {show(blocks)}"))
        return {}
    read = {name: _block(name, block, outer, expander) for name, block in blocks.items()}
    return {name: block for name, block in read.items() if not catalog.find("layers", name) and name not in COMPOSITES}


def _block(name: str, block: object, outer: Mapping[str, Path], expander: Expander) -> dict:
    path = ("blocks", name)
    checker = expander.checker
    if not isinstance(block, dict):
        checker.add(Problem(path, f"must be an object with 'layers', got {show(block)}"))
        return {"params": {}, "layers": UNKNOWN}
    if expander.valid_name(name, path, at_key=True) and (owner := _reserved_as(name)):
        checker.add(Problem(path, f"{show(name)} is {owner}; a block needs another name", at_key=True))
    for key in block:
        if key not in ("params", "layers"):
            checker.unknown_key((*path, key), f"key {show(key)} of a block", ("params", "layers"))
    if "layers" not in block and "layers" not in misspelt(block, ("params", "layers")):
        checker.add(Problem(path, "a block needs 'layers'"))
    params = read_params(block.get("params", {}), (*path, "params"), expander, outer)
    for key in NODE_KEYS:
        if key in params:
            found = f"{show(key)} is a key of every node and can't be a param"
            checker.add(Problem((*path, "params", key), found, at_key=True))
    return {"params": params, "layers": block.get("layers", UNKNOWN)}


def _reserved_as(name: str) -> str:
    """Return the reason why no block may have a name; "" for a valid name."""
    if name in COMPOSITES:
        return "a composite"
    # Factor schedules are newer than blocks, and are used only in `training.schedules`.
    families = ("layers", *(family for family in NOUNS if family != "factor_schedules"))
    known = catalog.find("layers", name) or any(name in catalog.class_names(family) for family in families)
    return "a class of Keras" if known or name in REFUSED_LAYERS or name in INPUT_LAYERS else ""


def read_defaults(defaults: object, scope: Scope, checker: Checker) -> tuple[dict[str, object], dict[str, object]]:
    """Return the defaults of arguments, for every layer that has them and does not set them, and those of factors."""
    if not isinstance(defaults, dict):
        checker.add(Problem(("defaults",), f"must be an object of arguments and values, got {show(defaults)}"))
        return {}, {}
    known = layer_arguments()
    values = {}
    for name, raw in defaults.items():
        if name in FACTOR_KEYS:
            continue
        if name in NODE_KEYS:
            found = f"{show(name)} can't have a default: it is a key of every node"
            checker.add(Problem(("defaults", name), found, at_key=True))
        elif name not in known:
            hint = did_you_mean(name, FACTOR_KEYS)
            checker.unknown_key(("defaults", name), f"argument {show(name)}: no layer has it", known, hint)
        if name not in known:
            checker.mark_params_used(raw, scope)
            continue
        value = checker.evaluated(raw, ("defaults", name), scope)
        if value is not UNKNOWN and _suits_some_layer(name, value, checker):
            values[name] = value
    return values, read_factors(defaults, ("defaults",), scope, checker)


def _suits_some_layer(name: str, value: object, checker: Checker) -> bool:
    """Return whether any layer accepts a default; note a problem if not."""
    takers = [layer for layer in catalog.class_names("layers") if name in _arguments_of(layer)]
    if value == AUTO and any(may_be_auto(layer, name) for layer in takers):
        return True
    kinds = list(dict.fromkeys(kind_of("layers", layer, name) for layer in takers))
    if len(kinds) == 1:
        return checker.plain(kinds[0], value, ("defaults", name)) is not UNKNOWN
    if any(kind.accepts(value) or object_family(kind, value) for kind in kinds):
        return True
    description = " or ".join(dict.fromkeys(kind.description for kind in kinds))
    checker.add(Problem(("defaults", name), f"must be {description}, got {show(value)}"))
    return False


def layer_arguments() -> list[str]:
    """Return every argument of any layer in the catalog, sorted."""
    return sorted({argument for name in catalog.class_names("layers") for argument in _arguments_of(name)})


def _arguments_of(layer: str) -> Mapping[str, object]:
    signature = catalog.find("layers", layer)
    return signature.arguments if signature else {}


def read_inputs(inputs: object, scope: Scope, expander: Expander) -> dict[str, dict]:
    """Return the settings of each input: shape, dtype, kind ..."""
    checker = expander.checker
    if not isinstance(inputs, dict) or not inputs:
        found = f"must be a non-empty object of names and inputs, got {show(inputs)}"
        checker.add(Problem(("inputs",), found))
        return {DEFAULT_INPUT: {}}
    for name in inputs:
        if expander.valid_name(name, ("inputs", name), at_key=True) and name == DEFAULT_OUTPUT:
            checker.add(Problem(("inputs", name), f"{show(name)} is reserved for the output", at_key=True))
    return {name: _input(value, ("inputs", name), scope, checker) for name, value in inputs.items()}


def _input(raw: object, path: Path, scope: Scope, checker: Checker) -> dict:
    values = read_table(raw, input_keys(), path, scope, checker)
    row, name = input_kind(values), show(values.get("kind"))
    for key in values:
        takers = [show(kind) for kind, other in INPUT_KINDS.items() if key in other.keys]
        if takers and key not in row.keys:
            checker.add(Problem((*path, key), f"is only allowed for inputs of kind {' or '.join(takers)}", at_key=True))
        if key in row.refused_keys:
            found = f"is not allowed for inputs of kind {name}"
            checker.add(Problem((*path, key), found, hint=row.refused_keys[key], at_key=True))
    for key, found in (clash for other in INPUT_KINDS.values() if (clash := other.clash(values))):
        checker.add(Problem((*path, key), found, at_key=True))
    _check_axes(values.get("shape"), row, name, path, checker)
    return values


def _check_axes(shape: Any, row: InputKind, name: str, path: Path, checker: Checker) -> None:
    if shape is not None and row.axes and len(shape) != len(row.axes):
        found = f"must be [{', '.join(row.axes)}] for an input of kind {name}, got {show(shape)}"
        checker.add(Problem((*path, "shape"), found))


def read_training(training: object, scope: Scope, checker: Checker) -> dict[str, object]:
    """Return the training section, each value checked, without defaults."""
    ensemble = training.get("ensemble", {}) if isinstance(training, dict) else {}
    others = without_key(training, "ensemble")
    values = read_table(others, TRAINING, ("training",), scope, checker, TABLES)
    if others != training:
        values["ensemble"] = read_ensemble(ensemble, scope, checker)
    _check_twice(training, values, checker)
    _check_scheduled_twice(values, checker)
    _check_epochs(values.get("epochs"), checker)
    stopping = values.get("early_stopping")
    monitor = stopping.get("monitor", "") if isinstance(stopping, dict) else ""
    if str(monitor).startswith("val_") and values.get("validation_fraction") == 0:
        found = f"{show(monitor)} needs validation data, but training.validation_fraction is 0"
        checker.add(Problem(("training", "early_stopping", "monitor"), found))
    return values


def _check_epochs(epochs: Any, checker: Checker) -> None:
    """Note a number of epochs without steps, or with contradictory limits."""
    if not isinstance(epochs, dict):
        return
    if "steps" not in epochs:
        hint = "set it to the number of steps of the training, or write the number of epochs"
        checker.add(Problem(("training", "epochs"), "needs 'steps'", hint=hint))
    if {"min", "max"} <= epochs.keys() and epochs["min"] > epochs["max"]:
        checker.add(Problem(("training", "epochs"), f"min is {epochs['min']}, but max is {epochs['max']}"))


def _check_twice(training: object, values: Mapping, checker: Checker) -> None:
    """Note a setting given in two places with different values."""
    raw = training.get("optimizer") if isinstance(training, dict) else None
    optimizer: Any = values.get("optimizer")
    for key, inner_key in OPTIMIZER_SETTINGS.items():
        if not isinstance(raw, dict) or inner_key not in raw or key not in values or not isinstance(optimizer, dict):
            continue
        outer, inner = values[key], optimizer[inner_key]
        if inner is not None and inner != outer:
            found = f"{key} is {show(outer)}, but training.optimizer.{inner_key} is {show(inner)}"
            checker.add(Problem(("training", key), found, hint="leave one of them out"))


def _check_scheduled_twice(values: Mapping, checker: Checker) -> None:
    """Note a factor schedule of the learning rate next to a learning rate schedule."""
    optimizer: Any = values.get("optimizer")
    inner = optimizer.get("learning_rate") if isinstance(optimizer, dict) else None
    rate: Any = values.get("learning_rate", inner)
    schedules: Any = values.get("schedules", {})
    if isinstance(rate, dict) and "learning_rate" in schedules:
        found = f"multiplies a constant learning rate, but the learning rate is the schedule {show(rate['type'])}"
        checker.add(Problem(("training", "schedules", "learning_rate"), found, hint="remove one of them"))
