"""Losses of a trained language model for each token of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from nnbuild.train.common.batches import MAX_BYTES
from nnbuild.train.common.model_cache import MIN_ROWS


def token_losses(
    rows: Iterable[np.ndarray], length: int, stride: int, n_outputs: int, log_probabilities: Callable
) -> list[np.ndarray]:
    """Return the negative log probability of each token except the first, for each row.

    Parameters
    ----------
    rows : iterable of array of int
        Token ids of each text, with its start token.
    length : int
        Length of a window: the maximum number of tokens that the network uses.
    stride : int
        Distance between the starts of consecutive windows. Each token is predicted once, from at least
        `length - stride` preceding tokens, or from all preceding tokens if there are fewer.
    n_outputs : int
        Number of outputs of the network for each token.
    log_probabilities : callable
        Returns the log probabilities of windows: array of shape (n_windows, length, n_outputs).
    """
    rows = list(rows)
    losses = [np.zeros(len(row) - 1) for row in rows]
    places = [(index, start) for index, row in enumerate(rows) for start in _starts(len(row) - 1, length, stride)]
    for rows_of_call in in_calls(len(places), length, n_outputs):
        part = places[rows_of_call]
        windows = np.zeros((len(part), length), "int32")  # padding at the end does not affect earlier outputs
        for window, (index, start) in zip(windows, part, strict=True):
            token_ids = rows[index][start : start + length]
            window[: len(token_ids)] = token_ids
        for found, (index, start) in zip(log_probabilities(windows), part, strict=True):
            skipped = length - stride if start else 0
            following = rows[index][start + 1 + skipped : start + length + 1]
            steps = np.arange(skipped, skipped + len(following))
            losses[index][start + skipped : start + length] = -found[steps, following]
    return losses


def in_calls(n_windows: int, length: int, n_outputs: int) -> Iterator[slice]:
    """Return slices of windows for several calls, because the outputs for all windows might not fit in memory."""
    size = max(1, MAX_BYTES // (8 * length * n_outputs * MIN_ROWS)) * MIN_ROWS
    return (slice(first, first + size) for first in range(0, n_windows, size))


def _starts(n_tokens: int, length: int, stride: int) -> range:
    """Return the start positions of the windows in a text."""
    n_more = -(-max(0, n_tokens - length) // stride)
    return range(0, n_more * stride + 1, stride)
