"""Losses, baselines and standard errors for the scores of several tasks."""

from __future__ import annotations

import numpy as np

from nnbuild.report.scores import Classified

MIN_SHARE = 1e-7  # lower bound of a probability, which keeps its loss finite
MIN_ROWS = 10  # minimum number of samples to estimate a standard error


def classified(labels: list, codes: np.ndarray, probabilities: np.ndarray) -> Classified:
    """Return the confusion matrix and mean losses by class, from probabilities of shape (n_samples, n_classes)."""
    n_classes = len(labels)
    counts = np.zeros((n_classes, n_classes), int)
    np.add.at(counts, (codes, probabilities.argmax(axis=1)), 1)
    losses = row_losses(codes, probabilities)
    of_class = [losses[codes == code] for code in range(n_classes)]
    means = tuple(float(found.mean()) if len(found) else float("nan") for found in of_class)
    return Classified(tuple(map(str, labels)), tuple(map(tuple, counts.tolist())), means)


def row_losses(codes: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the cross-entropy of each sample, from probabilities of shape (n_samples, n_classes)."""
    return -np.log(np.maximum(probabilities[np.arange(len(codes)), codes], MIN_SHARE))


def entropy(shares: np.ndarray) -> float:
    """Return the log loss if the class frequencies are predicted for all samples, summed over columns."""
    return float(-np.log(shares, where=shares > 0, out=np.zeros(shares.shape)).ravel() @ shares.ravel())


def share_error(right: np.ndarray) -> float | None:
    """Return the standard error of a fraction as that of (k + 1) / (n + 2), which is never 0; None for few samples."""
    if len(right) < MIN_ROWS:
        return None
    share = (right.sum() + 1) / (len(right) + 2)
    return float(np.sqrt(share * (1 - share) / (len(right) + 2)))


def mean_error(values: np.ndarray) -> float | None:
    """Return the standard error of the mean over samples; None for few samples."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) >= MIN_ROWS else None
