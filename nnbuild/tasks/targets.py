"""Targets as users have them <-> targets as a network learns them: what the tasks share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from nnbuild.errors import show
from nnbuild.records import Shape
from nnbuild.report.scores import Scores
from nnbuild.saved.archive import TARGETS, Refused
from nnbuild.tasks.losses import PLAIN, Head
from nnbuild.tasks.rows import Task


class OutputLayer(NamedTuple):
    """A layer behind an exported network: its class in Keras, its arguments, and its weights."""

    type: str
    arguments: Mapping
    weights: tuple[np.ndarray, ...] = ()


class Targets:
    """Base of the targets of a task, which are dataclasses of what was learned of y.

    Attributes
    ----------
    row : Task
        The facts of the task.
    positions : tuple of int
        Shape of the labels of one sample, where it has a label for each place: (height, width); else ().
    """

    row: ClassVar[Task]
    positions: tuple[int, ...] = ()

    @property
    def task(self) -> str:
        """Name of the task."""
        return self.row.name

    @property
    def n_outputs(self) -> int:
        """Number of classes, labels, quantities or tokens."""
        raise NotImplementedError

    def fitted_to(self, y: np.ndarray, weights: np.ndarray | None) -> Self:
        """The same with what is learned from training rows; by default nothing is.

        Parameters
        ----------
        y : array of shape (n_samples, ...)
            Training rows only.
        weights : array of shape (n_samples,) or None
        """
        return self

    def encode(self, y: Any, name: str = "y") -> np.ndarray:
        """Targets as the network learns them; messages name y."""
        raise NotImplementedError

    def strata(self, y: np.ndarray) -> np.ndarray | None:
        """Classes of rows, for a validation set with the same shares; None where rows have no single class."""
        return None

    def coded(self, class_weight: object) -> object:
        """Class weights by class numbers, of weights by labels."""
        return class_weight

    def probability_names(self, names: Sequence[str]) -> list[str]:
        """What each probability is of, for targets with some names."""
        raise NotImplementedError

    @staticmethod
    def scores(names: Sequence[str], y: np.ndarray, found: np.ndarray, classes: np.ndarray | None) -> Scores:
        """Scores of predictions, for the tasks that commands train.

        Parameters
        ----------
        names : sequence of str
            Of the targets.
        y : array of shape (n_samples,) or (n_samples, n_targets)
        found : array of shape (n_samples, ...)
            Probabilities, where the task has some; else predictions.
        classes : array of shape (n_classes,) or None
            Labels in the order of the probabilities.
        """
        raise NotImplementedError

    def output_layers(self, shape: Shape, from_logits: bool) -> list[OutputLayer]:
        """Layers behind an exported network, which make its outputs probabilities, or values in the units of y.

        Parameters
        ----------
        shape : Shape
            Of the output, the batch axis (None) first.
        from_logits : bool
            Whether the network ends before the softmax or sigmoid.
        """
        return [OutputLayer("Softmax", {})] if from_logits else []

    def document(self) -> dict:
        """The targets as JSON values, without those of `arrays`; the fields are those of the row.

        Raises
        ------
        Refused
            For labels that JSON can't hold.
        """
        raise NotImplementedError

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of the targets, by the names that they have in a model file."""
        return {}

    @classmethod
    def restored(
        cls, document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
    ) -> Self:
        """The targets of a model file.

        Parameters
        ----------
        document : mapping
            What `read_targets` gave.
        vectors : mapping of str to tuple of float
            Those of `targets_slots`.
        preparations : mapping of str to Preparation
            What prepares inputs.
        """
        raise NotImplementedError

    def check_output(self, shape: Shape, head: Head = PLAIN) -> None:
        """Raise `Refused` where the output of a network in a file does not suit these.

        Parameters
        ----------
        shape : Shape
            Of the output, the batch axis (None) first.
        head : Head
            What suits the loss of the network.
        """
        places = shape[1:-1]
        fit = not self.positions or (
            len(places) == len(self.positions)
            and all(length in (None, wanted) for length, wanted in zip(places, self.positions, strict=True))
        )
        fit = fit and head.place is not None
        if not fit or self._width(shape) not in (self.row.widths or (self.n_outputs * head.n_values,)):
            raise Refused(f"the network gives {show(list(shape[1:]))}, which does not suit the targets in {TARGETS}")

    def _width(self, shape: Shape) -> int | None:
        """How many values a network gives for a sample, or for a place in it."""
        return shape[-1] if len(shape) > 1 else None
