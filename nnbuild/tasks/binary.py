"""Binary classification: the network predicts the probability of the second class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnbuild.records import Shape
from nnbuild.tasks.classes import SingleClassTargets, sigmoid
from nnbuild.tasks.rows import TASKS
from nnbuild.tasks.targets import OutputLayer


@dataclass(frozen=True, eq=False)
class BinaryTargets(SingleClassTargets):
    """Class labels with two classes."""

    row = TASKS["binary"]

    def probabilities(self, output: np.ndarray, from_logits: bool = False) -> np.ndarray:
        """Return class probabilities of shape (n_samples, 2) from network outputs with one or two columns."""
        if output.shape[-1] != 1:
            return super().probabilities(output, from_logits)
        second = sigmoid(output) if from_logits else output
        return np.hstack([1 - second, second])

    def output_layers(self, shape: Shape, from_logits: bool) -> list[OutputLayer]:
        """Return the layers that convert a single output to the probabilities of both classes."""
        if shape[-1] != 1:
            return super().output_layers(shape, from_logits)
        both = OutputLayer("Dense", {"units": 2}, (np.array([[-1.0, 1.0]]), np.array([1.0, 0.0])))  # 1 - p, p
        return [*([OutputLayer("Activation", {"activation": "sigmoid"})] if from_logits else []), both]
