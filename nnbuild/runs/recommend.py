"""Implementation of `nnbuild recommend`: the items with the highest scores for users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.runs.data.estimator import data_error
from nnbuild.runs.data.pairs import read_users, users_and_items
from nnbuild.runs.predict import open_model


def recommend_file(
    model: str, users: Sequence[str], source: str | None, n_items: int, include_seen: bool
) -> pd.DataFrame:
    """Return the recommended items of each user.

    Parameters
    ----------
    model : str
        Model file of a recommender.
    users : sequence of str
        Ids of users.
    source : str or None
        File with further users: in the column of the training data, or in the only column.
    n_items : int
        Number of items for each user.
    include_seen : bool
        Whether to include items that the user has interactions with.

    Returns
    -------
    DataFrame of n_users * n_items rows
        Users, items, and the column "score"; the items of a user in descending order of scores.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If a user is unknown, if fewer items are left, or if the command does not support the model.
    """
    estimator: Any = open_model(model, "recommend").estimator
    names = getattr(estimator, "feature_names_in_", ("user", "item"))
    user, _ = users_and_items(names)
    listed = list(dict.fromkeys([*users, *(read_users(source, user) if source else [])]))
    ids = np.array(listed, object)
    _check_known(estimator, ids, model)
    with data_error(model):
        return estimator.recommend(ids, n_items, exclude_seen=not include_seen)


def _check_known(estimator: Any, users: np.ndarray, model: str) -> None:
    """Raise a `DataError` for the first user without interactions in the training data."""
    known = estimator.preparation_.users
    unknown = users[known.transformed(users) == 0]
    if len(unknown):
        name, names = unknown[0], list(map(str, known.ids))
        found = f"{model}: unknown user {show(name)}\n  allowed: {name_list(names, name)}"
        hint = did_you_mean(name, names)
        raise DataError(found + (f"\n  hint: {hint}" if hint else ""))
