"""Prompts -> what comes behind them, token by token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from nnbuild.errors import show
from nnbuild.estimators.decoding import log_probabilities
from nnbuild.generate.sampling import Sampling
from nnbuild.generate.stepper import State, Stepper
from nnbuild.inputs.text import N_RESERVED, PADDING, TextPreparation
from nnbuild.parameter_checks import checked_count
from nnbuild.train.common.batches import fresh_seed
from nnbuild.train.common.model_cache import Weights


@dataclass(frozen=True)
class Rules:
    """How texts go on, and where they end.

    Attributes
    ----------
    sampling : Sampling
    most : int
        Tokens at most.
    endings : tuple of str
        Where one of these would come, the text ends.
    preparation : TextPreparation
        What makes text of numbers.
    from_logits : bool
        Whether the network gives logits, not probabilities.
    """

    sampling: Sampling
    most: int
    endings: tuple[str, ...]
    preparation: TextPreparation
    from_logits: bool

    def text_of(self, new: Sequence[int]) -> str:
        """The tokens that came as a text."""
        return str(self.preparation.texts_of(np.array([new], self.preparation.dtype))[0])

    def ends(self, new: Sequence[int]) -> bool:
        """Whether the last token has brought an ending."""
        longest = max(map(len, self.endings), default=0)
        tail = self.text_of(new[-longest:]) if longest else ""  # no token is shorter than a character
        return bool(self.places(tail))

    def places(self, text: str) -> list[int]:
        """Where endings begin in a text."""
        return [place for ending in self.endings if (place := text.find(ending)) >= 0]


class Continued:
    """One prompt, and what comes behind it.

    Parameters
    ----------
    prompt : array of int
        Its numbers.
    rules : Rules
    rng : Generator
        Of what is drawn.

    Attributes
    ----------
    text : str
        What is new so far.
    """

    def __init__(self, prompt: np.ndarray, rules: Rules, rng: np.random.Generator):
        self.prompt, self._rules, self._rng = prompt, rules, rng
        self._new: list[int] = []
        self._ends = False
        self.is_over = False

    @property
    def text(self) -> str:
        text = self._rules.text_of(self._new)
        return text[: min(self._rules.places(text))] if self._ends else text

    def go_on(self, given: np.ndarray) -> int:
        """The next token, by what the network gives for the last one: array of shape (n_outputs,)."""
        text, known = self._rules.preparation, np.full(len(given), -np.inf)
        allowed = [*range(N_RESERVED, N_RESERVED + len(text.tokens)), text.end]
        known[allowed] = log_probabilities(given, self._rules.from_logits)[allowed]
        token = self._rules.sampling.drawn(known, self._rng)
        if token != text.end:
            self._new.append(token)
            self._ends = self._rules.ends(self._new)
        self.is_over = token == text.end or self._ends or len(self._new) == self._rules.most
        return token


def continue_all(stepper: Stepper, weights: Weights, rows: Sequence[Continued]) -> None:
    """Let texts go on side by side until all are over.

    Parameters
    ----------
    stepper : Stepper
        Of a network with one input. Where it has room for so many steps only, what is before them is forgotten: once it
        is full, it reads the last half again, and goes on from there.
    weights : Weights
    rows : sequence of Continued
        Their prompts have one number at least.
    """
    prompts = [row.prompt if stepper.holds_all else row.prompt[-stepper.capacity :] for row in rows]
    n_told = min(map(len, prompts))  # all are at one place: longer prompts are told theirs as they come
    seen = np.stack([prompt[:n_told] for prompt in prompts])
    outputs, state = stepper.read(weights, stepper.start(weights, n_rows=len(rows)), seen)
    while True:
        place, column = seen.shape[1], np.full((len(rows), 1), PADDING, seen.dtype)
        for index, (row, prompt) in enumerate(zip(rows, prompts, strict=True)):
            if place < len(prompt):
                column[index] = prompt[place]
            elif not row.is_over:
                column[index] = row.go_on(outputs[index, -1])
        if all(row.is_over for row in rows):
            return
        seen = np.concatenate([seen, column], axis=1)
        outputs, state = _read_on(stepper, weights, state, seen)


def _read_on(stepper: Stepper, weights: Weights, state: State, seen: np.ndarray) -> tuple[np.ndarray, State]:
    """Read the last of the tokens; where there is no room for it, the last half of what there is room for anew."""
    if stepper.holds_all or state.n_read < stepper.capacity:
        return stepper.read(weights, state, seen[:, -1:])
    kept = max(1, stepper.capacity // 2)
    return stepper.read(weights, stepper.start(weights, n_rows=len(seen)), seen[:, -kept:])


def generators(seed: Any) -> Iterator[np.random.Generator]:
    """A source of random numbers for each text: the first one does not depend on how many there are.

    Raises
    ------
    ValueError
        For a seed that is no whole number.
    """
    drawn = fresh_seed() if seed is None else checked_count("seed", seed, least=0)
    return (np.random.default_rng(np.random.SeedSequence(drawn, spawn_key=(row,))) for row in count())


def checked_endings(stop: Any) -> tuple[str, ...]:
    """Where texts end, as a tuple.

    Raises
    ------
    ValueError
        For what is no text, and for texts that are empty.
    """
    endings = () if stop is None else (stop,) if isinstance(stop, str) else stop
    if not isinstance(endings, list | tuple) or not all(isinstance(ending, str) and ending for ending in endings):
        raise ValueError(f"stop must be a text that is not empty, or a list of such texts, got {show(stop)}")
    return tuple(endings)
