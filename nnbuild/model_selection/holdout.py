"""Split interactions into a training set, and a test set with one item of each user."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from nnbuild.estimators.interactions import checked_pairs
from nnbuild.parameter_checks import checked_flag


def leave_one_out(interactions: Any, random_state: Any = None, *, last: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to train a recommender on, and the rows of one item of each user for scoring.

    Parameters
    ----------
    interactions : DataFrame or array-like of shape (n_samples, 2)
        User and item in each row, as for `NNRecommender`.
    random_state : int, RandomState instance or None, default=None
        Chooses the held-out items.
    last : bool, default=False
        Whether to hold out the item in each user's last row, for rows in order of time; otherwise a random one.

    Returns
    -------
    train, test : array of shape (n_rows,)
        Row indices, in order. Users with only one item have no test row. If an item occurs several times for a user,
        all its rows are held out. Pass ``cv=[leave_one_out(X, seed) for seed in range(3)]`` to scikit-learn's
        searches.

    Raises
    ------
    ValueError
        For data that `NNRecommender` does not take, and if no user has two items.

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
    # First row of each user in this order: the pair to hold out.
    of_user = order[np.unique(users[order], return_index=True)[1]]
    n_pairs = pd.Series(pairs).groupby(users).nunique().to_numpy()
    is_test = np.isin(pairs, pairs[of_user[n_pairs > 1]])
    if not is_test.any():
        raise ValueError("no user has two items or more, so no item can be held out")
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)
