"""Reading of the data files of each workflow, before the start of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from nnbuild.errors import DataError, Problem, RecipeError, show
from nnbuild.inputs.files import find_data
from nnbuild.inputs.text_files import find_text_table, find_texts
from nnbuild.recipe import Recipe
from nnbuild.runs.data.dataset import Dataset
from nnbuild.runs.data.new_data import Schema, dataset_of, read_new_data
from nnbuild.runs.data.outputs import OutputsDataset, new_outputs, read_outputs
from nnbuild.runs.data.pairs import Pairs, read_new_pairs, read_pairs
from nnbuild.runs.data.reading import read_data
from nnbuild.runs.data.segmented import SegmentedImages, read_new_segmented, read_segmented
from nnbuild.runs.data.texts import Texts, read_new_texts, read_texts
from nnbuild.runs.data.translations import Translations, read_new_translations, read_translations
from nnbuild.runs.data.windows import Windows, read_new_windows, read_windows
from nnbuild.runs.workflows.rows import (
    FORECASTS,
    LANGUAGE_MODEL,
    MASKED,
    RECOMMENDER,
    SEGMENTATION,
    SEVERAL_OUTPUTS,
    SUPERVISED,
    TRANSLATOR,
    fixed_task,
)


class Reader(NamedTuple):
    """Functions that read the data files of a workflow.

    Attributes
    ----------
    read : callable
        Takes a source, the recipe or None, and the workflow's options by name; returns the training data.
    read_test : callable
        Takes a source and the training data; returns the test set.
    find : callable
        Takes a source; raises a `DataError` if it is not a file that can be read.
    """

    read: Callable[..., Any]
    read_test: Callable[[str, Any], Any]
    find: Callable[[str], object] = find_data


def _supervised(
    source: str, recipe: Recipe | None, targets: Sequence[str] = (), task: str | None = None, **options: Any
) -> Dataset:
    about = recipe.about if recipe else {}
    default = about.get("target") if source == about.get("data") else None
    fixed = fixed_task(recipe.estimators) if recipe else None
    inputs = recipe.network.inputs if recipe else None
    data = read_data(source, targets or default, task or fixed, inputs=inputs, **options)
    if recipe and isinstance(data.X, pd.DataFrame) and "forecasting" in recipe.about.get("uses", ()):
        hint = "pass --lags, and usually --horizon and --time, such as --lags 24 --horizon 12 --time month"
        raise DataError(
            f"{data.source}: the recipe forecasts from windows of a series, which a table is not\n  hint: {hint}"
        )
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
    return new_outputs(source, schema, data.outputs, data.classes)


def _pairs(source: str, recipe: Recipe | None, **options: Any) -> Pairs:
    return read_pairs(source, **options)


def _test_pairs(source: str, data: Pairs) -> Pairs:
    return read_new_pairs(source, list(data.X.columns))[0]


def _test_images(source: str, data: SegmentedImages) -> SegmentedImages:
    return read_new_segmented(source, data.test_masks, data.legend, data.X.shape[1:], "--test-masks")


def _windows(source: str, recipe: Recipe | None, targets: Sequence[str] = (), **options: Any) -> Windows:
    return read_windows(source, target=targets or None, **options)


def _test_windows(source: str, data: Windows) -> Windows:
    return read_new_windows(source, data.forecast)


def _texts(workflow: str, source: str, recipe: Recipe, **options: Any) -> Texts:
    (spec, *_) = recipe.network.inputs.values()
    return read_texts(source, workflow, spec.get("split", "whitespace"), **options)


def _test_texts(source: str, data: Texts) -> Texts:
    return read_new_texts(source, data.workflow, data.split_by, str(data.X.columns[0]))


def _translations(source: str, recipe: Recipe, **options: Any) -> Translations:
    return read_translations(source, **options)


def _test_translations(source: str, data: Translations) -> Translations:
    return read_new_translations(source, str(data.X.columns[0]), data.targets[0])


READERS: Mapping[str, Reader] = {
    SUPERVISED: Reader(_supervised, _supervised_test),
    SEGMENTATION: Reader(read_segmented, _test_images),
    FORECASTS: Reader(_windows, _test_windows),
    SEVERAL_OUTPUTS: Reader(_outputs, _test_outputs),
    RECOMMENDER: Reader(_pairs, _test_pairs),
    LANGUAGE_MODEL: Reader(partial(_texts, LANGUAGE_MODEL), _test_texts, find_texts),
    MASKED: Reader(partial(_texts, MASKED), _test_texts, find_texts),
    TRANSLATOR: Reader(_translations, _test_translations, find_text_table),
}
