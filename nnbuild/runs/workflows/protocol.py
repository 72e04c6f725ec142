"""Protocols of a workflow: its data, and its steps after the start of TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import pandas as pd

from nnbuild.estimators.base import NNEstimator
from nnbuild.inputs.notations import Notation
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Scores


class Data(Protocol):
    """Samples of a data file to train or test on.

    Attributes
    ----------
    workflow : str
        Name of the workflow of estimators that take it.
    X : DataFrame or array of shape (n_samples, ...)
    targets : tuple of str
        Names of the predicted columns.
    task, reason : str
        Task, and the reason for it.
    source : str
        Name of the file.
    test : Data or None
        Test set, if the file contains one.
    notations : mapping of str to Notation
        Number and date formats of the columns of a text file.
    remarks : mapping of str to str
        Remarks on columns of the file.

    Data may also have `notes`, a mapping of JSON values for the model file.
    """

    @property
    def workflow(self) -> str: ...
    @property
    def X(self) -> Any: ...
    @property
    def targets(self) -> tuple[str, ...]: ...
    @property
    def task(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def test(self) -> Data | None: ...
    @property
    def notations(self) -> Mapping[str, Notation]: ...
    @property
    def remarks(self) -> Mapping[str, str]: ...
    def __len__(self) -> int: ...

    def sample(self, most: int) -> Data:
        """Return at most `most` samples, drawn with a fixed seed."""

    def split(self, fraction: float, seed: int) -> tuple[Data, Data]:
        """Return a training set and a test set with `fraction` of the samples, drawn with a seed."""

    def text(self) -> str:
        """Return source, size and targets."""

    def task_text(self) -> str:
        """Return the task and its reason."""


class Predictions(NamedTuple):
    """Predictions for the rows of a file, and the columns of the file that the model does not use."""

    table: pd.DataFrame
    ignored: tuple[str, ...]


class Workflow(Protocol):
    """Training, scores and predictions of estimators that commands treat alike."""

    def estimator(self, recipe: Recipe, data: Any, **parameters: object) -> NNEstimator:
        """Return an unfitted estimator for the data; raise a `DataError` if the recipe does not take them."""

    def check(self, recipe: Recipe, data: Any) -> None:
        """Raise an error for data that can't be learned, before they are split."""

    def adapted(self, recipe: Recipe, data: Any) -> Any:
        """Return data in the form that the estimator takes."""

    def fit(self, estimator: Any, train: Any) -> None:
        """Train on data in the form of `adapted`."""

    def parts(self, estimator: Any, train: Any, seed: int) -> tuple[Any, int]:
        """Return the training set of a fit without its validation set, and the size of the validation set."""

    def scores(self, estimator: Any, data: Any) -> Scores:
        """Return the scores of a fitted estimator on data in the form of `adapted`."""

    def columns(self, estimator: Any, data: Any) -> list[tuple[str, str]]:
        """Return name and preparation of each column of the training data."""

    def new_data(self, estimator: Any, notes: Mapping, source: str, targets: tuple[str, ...]) -> Any:
        """Read a file to score on, in the form of `adapted`, as the training data of a saved model.

        Workflows may have further options of `nnbuild evaluate` as parameters.
        """

    def predictions(self, estimator: Any, notes: Mapping, source: str, probabilities: bool) -> Predictions:
        """Return the predictions for a file."""
