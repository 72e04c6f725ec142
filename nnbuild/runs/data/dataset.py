"""Features and targets of a data set to train or test on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from nnbuild.errors import DataError
from nnbuild.inputs.notations import Notation
from nnbuild.report.units import counted
from nnbuild.runs.workflows.rows import SUPERVISED
from nnbuild.tasks.rows import TASKS

MIN_ROWS = 20  # smaller files are not split into training and test set


@dataclass(frozen=True, eq=False)
class Dataset:
    """Features, targets and task of a data set.

    Attributes
    ----------
    X : DataFrame of shape (n_samples, n_columns), or array of shape (n_samples, ...)
    y : array of shape (n_samples,) or (n_samples, n_targets)
        Labels, or float64 for regression.
    targets : tuple of str
        Names of the columns to predict.
    task : {"binary", "multiclass", "multilabel", "regression"}
    reason : str
        Reason for the task, for the report.
    source : str
        File name, or name of the bundled data set.
    test : Dataset or None
        Test set, if the file contains one.
    notations : mapping of str to Notation
        Number and date formats of the columns of a text file, including the targets.
    remarks : mapping of str to str
        Remarks on columns of the file, for the report.
    """

    X: Any
    y: np.ndarray
    targets: tuple[str, ...]
    task: str
    reason: str
    source: str
    test: Dataset | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    workflow: ClassVar[str] = SUPERVISED

    def __len__(self) -> int:
        return len(self.y)

    @property
    def is_regression(self) -> bool:
        """Whether the task is regression."""
        return not TASKS[self.task].has_probabilities

    @property
    def has_classes(self) -> bool:
        """Whether each sample has exactly one class."""
        return TASKS[self.task].has_classes

    @property
    def n_targets(self) -> int:
        """Number of target columns."""
        return self.y.shape[1] if self.y.ndim == 2 else 1

    @property
    def n_outputs(self) -> int:
        """Number of classes, labels or regression targets."""
        return len(np.unique(self.y)) if self.has_classes else self.n_targets

    def select(self, rows: np.ndarray) -> Dataset:
        """Return the samples at these positions."""
        X = self.X.iloc[rows] if isinstance(self.X, pd.DataFrame) else self.X[rows]
        return replace(self, X=X, y=self.y[rows], test=None)

    def sample(self, most: int) -> Dataset:
        """Return at most `most` samples, drawn with a fixed seed."""
        return self if len(self) <= most else self.select(drawn_rows(len(self), most))

    def split(self, fraction: float, seed: int) -> tuple[Dataset, Dataset]:
        """Return a training set and a test set with `fraction` of the samples, drawn with a seed.

        The split is stratified by class. Each class is in the training set; a class with one sample is not tested.

        Raises
        ------
        DataError
            If the test set is empty.
        """
        from nnbuild.train.common.splits import split_rows

        labels = np.unique(self.y, return_inverse=True)[1] if self.has_classes else None
        train_rows, test_rows = split_rows(len(self), fraction, "random", seed, labels)
        if labels is not None:
            known = np.isin(labels[test_rows], labels[train_rows])
            train_rows = np.sort(np.append(train_rows, test_rows[~known]))
            test_rows = test_rows[known]
        if not len(test_rows):
            raise DataError(f"{self.source}: no class has enough rows to hold some out\n  hint: pass --test-data FILE")
        return self.select(train_rows), self.select(test_rows)

    def task_text(self) -> str:
        """Return the task and its reason."""
        return f"{TASKS[self.task].in_words(self.n_outputs)}, {self.reason}"

    def text(self) -> str:
        """Return source, numbers of rows and columns, and names of the targets."""
        targets = ", ".join(f"{name}{written_as(self.notations.get(name))}" for name in self.targets)
        return f"{self.source}: {counted(len(self), 'row')}, {columns_text(self.X)} -> {targets}"


def drawn_rows(n_rows: int, most: int) -> np.ndarray:
    """Return the positions of `most` of `n_rows` samples, drawn with a fixed seed, in ascending order."""
    return np.sort(np.random.default_rng(0).choice(n_rows, most, replace=False))


def columns_text(X: Any) -> str:
    """Return the number of columns of a table, or the shape of one sample of an array."""
    if isinstance(X, pd.DataFrame):
        return counted(len(X.columns), "column")
    return f"X of {'x'.join(map(str, X.shape[1:]))}"


def axes_note(X: Any) -> str:
    """Return a note if X of shape (n_samples, 1, n) may have steps and channels exchanged, else "".

    Examples
    --------
    >>> axes_note(np.zeros((5, 1, 150)))
    'X has 1 step of 150 channels; if these are 150 steps of 1 channel, save X.transpose(0, 2, 1)'
    >>> axes_note(np.zeros((5, 150, 1)))
    ''
    """
    if not isinstance(X, np.ndarray) or X.ndim != 3 or X.shape[1] != 1 or X.shape[2] == 1:
        return ""
    n = X.shape[2]
    return f"X has 1 step of {n} channels; if these are {n} steps of 1 channel, save X.transpose(0, 2, 1)"


def written_as(notation: Notation | None) -> str:
    """Return an example of the notation of a target in brackets; "" for a standard one."""
    return f" (written as {notation.example()})" if notation and notation.example() else ""
