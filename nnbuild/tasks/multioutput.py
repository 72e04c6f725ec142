"""Several outputs of a network, each with targets of its own task. A sample need not have a target for each output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, r2_score

from nnbuild.errors import DataError
from nnbuild.inputs.library_checks import name_in_messages
from nnbuild.report.scores import Scores
from nnbuild.saved.targets import of_output
from nnbuild.tasks.checks import checked_labels, checked_quantities
from nnbuild.tasks.inference import has_labels
from nnbuild.tasks.losses import PLAIN, Head, head_of
from nnbuild.tasks.output_rows import OutputRows
from nnbuild.tasks.rows import TASKS
from nnbuild.tasks.targets import Targets


class OutputTargets(NamedTuple):
    """Targets of one output.

    Attributes
    ----------
    targets : Targets
    columns : tuple of str
        Names of the columns in y.
    """

    targets: Targets
    columns: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class MultiOutputTargets(Targets):
    """Targets of several outputs.

    Attributes
    ----------
    parts : dict of str to OutputTargets
        By output, in the order of the recipe.
    columns : tuple of str
        Columns of y in their order.
    """

    row = TASKS["multioutput"]

    parts: dict[str, OutputTargets]
    columns: tuple[str, ...]

    @property
    def n_outputs(self) -> int:
        """Number of columns of y."""
        return len(self.columns)

    @property
    def tasks(self) -> dict[str, str]:
        """Task of each output."""
        return {name: part.targets.task for name, part in self.parts.items()}

    @property
    def counts(self) -> dict[str, int]:
        """Number of classes, labels or numeric targets of each output."""
        return {name: part.targets.n_outputs for name, part in self.parts.items()}

    @property
    def classes(self) -> dict[str, np.ndarray] | None:
        """Class labels of each output with classes, as `classes_` of a classifier; None if no output has classes."""
        found = {name: getattr(part.targets, "classes", None) for name, part in self.parts.items()}
        return {name: classes for name, classes in found.items() if classes is not None} or None

    @property
    def transform_texts(self) -> Any:
        """Descriptions of the transforms of each output that has any; None if none has."""
        found = {name: part.targets.transform_texts for name, part in self.parts.items()}
        return {name: texts for name, texts in found.items() if texts} or None

    def of_output(self, name: str) -> Targets:
        """Return the targets of an output."""
        return self.parts[name].targets

    def fitted_to(self, y: Any, weights: np.ndarray | None) -> Self:
        """Return targets with values fitted to the samples of the training set that have a target.

        Raises
        ------
        ValueError
            If no sample has a target for an output.
        """
        parts = {}
        for name, (targets, columns) in self.parts.items():
            known = y.known[name]
            own = weights if weights is None else weights[known]
            fitted = targets.fitted_to(known_values(y, name, targets, f"y[{name!r}] in the training set"), own)
            parts[name] = OutputTargets(fitted, columns)
        return replace(self, parts=parts)

    def encode(self, y: Any, name: str = "y") -> Any:
        """Return the targets of each output in the form for the network: dict of str to array.

        Samples without a target have that of another sample: their weight is 0.

        Raises
        ------
        ValueError
            If y has unknown labels, or no sample has a target for an output.
        """
        found = {}
        for output, (targets, _) in self.parts.items():
            what, known = f"{name}[{output!r}]", y.known[output]
            encoded = targets.encode(known_values(y, output, targets, what), what)
            found[output] = np.repeat(encoded[:1], len(known), axis=0)
            found[output][known] = encoded
        return found

    def weights_by_output(self, y: Any, weights: np.ndarray | None) -> dict[str, np.ndarray]:
        """Return the weight of each sample for each output: 0 without a target."""
        return {name: known * (1.0 if weights is None else weights) for name, known in y.known.items()}

    def strata(self, y: Any) -> np.ndarray | None:
        """Return a number for each combination of classes and missing targets; None without classes."""
        codes = [~known for known in y.known.values() if not known.all()]
        for name, (targets, _) in self.parts.items():
            if targets.row.has_classes:
                codes.append(pd.factorize(y.values[name])[0])
        return np.unique(np.column_stack(codes), axis=0, return_inverse=True)[1] if codes else None

    def predictions(self, outputs: Any, losses: Mapping[str, Any]) -> np.ndarray:
        """Return the predictions of a network for all outputs, next to each other.

        Parameters
        ----------
        outputs : array, or mapping of str to array
            Outputs of the network: an array if there is one.
        losses : mapping of str to JSON value
            Loss of each output.

        Returns
        -------
        array of shape (n_samples, n_values), float64
            Probabilities of classes or labels, and numbers in the units of y; `by_output` separates them.
        """
        by_name = outputs if isinstance(outputs, Mapping) else dict.fromkeys(self.parts, outputs)
        found = []
        for name, (targets, _) in self.parts.items():
            loss = losses[name]
            if targets.row.has_probabilities:
                from_logits = isinstance(loss, Mapping) and bool(loss.get("from_logits"))
                output = by_name[name].astype("float64")  # scikit-learn checks sums of probabilities in this precision
                values = targets.probabilities(output, from_logits)  # type: ignore[attr-defined]
            else:
                values = targets.decode(by_name[name], head_of(loss))  # type: ignore[attr-defined]
            found.append(values.reshape(len(values), -1).astype("float64"))
        return np.hstack(found)

    def by_output(self, predictions: np.ndarray) -> dict[str, np.ndarray]:
        """Return the predictions of each output, as from `predict_proba` or `predict` for its task."""
        ends = np.cumsum([part.targets.n_outputs for part in self.parts.values()])
        parts = np.split(predictions, ends[:-1], axis=1)
        return {
            name: array if part.targets.row.has_probabilities else array.reshape(-1, *_shape(part.targets))
            for (name, part), array in zip(self.parts.items(), parts, strict=True)
        }

    def decode(self, predictions: np.ndarray) -> dict[str, np.ndarray]:
        """Return the predicted targets of each column of y: labels, 0 and 1 of labels, or numbers."""
        found: dict[str, np.ndarray] = {}
        for name, array in self.by_output(predictions).items():
            targets, columns = self.parts[name]
            values = targets.decode(array) if targets.row.has_probabilities else array  # type: ignore[attr-defined]
            found |= dict(zip(columns, values.reshape(len(values), -1).T, strict=True))
        return {column: found[column] for column in self.columns}

    def score(self, y: Any, predictions: np.ndarray, weights: np.ndarray | None) -> float:
        """Return the mean over outputs of accuracy or R2; see `output_score`."""
        return float(np.mean([self.output_score(name, y, predictions, weights) for name in self.parts]))

    def output_score(self, name: str, y: Any, predictions: np.ndarray, weights: np.ndarray | None) -> float:
        """Return the accuracy or R2 of one output, over the samples that have a target.

        Returns
        -------
        float
            NaN for R2 of fewer than two samples.
        """
        targets, known = self.parts[name].targets, y.known[name]
        true = known_values(y, name, targets, f"y[{name!r}]")
        found, own = self.by_output(predictions)[name][known], None if weights is None else weights[known]
        if targets.row.has_probabilities:
            labels = targets.decode(found)  # type: ignore[attr-defined]
            return float(accuracy_score(true, labels, sample_weight=own))
        return float(r2_score(true, found, sample_weight=own)) if len(true) > 1 else float("nan")

    def output_scores(self, y: Any, predictions: np.ndarray) -> dict[str, Scores]:
        """Return the scores of each output, for a report, over the samples that have a target."""
        return {
            name: targets.scores(
                columns,
                known_values(y, name, targets, f"y[{name!r}]"),
                self.by_output(predictions)[name][y.known[name]],
                getattr(targets, "classes", None),
            )
            for name, (targets, columns) in self.parts.items()
        }

    def probability_names(self, names: Sequence[str]) -> list[str]:
        """Return the names of the probabilities of each output, after the name of the output."""
        return [
            f"{name}: {label}"
            for name, (targets, columns) in self.parts.items()
            if targets.row.has_probabilities
            for label in targets.probability_names(columns)
        ]

    def output_text(self, names: Sequence[str], head: Head = PLAIN) -> str:
        """Return the columns of each output."""
        return "; ".join(f"{name}: {part.targets.output_text(part.columns)}" for name, part in self.parts.items())

    def document(self) -> dict:
        """Return the targets of each output, with their columns."""
        parts = {name: {"columns": list(columns), **own.document()} for name, (own, columns) in self.parts.items()}
        return {"task": self.task, "columns": list(self.columns), "outputs": parts}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of each output."""
        return {
            of_output(name, key): array
            for name, (targets, _) in self.parts.items()
            for key, array in targets.arrays().items()
        }

    @classmethod
    def restored(
        cls, document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
    ) -> Self:
        """Return the targets of all outputs, of which `restored_targets` has restored each."""
        parts = {
            name: OutputTargets(own["targets"], tuple(own["columns"])) for name, own in document["outputs"].items()
        }
        return cls(parts, tuple(document["columns"]))


def checked_values(values: np.ndarray, has_classes: bool, name: str) -> np.ndarray:
    """Return the targets of one output, checked by scikit-learn: labels, labels of 0 and 1 in columns, or numbers.

    Raises
    ------
    DataError, ValueError
        If they can't be the targets of this task.
    """
    if has_classes and values.ndim == 2 and not has_labels(values):
        hint = "name an output for each column"
        raise DataError(f"{name} has several columns of class labels, which must be 0 and 1\n  hint: {hint}")
    with name_in_messages("y", name):
        return checked_labels(None, values) if has_classes else checked_quantities(None, values)


def known_values(y: OutputRows, output: str, targets: Targets, name: str) -> np.ndarray:
    """Return the checked targets of the samples that have one.

    Raises
    ------
    DataError, ValueError
        If there are none, or they can't be the targets of this task.
    """
    values = y.values[output][y.known[output]]
    if not len(values):
        raise DataError(f"{name} has only missing values\n  hint: add samples with this target, or remove the output")
    return checked_values(values, targets.row.has_probabilities, name)


def _shape(targets: Targets) -> tuple[int, ...]:
    """Return the shape of the targets of one sample in a regression."""
    return targets.shape  # type: ignore[attr-defined]
