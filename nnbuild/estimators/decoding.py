"""Predict texts from token ids of source texts, by beam search with a trained encoder-decoder network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnbuild.errors import show
from nnbuild.estimators.fitted import Fitted
from nnbuild.generate.beam_search import BeamSettings, beam_search
from nnbuild.generate.stepper import State, Stepper, stepper_for
from nnbuild.inputs.text import PADDING, UNKNOWN, TextPreparation
from nnbuild.parameter_checks import is_real
from nnbuild.tasks.tokens import TextTargets
from nnbuild.train.common.device import on_device

MAX_SCORES = 2**22  # number of probabilities that are computed in one call


def written(
    fitted: Fitted, fixed: dict[str, np.ndarray], width: int, length_penalty: float, device: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the texts that a trained network predicts by beam search.

    Parameters
    ----------
    fitted : Fitted
        Fit whose targets are `TextTargets`.
    fixed : dict of str to array of shape (n_samples, ...)
        All inputs except the input of the decoder.
    width : int
        Beam width.
    length_penalty : float
        Exponent of the length penalty.
    device : {"cpu", "gpu"} or None

    Returns
    -------
    texts : array of str, of shape (n_samples, width), dtype object
        Predicted texts, the best first.
    totals : array of shape (n_samples, width)
        Log probabilities of the texts.
    """
    assert isinstance(fitted.targets, TextTargets)
    text, n_rows = fitted.targets.text, len(next(iter(fixed.values())))
    texts, totals = np.empty((n_rows, width), object), np.empty((n_rows, width))
    with on_device(device, required=False):
        stepper = _stepper_of(fitted, device)
        how = _beam_settings(text, stepper.capacity, width, length_penalty)
        size = max(1, MAX_SCORES // (width * text.vocabulary_size))
        for start in range(0, n_rows, size):
            rows = slice(start, start + size)
            part = {name: array[rows] for name, array in fixed.items()}
            tokens, totals[rows] = _search(fitted, stepper, part, how)
            texts[rows] = text.texts_of(tokens.reshape(-1, how.max_length)).reshape(-1, width)
    return texts, totals


def _search(
    fitted: Fitted, stepper: Stepper, fixed: dict[str, np.ndarray], how: BeamSettings
) -> tuple[np.ndarray, np.ndarray]:
    weights = [member.weights for member in fitted.members if member.weights]
    n_tokens = how.end + 1  # the output of a network may be wider than the vocabulary

    def read(states: _States, last: np.ndarray) -> tuple[np.ndarray, _States]:
        found = [stepper.read(*one, last[:, None]) for one in zip(weights, states.of_members, strict=True)]
        scores = [log_probabilities(outputs[:, 0], fitted.gives_logits)[:, :n_tokens] for outputs, _ in found]
        return _mean(scores), _States(tuple(state for _, state in found))

    states = _States(tuple(stepper.start(values, fixed) for values in weights))
    return beam_search(read, states, len(next(iter(fixed.values()))), how)


@dataclass(frozen=True)
class _States:
    """Decoding states of the members of an ensemble."""

    of_members: tuple[State, ...]

    def select(self, rows: np.ndarray) -> _States:
        return _States(tuple(state.select(rows) for state in self.of_members))


def _stepper_of(fitted: Fitted, device: str | None) -> Stepper:
    """Return the stepper of a network; fits with the same architecture share it."""
    assert isinstance(fitted.targets, TextTargets)
    form, name = fitted.template, fitted.targets.input
    capacity = fitted.targets.text.output_sequence_length
    return stepper_for(form, f"{device} {fitted.template_key}", capacity, name)


def _beam_settings(text: TextPreparation, capacity: int, width: int, length_penalty: float) -> BeamSettings:
    return BeamSettings(
        start=text.start,
        end=text.end,
        padding=PADDING,
        forbidden=np.array([PADDING, UNKNOWN, text.start]),
        max_length=capacity,
        width=width,
        length_penalty=length_penalty,
    )


def log_probabilities(outputs: np.ndarray, from_logits: bool) -> np.ndarray:
    """Return the log probabilities of the outputs of a network."""
    values = outputs.astype("float64")
    if not from_logits:
        with np.errstate(divide="ignore"):  # probabilities may be rounded to 0
            values = np.log(values)
    top = values.max(axis=-1, keepdims=True)
    return values - top - np.log(np.exp(values - top).sum(axis=-1, keepdims=True))


def _mean(scores: list[np.ndarray]) -> np.ndarray:
    """Return the logarithm of the mean probabilities of the members."""
    return scores[0] if len(scores) == 1 else np.logaddexp.reduce(scores) - np.log(len(scores))


def checked_penalty(value: Any) -> float:
    """Return the parameter `length_penalty` as a float.

    Raises
    ------
    ValueError
        If it is not a number, or below 0.
    """
    if not is_real(value) or value < 0:
        raise ValueError(f"length_penalty must be a number of at least 0, got {show(value)}")
    return float(value)
