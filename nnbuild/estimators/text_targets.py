"""Texts that a network writes, token by token <-> the numbers that it learns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnbuild.features.text import TextPreparation


@dataclass(frozen=True, eq=False)
class TextTargets:
    """Texts as targets: at each step, the token that follows.

    Attributes
    ----------
    input : str
        The input of the recipe that takes what is written so far.
    text : TextPreparation
        How texts become numbers, start and end among them.
    """

    task: ClassVar[str] = "tokens"
    positions: ClassVar[None] = None  # each step of a text has a target, however many there are

    input: str
    text: TextPreparation

    @classmethod
    def unseen(cls, name: str) -> TextTargets:
        """Targets before any text is seen."""
        return cls(name, TextPreparation((), 1, marked=True))

    @property
    def n_outputs(self) -> int:
        """Numbers that tokens, padding and marks have, with some room."""
        return self.text.n_ids

    def fitted_to(self, y: np.ndarray, weights: np.ndarray | None) -> TextTargets:
        """These: the vocabulary is learned with those of the inputs."""
        return self

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """The numbers that are to follow each step: array of shape (n_samples, length), int32."""
        return self.text.followed(y)

    def strata(self, y: np.ndarray) -> None:
        """None: texts have no classes."""

    def coded(self, class_weight: object) -> object:
        """Class weights, of which texts have none."""
        return class_weight
