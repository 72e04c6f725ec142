"""One training, before it runs: plain data that pickles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np

from nnbuild.records import Resolved
from nnbuild.train.common.batches import TrainingData
from nnbuild.train.common.pool import Weights
from nnbuild.train.common.template import Template, separated


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


@dataclass(frozen=True, eq=False)
class Previous:
    """The previous training of a network, for a warm start.

    Attributes
    ----------
    weights : Weights
        Values of the model's variables.
    n_epochs : int
        Epochs so far: the orders of batches go on from there, so that one epoch after another on the same rows
        is what all of them at once are.
    optimizer : tuple of array
        State of the optimizer; empty for an optimizer at its start.
    """

    weights: Weights
    n_epochs: int
    optimizer: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True, eq=False)
class Member:
    """One training, before it runs: all that its result depends on.

    Attributes
    ----------
    resolved : Resolved
        The network.
    settings : mapping
        The resolved `training` section.
    seed : int
        Of the first weights, random layers and the order of batches.
    training, held_out : TrainingData
        Rows to train on, and to validate on; None for no validation.
    device : {"cpu", "gpu"} or None
    start : Start or None
        First weights that come from another network.
    previous : Previous or None
        The training that this one goes on from.
    keeps_optimizer : bool
        Whether another training may go on from this one.
    """

    resolved: Resolved
    settings: Mapping
    seed: int
    training: TrainingData
    held_out: TrainingData | None
    device: str | None = None
    start: Start | None = None
    previous: Previous | None = None
    keeps_optimizer: bool = False

    @property
    def template(self) -> Template:
        """Network and training with stand-ins for the numbers."""
        return self._separated[0]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers, in the order of the template's places."""
        return self._separated[1]

    @property
    def parts(self) -> list[TrainingData]:
        """Its rows: those to train on, and those held out."""
        return [data for data in (self.training, self.held_out) if data]

    @cached_property
    def _separated(self) -> tuple[Template, tuple[float, ...]]:
        return separated(self.resolved, self.settings)
