"""Targets as users have them <-> targets as a network learns them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from nnbuild.errors import name_list, show
from nnbuild.estimators.inputs import refuse_times
from nnbuild.estimators.tables import refuse_masked
from nnbuild.train.batches import class_labels, is_sparse


def checked_labels(estimator: object, y: object) -> np.ndarray:
    """Y of a classification, as checked by scikit-learn.

    Returns
    -------
    array
        Labels of shape (n_samples,), or of shape (n_samples, height, width) and the like; or 0 and 1 of shape
        (n_samples, n_labels), perhaps sparse.

    Raises
    ------
    ValueError
        In scikit-learn's words, for y that is missing, not finite, or no labels.
    """
    y = _checked(estimator, y, dtype=None, accept_sparse="csr", allow_nd=True)
    y = _of_one_kind(y) if y.dtype == object and not is_sparse(y) else y
    check_classification_targets(y.ravel() if y.ndim > 2 else y)
    if y.ndim == 2 and type_of_target(y, input_name="y") != "multilabel-indicator":
        raise ValueError("y has several columns of labels; wrap the estimator in MultiOutputClassifier for that")
    return y


def checked_quantities(estimator: object, y: Any) -> np.ndarray:
    """Y of a regression: numbers of shape (n_samples,) or (n_samples, n_outputs).

    Raises
    ------
    ValueError
        In scikit-learn's words, for y that is missing, not finite, or no numbers.
    """
    if getattr(y, "ndim", 0) > 2:
        found = f"y must be of shape (n_samples,) or (n_samples, n_outputs), got {y.shape}"
        raise ValueError(f"{found}\n  hint: reshape(len(y), -1) makes columns of all that a sample has")
    y = _checked(estimator, y, dtype="numeric")
    refuse_times(y, "y")
    return y


def _checked(estimator: object, y: Any, **options: object) -> np.ndarray:
    if y is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    refuse_masked(y, "y")
    if not is_sparse(y) and _has_missing(y):  # scikit-learn stumbles over None and pandas.NA
        raise ValueError("Input y contains NaN.")
    y = check_array(y, ensure_2d=False, input_name="y", estimator=estimator, **options)
    # A column is taken as one target, with scikit-learn's warning.
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 and not is_sparse(y) else y


def _has_missing(y: Any) -> bool:
    """Whether y, of objects, has any that stand for nothing."""
    values = np.asarray(y)
    return values.dtype == object and bool(pd.isna(values).any())


def _of_one_kind(y: np.ndarray) -> np.ndarray:
    """Labels of dtype object, as such if they are text, else as numbers: scikit-learn knows those by their dtype."""
    texts = [isinstance(label, str) for label in y.flat]
    if not any(texts):
        return np.array(y.tolist())
    if not all(texts):
        kinds = sorted({type(label).__name__ for label in y.flat})
        raise TypeError(f"labels must be uniformly strings or numbers, got {kinds}")
    return y


@dataclass(frozen=True, eq=False)
class ClassTargets:
    """Labels of a classification.

    Attributes
    ----------
    task : {"binary", "multiclass", "multilabel", "segmentation", "constant"}
        "constant" where there is one class only: nothing is to be learned.
    classes : array of shape (n_classes,)
        Labels in order; in a multilabel task the numbers of the columns.
    positions : tuple of int, default=()
        Shape of the labels of one sample, where it has a label for each pixel: (height, width).
    """

    task: str
    classes: np.ndarray
    positions: tuple[int, ...] = ()

    @classmethod
    def of(cls, y: np.ndarray, classes: np.ndarray | None = None) -> ClassTargets:
        """The targets that `y` shows; `classes` are all labels, where `y` may lack some."""
        if y.ndim == 2:
            return cls("multilabel", np.arange(y.shape[1]))
        known = np.unique(y if classes is None else column_or_1d(classes))
        if y.ndim > 2:
            return cls("segmentation" if len(known) > 1 else "constant", known, y.shape[1:])
        return cls({1: "constant", 2: "binary"}.get(len(known), "multiclass"), known)

    @property
    def n_outputs(self) -> int:
        """Number of classes or labels."""
        return len(self.classes)

    def fitted_to(self, y: np.ndarray, weights: np.ndarray | None) -> ClassTargets:
        """These: nothing about labels is learned from training rows."""
        return self

    def encode(self, y: Any, name: str = "y") -> np.ndarray:
        """Class numbers (int32), or 0 and 1 (float32) for each label.

        Raises
        ------
        ValueError
            For a label that was not there before, and samples of another shape.
        """
        if self.task == "multilabel":
            dense: Any = y.toarray() if is_sparse(y) else y
            if dense.shape[1:] != self.classes.shape:
                raise ValueError(f"{name} must be of shape (n_samples, {len(self.classes)}), got {dense.shape}")
            return dense.astype("float32")
        if y.shape[1:] != self.positions:
            wanted = ", ".join(["n_samples", *map(str, self.positions)])
            raise ValueError(f"{name} must be of shape ({wanted}), got {y.shape}")
        numbers = {label: number for number, label in enumerate(self.classes.tolist())}
        labels = np.unique(y)
        if unknown := [label for label in labels.tolist() if label not in numbers]:
            raise ValueError(f"{name} contains previously unseen labels: {unknown}")
        return np.array([numbers[label] for label in labels.tolist()], "int32")[np.searchsorted(labels, y)]

    def strata(self, y: np.ndarray) -> np.ndarray | None:
        """Classes of rows, for a validation set with the same shares; None where rows have several labels."""
        return None if self.positions else class_labels(self.encode(y))

    def coded(self, class_weight: object) -> object:
        """Class weights by class numbers, of weights by labels.

        Weights of labels that are not there are left out if all that are there have one: a fold may lack a class.
        """
        if not isinstance(class_weight, Mapping):
            return class_weight
        number_of = {name: n for n, label in enumerate(self.classes.tolist()) for name in _names_of(label)}
        given = {number_of[label]: weight for label, weight in class_weight.items() if label in number_of}
        unknown = [label for label in class_weight if label not in number_of]
        if unknown and len(given) < len(self.classes):
            classes = name_list([str(label) for label in self.classes.tolist()])
            raise ValueError(f"class_weight: no class {show(unknown[0])}; classes: {classes}")
        return {str(number): weight for number, weight in given.items()}

    def probabilities(self, output: np.ndarray, from_logits: bool = False) -> np.ndarray:
        """Probability of each class (n_samples, ..., n_classes), or of each label (n_samples, n_labels)."""
        independent = self.task == "multilabel" or (self.task == "binary" and output.shape[-1] == 1)
        if from_logits:
            output = _sigmoid(output) if independent else _softmax(output)
        if self.task == "binary" and independent:
            return np.hstack([1 - output, output])
        if independent:
            return output
        return output / output.sum(axis=-1, keepdims=True)  # float32 sums miss 1 by their rounding

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """The most probable class of each row, or position; all labels more probable than not."""
        if self.task == "multilabel":
            return (probabilities > 0.5).astype(int)
        return self.classes[probabilities.argmax(axis=-1)]


def label_name(label: Any) -> str:
    """How JSON writes a label as a key: 1.0, 1 and true are all "1"."""
    plain = label.item() if isinstance(label, np.generic) else label
    whole = isinstance(plain, int) or (isinstance(plain, float) and plain.is_integer())
    return str(int(plain)) if whole else str(plain)


def _names_of(label: object) -> set[str]:
    """What a label may be called in class weights."""
    return {label_name(label), str(label), *([str(label).lower()] if isinstance(label, bool) else [])}


def _sigmoid(output: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(output / 2)) / 2


def _softmax(output: np.ndarray) -> np.ndarray:
    powers = np.exp(output - output.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@dataclass(frozen=True, eq=False)
class RegressionTargets:
    """Quantities of a regression.

    Attributes
    ----------
    shape : tuple of int
        Shape of one row of y: () or (n_outputs,).
    scaled : bool
        Whether the network sees y standardised.
    mean, scale : array of shape (n_outputs,)
        What is taken off, and what the rest is divided by, before the network sees y; 0 and 1 where it is not scaled.
    centred : bool, default=True
        Whether a mean is taken off; else y is divided by its mean size alone.
    """

    shape: tuple[int, ...]
    scaled: bool
    mean: np.ndarray
    scale: np.ndarray
    centred: bool = True

    task = "regression"
    positions = None

    @classmethod
    def of(cls, y: np.ndarray, scaled: bool, centred: bool = True) -> RegressionTargets:
        """The targets that `y` shows, not scaled yet."""
        n_outputs = int(np.prod(y.shape[1:]))
        return cls(y.shape[1:], scaled, np.zeros(n_outputs), np.ones(n_outputs), centred)

    def fitted_to(self, y: np.ndarray, weights: np.ndarray | None) -> RegressionTargets:
        """These, with the weighted mean and standard deviation of some rows where they are scaled.

        Parameters
        ----------
        y : array of shape (n_samples,) or (n_samples, n_outputs)
            Training rows only.
        weights : array of shape (n_samples,) or None
        """
        if not self.scaled:
            return self
        columns = y.reshape(len(y), -1).astype("float64")
        largest = np.abs(columns).max(axis=0)
        largest[largest == 0] = 1.0
        columns /= largest  # squares of very large and very small numbers have no place in a float64
        if not self.centred:
            return replace(self, scale=np.average(np.abs(columns), axis=0, weights=weights) * largest)
        mean = np.average(columns, axis=0, weights=weights)
        scale = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weights))
        constant = scale <= 10 * np.finfo("float64").eps  # up to rounding: left as wide as it is
        return replace(self, mean=mean * largest, scale=np.where(constant, 1.0, scale * largest))

    @property
    def n_outputs(self) -> int:
        """Number of targets."""
        return len(self.mean)

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Scaled targets, float32 or float64 as `y`, of shape (n_samples, n_outputs)."""
        if y.shape[1:] != self.shape:
            wanted = ", ".join(["n_samples", *map(str, self.shape)])
            raise ValueError(f"{name} must be of shape ({wanted}), got {y.shape}")
        return (y.reshape(len(y), -1) - self.mean) / self.scale

    def strata(self, y: np.ndarray) -> None:
        """None: quantities have no classes."""

    def coded(self, class_weight: object) -> object:
        """Class weights, of which a regression has none."""
        return class_weight

    def decode(self, output: np.ndarray) -> np.ndarray:
        """Predictions in the units of y, of its shape, float64."""
        values = output.reshape(len(output), self.n_outputs).astype("float64") * self.scale + self.mean
        return values.reshape(len(output), *self.shape)
