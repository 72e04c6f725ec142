"""A fitted estimator and rows -> how good its predictions are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnbuild.estimators.base import NNEstimator
from nnbuild.report.scores import Classified, Measured, Outcome, Score, Scores
from nnbuild.runs.data import Data
from nnbuild.tasks.behaviours import BEHAVIOURS
from nnbuild.tasks.rows import TASKS

MOST_TRAINING_ROWS = 5000


def scores_of(estimator: NNEstimator, data: Data, training: Data | None = None) -> Scores:
    """How good an estimator's predictions are for data whose X it takes as it is.

    Parameters
    ----------
    estimator : NNClassifier or NNRegressor
    data : Data
    training : Data, optional
        Training rows, to score beside; at most 5,000 of them are.
    """
    scores = _scores(estimator, data)
    if training is None:
        return scores
    seen = _scores(estimator, some_rows(training)).values
    return replace(scores, values=tuple(map(_beside, scores.values, seen)))


def some_rows(data: Data) -> Data:
    """At most 5,000 rows, drawn with a fixed seed: enough for a score, in little time."""
    if len(data) <= MOST_TRAINING_ROWS:
        return data
    rows = np.random.default_rng(0).choice(len(data), MOST_TRAINING_ROWS, replace=False)
    return data.taken(np.sort(rows))


def _beside(score: Score, seen: Score) -> Score:
    """A score with that on training rows."""
    gap_error = float(np.hypot(score.error or 0.0, seen.error or 0.0))
    return replace(score, training=seen.value, training_baseline=seen.baseline, gap_error=gap_error)


def _scores(estimator: NNEstimator, data: Data) -> Scores:
    answer = estimator.predict_proba if TASKS[data.task].has_probabilities else estimator.predict
    found = np.asarray(answer(data.X), "float64")
    return BEHAVIOURS[data.task].scores(data.targets, data.y, found, getattr(estimator, "classes_", None))


def scores_document(scores: Scores) -> dict:
    """Scores as JSON values: by the names of scikit-learn's functions, NaN where they are not defined."""
    document: dict = {
        "n_rows": scores.n_rows,
        "values": {score.name: score.value for score in scores.values},
        "baseline": {score.name: score.baseline for score in scores.values if score.baseline is not None},
        "parts": [part for outcome in scores.outcomes for part in _parts(outcome)],
    }
    if any(score.training is not None for score in scores.values):
        document["training"] = {score.name: score.training for score in scores.values}
    for outcome in scores.outcomes:
        if isinstance(outcome, Classified):
            document["confusion"] = {"classes": list(outcome.labels), "counts": [list(row) for row in outcome.counts]}
    return document


def _parts(outcome: Outcome) -> list[dict]:
    """What is said of each class, label or quantity."""
    if isinstance(outcome, Measured):
        errors = {"mean_absolute_error": outcome.mean_error, "median_absolute_error": outcome.error_within(0.5)}
        return [{"name": outcome.target, "n_rows": len(outcome.true), "values": errors}]
    return [
        {
            "name": score.label,
            "n_rows": score.n,
            "values": {name: getattr(score, name) for name in ("precision", "recall", "f1", "loss")},
        }
        for score in outcome.scores()
    ]
