"""Beam search: the most probable sequences, from the probabilities of the next token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Called with a state and the last token of each row. Returns the log-probabilities of the next token, of shape
# (n_rows, vocabulary_size), and the new state. The method `select` of a state selects rows.
Read = Callable[[Any, np.ndarray], tuple[np.ndarray, Any]]


@dataclass(frozen=True)
class BeamSettings:
    """Settings for decoding sequences.

    Attributes
    ----------
    start, end : int
        Token ids of the start and the end of a sequence.
    padding : int
        Token id after the end.
    forbidden : array of int
        Token ids that are never generated.
    max_length : int
        Maximum number of tokens, including the end, which is the only token allowed in the last position.
    width : int, default=1
        Beam width: number of sequences per row. Width 1 is greedy search.
    length_penalty : float, default=0
        Preference for long sequences. With 0, they are ranked by the sum of log-probabilities.
    """

    start: int
    end: int
    padding: int
    forbidden: np.ndarray
    max_length: int
    width: int = 1
    length_penalty: float = 0.0

    def ranks(self, totals: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the score of each sequence, from its log-probability and length: higher is better."""
        return totals / ((5 + lengths) / 6) ** self.length_penalty


def beam_search(read: Read, state: Any, n_rows: int, how: BeamSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return the most probable sequences found by a beam search.

    Parameters
    ----------
    read : Read
    state : state
        State of the rows before the first token.
    n_rows : int
    how : BeamSettings

    Returns
    -------
    tokens : array of shape (n_rows, width, max_length)
        Best sequence first. Each ends with the end token and padding. Unused beams contain only padding.
    totals : array of shape (n_rows, width)
        Log-probabilities of the sequences.

    Notes
    -----
    A finished sequence stays in the beam until better ones replace it. The search of a row ends when all sequences in
    its beam are finished. Sequences are ranked by log p / ((5 + length) / 6)^a, where a is the `length_penalty` and the
    length includes the end token: Wu et al., "Google's neural machine translation system", arXiv:1609.08144,
    equation 14 without coverage. With width 1, the search is greedy for any a.
    """
    beams = _Beams.at_start(n_rows, how)
    state = state.select(np.repeat(np.arange(n_rows), how.width))
    last = np.full(n_rows * how.width, how.start, "int32")
    for place in range(how.max_length):
        scores, state = read(state, last)
        parents = beams.extend(scores, place)
        if beams.ended.all():
            break
        state = state.select(parents)
        last = beams.tokens[:, :, place].reshape(-1)
    return beams.tokens, beams.totals


class _Beams:
    """Sequences so far, best first. The first two axes of all arrays are rows and beams."""

    def __init__(self, tokens: np.ndarray, totals: np.ndarray, how: BeamSettings):
        self.tokens, self.totals, self.how = tokens, totals, how
        self.lengths = np.zeros(totals.shape, int)
        self.ended = np.zeros(totals.shape, bool)

    @classmethod
    def at_start(cls, n_rows: int, how: BeamSettings) -> _Beams:
        """Return one empty sequence per row; the other beams are unused."""
        totals = np.full((n_rows, how.width), -np.inf)
        totals[:, 0] = 0
        return cls(np.full((n_rows, how.width, how.max_length), how.padding, "int32"), totals, how)

    def extend(self, scores: np.ndarray, place: int) -> np.ndarray:
        """Add a token to each unfinished sequence at position `place`; return the state row of each one's parent."""
        totals = self._continued_totals(scores, place)
        n_rows, width, vocabulary_size = totals.shape
        lengths = self.lengths + ~self.ended
        ranks = self.how.ranks(totals, lengths[:, :, None]).reshape(n_rows, -1)
        chosen = _best(ranks, width)  # (n_rows, width)
        row, parent = np.arange(n_rows)[:, None], chosen // vocabulary_size
        self.tokens, self.lengths = self.tokens[row, parent], lengths[row, parent]
        self.totals = totals.reshape(n_rows, -1)[row, chosen]
        self.tokens[:, :, place] = chosen % vocabulary_size
        free = np.isinf(self.totals)  # fewer sequences are possible than the width
        self.tokens[free] = self.how.padding
        self.ended = self.ended[row, parent] | (self.tokens[:, :, place] == self.how.end) | free
        return (row * width + parent).reshape(-1)

    def _continued_totals(self, scores: np.ndarray, place: int) -> np.ndarray:
        """Return the log-probabilities of all continuations, of shape (n_rows, width, vocabulary_size)."""
        how = self.how
        totals = self.totals[:, :, None] + scores.reshape(*self.totals.shape, -1)
        forbidden = how.forbidden if place + 1 < how.max_length else np.arange(totals.shape[2]) != how.end
        totals[:, :, forbidden] = -np.inf
        totals[self.ended] = -np.inf
        totals[:, :, how.padding][self.ended] = self.totals[self.ended]  # finished sequences do not change
        return totals


def _best(ranks: np.ndarray, count: int) -> np.ndarray:
    """Return the positions of the `count` highest values in each row, highest first; equal values are in order."""
    if count == 1:
        return ranks.argmax(axis=1)[:, None]
    found = np.argpartition(-ranks, count - 1, axis=1)[:, :count] if count < ranks.shape[1] else None
    places = np.broadcast_to(np.arange(ranks.shape[1]), ranks.shape) if found is None else found
    order = np.lexsort((places, -np.take_along_axis(ranks, places, axis=1)), axis=1)
    return np.take_along_axis(places, order, axis=1)[:, :count]
