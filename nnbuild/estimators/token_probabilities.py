"""Texts + a trained network -> the probability of every token, each predicted once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from nnbuild.train.common.batches import MOST_BYTES
from nnbuild.train.common.model_cache import FEWEST_ROWS


def token_losses(
    rows: Iterable[np.ndarray], length: int, stride: int, n_outputs: int, log_probabilities: Callable
) -> list[np.ndarray]:
    """The negative logarithm of the probability of every token but the first of each row.

    Parameters
    ----------
    rows : iterable of array of int
        Numbers of a text each, with what stands in front of it.
    length : int
        Numbers in a window: most that the network sees.
    stride : int
        From where one window begins to where the next one does; each token is predicted in the first window that has
        it, from `length - stride` tokens before it or more, or all that there are.
    n_outputs : int
        Values that the network gives for a token.
    log_probabilities : callable
        Gives them for windows: array of shape (n_windows, length, n_outputs).
    """
    rows = list(rows)
    losses = [np.zeros(len(row) - 1) for row in rows]
    places = [(index, start) for index, row in enumerate(rows) for start in _starts(len(row) - 1, length, stride)]
    for rows_of_call in in_calls(len(places), length, n_outputs):
        part = places[rows_of_call]
        windows = np.zeros((len(part), length), "int32")  # what is behind the end of a row changes nothing before it
        for window, (index, start) in zip(windows, part, strict=True):
            seen = rows[index][start : start + length]
            window[: len(seen)] = seen
        for found, (index, start) in zip(log_probabilities(windows), part, strict=True):
            skipped = length - stride if start else 0
            following = rows[index][start + 1 + skipped : start + length + 1]
            steps = np.arange(skipped, skipped + len(following))
            losses[index][start + skipped : start + length] = -found[steps, following]
    return losses


def in_calls(n_windows: int, length: int, n_outputs: int) -> Iterator[slice]:
    """Parts of some windows, each for a call of its own: what a network gives for all of them may not fit in memory."""
    size = max(1, MOST_BYTES // (8 * length * n_outputs * FEWEST_ROWS)) * FEWEST_ROWS
    return (slice(first, first + size) for first in range(0, n_windows, size))


def _starts(n_tokens: int, length: int, stride: int) -> range:
    """Where the windows of a row begin whose tokens are all to be predicted."""
    n_more = -(-max(0, n_tokens - length) // stride)
    return range(0, n_more * stride + 1, stride)
