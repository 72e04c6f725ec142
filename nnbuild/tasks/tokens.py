"""Texts that a network writes, token by token <-> the numbers that it learns."""

from __future__ import annotations

from collections.abc import Mapping
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
    """Texts as targets: at each step, the token that follows.

    Attributes
    ----------
    input : str
        The input of the recipe that takes what is written so far.
    text : TextPreparation
        How texts become numbers, start and end among them.
    """

    row = TASKS["tokens"]

    input: str
    text: TextPreparation

    @classmethod
    def unseen(cls, name: str) -> Self:
        """Targets before any text is seen."""
        return cls(name, TextPreparation((), 1, marked=True))

    @property
    def n_outputs(self) -> int:
        """Numbers that tokens, padding and marks have, with some room."""
        return self.text.n_ids

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """The numbers that are to follow each step: array of shape (n_samples, length), int32."""
        return self.text.followed(y)

    def document(self) -> dict:
        """The input whose vocabulary it is, and how many numbers that has."""
        return {"task": self.task, "input": self.input, "n_outputs": self.n_outputs}

    @classmethod
    def restored(
        cls, document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
    ) -> Self:
        """Targets whose tokens an input has."""
        text = preparations[document["input"]]
        assert isinstance(text, TextPreparation)
        return cls(document["input"], text)

    def check_output(self, shape: Shape, head: Head = PLAIN) -> None:
        """Raise `Refused` unless a network gives values for each token of a text; a vocabulary may have room."""
        if len(shape) != 3 or shape[1] not in (None, self.text.output_sequence_length):
            raise Refused(f"the network gives {show(list(shape[1:]))}, and no values for each token of a text")
        if (shape[-1] or 0) <= self.n_outputs:
            super().check_output(shape)


@dataclass(frozen=True, eq=False)
class NumberedTokens(TextTargets):
    """The tokens of texts as targets, where they are numbers already."""

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """The numbers as they are."""
        return y
