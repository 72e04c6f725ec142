"""Commands of translators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.text_pairs import SOURCE, TARGET
from nnbuild.estimators.translator import NNTranslator
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Score, Scores
from nnbuild.runs.data.estimator import data_error, training_and_validation_rows
from nnbuild.runs.data.new_data import noted_texts
from nnbuild.runs.data.translations import Translations, read_new_translations, read_sources
from nnbuild.runs.workflows.protocol import Predictions
from nnbuild.tasks.scores import share_error


class TranslatorWorkflow:
    """Workflow of translators."""

    def estimator(self, recipe: Recipe, data: Translations, **parameters: object) -> NNEstimator:
        """Return an unfitted translator."""
        return NNTranslator(recipe, **parameters)

    def check(self, recipe: Recipe, data: Translations) -> None:
        """Do nothing: `fit` raises the errors."""

    def adapted(self, recipe: Recipe, data: Translations) -> Translations:
        """Return the data unchanged."""
        return data

    def fit(self, estimator: Any, train: Translations) -> None:
        """Train on pairs of texts."""
        estimator.fit(train.texts, train.y)

    def parts(self, estimator: NNEstimator, train: Translations, seed: int) -> tuple[Translations, int]:
        """Return the training set without the validation set, and the size of the validation set."""
        return training_and_validation_rows(estimator, train, train.texts, train.y, seed)

    def scores(self, estimator: Any, data: Translations) -> Scores:
        """Return the fraction of exact translations, and that of the most frequent target text as prediction."""
        value = estimator.score(data.texts, data.y)
        baseline = float(pd.Series(data.y).value_counts(normalize=True).iloc[0])
        error = share_error(np.arange(len(data)) < round(value * len(data)))
        return Scores(len(data), (Score("accuracy", value, baseline, error=error),), "the most frequent target text")

    def columns(self, estimator: Any, data: Translations) -> list[tuple[str, str]]:
        """Return the preparation of source and target texts."""
        names = {SOURCE: str(data.X.columns[0]), TARGET: data.targets[0]}
        return [row for key, name in names.items() for row in estimator.preparation_[key].by_column(name)]

    def new_data(self, estimator: Any, notes: Mapping, source: str, targets: tuple[str, ...]) -> Translations:
        """Read a file of pairs of texts."""
        return read_new_translations(source, *columns_of(notes), targets)

    def predictions(self, estimator: Any, notes: Mapping, source: str, probabilities: bool) -> Predictions:
        """Return the translation of each source text."""
        column, target = columns_of(notes)
        X, others = read_sources(source, column)
        with data_error(source):
            table = pd.DataFrame({target: estimator.predict(X.iloc[:, 0].to_numpy(object))})
        return Predictions(table, tuple(one for one in others if one != target))


def columns_of(notes: Mapping) -> tuple[str, str]:
    """Return the columns of source and target texts of the training data; source and target if there is no note."""
    return (*noted_texts(notes, "columns"), SOURCE)[0], (*noted_texts(notes, "targets"), TARGET)[0]
