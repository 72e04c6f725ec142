"""First weights that another network has learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np


@dataclass(frozen=True, eq=False)
class Start:
    """First values of some of a model's variables; the seed of a training gives those of the others.

    Attributes
    ----------
    values : mapping of int to array
        By the places of the variables in the model.
    """

    values: Mapping[int, np.ndarray]

    def place_in(self, model: keras.Model) -> None:
        """Give them to a model of the network that they are for."""
        variables = model.variables
        for place, value in self.values.items():
            variables[place].assign(value)
