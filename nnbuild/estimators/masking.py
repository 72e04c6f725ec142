"""Windows of token ids with masked tokens, and the target tokens, from texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from nnbuild.inputs.text import N_RESERVED, PADDING, UNKNOWN, TextPreparation

MASK = UNKNOWN  # masked tokens are replaced by the unknown token
MASKED, REPLACED = 0.8, 0.1  # fractions of target tokens that are masked or replaced; the others are unchanged


def windows_of_each(texts: Iterable[str], preparation: TextPreparation) -> np.ndarray:
    """Return windows of texts as token ids: array of shape (n_windows, length), int32.

    Each window contains the start token, tokens of one text, and padding. Windows without tokens of the vocabulary are
    left out, because no token can be predicted.
    """
    step = preparation.output_sequence_length - 1
    pieces = [
        numbers[first : first + step]
        for numbers in map(preparation.all_token_ids, texts)
        for first in range(0, len(numbers), step)
    ]
    windows = np.full((len(pieces), step + 1), PADDING, "int32")
    windows[:, 0] = preparation.start
    for window, piece in zip(windows, pieces, strict=True):
        window[1 : len(piece) + 1] = piece
    return windows[are_tokens(windows, preparation).any(axis=1)]


def are_tokens(numbers: np.ndarray, preparation: TextPreparation) -> np.ndarray:
    """Return whether each id is that of a token of the vocabulary, not of a special token."""
    return (numbers >= N_RESERVED) & (numbers < preparation.start)


def masked(
    windows: np.ndarray, fraction: float, preparation: TextPreparation, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Mask random tokens of windows, and return the inputs and targets of a masked language model.

    Parameters
    ----------
    windows : array of int, of shape (n_windows, length)
    fraction : float
        Fraction of the tokens to predict. At least one token per window is predicted.
    preparation : TextPreparation
    rng : numpy.random.Generator

    Returns
    -------
    inputs, targets : array of shape (n_windows, length)
        Token ids. Targets are 0 (padding) for tokens that are not predicted.

    References
    ----------
    .. [1] Devlin et al., "BERT: Pre-training of deep bidirectional transformers for language understanding",
       arXiv:1810.04805, section 3.1.
    """
    draws = np.where(are_tokens(windows, preparation), rng.random(windows.shape), 2.0)
    is_target = (draws < fraction) | ((draws == draws.min(axis=1, keepdims=True)) & (draws < 1))
    actions = rng.random(windows.shape)
    others = rng.integers(N_RESERVED, preparation.start, windows.shape, "int32")
    inputs = np.where(is_target & (actions < MASKED), MASK, windows)
    inputs = np.where(is_target & (actions >= MASKED) & (actions < MASKED + REPLACED), others, inputs)
    return inputs.astype("int32"), np.where(is_target, windows, PADDING)


def each_once(
    windows: np.ndarray, fraction: float, preparation: TextPreparation
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs of inputs and targets; each token is masked in exactly one of them."""
    n_turns = max(1, round(1 / fraction))
    tokens = are_tokens(windows, preparation)
    turns = np.random.default_rng(0).integers(0, n_turns, windows.shape)
    for turn in range(n_turns):
        masked_tokens = tokens & (turns == turn)
        rows = np.flatnonzero(masked_tokens.any(axis=1))
        yield np.where(masked_tokens, MASK, windows)[rows], np.where(masked_tokens, windows, PADDING)[rows]
