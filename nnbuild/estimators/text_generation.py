"""Text generation: continue prompts token by token."""

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
    """Rules for sampling tokens and for the end of generated texts.

    Attributes
    ----------
    sampling : Sampling
    max_tokens : int
        Maximum number of new tokens.
    endings : tuple of str
        Strings that end the text; they are removed from it.
    preparation : TextPreparation
        Converts token ids to text.
    from_logits : bool
        Whether the network returns logits instead of probabilities.
    """

    sampling: Sampling
    max_tokens: int
    endings: tuple[str, ...]
    preparation: TextPreparation
    from_logits: bool

    def text_of(self, new: Sequence[int]) -> str:
        """Return the text of new tokens."""
        return str(self.preparation.texts_of(np.array([new], self.preparation.dtype))[0])

    def ends(self, new: Sequence[int]) -> bool:
        """Return whether the last token completes an ending."""
        longest = max(map(len, self.endings), default=0)
        tail = self.text_of(new[-longest:]) if longest else ""  # sufficient, as a token has at least one character
        return bool(self.places(tail))

    def places(self, text: str) -> list[int]:
        """Return the positions in a text where endings begin."""
        return [place for ending in self.endings if (place := text.find(ending)) >= 0]


class Continued:
    """Prompt and its continuation.

    Parameters
    ----------
    prompt : array of int
        Token ids.
    rules : Rules
    rng : Generator
        Generator for the draws of tokens.

    Attributes
    ----------
    text : str
        Continuation so far, without the prompt.
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

    def draw_next(self, given: np.ndarray) -> int:
        """Draw and return the next token id, from the network's outputs for the last token, of shape (n_outputs,)."""
        text, known = self._rules.preparation, np.full(len(given), -np.inf)
        allowed = [*range(N_RESERVED, N_RESERVED + len(text.tokens)), text.end]
        known[allowed] = log_probabilities(given, self._rules.from_logits)[allowed]
        token = self._rules.sampling.drawn(known, self._rng)
        if token != text.end:
            self._new.append(token)
            self._ends = self._rules.ends(self._new)
        self.is_over = token == text.end or self._ends or len(self._new) == self._rules.max_tokens
        return token


def continue_all(stepper: Stepper, weights: Weights, rows: Sequence[Continued]) -> None:
    """Continue several texts in parallel until all have ended.

    Parameters
    ----------
    stepper : Stepper
        Stepper of a network with one input. If its capacity is limited and full, it reads the last half of the window
        again and continues from there; earlier tokens are forgotten.
    weights : Weights
    rows : sequence of Continued
        Their prompts have at least one token.
    """
    prompts = [row.prompt if stepper.holds_all else row.prompt[-stepper.capacity :] for row in rows]
    n_common = min(map(len, prompts))  # rows are at the same step, so the other tokens of longer prompts follow below
    token_ids = np.stack([prompt[:n_common] for prompt in prompts])
    outputs, state = stepper.read(weights, stepper.start(weights, n_rows=len(rows)), token_ids)
    while True:
        place, column = token_ids.shape[1], np.full((len(rows), 1), PADDING, token_ids.dtype)
        for index, (row, prompt) in enumerate(zip(rows, prompts, strict=True)):
            if place < len(prompt):
                column[index] = prompt[place]
            elif not row.is_over:
                column[index] = row.draw_next(outputs[index, -1])
        if all(row.is_over for row in rows):
            return
        token_ids = np.concatenate([token_ids, column], axis=1)
        outputs, state = _read_last(stepper, weights, state, token_ids)


def _read_last(stepper: Stepper, weights: Weights, state: State, token_ids: np.ndarray) -> tuple[np.ndarray, State]:
    """Return outputs for the last token. If the stepper is full, restart it with the last half of its capacity."""
    if stepper.holds_all or state.n_read < stepper.capacity:
        return stepper.read(weights, state, token_ids[:, -1:])
    kept = max(1, stepper.capacity // 2)
    return stepper.read(weights, stepper.start(weights, n_rows=len(token_ids)), token_ids[:, -kept:])


def generators(seed: Any) -> Iterator[np.random.Generator]:
    """Return an iterator of random generators, one per text. They do not depend on the number of texts.

    Raises
    ------
    ValueError
        If the seed is not an int of at least 0.
    """
    drawn = fresh_seed() if seed is None else checked_count("seed", seed, least=0)
    return (np.random.default_rng(np.random.SeedSequence(drawn, spawn_key=(row,))) for row in count())


def checked_endings(stop: Any) -> tuple[str, ...]:
    """Return the parameter `stop` as a tuple of str.

    Raises
    ------
    ValueError
        For values that are not strings, and for empty strings.
    """
    endings = () if stop is None else (stop,) if isinstance(stop, str) else stop
    if not isinstance(endings, list | tuple) or not all(isinstance(ending, str) and ending for ending in endings):
        raise ValueError(f"stop must be a non-empty string or a list of non-empty strings, got {show(stop)}")
    return tuple(endings)
