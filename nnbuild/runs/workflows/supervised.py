"""Commands of classifiers and regressors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.errors import show
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import fit_of, keep_notations
from nnbuild.inputs.protocol import Preparation
from nnbuild.language.sections import own_inputs
from nnbuild.plan.settings import loss_of
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Score, Scores
from nnbuild.runs.data.dataset import Dataset
from nnbuild.runs.data.estimator import (
    data_error,
    estimator_for,
    model_inputs,
    quantile_columns,
    shaped,
    training_and_validation_rows,
)
from nnbuild.runs.data.new_data import Schema, dataset_of, read_new_data
from nnbuild.runs.workflows.protocol import Data, Predictions
from nnbuild.tasks.behaviours import BEHAVIOURS
from nnbuild.tasks.losses import head_of
from nnbuild.tasks.regression import quantile_scores
from nnbuild.tasks.rows import TASKS
from nnbuild.tasks.target_transforms import check_logarithm


class SupervisedWorkflow:
    """Workflow of classifiers and regressors."""

    def estimator(self, recipe: Recipe, data: Dataset, **parameters: object) -> NNEstimator:
        """Return an unfitted classifier or regressor."""
        return estimator_for(recipe, data, **parameters)

    def check(self, recipe: Recipe, data: Dataset) -> None:
        """Raise an error for targets that the loss or the transform of the recipe does not allow."""
        with data_error(data.source):
            BEHAVIOURS[data.task].check_values(data.y, loss_of(recipe.network))
            if data.is_regression:
                check_logarithm(data.y, recipe.network.training)

    def adapted(self, recipe: Recipe, data: Dataset) -> Dataset:
        """Return data with X in the shape of the recipe's input."""
        return replace(data, X=shaped(data.X, recipe.network.inputs, data.source))

    def fit(self, estimator: Any, train: Dataset) -> None:
        """Train, and keep the notations of the columns."""
        estimator.fit(train.X, train.y)
        keep_notations(estimator, train.notations)

    def parts(self, estimator: NNEstimator, train: Dataset, seed: int) -> tuple[Dataset, int]:
        """Return the training set without the validation set, and the size of the validation set."""
        return training_and_validation_rows(estimator, train, train.X, train.y, seed)

    def scores(self, estimator: Any, data: Dataset) -> Scores:
        """Return the scores of the task, and those of predicted quantiles."""
        answer = estimator.predict_proba if TASKS[data.task].has_probabilities else estimator.predict
        found = np.asarray(answer(data.X), "float64")
        scores = BEHAVIOURS[data.task].scores(data.targets, data.y, found, getattr(estimator, "classes_", None))
        return replace(scores, values=with_quantiles(scores.values, estimator, data))

    def columns(self, estimator: Any, data: Dataset) -> list[tuple[str, str]]:
        """Return the preparation of each column of a table, or of another input, and of transformed targets."""
        texts = getattr(estimator, "target_transforms_", ())
        return [*feature_columns(estimator, data), *target_rows(data.targets, texts)]

    def new_data(self, estimator: NNEstimator, notes: Mapping, source: str, targets: tuple[str, ...]) -> Dataset:
        """Read a file with the columns and targets of the training data."""
        schema = Schema.of_model(estimator, notes)
        new = read_new_data(source, schema, targets)
        return replace(dataset_of(new, schema), X=model_inputs(estimator, new.X, new.source))

    def predictions(self, estimator: Any, notes: Mapping, source: str, probabilities: bool) -> Predictions:
        """Return a column for each target, then for each quantile of a target, then for each probability."""
        schema = Schema.of_model(estimator, notes)
        new = read_new_data(source, schema, with_targets=False)
        X = model_inputs(estimator, new.X, new.source)
        with data_error(new.source):
            predicted = np.asarray(estimator.predict(X))
            names = _target_names(schema, predicted)
            table = pd.DataFrame(predicted.reshape(len(predicted), -1), columns=names)
            if hasattr(estimator, "predict_quantiles"):
                table = table.join(_quantiles(estimator, X, names))
            if probabilities:
                labels = fit_of(estimator).targets.probability_names(names)
                columns = [f"probability of {label}" for label in labels]
                table = table.join(pd.DataFrame(estimator.predict_proba(X), columns=columns))
        return Predictions(table, new.ignored)


def feature_columns(estimator: Any, data: Data) -> list[tuple[str, str]]:
    """Return name and preparation of each column of a table, or of another input."""
    found = estimator.preparation_
    if found is None:
        return []
    inputs = own_inputs(estimator.recipe_.inputs)
    parts: Mapping[str, Preparation] = found if isinstance(found, Mapping) else dict.fromkeys(inputs, found)
    notations = fit_of(estimator).notations.items()
    more = {name: [f"written as {one.example()}"] for name, one in notations if one.example()}
    for name, remark in data.remarks.items():
        more.setdefault(name, []).append(f"text, though {remark}")
    return [row for name, part in parts.items() for row in _rows(inputs[name].get("column", name), part, more)]


def with_quantiles(values: tuple[Score, ...], estimator: Any, data: Any) -> tuple[Score, ...]:
    """Return the scores of predictions, and those of quantiles if the estimator predicts some."""
    if not hasattr(estimator, "predict_quantiles"):
        return values
    levels = head_of(loss_of(estimator.recipe_)).listed
    more = quantile_scores(data.y, estimator.predict_quantiles(data.X), levels)
    return (*(replace(score, of="median") for score in values), *more)


def target_rows(names: Sequence[str], transforms: Sequence[str]) -> list[tuple[str, str]]:
    """Return name and transform of each target; none without transforms."""
    return [(_name(name), f"target: {text}") for name, text in zip(names, transforms, strict=False)]


def _quantiles(estimator: Any, X: object, names: list[str]) -> pd.DataFrame:
    """Return predicted quantiles, with a column for each target and level."""
    found = estimator.predict_quantiles(X)
    return pd.DataFrame(found.reshape(len(found), -1), columns=quantile_columns(names, loss_of(estimator.recipe_)))


def _target_names(schema: Schema, predicted: np.ndarray) -> list[str]:
    n_targets = 1 if predicted.ndim == 1 else predicted.shape[1]
    if len(schema.targets) == n_targets:
        return list(schema.targets)
    return ["prediction"] if n_targets == 1 else [f"prediction {number}" for number in range(1, n_targets + 1)]


def _rows(name: str, preparation: Preparation, more: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    rows = preparation.by_column(name)
    return [(_name(column), "; ".join([line, *more.get(column, [])])) for column, line in rows]


def _name(name: str) -> str:
    return name if name.isprintable() else show(name)
