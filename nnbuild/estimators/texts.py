"""Token ids of texts, and windows of token ids for training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnbuild.errors import show
from nnbuild.inputs.text import UNKNOWN, WORDS, TextPreparation
from nnbuild.recipe import Recipe
from nnbuild.report.units import counted


def several_texts(X: Any, name: str) -> np.ndarray:
    """Return texts as an array of str; `X` may be a single str.

    Raises
    ------
    ValueError
        For missing values, and values that are not str.
    """
    return TextPreparation.checked([X] if isinstance(X, str) else X, name)


def text_input(recipe: Recipe, estimator_name: str, gallery_name: str) -> tuple[str, Mapping]:
    """Return the name and the settings of the only input of a recipe.

    Parameters
    ----------
    recipe : Recipe
    estimator_name, gallery_name : str
        Name of the estimator, and a suitable recipe of the gallery, for error messages.

    Raises
    ------
    ValueError
        If the recipe has several inputs, or its input is not of kind "text" with single tokens.
    """
    inputs = recipe.network.inputs
    (name, spec), *others = inputs.items()
    if others or spec.get("kind") != "text":
        kinds = ", ".join(f"{key} ({value.get('kind', 'tensor')})" for key, value in inputs.items())
        text = '"inputs": {"text": {"kind": "text", "output_sequence_length": 64}}'
        hint = f'set {text} in the recipe, or use the recipe "{gallery_name}"'
        raise ValueError(
            f"{estimator_name} requires one input of kind 'text', but the recipe has {kinds}\n  hint: {hint}"
        )
    for key, plain in ONE_BY_ONE.items():
        if spec.get(key, plain) != plain:
            has = f"the recipe's input {show(name)} has {key}={show(spec[key])}"
            raise ValueError(f"{estimator_name} requires single tokens, but {has}\n  hint: remove {key}")
    return name, spec


def first_and_last(texts: np.ndarray, fraction: float, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Split texts into a first and a last part by number of characters.

    Parameters
    ----------
    texts : array of str
    fraction : float
        Size of the last part, as a fraction of all characters.
    split : {"character", "whitespace"}
        With "whitespace", a text is cut at the end of a word.
    """
    ends = np.cumsum([len(text) for text in texts])
    place = int(ends[-1]) - math.ceil(fraction * int(ends[-1]))
    index = int(np.searchsorted(ends, place, side="right"))
    if index == len(texts):  # all texts are empty
        return texts, texts[:0]
    text, inside = texts[index], place - (int(ends[index]) - len(texts[index]))
    while split == "whitespace" and 0 < inside < len(text) and not text[inside].isspace():
        inside += 1
    return _joined(texts[:index], text[:inside]), _joined([text[inside:]], *texts[index + 1 :])


def _joined(first: Iterable[str], *more: str) -> np.ndarray:
    return np.array([text for text in (*first, *more) if text], object)


def ids_with_start(text: str, preparation: TextPreparation) -> np.ndarray:
    """Return the token ids of a text after the start token, without an end token."""
    start = np.array([preparation.start], preparation.dtype)
    return np.concatenate([start, preparation.all_token_ids(text)])


def concatenated_ids(texts: Iterable[str], preparation: TextPreparation) -> np.ndarray:
    """Return the concatenated token ids of texts, each with its start and end token."""
    end = np.array([preparation.end], preparation.dtype)
    parts = [part for text in texts for part in (ids_with_start(text, preparation), end)]
    return np.concatenate([end[:0], *parts])  # with no texts, the result is empty


def windows_of(numbers: np.ndarray, length: int, stride: int, name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return windows of token ids, and the next token id for each position.

    Parameters
    ----------
    numbers : array of int
        Token ids.
    length : int
        Length of a window.
    stride : int
        Distance between the starts of consecutive windows. An additional last window covers the end.
    name, split : str
        Name of the texts in error messages, and kind of their tokens.

    Returns
    -------
    windows, targets : array of shape (n_windows, length)

    Raises
    ------
    ValueError
        If there are fewer than `length + 1` token ids.
    """
    if len(numbers) <= length:
        found = f"{name} has {counted(len(numbers), WORDS[split][:-1])}, including starts and ends of texts, "
        found += f"but a window requires {length} and the next one"
        hint = "pass more text, or set a smaller output_sequence_length of the input"
        raise ValueError(f"{found}\n  hint: {hint}")
    places = np.arange(0, len(numbers) - length, stride)
    if places[-1] != len(numbers) - length - 1:
        places = np.append(places, len(numbers) - length - 1)
    windows = sliding_window_view(numbers, length)
    return windows[places], windows[places + 1]


def refuse_unknown(prompt: str, numbers: np.ndarray, preparation: TextPreparation) -> None:
    """Raise a `ValueError` for a prompt with tokens that are not in the vocabulary.

    If the vocabulary was limited to the most frequent tokens, unknown tokens are allowed, as they were in training.
    """
    if preparation.is_cut or UNKNOWN not in numbers:
        return
    unknown = sorted({token for token in _tokens(prompt, preparation) if UNKNOWN in preparation.all_token_ids(token)})
    what = WORDS[preparation.split]
    listed = ", ".join(map(show, unknown[:5])) + (" ..." if len(unknown) > 5 else "")
    hint = f"remove them: the training text had {counted(len(preparation.tokens), 'different ' + what[:-1])}"
    raise ValueError(f"prompt has {what} that are not in the training text: {listed}\n  hint: {hint}")


def _tokens(text: str, preparation: TextPreparation) -> list[str]:
    """Return the tokens of a text before standardization."""
    return list(text) if preparation.split == "character" else text.split()


# Settings of a text input that are required for a sequence of single tokens.
ONE_BY_ONE = {"ngrams": 1, "output_mode": "int"}
