"""Commands of networks with several outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import fit_of, keep_notations
from nnbuild.estimators.multioutput import NNMultiOutput
from nnbuild.estimators.output_settings import output_scores
from nnbuild.recipe import Recipe
from nnbuild.records import frozen_mapping
from nnbuild.report.scores import Score, Scores
from nnbuild.runs.data.estimator import data_error, model_inputs, shaped, training_and_validation_rows
from nnbuild.runs.data.new_data import Schema, read_new_data
from nnbuild.runs.data.outputs import OutputsDataset, new_outputs
from nnbuild.runs.workflows.protocol import Predictions
from nnbuild.runs.workflows.supervised import feature_columns, target_rows
from nnbuild.tasks.multioutput import MultiOutputTargets
from nnbuild.tasks.output_rows import output_rows


class MultiOutputWorkflow:
    """Workflow of networks with several outputs."""

    def estimator(self, recipe: Recipe, data: OutputsDataset, **parameters: object) -> NNEstimator:
        """Return an unfitted estimator."""
        return NNMultiOutput(recipe, **parameters)

    def check(self, recipe: Recipe, data: OutputsDataset) -> None:
        """Accept all data: `fit` checks the targets of each output."""

    def adapted(self, recipe: Recipe, data: OutputsDataset) -> OutputsDataset:
        """Return data with X in the shape of the recipe's input."""
        return replace(data, X=shaped(data.X, recipe.network.inputs, data.source))

    def fit(self, estimator: Any, train: OutputsDataset) -> None:
        """Train, and keep the notations of the columns."""
        estimator.fit(train.X, train.y)
        keep_notations(estimator, train.notations)

    def parts(self, estimator: Any, train: OutputsDataset, seed: int) -> tuple[OutputsDataset, int]:
        """Return the training set without the validation set, and the size of the validation set."""
        columns = {name: {"target": list(part.columns)} for name, part in _targets(estimator).parts.items()}
        y = output_rows(train.y, columns)
        return training_and_validation_rows(estimator, train, np.arange(len(train)), y, seed)

    def scores(self, estimator: Any, data: OutputsDataset) -> Scores:
        """Return the mean score, and the scores of each output."""
        mean = Score("mean_score", estimator.score(data.X, data.y))
        return Scores(len(data), (mean,), outputs=frozen_mapping(output_scores(estimator, data.X, data.y)))

    def columns(self, estimator: Any, data: OutputsDataset) -> list[tuple[str, str]]:
        """Return the preparation of each column, and the transforms of targets."""
        transforms = getattr(estimator, "target_transforms_", {})
        parts = _targets(estimator).parts
        rows = [row for name, texts in transforms.items() for row in target_rows(parts[name].columns, texts)]
        return [*feature_columns(estimator, data), *rows]

    def new_data(self, estimator: Any, notes: Mapping, source: str, targets: tuple[str, ...]) -> OutputsDataset:
        """Read a file with the columns and targets of the training data."""
        parts = _targets(estimator).parts
        labels = getattr(estimator, "classes_", {}).items()
        classes = {parts[name].columns[0]: own for name, own in labels if parts[name].targets.row.has_classes}
        data = new_outputs(source, _schema(estimator, notes), tuple(parts), classes, targets)
        return replace(data, X=model_inputs(estimator, data.X, data.source))

    def predictions(self, estimator: Any, notes: Mapping, source: str, probabilities: bool) -> Predictions:
        """Return a column for each target, then for each probability of an output."""
        new = read_new_data(source, _schema(estimator, notes), with_targets=False)
        X = model_inputs(estimator, new.X, new.source)
        with data_error(new.source):
            table = estimator.predict(X).reset_index(drop=True)
            if probabilities:
                names = _targets(estimator).probability_names(())
                found = list(estimator.predict_proba(X).values())
                columns = [f"probability of {name}" for name in names]
                table = table.join(pd.DataFrame(np.hstack(found) if found else None, columns=columns))
        return Predictions(table, new.ignored)


def _targets(estimator: Any) -> MultiOutputTargets:
    targets: Any = fit_of(estimator).targets
    return targets


def _schema(estimator: Any, notes: Mapping) -> Schema:
    """Return the schema of the training data, with the columns of y as targets."""
    targets = _targets(estimator).columns
    return replace(Schema.of_model(estimator, notes), targets=targets, n_targets=len(targets))
