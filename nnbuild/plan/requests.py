"""Request for a network: a recipe with shapes of the data, and the task and number of outputs of each output."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nnbuild.errors import Problem, RecipeError, did_you_mean, name_list, show
from nnbuild.language.outputs import CLASSIFICATION, DEFAULT_OUTPUT, REGRESSION
from nnbuild.language.vocabulary_inputs import vocabulary_limits
from nnbuild.plan.table_inputs import Embeddings
from nnbuild.recipe import Recipe
from nnbuild.tasks.losses import head_of, kind_of_output
from nnbuild.tasks.rows import TASKS, TRAINED_TASKS, task_of_labels, task_of_outputs


@dataclass(frozen=True)
class Request:
    """Recipe with the arguments of `resolve`.

    Attributes
    ----------
    recipe : Recipe
    input_shape, dtype
        As passed to `resolve`.
    task : str, mapping of str to str, or None
        Given or inferred, by output if it was given by output; None for a network with its own outputs and no task.
    n_outputs : int, mapping of str to int, or None
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
    output : str or None
        Name of the output that this request is about; None for all outputs, and for an output without a name.
    is_by_output : bool
        Whether task and number of outputs were given by output.
    """

    recipe: Recipe
    input_shape: object
    dtype: object
    task: Any
    n_outputs: Any
    tables: Mapping[str, Embeddings] = field(default_factory=dict)
    vocabulary_sizes: Mapping[str, int] = field(default_factory=dict)
    positions: tuple[int, ...] | None = None
    masks: Mapping[str, float] = field(default_factory=dict)
    numeric_columns: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    output: str | None = None
    is_by_output: bool = False

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        input_shape: object,
        dtype: object,
        task: str | Mapping[str, str] | None,
        n_outputs: int | Mapping[str, int] | None,
        tables: Mapping[str, Embeddings] | None = None,
        vocabulary_sizes: Mapping[str, int] | None = None,
        positions: tuple[int, ...] | None = None,
        masks: Mapping[str, float] | None = None,
        numeric_columns: Mapping[str, tuple[int, ...]] | None = None,
    ) -> Request:
        """Return a request; raise a `RecipeError` if its arguments do not match."""
        outputs = recipe.network.outputs
        is_by_output = isinstance(task, Mapping) or isinstance(n_outputs, Mapping)
        own_task: Any
        own_count: Any
        if is_by_output:
            own_task, own_count = _by_output(outputs, task, n_outputs)
        else:
            own_task, own_count = _checked_task(task, n_outputs, {}), n_outputs
        known = {**vocabulary_limits(recipe.network.inputs), **(vocabulary_sizes or {})}
        about_inputs = (tables or {}, known, positions, masks or {}, numeric_columns or {})
        request = cls(recipe, input_shape, dtype, own_task, own_count, *about_inputs, is_by_output=is_by_output)
        for name, one in request.by_output().items():
            if one.appends_output and (one.task is None or (one.n_outputs is None and not TASKS[one.task].widths)):
                raise RecipeError([_without_count(name, one)])
        return request

    def by_output(self) -> dict[str, Request]:
        """Return the request of each output."""
        outputs = self.recipe.network.outputs
        if not isinstance(outputs, Mapping):
            return {DEFAULT_OUTPUT: self}
        if len(outputs) == 1 and not self.is_by_output:
            return {name: replace(self, output=name) for name in outputs}
        tasks, counts = (self.task, self.n_outputs) if self.is_by_output else ({}, {})
        return {
            name: replace(self, output=name, task=tasks.get(name), n_outputs=counts.get(name), positions=None)
            for name in outputs
        }

    @property
    def appends_output(self) -> bool:
        """Whether an output layer is appended for this output."""
        outputs = self.recipe.network.outputs
        if isinstance(outputs, Mapping):
            return self.output is not None and "node" not in outputs[self.output]
        return outputs == "auto"

    @property
    def n_units(self) -> int:
        """Number of units of the appended output layer; 1 for two classes."""
        return self._task_widths[0] if self._task_widths else int(self.n_outputs or 1) * self._n_values

    @property
    def widths(self) -> tuple[int, ...]:
        """Accepted lengths of the last axis of the network's own output; empty if unknown."""
        # All widths require a loss in the recipe; the default loss of the task supports the first.
        if self._task_widths:
            return self._task_widths if self._loss is not None else self._task_widths[:1]
        return () if self.n_outputs is None else (int(self.n_outputs) * self._n_values,)

    @property
    def _n_values(self) -> int:
        """Number of values that the network predicts per target."""
        has_head = self.task is not None and TASKS[self.task].head_by_loss
        return head_of(self._loss).n_values if has_head else 1

    @property
    def _task_widths(self) -> tuple[int, ...]:
        return TASKS[self.task].widths if self.task else ()

    @property
    def _loss(self) -> str | Mapping | None:
        """Loss of this output in the recipe, or None."""
        network = self.recipe.network
        outputs = network.outputs if isinstance(network.outputs, Mapping) else {}
        otherwise = network.training.get("loss") if len(outputs) < 2 else None
        return outputs.get(self.output, {}).get("loss", otherwise)

    @property
    def precision(self) -> str:
        """Dtype policy of the layers."""
        return str(self.recipe.network.training.get("precision", "float32"))


def check_count(name: str, value: object) -> None:
    """Raise a `RecipeError` unless `value` is None or an integer of at least 1."""
    if value is not None and not is_length(value):
        raise RecipeError([Problem((), f"{name} must be an integer of at least 1, got {show(value)}")])


def is_length(axis: Any, least: int = 1) -> bool:
    """Return whether a value is an integer of at least `least`, also of NumPy."""
    try:
        return not isinstance(axis, bool) and operator.index(axis) >= least
    except TypeError:  # neither an integer nor a NumPy integer
        return False


def checked_names(given: Mapping, known: Mapping, what: str, noun: str) -> Mapping:
    """Return a mapping by the names of inputs or outputs; raise a `RecipeError` for a name that is not known."""
    unknown = [name for name in given if name not in known]
    if unknown:
        found = f"{what} names {show(unknown[0])}, which is not {noun} of the recipe"
        raise RecipeError([Problem((), found, name_list(known), did_you_mean(str(unknown[0]), known))])
    return given


def _by_output(outputs: Any, task: Any, n_outputs: Any) -> tuple[dict, dict]:
    """Return task and number of outputs of each output."""
    if not isinstance(outputs, Mapping):
        given = "task" if isinstance(task, Mapping) else "n_outputs"
        found = f"{given} is given by output, but the recipe does not name its output"
        hint = 'name the outputs in the recipe, such as "outputs": {"price": {}, "kind": {}}'
        raise RecipeError([Problem((), found, hint=hint)])
    tasks, counts = (_mapping(value, outputs, what) for what, value in (("task", task), ("n_outputs", n_outputs)))
    by_name = {name: _checked_task(tasks.get(name), counts.get(name), output) for name, output in outputs.items()}
    return by_name, {name: counts.get(name) for name in outputs}


def _mapping(value: Any, outputs: Mapping, what: str) -> Mapping:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise RecipeError([Problem((), f"{what} must be given for each output by name: {', '.join(outputs)}")])
    return checked_names(value, outputs, what, "an output")


def _checked_task(task: object, n_outputs: object, output: Mapping) -> str | None:
    """Return a given task, or the task for a number of outputs; raise a `RecipeError` if they do not match."""
    if task is not None and (not isinstance(task, str) or task not in TRAINED_TASKS):
        hint = did_you_mean(task, TRAINED_TASKS) if isinstance(task, str) else ""
        raise RecipeError([Problem((), f"unknown task {show(task)}", name_list(TRAINED_TASKS), hint)])
    check_count("n_outputs", n_outputs)
    count: Any = n_outputs
    if task is not None and not (row := TASKS[task]).takes_outputs(count):
        found = f"a {task} task has {row.outputs_text}, got n_outputs={n_outputs}"
        raise RecipeError([Problem((), found, hint=row.outputs_hint)])
    if task is not None or n_outputs is None:
        return task
    by_kind = {CLASSIFICATION: task_of_labels(max(2, count)), REGRESSION: REGRESSION}
    return by_kind.get(kind_of_output(output) or "", task_of_outputs(count))


def _without_count(name: str, request: Request) -> Problem:
    """Return the problem of an output layer whose number of units is not known."""
    if request.output is None:
        found = "the output layer requires the number of outputs"
        hint = "pass n_outputs (--outputs), or set outputs to 'last' if the last node is the output"
        return Problem((), found, hint=hint)
    found = f"the output layer of {show(name)} requires the number of outputs"
    one = isinstance(request.recipe.network.outputs, Mapping) and len(request.recipe.network.outputs) == 1
    given = "n_outputs=1" if one else f"n_outputs={{{name!r}: 1, ...}} (--outputs '{name}=1 ...')"
    hint = f"pass {given}, or set the 'node' of this output if the network has its own output layer"
    return Problem(("outputs", name), found, hint=hint)
