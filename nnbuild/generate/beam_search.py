"""Probabilities of the next token -> the most probable sequences, several at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Takes a state and the last token of each row; gives the logarithms of the probabilities of the next one, of shape
# (n_rows, n_numbers), and the state behind it. A state gives those of other rows by `taken`.
Read = Callable[[Any, np.ndarray], tuple[np.ndarray, Any]]


@dataclass(frozen=True)
class Writing:
    """How sequences are written.

    Attributes
    ----------
    start, end : int
        The numbers of what stands before the first token, and of what ends a sequence.
    padding : int
        What stands behind the end.
    barred : array of int
        Numbers that are never written.
    max_length : int
        Most tokens, the end among them: nothing else may stand there.
    width : int, default=1
        Sequences that are followed at a time, for each row: one is greedy.
    length_penalty : float, default=0
        How far long sequences are favoured: 0 is not at all, and the sum of logarithms decides.
    """

    start: int
    end: int
    padding: int
    barred: np.ndarray
    max_length: int
    width: int = 1
    length_penalty: float = 0.0

    def ranks(self, totals: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """What sequences are compared by: the higher the better."""
        return totals / ((5 + lengths) / 6) ** self.length_penalty


def beam_search(read: Read, state: Any, n_rows: int, how: Writing) -> tuple[np.ndarray, np.ndarray]:
    """The sequences that are most probable, as far as following some of them tells.

    Parameters
    ----------
    read : Read
    state : state
        Of the rows before the first token.
    n_rows : int
    how : Writing

    Returns
    -------
    tokens : array of shape (n_rows, width, max_length)
        The best first. Each has its end; behind that, and where nothing was written, is padding.
    totals : array of shape (n_rows, width)
        Logarithms of their probabilities.

    Notes
    -----
    A sequence that has ended keeps its place among the `width` best until better ones push it out, and the search of
    a row ends when all its places have. Sequences are compared by log p / ((5 + length) / 6)^a, a the
    `length_penalty` (equation 14 of [1]_ without coverage), the end counted: with one place this is greedy for any a.

    References
    ----------
    .. [1] Wu et al., "Google's neural machine translation system", arXiv:1609.08144.
    """
    beams = _Beams.at_start(n_rows, how)
    state = state.taken(np.repeat(np.arange(n_rows), how.width))
    last = np.full(n_rows * how.width, how.start, "int32")
    for place in range(how.max_length):
        scores, state = read(state, last)
        parents = beams.extend(scores, place)
        if beams.ended.all():
            break
        state = state.taken(parents)
        last = beams.tokens[:, :, place].reshape(-1)
    return beams.tokens, beams.totals


class _Beams:
    """The sequences so far, best first: each array has the axes of rows and of sequences in front."""

    def __init__(self, tokens: np.ndarray, totals: np.ndarray, how: Writing):
        self.tokens, self.totals, self.how = tokens, totals, how
        self.lengths = np.zeros(totals.shape, int)
        self.ended = np.zeros(totals.shape, bool)

    @classmethod
    def at_start(cls, n_rows: int, how: Writing) -> _Beams:
        """One empty sequence for each row; the other places are still free."""
        totals = np.full((n_rows, how.width), -np.inf)
        totals[:, 0] = 0
        return cls(np.full((n_rows, how.width, how.max_length), how.padding, "int32"), totals, how)

    def extend(self, scores: np.ndarray, place: int) -> np.ndarray:
        """Put a token at a place of each sequence that has not ended; the rows of the state that they go on from."""
        totals = self._totals_with(scores, place)
        n_rows, width, n_numbers = totals.shape
        lengths = self.lengths + ~self.ended
        ranks = self.how.ranks(totals, lengths[:, :, None]).reshape(n_rows, -1)
        chosen = _best(ranks, width)  # (n_rows, width)
        row, parent = np.arange(n_rows)[:, None], chosen // n_numbers
        self.tokens, self.lengths = self.tokens[row, parent], lengths[row, parent]
        self.totals = totals.reshape(n_rows, -1)[row, chosen]
        self.tokens[:, :, place] = chosen % n_numbers
        free = np.isinf(self.totals)  # where fewer sequences are possible than there are places
        self.tokens[free] = self.how.padding
        self.ended = self.ended[row, parent] | (self.tokens[:, :, place] == self.how.end) | free
        return (row * width + parent).reshape(-1)

    def _totals_with(self, scores: np.ndarray, place: int) -> np.ndarray:
        """Logarithms of the probabilities of all that may follow: (n_rows, width, n_numbers)."""
        how = self.how
        totals = self.totals[:, :, None] + scores.reshape(*self.totals.shape, -1)
        barred = how.barred if place + 1 < how.max_length else np.arange(totals.shape[2]) != how.end
        totals[:, :, barred] = -np.inf
        totals[self.ended] = -np.inf
        totals[:, :, how.padding][self.ended] = self.totals[self.ended]  # what has ended stays as it is
        return totals


def _best(ranks: np.ndarray, count: int) -> np.ndarray:
    """The places of the `count` highest in each row, the highest first, of equal ones the first."""
    if count == 1:
        return ranks.argmax(axis=1)[:, None]
    found = np.argpartition(-ranks, count - 1, axis=1)[:, :count] if count < ranks.shape[1] else None
    places = np.broadcast_to(np.arange(ranks.shape[1]), ranks.shape) if found is None else found
    order = np.lexsort((places, -np.take_along_axis(ranks, places, axis=1)), axis=1)
    return np.take_along_axis(places, order, axis=1)[:, :count]
