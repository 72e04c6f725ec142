"""Convert class weights to weights of samples, or of positions in samples if each position has a class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nnbuild.errors import name_list, show
from nnbuild.train.common.batches import TrainingData, class_labels


def class_weights(data: TrainingData, output: str, class_weight: str | Mapping) -> dict[object, float]:
    """Return the weight of each class of an output.

    Parameters
    ----------
    data : TrainingData
        Training set.
    output : str
        Name of the output.
    class_weight : "balanced" or mapping of label to number
        Labels may be strings, as in JSON. Classes that are not in a mapping have weight 1.

    Returns
    -------
    dict of label to float

    Raises
    ------
    ValueError
        If samples have no single class, a label is unknown, or a weight is negative or not finite.

    Notes
    -----
    "balanced" is n_samples / (n_classes * count), where samples and counts are sums of sample weights, as in
    scikit-learn's ``compute_class_weight``. If each position of a sample has a class, positions are counted.
    """
    labels, weights = _labels(data, output), data.weights[output]
    if isinstance(class_weight, str):  # "balanced"
        rows = data.rows[weights[data.rows] > 0]
        classes, codes = _class_indices(labels[rows])
        counts = np.bincount(codes.ravel(), weights=_spread(weights[rows], codes).ravel())
        return dict(zip(classes.tolist(), (counts.sum() / (len(classes) * counts)).tolist(), strict=True))
    known = {label_name(label): label for label in np.unique(labels).tolist()}
    given = {label_name(label): float(weight) for label, weight in class_weight.items()}
    if unknown := [label for label in given if label not in known]:
        raise ValueError(unknown_class(unknown[0], known))
    if bad := [weight for weight in given.values() if not (np.isfinite(weight) and weight >= 0)]:
        raise ValueError(f"class_weight must be finite and non-negative, got {bad[0]}")
    return {label: given.get(text, 1.0) for text, label in known.items()}


def label_name(label: Any) -> str:
    """Return a label as a JSON key: "1" for 1.0, 1 and True."""
    plain = label.item() if isinstance(label, np.generic) else label
    whole = isinstance(plain, int) or (isinstance(plain, float) and plain.is_integer())
    return str(int(plain)) if whole else str(plain)


def unknown_class(label: object, classes: Iterable[str]) -> str:
    """Return the message for a label in `class_weight` that is not a class."""
    return f"class_weight: no class {show(label)}; classes: {name_list(classes)}"


def row_weights(data: TrainingData, output: str, weights: Mapping[object, float]) -> np.ndarray:
    """Return the product of sample weight and class weight for each sample; new classes have weight 1.

    Parameters
    ----------
    data : TrainingData
    output : str
        Name of the output.
    weights : mapping of label to float
        Result of `class_weights`.

    Returns
    -------
    array of shape (n_rows,)
        If each position of a sample has a class, an array of the shape of the labels, in float32 to save memory.
    """
    classes, codes = _class_indices(_labels(data, output))
    dtype = "float64" if codes.ndim == 1 else "float32"
    of_class = np.array([weights.get(label, 1.0) for label in classes.tolist()], dtype)
    return _spread(data.weights[output].astype(dtype, copy=False), codes) * of_class[codes]


def _class_indices(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted classes, and the class index of each label."""
    classes = np.unique(labels)
    return classes, np.searchsorted(classes, labels)


def _spread(weights: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Broadcast sample weights to all positions in samples."""
    return np.broadcast_to(weights.reshape(-1, *[1] * (codes.ndim - 1)), codes.shape)


def _labels(data: TrainingData, output: str) -> np.ndarray:
    y = data.y[output]
    # Integers of three or more axes, as in segmentation, are a class per pixel. With two axes they may be one-hot.
    labels = y if y.ndim > 2 and y.dtype.kind in "biu" else class_labels(y)
    if labels is None:
        raise ValueError("class_weight requires one class per sample; y has several")
    if labels.dtype.kind == "f" and (labels % 1).any():
        raise ValueError("class_weight requires one class per sample; y has real numbers")
    return labels
