"""Implementation of `nnbuild recommend`: the items with the highest scores for users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.runs.data.estimator import data_error
from nnbuild.runs.data.pairs import read_new_pairs, read_users, users_and_items
from nnbuild.runs.predict import open_model


def recommend_file(
    model: str, users: Sequence[str], source: str | None, interactions: str | None, n_items: int, include_seen: bool
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
    interactions : str or None
        File of interactions in place of those in the training data. Without other users, items are recommended to all
        of its users.
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
    pairs = read_new_pairs(interactions, names)[0].X if interactions else None
    known = list(dict.fromkeys(map(str, estimator.preparation_.users.ids if pairs is None else pairs[user])))
    given = [*users, *(read_users(source, user) if source else [])] or known
    _check_known(given, known, interactions or model)
    with data_error(model):
        ids = np.array(list(dict.fromkeys(given)), object)
        return estimator.recommend(ids, n_items, exclude_seen=not include_seen, interactions=pairs)


def _check_known(users: Sequence[str], known: Sequence[str], source: str) -> None:
    """Raise a `DataError` for the first user without interactions."""
    names = set(known)
    if unknown := [name for name in users if name not in names]:
        found = f"{source}: unknown user {show(unknown[0])}\n  allowed: {name_list(known, unknown[0])}"
        hint = did_you_mean(unknown[0], known)
        raise DataError(found + (f"\n  hint: {hint}" if hint else ""))
