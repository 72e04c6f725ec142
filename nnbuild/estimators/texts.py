"""Texts -> one row of numbers, and the windows of it that a network is trained on."""

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
    """Texts as an array of str; one text may come as it is.

    Raises
    ------
    ValueError
        For values that are no text, or missing.
    """
    return TextPreparation.checked([X] if isinstance(X, str) else X, name)


def text_input(recipe: Recipe, called: str, usual: str) -> tuple[str, Mapping]:
    """The name of a recipe's only input, and what the recipe says of it.

    Parameters
    ----------
    recipe : Recipe
    called, usual : str
        What needs it, and a recipe of the gallery that suits.

    Raises
    ------
    ValueError
        If there are others, or it is none of text.
    """
    inputs = recipe.network.inputs
    (name, said), *others = inputs.items()
    if others or said.get("kind") != "text":
        kinds = ", ".join(f"{key} ({value.get('kind', 'tensor')})" for key, value in inputs.items())
        hint = '"inputs": {"text": {"kind": "text", "output_sequence_length": 64}} in the recipe, or ' + f'"{usual}"'
        raise ValueError(f"{called} has one input of kind 'text', and the recipe has {kinds}\n  hint: {hint}")
    for key, plain in ONE_BY_ONE.items():
        if said.get(key, plain) != plain:
            found = f"{called} takes tokens one by one, and the recipe's input {show(name)} has {key}={show(said[key])}"
            raise ValueError(f"{found}\n  hint: leave {key} out")
    return name, said


def first_and_last(texts: np.ndarray, fraction: float, split: str) -> tuple[np.ndarray, np.ndarray]:
    """The first part of some texts, and the last one, which is a share of all their characters.

    Parameters
    ----------
    texts : array of str
    fraction : float
        The share: the text that it begins in is cut, where a word ends if `split` is "whitespace".
    split : {"character", "whitespace"}
    """
    ends = np.cumsum([len(text) for text in texts])
    place = int(ends[-1]) - math.ceil(fraction * int(ends[-1]))
    index = int(np.searchsorted(ends, place, side="right"))
    if index == len(texts):  # there is nothing in them
        return texts, texts[:0]
    text, inside = texts[index], place - (int(ends[index]) - len(texts[index]))
    while split == "whitespace" and 0 < inside < len(text) and not text[inside].isspace():
        inside += 1
    return _joined(texts[:index], text[:inside]), _joined([text[inside:]], *texts[index + 1 :])


def _joined(first: Iterable[str], *more: str) -> np.ndarray:
    return np.array([text for text in (*first, *more) if text], object)


def begun(text: str, preparation: TextPreparation) -> np.ndarray:
    """The numbers of a text that may go on: its start, and its tokens."""
    start = np.array([preparation.start], preparation.dtype)
    return np.concatenate([start, preparation.all_numbers(text)])


def in_a_row(texts: Iterable[str], preparation: TextPreparation) -> np.ndarray:
    """All numbers of some texts in one row, each with its start and its end."""
    end = np.array([preparation.end], preparation.dtype)
    parts = [part for text in texts for part in (begun(text, preparation), end)]
    return np.concatenate([end[:0], *parts])  # of no text there is nothing


def windows_of(numbers: np.ndarray, length: int, stride: int, name: str, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Windows of a row of numbers, and for each number in them the one that follows it.

    Parameters
    ----------
    numbers : array of int
    length : int
        Numbers in a window.
    stride : int
        From where one begins to where the next one does. The last one ends with the row, so that all is seen.
    name, split : str
        What the texts are called in messages, and what their tokens are.

    Returns
    -------
    array of shape (n_windows, length), twice

    Raises
    ------
    ValueError
        If there are fewer numbers than a window takes.
    """
    if len(numbers) <= length:
        found = f"{name} has {counted(len(numbers), WORDS[split][:-1])}, starts and ends of texts among them, "
        found += f"and a window takes {length} and the one that follows"
        hint = "give more text, or set a shorter length: output_sequence_length of the input"
        raise ValueError(f"{found}\n  hint: {hint}")
    places = np.arange(0, len(numbers) - length, stride)
    if places[-1] != len(numbers) - length - 1:
        places = np.append(places, len(numbers) - length - 1)
    windows = sliding_window_view(numbers, length)
    return windows[places], windows[places + 1]


def refuse_unknown(prompt: str, numbers: np.ndarray, preparation: TextPreparation) -> None:
    """Raise a `ValueError` for a prompt with tokens that the network has never seen.

    Where the vocabulary came to its limit, the tokens beyond it were one to the network, and are known to it as that.
    """
    if preparation.is_cut or UNKNOWN not in numbers:
        return
    unknown = sorted({token for token in _tokens(prompt, preparation) if UNKNOWN in preparation.all_numbers(token)})
    what = WORDS[preparation.split]
    listed = ", ".join(map(show, unknown[:5])) + (" ..." if len(unknown) > 5 else "")
    hint = f"leave them out: the text of the training had {counted(len(preparation.tokens), 'different ' + what[:-1])}"
    raise ValueError(f"prompt has {what} that the training did not have: {listed}\n  hint: {hint}")


def _tokens(text: str, preparation: TextPreparation) -> list[str]:
    """What a text is made of, as it is written."""
    return list(text) if preparation.split == "character" else text.split()


# Settings of an input of text under which its numbers are those of its tokens, in their order.
ONE_BY_ONE = {"ngrams": 1, "output_mode": "int"}
