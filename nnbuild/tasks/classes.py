"""Labels of which each sample, or each place in it, has one <-> numbers of classes: what such tasks share."""

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
from nnbuild.tasks.scores import classified, entropy, mean_error, row_losses, share_error
from nnbuild.tasks.targets import Targets
from nnbuild.train.common.sample_weights import label_name, unknown_class


@dataclass(frozen=True, eq=False)
class ClassTargets(Targets):
    """Labels of a classification.

    Attributes
    ----------
    classes : array of shape (n_classes,)
        Labels in order; in a multilabel task the numbers of the columns.
    """

    classes: np.ndarray

    @property
    def n_outputs(self) -> int:
        """Number of classes or labels."""
        return len(self.classes)

    def encode(self, y: Any, name: str = "y") -> np.ndarray:
        """Class numbers (int32), of the shape of y.

        Raises
        ------
        ValueError
            For a label that was not there before, and samples of another shape.
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
        """Classes of rows, for a validation set with the same shares; None where places of a row have classes."""
        return None if self.positions else self.encode(y)

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
            raise ValueError(unknown_class(unknown[0], [str(label) for label in self.classes.tolist()]))
        return {str(number): weight for number, weight in given.items()}

    def probabilities(self, output: np.ndarray, from_logits: bool = False) -> np.ndarray:
        """Probability of each class: array of shape (n_samples, ..., n_classes)."""
        if from_logits:
            output = _softmax(output)
        return output / output.sum(axis=-1, keepdims=True)  # float32 sums miss 1 by their rounding

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """The most probable class of each row, or position."""
        return self.classes[probabilities.argmax(axis=-1)]

    def probability_names(self, names: Sequence[str]) -> list[str]:
        """The label of each probability, of targets with some names."""
        return [str(label) for label in self.classes.tolist()]

    @staticmethod
    def scores(names: Sequence[str], y: np.ndarray, found: np.ndarray, classes: np.ndarray | None) -> Scores:
        """Accuracy and log loss beside those of the shares of the classes, and the classes one by one."""
        assert classes is not None
        probabilities = found / found.sum(axis=1, keepdims=True)  # sums of float32 miss 1
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
        """The labels with their dtype, and the shape of those of one sample, where it has several."""
        classes, dtype = self.classes, self.classes.dtype.str
        values = (classes.view("int64") if classes.dtype.kind in "mM" else classes).tolist()
        problems: list = []
        plain = [json_value(value, (), problems) for value in values]
        if problems or not DTYPE.match(dtype) or not all(isinstance(value, _LABELS) for value in plain):
            found = f"labels of dtype {classes.dtype} such as {show(classes[0])} have no form in it"
            raise Refused(f"can't be written: {found}")
        where = {"positions": list(self.positions)} if self.positions else {}
        return {"task": self.task, "dtype": dtype, "classes": plain, **where}

    @classmethod
    def restored(
        cls, document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
    ) -> Self:
        """The labels as an array of the dtype that they had."""
        dtype, values = document["dtype"], document["classes"]
        array = np.array(values, "int64").view(dtype) if dtype_kind(dtype) in "mM" else np.array(values, dtype)
        where = {"positions": tuple(document["positions"])} if "positions" in document else {}
        return cls(array, **where)


def _names_of(label: object) -> set[str]:
    """What a label may be called in class weights."""
    return {label_name(label), str(label), *([str(label).lower()] if isinstance(label, bool) else [])}


def sigmoid(output: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-output)), without overflow."""
    return (1 + np.tanh(output / 2)) / 2


def _softmax(output: np.ndarray) -> np.ndarray:
    powers = np.exp(output - output.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


_LABELS = (str, int, float)  # and bool, which is an int
