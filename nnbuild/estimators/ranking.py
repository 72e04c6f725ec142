"""Scores of all items for users -> which pairs are hits, and whether there are as many items left as are asked for."""

from __future__ import annotations

import numpy as np

from nnbuild.errors import show
from nnbuild.inputs.ids import UNKNOWN
from nnbuild.inputs.interactions import InteractionsPreparation

N_BEST = 10  # items among which an interaction's own is a hit


def are_hits(had: InteractionsPreparation, users: np.ndarray, items: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Whether the item of each pair is among the first for its user: array of bool, of shape (n_samples,).

    Parameters
    ----------
    had : InteractionsPreparation
        Its items are no rivals.
    users, items : array of shape (n_samples,)
        Numbers.
    scores : array of shape (n_samples, n_items)
        Of all items for the user of each pair.
    """
    own = scores[np.arange(len(items)), items - 1][:, None]  # of item 0 any
    before = np.arange(1, had.n_items + 1) < items[:, None]
    higher = (scores > own) | ((scores == own) & before)
    return ((higher & ~had.table(users)).sum(axis=1) < N_BEST) & (items != UNKNOWN)


def check_enough(had: InteractionsPreparation, users: np.ndarray, left: np.ndarray, n_items: int) -> None:
    """Raise a ValueError where a user has fewer items left than are asked for.

    Parameters
    ----------
    had : InteractionsPreparation
    users : array of shape (n_users,)
        Ids.
    left : array of shape (n_users,)
        How many items each has left.
    n_items : int
    """
    if n_items > had.n_items:
        raise ValueError(f"n_items={n_items}, but there are {had.n_items} items")
    if not (few := np.flatnonzero(left < n_items)).size:
        return
    user, some = show(users[few[0]]), int(left[few[0]])
    if not some:
        raise ValueError(f"user {user} had all {had.n_items} items: none is left\n  hint: exclude_seen=False")
    found = f"n_items={n_items}, but {some} of {had.n_items} items are left for user {user}, who had the others"
    raise ValueError(f"{found}\n  hint: n_items={some}, or exclude_seen=False")
