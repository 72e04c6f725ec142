"""A fitted estimator and rows -> how good its predictions are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score, root_mean_squared_error

from nnbuild.estimators.base import NNEstimator
from nnbuild.report.run import Classified, ClassScore, Labelled, Measured, Outcome, Score, Scores
from nnbuild.runs.data import Data

LEAST_SHARE = 1e-7  # of a class, so that its loss is finite
MOST_TRAINING_ROWS = 5000
LEAST_ROWS = 10  # whose spread is an estimate of a standard error


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


def _of_classes(data: Data, classes: np.ndarray, probabilities: np.ndarray) -> Scores:
    probabilities /= probabilities.sum(axis=1, keepdims=True)  # sums of float32 miss 1
    codes = np.searchsorted(classes, data.y)
    shares = np.bincount(codes) / len(codes)
    right = codes == probabilities.argmax(axis=1)
    loss = float(log_loss(codes, probabilities, labels=range(len(classes))))
    values = (
        Score("accuracy", float(accuracy_score(codes, probabilities.argmax(axis=1))), float(shares.max()),
              error=_share_error(right)),
        Score("log_loss", loss, _entropy(shares), error=_mean_error(_row_losses(codes, probabilities))),
    )  # fmt: skip
    outcome = _classified(classes.tolist(), codes, probabilities)
    return Scores(len(data), values, "the shares of their classes", (outcome,))


def _of_labels(data: Data, probabilities: np.ndarray) -> Scores:
    labels = tuple(map(_label_score, data.targets, data.y.T, probabilities.T))
    shares = np.stack([data.y.mean(axis=0), 1 - data.y.mean(axis=0)])  # (2, n_labels)
    right = data.y == (probabilities > 0.5)
    losses = -np.log(np.maximum(np.where(data.y, probabilities, 1 - probabilities), LEAST_SHARE))
    values = (
        Score("accuracy", float(right.mean()), float(shares.max(axis=0).mean()), error=_mean_error(right.mean(axis=1))),
        Score("log_loss", float(np.mean([label.loss for label in labels])), _entropy(shares) / len(labels),
              error=_mean_error(losses.mean(axis=1))),
    )  # fmt: skip
    return Scores(len(data), values, "the shares of each label", (Labelled(labels),))


def _of_quantities(data: Data, predicted: np.ndarray) -> Scores:
    y = data.y
    r2 = float(r2_score(y, predicted)) if len(y) > 1 else float("nan")
    values = (
        Score("r2", r2, 0.0, error=_r2_error(y, predicted)),
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


def _row_losses(codes: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Cross-entropy of each row, from probabilities of shape (n_samples, n_classes)."""
    return -np.log(np.maximum(probabilities[np.arange(len(codes)), codes], LEAST_SHARE))


def _share_error(right: np.ndarray) -> float | None:
    """Standard error of a share, not 0 where all rows are alike: that of (k + 1) / (n + 2). None of few rows."""
    if len(right) < LEAST_ROWS:
        return None
    share = (right.sum() + 1) / (len(right) + 2)
    return float(np.sqrt(share * (1 - share) / (len(right) + 2)))


def _mean_error(values: np.ndarray) -> float | None:
    """Standard error of the mean of one value a row; None of few rows."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) >= LEAST_ROWS else None


def _r2_error(y: np.ndarray, predicted: np.ndarray) -> float | None:
    """Standard error of R2, that of a mean of squared errors in parts of the variance of y, which counts as given."""
    variance = y.var(axis=0)
    if not np.all(variance > 0):
        return None
    errors = ((y - predicted) ** 2 / variance).reshape(len(y), -1)
    return _mean_error(errors.mean(axis=1))


def _classified(labels: list, codes: np.ndarray, probabilities: np.ndarray) -> Classified:
    """Predictions of one class a row, from probabilities of shape (n_samples, n_classes)."""
    n_classes = len(labels)
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (codes, probabilities.argmax(axis=1)), 1)
    losses = _row_losses(codes, probabilities)
    of_class = [losses[codes == code] for code in range(n_classes)]
    means = tuple(float(found.mean()) if len(found) else float("nan") for found in of_class)
    return Classified(tuple(map(str, labels)), tuple(map(tuple, counts.tolist())), means)


def _label_score(name: str, y: np.ndarray, probability: np.ndarray) -> ClassScore:
    """How well one label is predicted; it counts as predicted where it is the likelier of the two."""
    both = _classified(["no", "yes"], y, np.column_stack([1 - probability, probability]))
    n_rows = [sum(row) for row in both.counts]
    loss = sum(mean * n for mean, n in zip(both.losses, n_rows, strict=True) if n) / len(y)
    return replace(both.scores()[1], label=name, loss=loss)
