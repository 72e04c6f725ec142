"""Interactions -> those to learn from, and one of each user to see whether it is recommended."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from nnbuild.estimators.interactions import checked_pairs
from nnbuild.parameter_checks import checked_flag


def leave_one_out(interactions: Any, random_state: Any = None, *, last: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train a recommender on, and the rows of one item of each user to score it with.

    Parameters
    ----------
    interactions : DataFrame or array-like of shape (n_samples, 2)
        A user and an item in each row, as `NNRecommender` takes them.
    random_state : int, RandomState instance or None, default=None
        Of which items are left out.
    last : bool, default=False
        Whether it is the item of each user's last row that is left out, and not any: for rows in the order of time.

    Returns
    -------
    train, test : array of shape (n_rows,)
        Positions, in order. Users with one item only have no test; of items that stand several times with a user, all
        rows are left out. ``cv=[leave_one_out(X, seed) for seed in range(3)]`` hands them to scikit-learn's searches.

    Raises
    ------
    ValueError
        For what `NNRecommender` doesn't take, and where no user has two items.

    Examples
    --------
    >>> had = [["ann", "tea"], ["ann", "milk"], ["bob", "tea"]]
    >>> train, test = leave_one_out(had, last=True)
    >>> train.tolist(), test.tolist()
    ([0, 2], [1])
    """
    users, items = (pd.factorize(ids)[0] for ids in checked_pairs(interactions, "interactions"))
    pairs = users.astype("int64") * (items.max() + 1) + items
    of_last = checked_flag("last", last)
    order = np.arange(len(pairs))[::-1] if of_last else check_random_state(random_state).permutation(len(pairs))
    # The first row of each user, in this order, and so the pair that is left out.
    of_user = order[np.unique(users[order], return_index=True)[1]]
    n_pairs = pd.Series(pairs).groupby(users).nunique().to_numpy()
    is_test = np.isin(pairs, pairs[of_user[n_pairs > 1]])
    if not is_test.any():
        raise ValueError("no user of interactions has two items, so that one could be left out")
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)
