"""Metrics for segmentation, which scikit-learn's metrics do not take, and scorers of one of several outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["class_iou", "mean_iou", "output_scorer"]


def class_iou(y_true: Any, y_pred: Any, *, labels: Any = None, sample_weight: Any = None) -> np.ndarray:
    """Intersection over union of each class: pixels of the class in both arrays, divided by pixels in either.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n_samples, ...)
        Labels of pixels, or of other elements.
    labels : array-like of shape (n_labels,), optional
        Classes, in the order of the result; by default all classes in either array, sorted.
    sample_weight : array-like of shape (n_samples,), optional
        Sample weights, each for all pixels of a sample.

    Returns
    -------
    array of shape (n_labels,)
        From 0 to 1; NaN for a class in neither array.

    Raises
    ------
    ValueError
        If the shapes differ, or `labels` is not a list.

    Notes
    -----
    All pixels of all samples form one set. The result is the Jaccard index of each class: for labels with one axis, it
    equals scikit-learn's ``jaccard_score(average=None)``.

    Examples
    --------
    >>> class_iou([[0, 0, 1]], [[0, 1, 1]])
    array([0.5, 0.5])
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.shape != y_pred.shape:
        raise ValueError(f"y_true and y_pred must have the same shape, got {y_true.shape} and {y_pred.shape}")
    weights = _weights(sample_weight, y_true.shape)
    wanted = None if labels is None else _labels(labels)
    classes = np.union1d(y_true, y_pred)
    true, found = np.searchsorted(classes, y_true).ravel(), np.searchsorted(classes, y_pred).ravel()
    in_both = np.bincount(true, weights * (true == found), len(classes))
    in_either = np.bincount(true, weights, len(classes)) + np.bincount(found, weights, len(classes)) - in_both
    known = dict(zip(classes.tolist(), _share(in_both, in_either).tolist(), strict=True))
    return np.array([known.get(label, np.nan) for label in (classes if wanted is None else wanted).tolist()])


def mean_iou(y_true: Any, y_pred: Any, *, labels: Any = None, sample_weight: Any = None) -> float:
    """Mean intersection over union of classes, without classes in neither array.

    Parameters
    ----------
    y_true, y_pred, labels, sample_weight
        As for `class_iou`.

    Returns
    -------
    float
        NaN if no class remains.

    Examples
    --------
    As the score of a search or cross-validation:

    >>> from sklearn.metrics import make_scorer
    >>> scorer = make_scorer(mean_iou)
    >>> mean_iou([[0, 0, 1]], [[0, 1, 1]])
    0.5
    """
    overlaps = class_iou(y_true, y_pred, labels=labels, sample_weight=sample_weight)
    there = overlaps[~np.isnan(overlaps)]
    return float(there.mean()) if len(there) else float("nan")


def output_scorer(output: str, scoring: Any = None) -> Any:
    """Make a scorer of one output of an `NNMultiOutput`, for `scoring` of searches and cross-validation.

    Parameters
    ----------
    output : str
        Name of the output.
    scoring : str or callable, optional
        Scorer of scikit-learn for the task of the output: a name such as "roc_auc", or a result of `make_scorer`. The
        default is the accuracy, or R2 for numbers.

    Returns
    -------
    callable
        Called with an estimator, X, y and optional `sample_weight`. The estimator is an `NNMultiOutput`, or a pipeline
        or search that ends with one. Samples without a target for the output do not count.

    Raises
    ------
    ValueError
        If the name of the scorer is unknown.

    Examples
    --------
    >>> scorers = {"kind": output_scorer("kind", "balanced_accuracy"), "size": output_scorer("size")}
    >>> scorers["kind"]
    output_scorer('kind', 'balanced_accuracy')
    """
    from nnbuild.estimators.output_scorers import OutputScorer

    return OutputScorer(output, scoring)


def _labels(labels: Any) -> np.ndarray:
    """Return the given labels as an array."""
    wanted = np.asarray(labels)
    if wanted.ndim != 1:
        raise ValueError(f"labels must be a list of labels, got {labels!r}")
    return wanted


def _weights(sample_weight: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return the weight of each label."""
    if sample_weight is None:
        return np.ones(int(np.prod(shape)))
    weights = np.asarray(sample_weight, "float64")
    if weights.shape != shape[:1]:
        raise ValueError(f"sample_weight must be of shape {shape[:1]}, got {weights.shape}")
    return np.broadcast_to(weights.reshape(-1, *[1] * (len(shape) - 1)), shape).ravel()


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return `part` / `whole`; NaN if `whole` is 0."""
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
