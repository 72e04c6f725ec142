"""Texts -> windows of numbers, some of them hidden, and what was there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from nnbuild.inputs.text import N_RESERVED, PADDING, UNKNOWN, TextPreparation

MASK = UNKNOWN  # what is hidden looks like a token that is not known
HIDDEN, EXCHANGED = 0.8, 0.1  # shares of the places that are to be told [1]; the others stay as they are


def windows_of_each(texts: Iterable[str], preparation: TextPreparation) -> np.ndarray:
    """Windows of texts, the start first in each; they end with a text, and are padded: (n_windows, length), int32.

    Windows in which no token is known are left out: there is nothing to tell in them.
    """
    step = preparation.output_sequence_length - 1
    pieces = [
        numbers[first : first + step]
        for numbers in map(preparation.all_numbers, texts)
        for first in range(0, len(numbers), step)
    ]
    windows = np.full((len(pieces), step + 1), PADDING, "int32")
    windows[:, 0] = preparation.start
    for window, piece in zip(windows, pieces, strict=True):
        window[1 : len(piece) + 1] = piece
    return windows[are_tokens(windows, preparation).any(axis=1)]


def are_tokens(numbers: np.ndarray, preparation: TextPreparation) -> np.ndarray:
    """Which numbers are those of tokens of the vocabulary."""
    return (numbers >= N_RESERVED) & (numbers < preparation.start)


def masked(
    windows: np.ndarray, fraction: float, preparation: TextPreparation, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Windows as a network sees them that is to tell some of their tokens, and these tokens.

    Parameters
    ----------
    windows : array of int, of shape (n_windows, length)
    fraction : float
        Share of the tokens that are to be told; in each window, one at least.
    preparation : TextPreparation
    rng : numpy.random.Generator

    Returns
    -------
    seen, told : array of shape (n_windows, length)
        `told` is 0 where nothing is to be told.

    References
    ----------
    .. [1] Devlin et al., "BERT: Pre-training of deep bidirectional transformers for language understanding",
       arXiv:1810.04805, section 3.1.
    """
    draws = np.where(are_tokens(windows, preparation), rng.random(windows.shape), 2.0)
    chosen = (draws < fraction) | ((draws == draws.min(axis=1, keepdims=True)) & (draws < 1))
    fates = rng.random(windows.shape)
    others = rng.integers(N_RESERVED, preparation.start, windows.shape, "int32")
    seen = np.where(chosen & (fates < HIDDEN), MASK, windows)
    seen = np.where(chosen & (fates >= HIDDEN) & (fates < HIDDEN + EXCHANGED), others, seen)
    return seen.astype("int32"), np.where(chosen, windows, PADDING)


def each_once(
    windows: np.ndarray, fraction: float, preparation: TextPreparation
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Windows with a share of their tokens hidden, and which these are: each token is hidden in one of the turns."""
    n_turns = max(1, round(1 / fraction))
    tokens = are_tokens(windows, preparation)
    turns = np.random.default_rng(0).integers(0, n_turns, windows.shape)
    for turn in range(n_turns):
        hidden = tokens & (turns == turn)
        rows = np.flatnonzero(hidden.any(axis=1))
        yield np.where(hidden, MASK, windows)[rows], np.where(hidden, windows, PADDING)[rows]
