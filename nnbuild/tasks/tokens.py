"""Generated texts: target texts -> token ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from nnbuild.errors import show
from nnbuild.inputs.text import TextPreparation
from nnbuild.records import Shape
from nnbuild.saved.archive import Refused
from nnbuild.tasks.losses import PLAIN, Head
from nnbuild.tasks.rows import TASKS
from nnbuild.tasks.targets import Targets


@dataclass(frozen=True, eq=False)
class TextTargets(Targets):
    """Target texts: the target at each step is the next token.

    Attributes
    ----------
    input : str
        Input of the recipe for the tokens generated so far.
    text : TextPreparation
        Conversion of texts to token ids, including start and end.
    """

    row = TASKS["tokens"]

    input: str
    text: TextPreparation

    @classmethod
    def unseen(cls, name: str) -> Self:
        """Return targets before a vocabulary is fitted."""
        return cls(name, TextPreparation((), 1, marked=True))

    @property
    def n_outputs(self) -> int:
        """Vocabulary size, including padding, unknown token, start and end; rounded up."""
        return self.text.vocabulary_size

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Return the next token id of each step: array of shape (n_samples, length), int32."""
        return self.text.next_tokens(y)

    def output_text(self, names: Sequence[str], head: Head = PLAIN) -> str:
        """Return the number of token ids."""
        return f"probabilities of {self.n_outputs:,} token ids"

    def document(self) -> dict:
        """Return the name of the input with the vocabulary, and the vocabulary size."""
        return {"task": self.task, "input": self.input, "n_outputs": self.n_outputs}

    @classmethod
    def restored(
        cls, document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
    ) -> Self:
        """Return targets with the vocabulary of an input."""
        text = preparations[document["input"]]
        assert isinstance(text, TextPreparation)
        return cls(document["input"], text)

    def check_output(self, shape: Shape, head: Head = PLAIN) -> None:
        """Raise `Refused` unless a network returns a value for each time step and token id, or more of them."""
        if len(shape) != 3 or shape[1] not in (None, self.text.output_sequence_length):
            found = f"the output of the network has shape {show(list(shape[1:]))}"
            raise Refused(f"{found}, but must have a value for each time step and token id")
        if (shape[-1] or 0) <= self.n_outputs:
            super().check_output(shape)


@dataclass(frozen=True, eq=False)
class TokenIdTargets(TextTargets):
    """Target tokens that are token ids already."""

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Return `y` unchanged."""
        return y
