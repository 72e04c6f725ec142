"""Scores of predictions and their standard errors, of arrays: what the scores of several tasks are made of."""

from __future__ import annotations

import numpy as np

from nnbuild.report.scores import Classified

LEAST_SHARE = 1e-7  # of a class, so that its loss is finite
LEAST_ROWS = 10  # whose spread is an estimate of a standard error


def classified(labels: list, codes: np.ndarray, probabilities: np.ndarray) -> Classified:
    """Predictions of one class a row, from probabilities of shape (n_samples, n_classes)."""
    n_classes = len(labels)
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (codes, probabilities.argmax(axis=1)), 1)
    losses = row_losses(codes, probabilities)
    of_class = [losses[codes == code] for code in range(n_classes)]
    means = tuple(float(found.mean()) if len(found) else float("nan") for found in of_class)
    return Classified(tuple(map(str, labels)), tuple(map(tuple, counts.tolist())), means)


def row_losses(codes: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Cross-entropy of each row, from probabilities of shape (n_samples, n_classes)."""
    return -np.log(np.maximum(probabilities[np.arange(len(codes)), codes], LEAST_SHARE))


def entropy(shares: np.ndarray) -> float:
    """The log loss of shares that are predicted for all rows; of several columns its sum."""
    return float(-np.log(shares, where=shares > 0, out=np.zeros(shares.shape)).ravel() @ shares.ravel())


def share_error(right: np.ndarray) -> float | None:
    """Standard error of a share, not 0 where all rows are alike: that of (k + 1) / (n + 2). None of few rows."""
    if len(right) < LEAST_ROWS:
        return None
    share = (right.sum() + 1) / (len(right) + 2)
    return float(np.sqrt(share * (1 - share) / (len(right) + 2)))


def mean_error(values: np.ndarray) -> float | None:
    """Standard error of the mean of one value a row; None of few rows."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) >= LEAST_ROWS else None
