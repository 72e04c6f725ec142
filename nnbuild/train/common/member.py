"""Specification of one training, as data that can be pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np

from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.batches import TrainingData
from nnbuild.train.common.model_cache import Weights
from nnbuild.train.common.template import Template, separated


@dataclass(frozen=True, eq=False)
class Start:
    """Initial values of some variables of a model; the others are initialized from the seed of the training.

    Attributes
    ----------
    values : mapping of int to array
        By the indices of the variables in the model.
    """

    values: Mapping[int, np.ndarray]

    def place_in(self, model: keras.Model) -> None:
        """Assign the values to a model of the same network."""
        variables = model.variables
        for place, value in self.values.items():
            variables[place].assign(value)


@dataclass(frozen=True, eq=False)
class Previous:
    """Previous training of a network, for a warm start.

    Attributes
    ----------
    weights : Weights
        Values of the model's variables.
    n_epochs : int
        Number of epochs so far. The order of batches continues after these epochs, so trainings of one epoch each, on
        the same samples, have the same result as one training of all epochs.
    optimizer : tuple of array
        State of the optimizer; empty for a new optimizer.
    """

    weights: Weights
    n_epochs: int
    optimizer: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True, eq=False)
class Pool:
    """Members of an ensemble that keep the weights of the same epoch, and end together. Members refer to one object."""


@dataclass(frozen=True, eq=False)
class Member:
    """Specification of one training: everything that determines its result.

    Attributes
    ----------
    resolved : ResolvedNetwork
        The network.
    settings : mapping
        The resolved `training` section.
    seed : int
        Seed of the initial weights, random layers and the order of batches.
    training, held_out : TrainingData
        Training set, and validation set or None.
    device : {"cpu", "gpu"} or None
    start : Start or None
        Initial weights from another network.
    previous : Previous or None
        Previous training to continue.
    keeps_optimizer : bool
        Whether the outcome includes the state of the optimizer, so that this training can be continued.
    pool : Pool or None
        Members with the same pool keep the weights of the same epoch; None for a member with its own best epoch.
    """

    resolved: ResolvedNetwork
    settings: Mapping
    seed: int
    training: TrainingData
    held_out: TrainingData | None
    device: str | None = None
    start: Start | None = None
    previous: Previous | None = None
    keeps_optimizer: bool = False
    pool: Pool | None = None

    @property
    def template(self) -> Template:
        """Network and settings with placeholders for numbers."""
        return self._separated[0]

    @property
    def numbers(self) -> tuple[float, ...]:
        """Values of the template's placeholders, in order."""
        return self._separated[1]

    @property
    def parts(self) -> list[TrainingData]:
        """Training set and, if there is one, validation set."""
        return [data for data in (self.training, self.held_out) if data]

    @cached_property
    def _separated(self) -> tuple[Template, tuple[float, ...]]:
        return separated(self.resolved, self.settings)
