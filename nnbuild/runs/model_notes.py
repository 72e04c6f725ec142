"""Notes in a model file: its data, its command, and further notes of the command."""

from __future__ import annotations

import pandas as pd

from nnbuild.estimators.base import NNEstimator
from nnbuild.runs.workflows.protocol import Data

MAX_CHARACTERS = 250_000  # of all column names: notes of a model file are limited to 1 MiB


def notes_of(
    estimator: NNEstimator, train: Data, test: Data | None, seed: int, command: str, **others: object
) -> dict[str, object]:
    """Return the notes for `nnbuild show`, `predict` and `evaluate`, as JSON values.

    Parameters
    ----------
    estimator : NNEstimator
        Fitted.
    train : Data
        Training set.
    test : Data or None
        Test set.
    seed : int
        Seed of the split and of training.
    command : str
        Command that trained the estimator.
    **others : object
        Further notes.
    """
    columns = None
    if isinstance(train.X, pd.DataFrame) and not hasattr(estimator, "feature_names_in_"):  # trained on images
        columns = [str(name) for name in train.X.columns]
        columns = columns if sum(map(len, columns)) <= MAX_CHARACTERS else None
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
