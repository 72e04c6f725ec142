"""Multilabel classification: each sample may have any number of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnbuild.records import Shape
from nnbuild.report.scores import ClassScore, Labelled, Score, Scores
from nnbuild.tasks.classes import ClassTargets, sigmoid
from nnbuild.tasks.rows import TASKS
from nnbuild.tasks.scores import MIN_SHARE, classified, entropy, mean_error
from nnbuild.tasks.targets import OutputLayer
from nnbuild.train.common.batches import class_labels, is_sparse


@dataclass(frozen=True, eq=False)
class MultilabelTargets(ClassTargets):
    """Targets of 0 or 1 for each label; `classes` are the indices of the columns."""

    row = TASKS["multilabel"]

    def encode(self, y: Any, name: str = "y") -> np.ndarray:
        """Return dense or sparse y as an array of 0 and 1, float32, of shape (n_samples, n_labels).

        Raises
        ------
        ValueError
            If y has another number of labels.
        """
        dense: Any = y.toarray() if is_sparse(y) else y
        if dense.shape[1:] != self.classes.shape:
            raise ValueError(f"{name} must be of shape (n_samples, {len(self.classes)}), got {dense.shape}")
        return dense.astype("float32")

    def strata(self, y: np.ndarray) -> np.ndarray | None:
        """Return the label of each sample if all samples have exactly one; else None."""
        return class_labels(self.encode(y))

    def constant_prediction(self, y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
        """Return the frequency of each label as its probability."""
        encoded = self.encode(y)
        return np.broadcast_to(np.average(encoded, axis=0, weights=sample_weight), encoded.shape)

    def _likelihoods(self, found: np.ndarray, codes: np.ndarray) -> np.ndarray:
        return np.where(codes > 0, found, 1 - found)

    def probabilities(self, output: np.ndarray, from_logits: bool = False) -> np.ndarray:
        """Return the independent probability of each label: array of shape (n_samples, n_labels)."""
        return sigmoid(output) if from_logits else output

    def output_layers(self, shape: Shape, from_logits: bool) -> list[OutputLayer]:
        """Return a sigmoid layer if the network returns logits."""
        return [OutputLayer("Activation", {"activation": "sigmoid"})] if from_logits else []

    def decode(self, probabilities: np.ndarray) -> np.ndarray:
        """Return 1 for labels with a probability above 0.5, else 0."""
        return (probabilities > 0.5).astype(int)

    def probability_names(self, names: Sequence[str]) -> list[str]:
        """Return the names of the labels; without names their numbers."""
        return list(names) or super().probability_names(names)

    @staticmethod
    def scores(names: Sequence[str], y: np.ndarray, found: np.ndarray, classes: np.ndarray | None) -> Scores:
        """Return mean accuracy and log loss, with label frequencies as the baseline, and scores by label."""
        labels = tuple(map(_label_score, names, y.T, found.T))
        shares = np.stack([y.mean(axis=0), 1 - y.mean(axis=0)])  # (2, n_labels)
        right = y == (found > 0.5)
        losses = -np.log(np.maximum(np.where(y, found, 1 - found), MIN_SHARE))
        values = (
            Score("accuracy", float(right.mean()), float(shares.max(axis=0).mean()),
                  error=mean_error(right.mean(axis=1))),
            Score("log_loss", float(np.mean([label.loss for label in labels])), entropy(shares) / len(labels),
                  error=mean_error(losses.mean(axis=1))),
        )  # fmt: skip
        return Scores(len(y), values, "the shares of each label", (Labelled(labels),))


def _label_score(name: str, y: np.ndarray, probability: np.ndarray) -> ClassScore:
    """Return the scores of one label; it is predicted if its probability is above 0.5."""
    both = classified(["no", "yes"], y, np.column_stack([1 - probability, probability]))
    n_rows = [sum(row) for row in both.counts]
    loss = sum(mean * n for mean, n in zip(both.losses, n_rows, strict=True) if n) / len(y)
    return replace(both.scores()[1], label=name, loss=loss)
