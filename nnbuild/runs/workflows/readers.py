"""Reading of the data files of each workflow, before the start of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from nnbuild.errors import DataError, Problem, RecipeError, show
from nnbuild.recipe import Recipe
from nnbuild.runs.data.dataset import Dataset
from nnbuild.runs.data.new_data import Schema, dataset_of, read_new_data
from nnbuild.runs.data.outputs import OutputsDataset, new_outputs, read_outputs
from nnbuild.runs.data.pairs import Pairs, read_new_pairs, read_pairs
from nnbuild.runs.data.reading import read_data
from nnbuild.runs.workflows.rows import RECOMMENDER, SEVERAL_OUTPUTS, SUPERVISED, fixed_task


class Reader(NamedTuple):
    """Functions that read the data files of a workflow.

    Attributes
    ----------
    read : callable
        Takes a source, the recipe or None, and the workflow's options by name; returns the training data.
    read_test : callable
        Takes a source and the training data; returns the test set.
    """

    read: Callable[..., Any]
    read_test: Callable[[str, Any], Any]


def _supervised(
    source: str, recipe: Recipe | None, targets: Sequence[str] = (), task: str | None = None, **options: Any
) -> Dataset:
    about = recipe.about if recipe else {}
    default = about.get("target") if source == about.get("data") else None
    fixed = fixed_task(recipe.estimators) if recipe else None
    inputs = recipe.network.inputs if recipe else None
    data = read_data(source, targets or default, task or fixed, inputs=inputs, **options)
    if fixed and not task:
        data = replace(data, reason="as set by the recipe")
    if recipe and recipe.task and recipe.task != data.task:
        found = f"{data.source}: the targets are those of the task {show(data.task)}"
        raise DataError(f"{found}, but the recipe is for {show(recipe.task)}")
    return data


def _supervised_test(source: str, data: Dataset) -> Dataset:
    schema = Schema.of_data(data)
    return dataset_of(read_new_data(source, schema), schema)


def _outputs(source: str, recipe: Recipe, targets: Sequence[str] = (), **options: Any) -> OutputsDataset:
    outputs = recipe.network.outputs
    if isinstance(outputs, str):
        found = "NNMultiOutput requires outputs with names, but the recipe has one output without a name"
        raise RecipeError([Problem(("outputs",), found, hint='write "outputs": {"price": {}, "kind": {}}')])
    return read_outputs(source, outputs, targets, inputs=recipe.network.inputs, **options)


def _test_outputs(source: str, data: OutputsDataset) -> OutputsDataset:
    columns, n_targets = tuple(map(str, data.X.columns)), len(data.targets)
    schema = Schema(columns, data.targets, data.task, None, n_targets, data.notations)
    return new_outputs(source, schema, data.outputs)


def _pairs(source: str, recipe: Recipe | None, **options: Any) -> Pairs:
    return read_pairs(source, **options)


def _test_pairs(source: str, data: Pairs) -> Pairs:
    return read_new_pairs(source, list(data.X.columns))[0]


READERS: Mapping[str, Reader] = {
    SUPERVISED: Reader(_supervised, _supervised_test),
    SEVERAL_OUTPUTS: Reader(_outputs, _test_outputs),
    RECOMMENDER: Reader(_pairs, _test_pairs),
}
