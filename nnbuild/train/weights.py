"""Class weights -> weights of rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnbuild.errors import name_list, show
from nnbuild.train.batches import Data, class_labels


def class_weights(data: Data, class_weight: str | Mapping) -> dict[object, float]:
    """The weight of each class.

    Parameters
    ----------
    data : Data
        Training rows, of one output.
    class_weight : "balanced" or mapping of label to number
        Labels may be written as strings, as JSON does. Classes that a mapping leaves out weigh 1.

    Returns
    -------
    dict of label to float

    Raises
    ------
    ValueError
        If rows have no single class, a label is unknown, or a weight is negative or not finite.

    Notes
    -----
    "balanced" is n_samples / (n_classes * count), where samples and counts are sums of sample weights,
    as in scikit-learn's ``compute_class_weight``.
    """
    labels = _labels(data)
    if isinstance(class_weight, str):  # "balanced"
        classes, codes = np.unique(labels[data.rows], return_inverse=True)
        counts = np.bincount(codes, weights=data.weights[data.rows])
        return dict(zip(classes.tolist(), (counts.sum() / (len(classes) * counts)).tolist(), strict=True))
    known = {_text(label): label for label in np.unique(labels).tolist()}
    given = {_text(label): float(weight) for label, weight in class_weight.items()}
    if unknown := [label for label in given if label not in known]:
        raise ValueError(f"class_weight: no class {show(unknown[0])}; classes: {name_list(known)}")
    if bad := [weight for weight in given.values() if not (np.isfinite(weight) and weight >= 0)]:
        raise ValueError(f"class_weight must hold finite numbers of at least 0, got {bad[0]}")
    return {label: given.get(text, 1.0) for text, label in known.items()}


def row_weights(data: Data, weights: Mapping[object, float]) -> np.ndarray:
    """Sample weights times the weights of the rows' classes, for every row; classes that are new weigh 1."""
    classes, codes = np.unique(_labels(data), return_inverse=True)
    return data.weights * np.array([weights.get(label, 1.0) for label in classes.tolist()])[codes]


def _labels(data: Data) -> np.ndarray:
    if len(data.y) > 1:
        raise ValueError("class_weight needs a single output, got " + ", ".join(sorted(data.y)))
    labels = class_labels(next(iter(data.y.values())))
    if labels is None:
        raise ValueError("class_weight needs one class per row; y has several")
    if labels.dtype.kind == "f" and (labels % 1).any():
        raise ValueError("class_weight needs one class per row; y has real numbers")
    return labels


def _text(label: object) -> str:
    """A label as JSON writes it as a key: 1.0 and 1 are both "1"."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
