"""Commands of recommenders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.interactions import check_inputs_of_pairs, checked_pairs
from nnbuild.estimators.ranking import N_BEST, popular_hits
from nnbuild.estimators.recommender import NNRecommender
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Score, Scores
from nnbuild.runs.data.estimator import data_error, training_and_validation_rows
from nnbuild.runs.data.pairs import Pairs, read_new_pairs
from nnbuild.runs.workflows.protocol import Predictions
from nnbuild.tasks.scores import share_error


class RecommenderWorkflow:
    """Workflow of recommenders."""

    def estimator(self, recipe: Recipe, data: Pairs, **parameters: object) -> NNEstimator:
        """Return an unfitted recommender."""
        check_inputs_of_pairs(recipe.network.inputs)
        return NNRecommender(recipe, **parameters)

    def check(self, recipe: Recipe, data: Pairs) -> None:
        """Raise an error for ids of a wrong type."""
        with data_error(data.source):
            checked_pairs(data.X, "X")

    def adapted(self, recipe: Recipe, data: Pairs) -> Pairs:
        """Return the interactions with a weight above 0."""
        return data if data.weights is None else data.select(np.flatnonzero(data.weights > 0))

    def fit(self, estimator: Any, train: Pairs) -> None:
        """Train on interactions, with their weights."""
        estimator.fit(train.X, sample_weight=train.weights)

    def parts(self, estimator: NNEstimator, train: Pairs, seed: int) -> tuple[Pairs, int]:
        """Return the training set without the validation set, and the size of the validation set."""
        ones = np.ones(len(train), "int32")
        return training_and_validation_rows(estimator, train, train.X.to_numpy(), ones, seed)

    def scores(self, estimator: Any, data: Pairs) -> Scores:
        """Return the hit rate, and that of the most popular items."""
        pairs = estimator.preparation_
        hits = popular_hits(pairs, *pairs.encoded(*checked_pairs(data.X)))
        value = estimator.score(data.X)
        error = share_error(np.arange(len(data)) < round(value * len(data)))
        score = Score(f"hit_rate_at_{N_BEST}", value, float(hits.mean()), error=error)
        return Scores(len(data), (score,), "the most popular items")

    def columns(self, estimator: Any, data: Pairs) -> list[tuple[str, str]]:
        """Return the numbers of users and items."""
        pairs = estimator.preparation_
        lines = (part.summary()[0] for part in (pairs.users, pairs.items))
        return list(zip(data.names, lines, strict=True))

    def new_data(self, estimator: Any, notes: Mapping, source: str, targets: tuple[str, ...]) -> Pairs:
        """Read a file of interactions."""
        return read_new_pairs(source, _columns(estimator))[0]

    def predictions(self, estimator: Any, notes: Mapping, source: str, probabilities: bool) -> Predictions:
        """Return users, items and the score of each pair."""
        data, ignored = read_new_pairs(source, _columns(estimator))
        with data_error(data.source):
            table = data.X.assign(score=estimator.predict(data.X))
        return Predictions(table, ignored)


def _columns(estimator: Any) -> list[str]:
    """Return the columns of the training data; user and item if it was an array."""
    return list(getattr(estimator, "feature_names_in_", ("user", "item")))
