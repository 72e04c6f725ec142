"""Implementation of `nnbuild predict`: predict the rows of a data file with a model file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from nnbuild.errors import DataError
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import fit_of
from nnbuild.loading import estimator_class, load
from nnbuild.plan.settings import loss_of
from nnbuild.runs.data.estimator import data_error, model_inputs, quantile_columns
from nnbuild.runs.data.new_data import Schema, read_new_data
from nnbuild.saved.model_info import model_info
from nnbuild.tasks.rows import TASKS


def predict_file(model: str, source: str, probabilities: bool = False) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return predictions of a saved model for the rows of a file, and the ignored columns.

    Parameters
    ----------
    model : str
        Model file.
    source : str
        Data file with the columns of the training data, in any order. Other columns are ignored.
    probabilities : bool, default=False
        Whether to add the probabilities of classes or labels.

    Returns
    -------
    table : DataFrame of shape (n_samples, n_columns)
        One column per target, by its name, then NAME_qLEVEL for each predicted quantile, then with `probabilities`
        "probability of LABEL" for each class or label.
    ignored : tuple of str
        Columns of the file that the model does not use.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the data can't be read or lacks columns, if the model is a regressor and `probabilities` is set, or if
        `nnbuild predict` does not support the model.
    """
    estimator, schema = open_model(model)
    if probabilities and not TASKS[schema.task].has_probabilities:
        raise DataError(f"{model}: --proba is not supported for regression")
    new = read_new_data(source, schema, with_targets=False)
    X = model_inputs(estimator, new.X, new.source)
    with data_error(new.source):
        predicted = np.asarray(estimator.predict(X))
        names = _target_names(schema, predicted)
        table = pd.DataFrame(predicted.reshape(len(predicted), -1), columns=names)
        if hasattr(estimator, "predict_quantiles"):
            table = table.join(_quantiles(estimator, X, names))
        if probabilities:
            labels = fit_of(estimator).targets.probability_names(names)
            columns = [f"probability of {label}" for label in labels]
            table = table.join(pd.DataFrame(estimator.predict_proba(X), columns=columns))
    return table, new.ignored


def open_model(model: str) -> tuple[NNEstimator, Schema]:
    """Return the estimator in a model file, and the schema of its training data.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If `nnbuild predict` and `evaluate` do not support the model.
    """
    facts = model_info(model)
    if not estimator_class(facts.estimator)._commands.tasks:
        found = f"{model}: `nnbuild predict` and `nnbuild evaluate` do not support {facts.estimator}"
        raise DataError(f"{found}\n  hint: use nnbuild.load({model!r}) in Python")
    estimator = load(model)
    if fit_of(estimator).targets.positions:
        found = f"{model}: `nnbuild predict` and `nnbuild evaluate` do not support segmentation"
        raise DataError(f"{found}\n  hint: use nnbuild.load({model!r}).predict(X) in Python")
    return estimator, Schema.of_model(estimator, facts.notes)


def _quantiles(estimator: Any, X: object, names: list[str]) -> pd.DataFrame:
    """Return predicted quantiles, with a column for each target and level."""
    found = estimator.predict_quantiles(X)
    return pd.DataFrame(found.reshape(len(found), -1), columns=quantile_columns(names, loss_of(estimator.recipe_)))


def _target_names(schema: Schema, predicted: np.ndarray) -> list[str]:
    n_targets = 1 if predicted.ndim == 1 else predicted.shape[1]
    if len(schema.targets) == n_targets:
        return list(schema.targets)
    return ["prediction"] if n_targets == 1 else [f"prediction {number}" for number in range(1, n_targets + 1)]
