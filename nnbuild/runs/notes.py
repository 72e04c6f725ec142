"""What a command writes into a model file besides the model: how good it was, and what it was made of."""

from __future__ import annotations

from math import isfinite

import pandas as pd

from nnbuild.estimators.base import NNEstimator
from nnbuild.report.scores import Scores
from nnbuild.runs.data import Data

MOST_CHARACTERS = 250_000  # of the names of columns: notes of a model file may have 1 MiB


def metrics_of(scores: Scores | None) -> dict[str, float]:
    """Scores by name, on rows that the training has not seen; none where there were no such rows."""
    return {score.name: score.value for score in scores.values} if scores else {}


def training_metrics_of(scores: Scores | None) -> dict[str, float]:
    """The same scores on training rows, as far as they are finite."""
    values = scores.values if scores else ()
    return {score.name: score.training for score in values if score.training is not None and isfinite(score.training)}


def notes_of(
    estimator: NNEstimator, train: Data, test: Data | None, seed: int, command: str, **others: object
) -> dict[str, object]:
    """What is told by `nnbuild show`, and needed by `predict` and `evaluate`, as JSON values.

    Parameters
    ----------
    estimator : NNEstimator
        Fitted.
    train : Data
        Rows that it was trained on.
    test : Data or None
        Rows that it was tested on.
    seed : int
        Of the split, and of training.
    command : str
        What gives the same again; "" where no command was called.
    **others : object
        Further notes.
    """
    columns = None
    if isinstance(train.X, pd.DataFrame) and not hasattr(estimator, "feature_names_in_"):  # it took them as an image
        columns = [str(name) for name in train.X.columns]
        columns = columns if sum(map(len, columns)) <= MOST_CHARACTERS else None
    return {
        "source": train.source,
        "targets": list(train.targets),
        "task": train.task,
        "reason": train.reason,
        "n_train": len(train),
        "n_test": 0 if test is None else len(test),
        "test_source": None if test is None else test.source,
        "columns": columns,
        "seed": seed,
        "command": command,
        **others,
    }
