"""`Targets`: base class of the tasks, which encodes targets for a network and decodes its outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from nnbuild.errors import first_names, show
from nnbuild.records import Shape
from nnbuild.report.scores import Scores
from nnbuild.saved.archive import TARGETS, Refused
from nnbuild.tasks.combining import at_temperature
from nnbuild.tasks.losses import PLAIN, Head
from nnbuild.tasks.rows import Task


class OutputLayer(NamedTuple):
    """Layer appended to an exported network: Keras class, arguments and weights."""

    type: str
    arguments: Mapping
    weights: tuple[np.ndarray, ...] = ()


class Targets:
    """Base of the targets of a task. Subclasses are dataclasses with the fitted state.

    Attributes
    ----------
    row : Task
        Facts about the task.
    has_neighbors : bool
        Whether a mean of targets is a prediction, so that the nearest training samples may count in predictions.
    positions : tuple of int
        Shape of the labels of one sample, such as (height, width), if it has a label for each position; else ().
    """

    row: ClassVar[Task]
    has_neighbors: ClassVar[bool] = False
    positions: tuple[int, ...] = ()

    @property
    def task(self) -> str:
        """Name of the task."""
        return self.row.name

    @property
    def n_outputs(self) -> int:
        """Number of classes, labels or numeric targets, or vocabulary size."""
        raise NotImplementedError

    @property
    def tasks(self) -> str | Mapping[str, str]:
        """Task, or that of each output by name, for `nnbuild.resolve`."""
        return self.task

    @property
    def counts(self) -> int | Mapping[str, int]:
        """Number of outputs, or that of each output by name, for `nnbuild.resolve`."""
        return self.n_outputs

    def of_output(self, name: str) -> Targets:
        """Return the targets of an output of the network."""
        return self

    @staticmethod
    def check_values(
        y: np.ndarray, loss: str | Mapping | None, name: str = "y", numbers: np.ndarray | None = None
    ) -> None:
        """Raise a `ValueError` for targets that a loss does not allow; by default all are allowed.

        Parameters
        ----------
        y : array of shape (n_samples, ...)
        loss : str, mapping or None
        name : str, default="y"
            Name of `y` in error messages.
        numbers : array of shape (n_samples,), optional
            Row of each sample in the original data, counted from 0; by default its position in `y`.
        """

    def fitted_to(self, y: np.ndarray, weights: np.ndarray | None) -> Self:
        """Return targets with values fitted to the training set; by default unchanged.

        Parameters
        ----------
        y : array of shape (n_samples, ...)
            Training set.
        weights : array of shape (n_samples,) or None
            Sample weights.
        """
        return self

    @property
    def transform_texts(self) -> tuple[str, ...] | None:
        """Description of the transform of each numeric target; None if there are no transforms and limits."""
        return None

    def encode(self, y: Any, name: str = "y") -> np.ndarray:
        """Return targets in the form for the network; `name` is for error messages."""
        raise NotImplementedError

    def weights_by_output(self, y: Any, weights: np.ndarray | None) -> Any:
        """Return the sample weights of each output, for targets that some samples do not have; else `weights`."""
        return weights

    def strata(self, y: np.ndarray) -> np.ndarray | None:
        """Return the class of each sample for stratified splits; None if samples do not have a single class."""
        return None

    def group_weights(self, found: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
        """Return the weights of groups of networks in their mean, fitted to their predictions for held-out samples.

        Parameters
        ----------
        found : array of shape (n_groups, n_samples, ...)
            Predictions of each group: probabilities, or values in the units of y.
        y : array of shape (n_samples, ...)
        sample_weight : array of shape (n_samples,) or None
        """
        return np.full(len(found), 1 / len(found))

    def neighbor_values(self, y: np.ndarray) -> np.ndarray:
        """Return targets whose weighted mean is a prediction, float32 of shape (n_samples, n_values).

        Only for tasks with `has_neighbors`.
        """
        raise NotImplementedError

    def from_neighbors(self, found: np.ndarray) -> np.ndarray:
        """Return the predictions for weighted means of `neighbor_values`, as those of a network."""
        return found

    def losses(self, found: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of the prediction for each sample: negative log likelihood, or squared error.

        Parameters
        ----------
        found : array of shape (n_samples, ...)
            Probabilities, or values in the units of y.
        y : array of shape (n_samples, ...)
        """
        raise NotImplementedError

    def constant_prediction(self, y: np.ndarray, sample_weight: np.ndarray | None) -> np.ndarray:
        """Return the mean of y as the prediction for each sample: class frequencies, or numbers in the units of y.

        Parameters
        ----------
        y : array of shape (n_samples, ...)
        sample_weight : array of shape (n_samples,) or None

        Returns
        -------
        array of shape (n_samples, ...)
            As predictions of a network.
        """
        raise NotImplementedError

    def by_output(self, predictions: np.ndarray) -> Any:
        """Return the predictions of each output, for targets of several outputs; else `predictions`."""
        return predictions

    def temperature(self, found: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None) -> float:
        """Return the temperature of probabilities, fitted to held-out samples; by default 1."""
        return 1.0

    def tempered(self, found: np.ndarray, temperature: float) -> np.ndarray:
        """Return predictions at a temperature."""
        return found if temperature == 1 else at_temperature(found, temperature)

    def coded(self, class_weight: object) -> object:
        """Return class weights by class index, given weights by label."""
        return class_weight

    def probability_names(self, names: Sequence[str]) -> list[str]:
        """Return the name of each probability, for targets with given names."""
        raise NotImplementedError

    @staticmethod
    def scores(names: Sequence[str], y: np.ndarray, found: np.ndarray, classes: np.ndarray | None) -> Scores:
        """Return scores of predictions, for tasks that commands support.

        Parameters
        ----------
        names : sequence of str
            Names of the targets.
        y : array of shape (n_samples,) or (n_samples, n_targets)
            True targets.
        found : array of shape (n_samples, ...)
            Probabilities if the task has them, else predictions.
        classes : array of shape (n_classes,) or None
            Labels in the order of the probabilities.
        """
        raise NotImplementedError

    def output_layers(self, shape: Shape, from_logits: bool) -> list[OutputLayer]:
        """Return layers that convert outputs of an exported network to probabilities, or values in the units of y.

        Parameters
        ----------
        shape : Shape
            Shape of the output, with the batch axis (None) first.
        from_logits : bool
            Whether the network returns logits.
        """
        return [OutputLayer("Softmax", {})] if from_logits else []

    def output_text(self, names: Sequence[str], head: Head = PLAIN) -> str:
        """Describe the columns of the output of an exported network, such as "probabilities of: no, yes".

        Parameters
        ----------
        names : sequence of str
            Names of the targets; empty if they had none.
        head : Head
            Head of the network's loss.
        """
        return f"probabilities of: {first_names(self.probability_names(names))}"

    def document(self) -> dict:
        """Return the targets as JSON values, except those of `arrays`; `row.saved_fields` lists the fields.

        Raises
        ------
        Refused
            If labels have no form in JSON.
        """
        raise NotImplementedError

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of the targets, by their names in a model file."""
        return {}

    @classmethod
    def restored(
        cls, document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
    ) -> Self:
        """Return the targets of a model file.

        Parameters
        ----------
        document : mapping
            Result of `read_targets`.
        vectors : mapping of str to tuple of float
            Arrays of the file, by the names of `targets_slots`.
        preparations : mapping of str to Preparation
            Preparations of the inputs, by name.
        """
        raise NotImplementedError

    def check_output(self, shape: Shape, head: Head = PLAIN) -> None:
        """Raise `Refused` if the output of a network in a file does not match these targets.

        Parameters
        ----------
        shape : Shape
            Shape of the output, with the batch axis (None) first.
        head : Head
            Head of the network's loss.
        """
        axes = shape[1:-1]
        fit = not self.positions or (
            len(axes) == len(self.positions)
            and all(length in (None, expected) for length, expected in zip(axes, self.positions, strict=True))
        )
        if not fit or self._width(shape) not in (self.row.widths or (self.n_outputs * head.n_values,)):
            found = f"the output of the network has shape {show(list(shape[1:]))}"
            raise Refused(f"{found}, which does not match the targets in {TARGETS}")

    def _width(self, shape: Shape) -> int | None:
        """Return the number of outputs of a network for a sample, or for a position of a sample."""
        return shape[-1] if len(shape) > 1 else None
