"""One training among others, before and after it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnbuild.records import History, Resolved, frozen_mapping
from nnbuild.train.batches import Data
from nnbuild.train.epochs import EpochHooks
from nnbuild.train.metrics import directions
from nnbuild.train.numbers import Form, separated
from nnbuild.train.start import Start
from nnbuild.train.stopping import Watch, curves, divergence, stopping_rule


@dataclass(frozen=True, eq=False)
class Member:
    """One training, before it runs.

    Attributes
    ----------
    resolved : Resolved
        The network.
    settings : mapping
        As `train` takes them.
    seed : int
        Of the first weights, random layers and the order of batches.
    training, held_out : Data
        Rows to train on, and to validate on; None for no validation.
    device : {"cpu", "gpu"} or None
    hooks : tuple of EpochHooks
        Are called around each epoch, in the thread that trains.
    start : Start or None
        First weights that come from another network.
    """

    resolved: Resolved
    settings: Mapping
    seed: int
    training: Data
    held_out: Data | None
    device: str | None = None
    hooks: tuple[EpochHooks, ...] = ()
    start: Start | None = None

    @property
    def form(self) -> Form:
        """Network and training without the numbers."""
        return self._separated[0]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers, in the order of the form's places."""
        return self._separated[1]

    @property
    def parts(self) -> list[Data]:
        """Its rows: those to train on, and those held out."""
        return [data for data in (self.training, self.held_out) if data]

    @cached_property
    def _separated(self) -> tuple[Form, tuple[float, ...]]:
        return separated(self.resolved, self.settings)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the training of a member has led to.

    Attributes
    ----------
    weights : list of array
        Values of the model's variables to keep, in the model's order.
    history : History
    trouble : str
        What became NaN or infinite, if anything did: then the weights are those of the best epoch, or of the start.
    """

    weights: list[np.ndarray]
    history: History
    trouble: str = ""


class Course:
    """How the training of a member goes, epoch by epoch.

    Attributes
    ----------
    member : Member
    stopped : str
        Why it has ended, as `History` says it; empty before.
    """

    def __init__(self, member: Member):
        self.member = member
        self.stopped = ""
        self._trouble = ""
        self._epochs: list[Mapping[str, float]] = []
        ways = directions(list(member.resolved.outputs), member.settings)
        self._watch = Watch(stopping_rule(member.settings["early_stopping"], ways, member.held_out is not None))

    @property
    def last(self) -> Mapping[str, float]:
        """Values of the last epoch."""
        return self._epochs[-1] if self._epochs else {}

    @property
    def takes_best(self) -> bool:
        """Whether the weights to keep are those of the best epoch so far."""
        return self.stopped == "diverged" or bool(self._watch.rule.restore_best and self._watch.best_epoch)

    def begin_epoch(self, epoch: int) -> None:
        """Tell the member's hooks of an epoch, counted from 1."""
        for hooks in self.member.hooks:
            hooks.begin(epoch)

    def end_epoch(
        self,
        epoch: int,
        logs: Mapping[str, float],
        losses: np.ndarray,
        weights_are_finite: bool,
        weights: Callable[[], list[np.ndarray]],
    ) -> bool:
        """Take note of an epoch, and tell the member's hooks; whether its weights are the best so far.

        Parameters
        ----------
        epoch : int
        logs : mapping of str to float
            Values of the curves.
        losses : array of shape (n_steps,)
        weights_are_finite : bool
        weights : callable
            Gives the weights as they are now.
        """
        if trouble := divergence(epoch, losses, logs.get("val_loss"), weights_are_finite):
            self._trouble, self.stopped = trouble, "diverged"
            return False
        self._epochs.append(logs)
        patience_ended = self._watch.end_epoch(epoch, logs)
        stops = [hooks.end(epoch, weights) for hooks in self.member.hooks]  # all of them are told
        if any(stops):
            self.stopped = "callback"
        elif patience_ended:
            self.stopped = "early_stopping"
        elif epoch == self.member.settings["epochs"]:
            self.stopped = "epochs"
        return self._watch.improved

    def outcome(self, weights: list[np.ndarray]) -> Outcome:
        """What it has led to; the time that it took is not known here."""
        best_epoch = self._watch.best_epoch if self.takes_best else len(self._epochs)
        history = History(frozen_mapping(curves(self._epochs)), best_epoch, self.stopped, elapsed_s=0.0)
        return Outcome(weights, history, self._trouble)
