"""Checks of y by scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from nnbuild.inputs.data_errors import check_not_masked, check_not_times
from nnbuild.train.common.batches import is_sparse


def checked_labels(estimator: object, y: object) -> np.ndarray:
    """Check y of a classification with scikit-learn, and return it as an array.

    Returns
    -------
    array or sparse matrix
        Labels of shape (n_samples,), or of shape (n_samples, height, width) or with other axes; or 0 and 1 of shape
        (n_samples, n_labels), which may be sparse.

    Raises
    ------
    ValueError
        If y is missing, not finite, or not labels; most messages are scikit-learn's.
    """
    y = _checked(estimator, y, dtype=None, accept_sparse="csr", allow_nd=True)
    y = _of_one_kind(y) if y.dtype == object and not is_sparse(y) else y
    check_classification_targets(y.ravel() if y.ndim > 2 else y)
    if y.ndim == 2 and type_of_target(y, input_name="y") != "multilabel-indicator":
        raise ValueError("y has several columns of class labels\n  hint: wrap the estimator in MultiOutputClassifier")
    return y


def checked_quantities(estimator: object, y: Any) -> np.ndarray:
    """Check y of a regression with scikit-learn, and return it as an array of numbers.

    Returns
    -------
    array of shape (n_samples,) or (n_samples, n_outputs)

    Raises
    ------
    ValueError
        If y is missing, not finite, or not numbers; most messages are scikit-learn's.
    """
    if getattr(y, "ndim", 0) > 2:
        found = f"y must be of shape (n_samples,) or (n_samples, n_outputs), got {y.shape}"
        raise ValueError(f"{found}\n  hint: pass y.reshape(len(y), -1) for one column per value")
    y = _checked(estimator, y, dtype="numeric")
    check_not_times(y, "y")
    return y


def _checked(estimator: object, y: Any, **options: object) -> np.ndarray:
    if y is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    check_not_masked(y, "y")
    if not is_sparse(y) and _has_missing(y):  # scikit-learn does not report None and pandas.NA clearly
        raise ValueError("Input y contains NaN.")
    y = check_array(y, ensure_2d=False, input_name="y", estimator=estimator, **options)
    # A single column becomes a 1-D target, with scikit-learn's warning.
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 and not is_sparse(y) else y


def _has_missing(y: Any) -> bool:
    """Return whether y has dtype object and contains missing values."""
    values = np.asarray(y)
    return values.dtype == object and bool(pd.isna(values).any())


def _of_one_kind(y: np.ndarray) -> np.ndarray:
    """Return labels of dtype object unchanged if they are strings, else with a numeric dtype for scikit-learn."""
    texts = [isinstance(label, str) for label in y.flat]
    if not any(texts):
        return np.array(y.tolist())
    if not all(texts):
        kinds = sorted({type(label).__name__ for label in y.flat})
        raise TypeError(f"labels must be uniformly strings or numbers, got {kinds}")
    return y
