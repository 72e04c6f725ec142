"""A model file and a file of data -> predictions, or scores."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nnbuild.errors import DataError
from nnbuild.estimators.base import NNEstimator
from nnbuild.loading import ESTIMATORS, load
from nnbuild.plan.settings import loss_of
from nnbuild.report.scores import Scores
from nnbuild.runs.data import data_error, shaped
from nnbuild.runs.later import Known, Later, data_of, read_later
from nnbuild.runs.scores import scores_of
from nnbuild.saved.facts import facts_of
from nnbuild.tasks.losses import head_of
from nnbuild.tasks.rows import TASKS


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model says of some rows.

    Attributes
    ----------
    table : DataFrame of shape (n_samples, n_columns)
        A column for each target, by its name; then NAME_qLEVEL for each predicted quantile; then "probability of LABEL"
        for each class or label, where asked for.
    ignored : tuple of str
        Columns of the data that the model does not know.
    """

    table: pd.DataFrame
    ignored: tuple[str, ...]

    def records(self) -> list[dict]:
        """The rows as JSON values by the names of the columns."""
        return self.table.to_dict("records")


def predict_file(model: str, source: str, probabilities: bool = False) -> Predictions:
    """What a saved model says of the rows of a file.

    Parameters
    ----------
    model : str
        Model file.
    source : str
        File of data, with the columns of the training in any order; others are ignored.
    probabilities : bool, default=False
        Whether to give those of classes or labels too.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the data can't be read, or lacks columns; if a regressor is asked for probabilities; or if the model tells
        classes of pixels.
    """
    estimator, known = _loaded(model)
    if probabilities and not TASKS[known.task].has_probabilities:
        raise DataError(f"{model}: predicts quantities, which have no probabilities")
    later = read_later(source, known, with_targets=False)
    X = _inputs(estimator, later)
    with data_error(later.source):
        predicted = np.asarray(estimator.predict(X))
        names = _target_names(known, predicted)
        table = pd.DataFrame(predicted.reshape(len(predicted), -1), columns=names)
        if hasattr(estimator, "predict_quantiles"):
            table = table.join(_quantiles(estimator, X, names))
        if probabilities:
            labels = estimator._fitted.targets.probability_names(names)
            columns = [f"probability of {label}" for label in labels]
            table = table.join(pd.DataFrame(estimator.predict_proba(X), columns=columns))
    return Predictions(table, later.ignored)


def evaluate_file(model: str, source: str, targets: tuple[str, ...] = ()) -> tuple[Scores, str]:
    """How good a saved model's predictions for a file are, and what they are of, in words.

    Parameters
    ----------
    model : str
        Model file.
    source : str
        File of data with the columns and targets of the training.
    targets : tuple of str, optional
        Columns to compare with, also as one text with commas, where they have other names than in the training.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the data can't be read, or lacks columns or targets.
    """
    estimator, known = _loaded(model)
    later = read_later(source, known, targets)
    data = replace(data_of(later, known), X=_inputs(estimator, later))
    with data_error(later.source):
        return scores_of(estimator, data), f"{len(data):,} rows of {later.source} -> {', '.join(data.targets)}"


def _loaded(model: str) -> tuple[NNEstimator, Known]:
    facts = facts_of(model)
    if not ESTIMATORS[facts.estimator]._commands.tasks:
        found = f"{model}: holds a {facts.estimator}, which commands predict nothing with"
        raise DataError(f"{found}\n  hint: nnbuild.load({model!r}) gives it to Python")
    estimator = load(model)
    if estimator._fitted.targets.positions:
        hint = f"in Python, nnbuild.load({model!r}).predict(X) gives them as an array"
        raise DataError(
            f"{model}: tells a class for each pixel, which rows of a table have no place for\n  hint: {hint}"
        )
    return estimator, Known.of_model(estimator, facts.notes)


def _inputs(estimator: NNEstimator, later: Later) -> object:
    return later.X if estimator.recipe_ is None else shaped(later.X, estimator.recipe_.inputs, later.source)


def _quantiles(estimator: NNEstimator, X: object, names: list[str]) -> pd.DataFrame:
    """Return predicted quantiles, with a column for each target and level."""
    found = estimator.predict_quantiles(X)
    levels = head_of(loss_of(estimator.recipe_)).listed
    columns = [f"{name}_q{level}" for name in names for level in levels]
    return pd.DataFrame(found.reshape(len(found), -1), columns=columns)


def _target_names(known: Known, predicted: np.ndarray) -> list[str]:
    n_targets = 1 if predicted.ndim == 1 else predicted.shape[1]
    if len(known.targets) == n_targets:
        return list(known.targets)
    return ["prediction"] if n_targets == 1 else [f"prediction {number}" for number in range(1, n_targets + 1)]
