"""A fitted estimator and rows -> how good its predictions are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score, root_mean_squared_error

from nnbuild.estimators.base import NNEstimator
from nnbuild.report.run import Classified, ClassScore, Labelled, Measured, Outcome, Score, Scores
from nnbuild.runs.data import Data

LEAST_SHARE = 1e-7  # of a class, so that its loss is finite


def scores_of(estimator: NNEstimator, data: Data) -> Scores:
    """How good an estimator's predictions are for data whose X it takes as it is."""
    if data.is_regression:
        return _of_quantities(data, np.asarray(estimator.predict(data.X), "float64"))
    probabilities = np.asarray(estimator.predict_proba(data.X), "float64")
    if data.task == "multilabel":
        return _of_labels(data, probabilities)
    return _of_classes(data, estimator.classes_, probabilities)


def scores_document(scores: Scores) -> dict:
    """Scores as JSON values: by the names of scikit-learn's functions, NaN where they are not defined."""
    document: dict = {
        "n_rows": scores.n_rows,
        "values": {score.name: score.value for score in scores.values},
        "baseline": {score.name: score.baseline for score in scores.values if score.baseline is not None},
        "parts": [part for outcome in scores.outcomes for part in _parts(outcome)],
    }
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


def _of_classes(data: Data, classes: np.ndarray, probabilities: np.ndarray) -> Scores:
    probabilities /= probabilities.sum(axis=1, keepdims=True)  # sums of float32 miss 1
    codes = np.searchsorted(classes, data.y)
    shares = np.bincount(codes) / len(codes)
    values = (
        Score("accuracy", float(accuracy_score(codes, probabilities.argmax(axis=1))), float(shares.max())),
        Score("log_loss", float(log_loss(codes, probabilities, labels=range(len(classes)))), _entropy(shares)),
    )
    outcome = _classified(classes.tolist(), codes, probabilities)
    return Scores(len(data), values, "the shares of their classes", (outcome,))


def _of_labels(data: Data, probabilities: np.ndarray) -> Scores:
    labels = tuple(map(_label_score, data.targets, data.y.T, probabilities.T))
    shares = np.stack([data.y.mean(axis=0), 1 - data.y.mean(axis=0)])  # (2, n_labels)
    values = (
        Score("accuracy", float((data.y == (probabilities > 0.5)).mean()), float(shares.max(axis=0).mean())),
        Score("log_loss", float(np.mean([label.loss for label in labels])), _entropy(shares) / len(labels)),
    )
    return Scores(len(data), values, "the shares of each label", (Labelled(labels),))


def _of_quantities(data: Data, predicted: np.ndarray) -> Scores:
    y = data.y
    values = (
        Score("r2", float(r2_score(y, predicted)) if len(y) > 1 else float("nan")),
        Score(
            "mean_absolute_error", float(mean_absolute_error(y, predicted)), float(np.abs(y - y.mean(axis=0)).mean())
        ),
        Score("root_mean_squared_error", float(root_mean_squared_error(y, predicted)), float(y.std(axis=0).mean())),
    )
    columns = zip(data.targets, y.reshape(len(y), -1).T, predicted.reshape(len(y), -1).T, strict=True)
    outcomes = tuple(Measured(name, tuple(true.tolist()), tuple(found.tolist())) for name, true, found in columns)
    return Scores(len(y), values, "their mean", outcomes)


def _entropy(shares: np.ndarray) -> float:
    """The log loss of shares that are predicted for all rows; of several columns its sum."""
    return float(-np.log(shares, where=shares > 0, out=np.zeros(shares.shape)).ravel() @ shares.ravel())


def _classified(labels: list, codes: np.ndarray, probabilities: np.ndarray) -> Classified:
    """Predictions of one class a row, from probabilities of shape (n_samples, n_classes)."""
    n_classes = len(labels)
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (codes, probabilities.argmax(axis=1)), 1)
    losses = -np.log(np.maximum(probabilities[np.arange(len(codes)), codes], LEAST_SHARE))
    of_class = [losses[codes == code] for code in range(n_classes)]
    means = tuple(float(found.mean()) if len(found) else float("nan") for found in of_class)
    return Classified(tuple(map(str, labels)), tuple(map(tuple, counts.tolist())), means)


def _label_score(name: str, y: np.ndarray, probability: np.ndarray) -> ClassScore:
    """How well one label is predicted; it counts as predicted where it is the likelier of the two."""
    both = _classified(["no", "yes"], y, np.column_stack([1 - probability, probability]))
    n_rows = [sum(row) for row in both.counts]
    loss = sum(mean * n for mean, n in zip(both.losses, n_rows, strict=True) if n) / len(y)
    return replace(both.scores()[1], label=name, loss=loss)
