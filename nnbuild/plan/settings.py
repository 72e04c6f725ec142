"""Resolve inputs, outputs and training settings from the recipe, the data and the task, with defaults."""

from __future__ import annotations

import copy
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnbuild import catalog
from nnbuild.catalog import Signature
from nnbuild.catalog.json_form import UNKNOWN, with_type, without_type
from nnbuild.catalog.registered import registered_signature
from nnbuild.errors import Path, Problem, RecipeError, did_you_mean, name_list, show
from nnbuild.language.analysis import Network
from nnbuild.language.input_kinds import COLUMN, DTYPES, TABLE, TENSOR
from nnbuild.language.sections import DEFAULT_OUTPUT, TARGET_SETTINGS
from nnbuild.language.vocabulary_inputs import as_numbers, vocabulary_limits
from nnbuild.plan.table_inputs import Embeddings, table_inputs
from nnbuild.recipe import Recipe
from nnbuild.records import ResolvedNetwork
from nnbuild.tasks.losses import CLASS_LOSS, head_of
from nnbuild.tasks.rows import TASKS, TRAINED_TASKS, task_of_outputs

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
    "label_smoothing": 0.0,
    "precision": "float32",
    "gradient_accumulation": 1,
    "target_transform": "none",
    "clip_predictions": False,
}
STOPPING_DEFAULTS = {"patience": 10, "min_delta": 0.0, "restore_best": True}
VALIDATION_FRACTION = 0.1  # default with early stopping


@dataclass(frozen=True)
class Request:
    """Recipe with the arguments of `resolve`.

    Attributes
    ----------
    recipe : Recipe
    input_shape, dtype
        As passed to `resolve`.
    task : str or None
        Given or inferred; None for a network with its own outputs and no task.
    n_outputs : int or None
    tables : mapping of str to mapping
        For inputs that are tables: the number of codes and the embedding length of each column with an embedding.
    vocabulary_sizes : mapping of str to int
        Vocabulary size of each input of text or ids.
    positions : tuple of int or None
        For a segmentation: shape of the classes of one sample; None if unknown.
    masks : mapping of str to float
        Padding value of each masked input.
    numeric_columns : mapping of str to tuple of int
        For inputs that are prepared tables: indices of the columns that are numbers on a scale, in increasing order;
        the others are indicators and one-hot columns. Embeddings follow all of them.
    """

    recipe: Recipe
    input_shape: object
    dtype: object
    task: str | None
    n_outputs: int | None
    tables: Mapping[str, Embeddings] = field(default_factory=dict)
    vocabulary_sizes: Mapping[str, int] = field(default_factory=dict)
    positions: tuple[int, ...] | None = None
    masks: Mapping[str, float] = field(default_factory=dict)
    numeric_columns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        input_shape: object,
        dtype: object,
        task: str | None,
        n_outputs: int | None,
        tables: Mapping[str, Embeddings] | None = None,
        vocabulary_sizes: Mapping[str, int] | None = None,
        positions: tuple[int, ...] | None = None,
        masks: Mapping[str, float] | None = None,
        numeric_columns: Mapping[str, tuple[int, ...]] | None = None,
    ) -> Request:
        """Return a request; raise a `RecipeError` if its arguments do not match."""
        if task is not None and (not isinstance(task, str) or task not in TRAINED_TASKS):
            hint = did_you_mean(task, TRAINED_TASKS) if isinstance(task, str) else ""
            raise RecipeError([Problem((), f"unknown task {show(task)}", name_list(TRAINED_TASKS), hint)])
        check_count("n_outputs", n_outputs)
        if task is not None and not (row := TASKS[task]).takes_outputs(n_outputs):
            found = f"a {task} task has {row.outputs_text}, got n_outputs={n_outputs}"
            raise RecipeError([Problem((), found, hint=row.outputs_hint)])
        if task is None and n_outputs is not None:
            task = task_of_outputs(n_outputs)
        known = {**vocabulary_limits(recipe.network.inputs), **(vocabulary_sizes or {})}
        about_inputs = (tables or {}, known, positions, masks or {}, numeric_columns or {})
        request = cls(recipe, input_shape, dtype, task, n_outputs, *about_inputs)
        if request.appends_output and (task is None or (n_outputs is None and not TASKS[task].widths)):
            found = "the output layer requires the number of outputs"
            hint = "pass n_outputs (--outputs), or set outputs to 'last' if the last node is the output"
            raise RecipeError([Problem((), found, hint=hint)])
        return request

    @property
    def appends_output(self) -> bool:
        """Whether an output layer is appended."""
        return self.recipe.network.outputs == "auto"

    @property
    def n_units(self) -> int:
        """Number of units of the appended output layer; 1 for two classes."""
        return self._task_widths[0] if self._task_widths else int(self.n_outputs or 1) * self._n_values

    @property
    def widths(self) -> tuple[int, ...]:
        """Accepted lengths of the last axis of the network's own output; empty if unknown."""
        if (
            self._task_widths
        ):  # all widths require a loss in the recipe; the default loss of the task supports the first
            return self._task_widths if self._has_loss else self._task_widths[:1]
        return () if self.n_outputs is None else (int(self.n_outputs) * self._n_values,)

    @property
    def _n_values(self) -> int:
        """Number of values that the network predicts per target."""
        has_head = self.task is not None and TASKS[self.task].head_by_loss
        return head_of(loss_of(self.recipe.network)).n_values if has_head else 1

    @property
    def _task_widths(self) -> tuple[int, ...]:
        return TASKS[self.task].widths if self.task else ()

    @property
    def _has_loss(self) -> bool:
        network = self.recipe.network
        outputs = network.outputs.values() if isinstance(network.outputs, Mapping) else ()
        return "loss" in network.training or any("loss" in output for output in outputs)

    @property
    def precision(self) -> str:
        """Dtype policy of the layers."""
        return str(self.recipe.network.training.get("precision", TRAINING_DEFAULTS["precision"]))


def check_count(name: str, value: object) -> None:
    """Raise a `RecipeError` unless `value` is None or an integer of at least 1."""
    if value is not None and not _is_length(value):
        raise RecipeError([Problem((), f"{name} must be an integer of at least 1, got {show(value)}")])


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
        unknown = [name for name in given if name not in inputs]
        if unknown:
            found = f"{what} names {show(unknown[0])}, which is not an input of the recipe"
            raise RecipeError([Problem((), found, name_list(inputs), did_you_mean(str(unknown[0]), inputs))])
        return given
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
    if not all(axis is None or _is_length(axis, least) for axis in shape):
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


def _is_length(axis: Any, least: int = 1) -> bool:
    try:
        return not isinstance(axis, bool) and operator.index(axis) >= least
    except TypeError:  # neither an integer nor a NumPy integer
        return False


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
    if request.task:
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


def _own_loss(output: Mapping, request: Request) -> str | Mapping:
    return task_loss(output["loss"], request.task) if request.task else output["loss"]


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
    """Return node, loss, weight, metrics and target of each output."""
    network = request.recipe.network
    if isinstance(network.outputs, Mapping):
        alone = len(network.outputs) == 1
        return {
            name: {
                "node": output["node"],
                "loss": _own_loss(output, request) if "loss" in output else training["loss"] if alone else None,
                "weight": output.get("weight", 1.0),
                "metrics": output.get("metrics", training["metrics"] if alone else []),
                "target": output.get("target", name),
            }
            for name, output in network.outputs.items()
        }
    node = DEFAULT_OUTPUT if network.outputs == "auto" else network.last
    output = {"node": node, "loss": training["loss"], "weight": 1.0, "metrics": training["metrics"], "target": None}
    return {DEFAULT_OUTPUT: output}
