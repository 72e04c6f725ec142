"""Hits in the recommended items, and checks of the number of items to recommend."""

from __future__ import annotations

import numpy as np

from nnbuild.errors import show
from nnbuild.inputs.ids import UNKNOWN
from nnbuild.inputs.interactions import InteractionsPreparation

SCORES_AT_ONCE = 2**22
N_BEST = 10  # an interaction is a hit if its item is among this number of items with the highest scores


def are_hits(pairs: InteractionsPreparation, users: np.ndarray, items: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return whether the item of each pair is among the `N_BEST` items of its user, as bools of shape (n_samples,).

    Parameters
    ----------
    pairs : InteractionsPreparation
        Interactions. Items with an interaction of the user are not ranked.
    users, items : array of shape (n_samples,)
        Pairs, as integers.
    scores : array of shape (n_samples, n_items)
        Scores of all items for the user of each pair.
    """
    own = scores[np.arange(len(items)), items - 1][:, None]  # arbitrary for item 0 (unknown), which is never a hit
    before = np.arange(1, pairs.n_items + 1) < items[:, None]
    higher = (scores > own) | ((scores == own) & before)
    return ((higher & ~pairs.table(users)).sum(axis=1) < N_BEST) & (items != UNKNOWN)


def check_enough(pairs: InteractionsPreparation, users: np.ndarray, left: np.ndarray, n_items: int) -> None:
    """Raise a `ValueError` if fewer than `n_items` items are left for a user.

    Parameters
    ----------
    pairs : InteractionsPreparation
    users : array of shape (n_users,)
        Ids of the users.
    left : array of shape (n_users,)
        Number of items left for each user.
    n_items : int
        Number of items to recommend.
    """
    if n_items > pairs.n_items:
        raise ValueError(f"n_items={n_items}, but there are only {pairs.n_items} items")
    if not (few := np.flatnonzero(left < n_items)).size:
        return
    user, some = show(users[few[0]]), int(left[few[0]])
    if not some:
        raise ValueError(
            f"user {user} has interactions with all {pairs.n_items} items, so none is left\n"
            "  hint: set exclude_seen=False"
        )
    found = f"n_items={n_items}, but only {some} of {pairs.n_items} items are left for user {user}"
    raise ValueError(f"{found}\n  hint: set n_items={some} or exclude_seen=False")


def popular_hits(pairs: InteractionsPreparation, users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Return whether the item of each pair is a hit if every user gets the most popular items: array of bool."""
    hits, n_at_once = np.zeros(len(users), bool), max(1, SCORES_AT_ONCE // pairs.n_items)
    for start in range(0, len(users), n_at_once):
        rows = slice(start, start + n_at_once)
        scores = np.broadcast_to(pairs.popularity(), (len(users[rows]), pairs.n_items))
        hits[rows] = are_hits(pairs, users[rows], items[rows], scores)
    return hits
