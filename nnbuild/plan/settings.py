"""Resolve inputs, outputs and training settings from the recipe, the data and the task, with defaults."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from nnbuild import catalog
from nnbuild.catalog import Signature
from nnbuild.catalog.json_form import UNKNOWN, with_type, without_type
from nnbuild.catalog.registered import registered_signature
from nnbuild.errors import Path, Problem, RecipeError, did_you_mean, name_list, show
from nnbuild.language.analysis import Network
from nnbuild.language.input_kinds import COLUMN, DTYPES, TABLE, TENSOR
from nnbuild.language.outputs import DEFAULT_OUTPUT
from nnbuild.language.sections import TARGET_SETTINGS
from nnbuild.language.vocabulary_inputs import as_numbers
from nnbuild.plan.requests import Request, checked_names, is_length
from nnbuild.plan.table_inputs import table_inputs
from nnbuild.records import ResolvedNetwork
from nnbuild.tasks.losses import CLASS_LOSS
from nnbuild.tasks.rows import TASKS

# Defaults of training settings.
TRAINING_DEFAULTS: dict[str, Any] = {
    "optimizer": "adam",
    "loss": None,
    "metrics": [],
    "epochs": 50,
    "batch_size": 32,
    "shuffle": True,
    "validation_fraction": 0.0,
    "validation": "random",
    "early_stopping": False,
    "class_weight": None,
    "loss_weighting": "fixed",
    "label_smoothing": 0.0,
    "precision": "float32",
    "gradient_accumulation": 1,
    "target_transform": "none",
    "clip_predictions": False,
}
STOPPING_DEFAULTS = {"patience": 10, "min_delta": 0.0, "restore_best": True}
VALIDATION_FRACTION = 0.1  # default with early stopping


def resolved_inputs(request: Request) -> dict[str, dict]:
    """Return shape, dtype and kind of each input; raise a `RecipeError` if they are unknown or contradictory."""
    inputs = request.recipe.network.inputs
    shapes = _by_input(request.input_shape, inputs, "input_shape")
    declared = {name: as_numbers(value, shapes.get(name)) for name, value in inputs.items()}
    dtypes = _by_input(request.dtype, declared, "dtype")
    problems: list[Problem] = []
    inputs = {
        name: {
            # A table may have 0 numeric columns.
            "shape": _shape(name, value.get("shape"), shapes.get(name), problems, 0 if name in request.tables else 1),
            "dtype": value.get("dtype") or _dtype(dtypes.get(name), problems),
            # Series of equal length, passed as an array, need no mask.
            "kind": TENSOR if value.get("masked") and name not in request.masks else value.get("kind", TENSOR),
            **{key: value[key] for key in COLUMN if key in value},
        }
        for name, value in declared.items()
    }
    if problems:
        raise RecipeError(problems)
    return {key: value for name, given in inputs.items() for key, value in _with_codes(name, given, request).items()}


def _with_codes(name: str, given: dict, request: Request) -> dict[str, dict]:
    """Return an input and, for a table, the inputs of its codes."""
    if name not in request.tables:
        return {name: given}
    return table_inputs(name, {**given, "kind": TABLE}, request.tables[name])


def _by_input(given: object, inputs: Mapping, what: str) -> Mapping:
    """Return a value for each input, from a single value or a mapping by name."""
    if isinstance(given, Mapping):
        return checked_names(given, inputs, what, "an input")
    if given is not None and len(inputs) > 1:
        listed = ", ".join(inputs)
        raise RecipeError([Problem((), f"{what} must be given for each input by name: {listed}")])
    return dict.fromkeys(inputs, given)


def _shape(name: str, declared: list | None, given: Any, problems: list[Problem], least: int) -> list:
    path: Path = ("inputs", name)
    if given is None and declared is None:
        found = f"the shape of input {show(name)} is missing"
        hint = "pass input_shape (--input), the shape of one sample, or set it in the recipe under 'inputs'"
        problems.append(Problem((), found, hint=hint))
        return []
    if given is None:
        return list(declared or [])
    shape = [given] if isinstance(given, int) else list(given) if isinstance(given, list | tuple) else [given]
    if not all(axis is None or is_length(axis, least) for axis in shape):
        problems.append(Problem((), f"input_shape must hold integers of at least 1, got {show(shape)}"))
        return []
    shape = [None if axis is None else int(axis) for axis in shape]
    fits = declared is None or (
        len(declared) == len(shape) and all(s in (None, g) for s, g in zip(declared, shape, strict=True))
    )
    if not fits:
        found = f"the recipe has the shape {tuple(declared or ())}, but the data has {tuple(shape)}"
        problems.append(Problem((*path, "shape"), found))
    return shape


def _dtype(given: object, problems: list[Problem]) -> str:
    name = "float32" if given is None else str(given)
    if name not in DTYPES:
        problems.append(Problem((), f"unknown dtype {show(name)}", name_list(DTYPES), did_you_mean(name, DTYPES)))
    return name


def resolved_training(request: Request) -> dict:
    """Return the training settings with defaults; learning rate and weight decay become arguments of the optimizer.

    `schedules` is only there if it is in the recipe. Settings of targets are not part of a network.
    """
    given = dict(request.recipe.network.training)
    stopping = given.get("early_stopping")
    fraction = VALIDATION_FRACTION if stopping else TRAINING_DEFAULTS["validation_fraction"]
    values = copy.deepcopy({**TRAINING_DEFAULTS, "validation_fraction": fraction, **given})
    for name in TARGET_SETTINGS:
        del values[name]
    values.pop("ensemble", None)  # these are the settings of one network
    del values["loss_weighting"]  # layers of the network contain it
    if stopping:
        values["early_stopping"] = {**STOPPING_DEFAULTS, **(stopping if isinstance(stopping, dict) else {})}
    rates = {name: values.pop(name, None) for name in ("learning_rate", "weight_decay")}
    values["optimizer"] = _optimizer(values["optimizer"], rates)
    if schedules := values.pop("schedules", {}):
        values["schedules"] = {name: _with_defaults("factor_schedules", value) for name, value in schedules.items()}
    # The setting and the optimizer's own argument are equal in the resolved settings; the setting takes precedence.
    own = values["optimizer"].get("gradient_accumulation_steps")
    steps = values["gradient_accumulation"] if "gradient_accumulation" in given else own or 1
    values["gradient_accumulation"] = steps
    _accumulate(values["optimizer"], steps)
    if isinstance(request.task, str):
        values["loss"] = task_loss(values["loss"], request.task)
    return values


def task_loss(value: str | Mapping | None, task: str) -> str | Mapping:
    """Return the given loss or the default of the task. It ignores padding unless `ignore_class` is set."""
    row = TASKS[task]
    assert row.loss is not None  # true for every task with a network
    loss = row.loss if value is None else value
    given = with_type(loss)
    ignores = row.ignored is not None and catalog.own_name("losses", given["type"]) == CLASS_LOSS
    if not ignores or given.get("ignore_class") is not None:
        return loss
    return {"type": given["type"], **catalog.with_defaults("losses", CLASS_LOSS), **given, "ignore_class": row.ignored}


def loss_of(network: Network | ResolvedNetwork) -> str | Mapping | None:
    """Return the loss of a network's only output, or None."""
    outputs = list(network.outputs.values()) if isinstance(network.outputs, Mapping) else []
    if len(outputs) == 1 and "loss" in outputs[0]:
        return outputs[0]["loss"]
    return network.training.get("loss")


def _with_defaults(family: str, value: str | dict) -> dict:
    """Return an object of a family of the catalog by its own name, with all its arguments."""
    given = with_type(value)
    name = catalog.own_name(family, given["type"])
    return {"type": name, **catalog.with_defaults(family, name, **without_type(given))}


def _optimizer(value: str | dict, rates: Mapping[str, object]) -> dict:
    """Return an optimizer with all its arguments, `rates` among them unless they are None."""
    given = with_type(value)
    signature = catalog.find("optimizers", given["type"]) or registered_signature("optimizers", given["type"])
    assert signature is not None
    defaults = {name: value for name, value in signature.arguments.items() if value is not UNKNOWN}
    arguments = {**defaults, **without_type(given)}
    arguments |= {name: _argument(signature, name, rate) for name, rate in rates.items() if rate is not None}
    return {"type": signature.name, **arguments}


def _accumulate(optimizer: dict, steps: int) -> None:
    """Set the number of steps over which an optimizer averages gradients, if its class has this argument."""
    known = catalog.find("optimizers", optimizer["type"]) or registered_signature("optimizers", optimizer["type"])
    assert known is not None
    if steps > 1:
        _argument(known, "gradient_accumulation_steps", steps)
    if steps > 1 or known.arguments.get("gradient_accumulation_steps", UNKNOWN) is not UNKNOWN:
        optimizer["gradient_accumulation_steps"] = steps if steps > 1 else None


def _argument(signature: Signature, argument: str, value: object) -> object:
    """Return the value of an optimizer's argument; raise a `RecipeError` if a user's class does not have it."""
    if argument not in signature.arguments:
        found = f"{argument} is set, but {signature.name} has no such argument"
        hint = "add **kwargs to its __init__ and pass them to super().__init__"
        raise RecipeError([Problem(("training", argument), found, hint=hint)])
    return value


def resolved_outputs(request: Request, training: Mapping) -> dict[str, dict]:
    """Return node, loss, weight, metrics and target of each output; also task and class weights, if they are given."""
    network = request.recipe.network
    if isinstance(network.outputs, Mapping):
        alone = training if len(network.outputs) == 1 else {"loss": None, "metrics": []}
        return {name: _output(one, network.outputs[name], alone) for name, one in request.by_output().items()}
    node = DEFAULT_OUTPUT if network.outputs == "auto" else network.last
    output = {"node": node, "loss": training["loss"], "weight": 1.0, "metrics": training["metrics"], "target": None}
    return {DEFAULT_OUTPUT: output}


def _output(request: Request, output: Mapping, training: Mapping) -> dict:
    """Return a named output in resolved form; `training` has the loss and the metrics of the only output."""
    loss = output.get("loss", training["loss"])
    return {
        "node": output.get("node", request.output),
        "loss": task_loss(loss, request.task) if isinstance(request.task, str) else loss,
        "weight": output.get("weight", 1.0),
        "metrics": output.get("metrics", training["metrics"]),
        "target": output.get("target", request.output),
        **({"task": request.task} if request.is_by_output else {}),
        **({"class_weight": output["class_weight"]} if "class_weight" in output else {}),
    }
