"""Implementation of `nnbuild predict`: predict the rows of a data file with a model file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnbuild.errors import DataError
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import fit_of
from nnbuild.loading import load
from nnbuild.runs.workflows.implementations import WORKFLOWS
from nnbuild.runs.workflows.protocol import Predictions
from nnbuild.runs.workflows.rows import FORECAST, SEGMENTATION, WORKFLOW_ROWS, workflow_of
from nnbuild.saved.model_info import model_info


class OpenedModel(NamedTuple):
    """Estimator of a model file, the name of its workflow, and the notes of the file."""

    estimator: NNEstimator
    workflow: str
    notes: Mapping


def predict_file(model: str, source: str, probabilities: bool = False) -> Predictions:
    """Return predictions of a saved model for the rows of a file, and the ignored columns.

    Parameters
    ----------
    model : str
        Model file.
    source : str
        Data file with the columns of the training data, in any order. Other columns are ignored.
    probabilities : bool, default=False
        Whether to add the probabilities of classes or labels. The model must have some.

    Returns
    -------
    table : DataFrame of shape (n_samples, n_columns)
        Of a classifier or regressor: one column per target, by its name, then NAME_qLEVEL for each predicted quantile,
        then with `probabilities` "probability of LABEL" for each class or label.
    ignored : tuple of str
        Columns of the file that the model does not use.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the data can't be read or lacks columns, or if the command does not support the model.
    """
    opened = open_model(model, "predict")
    return WORKFLOWS[opened.workflow].predictions(opened.estimator, opened.notes, source, probabilities)


def open_model(model: str, command: str) -> OpenedModel:
    """Return the estimator of a model file.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the command does not support the model.
    """
    facts = model_info(model)
    estimator = load(model)
    has_positions = bool(fit_of(estimator).targets.positions)  # also with one class only
    task = WORKFLOW_ROWS[SEGMENTATION].task if has_positions else facts.task
    workflow = workflow_of([facts.estimator], task, is_forecast=FORECAST in facts.notes)
    if refusal := workflow.refusal(command):
        raise DataError(f"{model}: {refusal}")
    return OpenedModel(estimator, workflow.name, facts.notes)
