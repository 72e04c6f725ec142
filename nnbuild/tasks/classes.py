"""`ClassTargets`: class labels <-> class indices, shared by the classification tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.metrics import accuracy_score, log_loss

from nnbuild.errors import show
from nnbuild.language.values import json_value
from nnbuild.report.scores import Score, Scores
from nnbuild.saved.archive import Refused
from nnbuild.saved.targets import DTYPE, dtype_kind
from nnbuild.tasks.combining import MIN_PROBABILITY, fitted_temperature, mixture_weights
from nnbuild.tasks.scores import classified, entropy, mean_error, row_losses, share_error
from nnbuild.tasks.targets import Targets
from nnbuild.train.common.sample_weights import label_name, unknown_class


@dataclass(frozen=True, eq=False)
class ClassTargets(Targets):
    """Targets of a classification.

    Attributes
    ----------
    classes : array of shape (n_classes,)
        Class labels in sorted order; in a multilabel task, the indices of the columns.
    """

    classes: np.ndarray

    @property
    def n_outputs(self) -> int:
        """Number of classes or labels."""
        return len(self.classes)

    def encode(self, y: Any, name: str = "y") -> np.ndarray:
        """Return class indices (int32), of the shape of y.

        Raises
        ------
        ValueError
            If y has an unknown label, or samples of another shape.
        """
        if y.shape[1:] != self.positions:
            wanted = ", ".join(["n_samples", *map(str, self.positions)])
            raise ValueError(f"{name} must be of shape ({wanted}), got {y.shape}")
        numbers = {label: number for number, label in enumerate(self.classes.tolist())}
        labels = np.unique(y)
        if unknown := [label for label in labels.tolist() if label not in numbers]:
            raise ValueError(f"{name} contains previously unseen labels: {unknown}")
        return np.array([numbers[label] for label in labels.tolist()], "int32")[np.searchsorted(labels, y)]

    def strata(self, y: np.ndarray) -> np.ndarray | None:
        """Return the class of each sample for stratified splits; None if samples have several labels."""
        return None if self.positions else self.encode(y)

    def group_weights(self, found: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
        """Return the weights of groups that maximize the likelihood of the classes."""
        likelihoods = self._likelihoods(found, self.encode(y))  # (n_groups, n_samples, ...)
        n_each = int(np.prod(likelihoods.shape[2:]))  # labels or positions of a sample
        weights = None if sample_weight is None else np.repeat(sample_weight, n_each)
        return mixture_weights(likelihoods.reshape(len(found), -1), weights)

    def constant_prediction(self, y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
        """Return the class frequencies as the probabilities of each sample or position."""
        codes = self.encode(y)
        weights = None if sample_weight is None else np.repeat(sample_weight, codes[0].size)
        shares = np.bincount(codes.ravel(), weights, len(self.classes))
        return np.broadcast_to(shares / shares.sum(), (*codes.shape, len(shares)))

    def _likelihoods(self, found: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return the probabilities of the true classes, of shape (n_groups, *codes.shape)."""
        return np.take_along_axis(found, np.broadcast_to(codes, found.shape[:-1])[..., np.newaxis], axis=-1)[..., 0]

    def coded(self, class_weight: object) -> object:
        """Return class weights by class index, given weights by label.

        A weight of an unknown label is ignored if all known labels have weights: folds may lack classes.
        """
        if not isinstance(class_weight, Mapping):
            return class_weight
        index_of = {name: n for n, label in enumerate(self.classes.tolist()) for name in _names_of(label)}
        given = {index_of[label]: weight for label, weight in class_weight.items() if label in index_of}
        unknown = [label for label in class_weight if label not in index_of]
        if unknown and len(given) < len(self.classes):
            raise ValueError(unknown_class(unknown[0], [str(label) for label in self.classes.tolist()]))
        return {str(number): weight for number, weight in given.items()}

    def probabilities(self, output: np.ndarray, from_logits: bool = False) -> np.ndarray:
        """Return class probabilities: array of shape (n_samples, ..., n_classes)."""
        if from_logits:
            output = _softmax(output)
        return output / output.sum(axis=-1, keepdims=True)  # sums in float32 are not exactly 1

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the most probable class of each sample or position."""
        return self.classes[probabilities.argmax(axis=-1)]

    def probability_names(self, names: Sequence[str]) -> list[str]:
        """Return the class label of each probability."""
        return [str(label) for label in self.classes.tolist()]

    @staticmethod
    def scores(names: Sequence[str], y: np.ndarray, found: np.ndarray, classes: np.ndarray | None) -> Scores:
        """Return accuracy and log loss, with class frequencies as the baseline, and scores by class."""
        assert classes is not None
        probabilities = _as_shares(found)
        codes = np.searchsorted(classes, y)
        shares = np.bincount(codes) / len(codes)
        right = codes == probabilities.argmax(axis=1)
        loss = float(log_loss(codes, probabilities, labels=range(len(classes))))
        values = (
            Score("accuracy", float(accuracy_score(codes, probabilities.argmax(axis=1))), float(shares.max()),
                  error=share_error(right)),
            Score("log_loss", loss, entropy(shares), error=mean_error(row_losses(codes, probabilities))),
        )  # fmt: skip
        outcome = classified(classes.tolist(), codes, probabilities)
        return Scores(len(y), values, "the shares of their classes", (outcome,))

    def document(self) -> dict:
        """Return the labels with their dtype, and the shape of a sample's labels if it has several."""
        classes, dtype = self.classes, self.classes.dtype.str
        values = (classes.view("int64") if classes.dtype.kind in "mM" else classes).tolist()
        problems: list = []
        plain = [json_value(value, (), problems) for value in values]
        if problems or not DTYPE.match(dtype) or not all(isinstance(value, _LABELS) for value in plain):
            found = f"labels of dtype {classes.dtype} such as {show(classes[0])} have no form in JSON"
            raise Refused(f"can't be written: {found}")
        where = {"positions": list(self.positions)} if self.positions else {}
        return {"task": self.task, "dtype": dtype, "classes": plain, **where}

    @classmethod
    def restored(
        cls, document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
    ) -> Self:
        """Return the targets with labels of the original dtype."""
        dtype, values = document["dtype"], document["classes"]
        array = np.array(values, "int64").view(dtype) if dtype_kind(dtype) in "mM" else np.array(values, dtype)
        where = {"positions": tuple(document["positions"])} if "positions" in document else {}
        return cls(array, **where)


@dataclass(frozen=True, eq=False)
class SingleClassTargets(ClassTargets):
    """Targets with one class per sample, whose probabilities have a sum of 1."""

    has_neighbors = True

    def temperature(self, found: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None) -> float:
        """Return the temperature with the lowest log loss, shrunk towards 1."""
        return fitted_temperature(found, self.encode(y), sample_weight)

    def neighbor_values(self, y: np.ndarray) -> np.ndarray:
        """Return 1 for the class of each sample, 0 for other classes."""
        return np.eye(self.n_outputs, dtype="float32")[self.encode(y)]

    def losses(self, found: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the negative log likelihood of each sample's class."""
        return -np.log(np.clip(self._likelihoods(found, self.encode(y)), MIN_PROBABILITY, 1))


def _as_shares(found: np.ndarray) -> np.ndarray:
    """Return class probabilities with a sum of exactly 1, in float64.

    A network without softmax may predict other numbers. Of these, only positive ones count; without any, or with NaN,
    all classes are equally probable.
    """
    positive = np.clip(np.nan_to_num(found.astype("float64"), nan=0.0), 0, None)
    total = positive.sum(axis=1, keepdims=True)
    is_valid = np.isfinite(found).all(axis=1, keepdims=True) & (total > 0)
    return np.divide(positive, total, out=np.full(found.shape, 1 / found.shape[1]), where=is_valid)


def _names_of(label: object) -> set[str]:
    """Return the names that a label may have in class weights."""
    return {label_name(label), str(label), *([str(label).lower()] if isinstance(label, bool) else [])}


def sigmoid(output: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-output)), without overflow."""
    return (1 + np.tanh(output / 2)) / 2


def _softmax(output: np.ndarray) -> np.ndarray:
    powers = np.exp(output - output.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


_LABELS = (str, int, float)  # bool is a subclass of int
