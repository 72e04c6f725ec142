"""Course of a training: its history, the end of training, and the epoch whose weights are kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnbuild.records import History, frozen_mapping
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.metrics import directions
from nnbuild.train.common.stopping import Watch, curves, divergence, stopping_rule


@dataclass(frozen=True, eq=False)
class Outcome:
    """Result of a training.

    Attributes
    ----------
    weights : list of array
        Values of the model's variables after training, in the order of the model.
    history : History
    divergence_message : str
        Message about a NaN or infinite value; empty if there is none. If there is one, the weights are those of the
        best epoch, or the initial ones.
    optimizer : tuple of array
        State of the optimizer if the training can be continued; otherwise empty.
    """

    weights: list[np.ndarray]
    history: History
    divergence_message: str = ""
    optimizer: tuple[np.ndarray, ...] = ()


class TrainingCourse:
    """Epochs of one training.

    For each epoch, an engine calls `begin_epoch` and `diverges`. If the result is false, it calls `improves` and
    `end_epoch`.

    Parameters
    ----------
    names : sequence of str
        Names of the outputs.
    settings : mapping
        The resolved `training` section.
    is_validated : bool
        Whether there is a validation set.
    hooks : sequence of EpochHooks
        Called before and after each epoch.
    pooled : Watch, optional
        Best epoch of several members, which `PooledCourses` determines. By default the course has its own best epoch.
    deadline_s : float, default=inf
        Time of `time.perf_counter`, after which training ends with the current epoch.

    Attributes
    ----------
    stopped : str
        Reason for the end of training, as in `History`; empty before the end.
    divergence_message : str
        Message about a NaN or infinite value; empty if there is none.
    is_pooled : bool
        Whether the best epoch is that of several members.
    """

    def __init__(
        self,
        names: Sequence[str],
        settings: Mapping,
        is_validated: bool,
        hooks: Sequence[EpochHooks] = (),
        pooled: Watch | None = None,
        deadline_s: float = math.inf,
    ):
        self.stopped = self.divergence_message = ""
        self._hooks, self._n_epochs, self._deadline_s = hooks, settings["epochs"], deadline_s
        self._epochs: list[Mapping[str, float]] = []
        rule = stopping_rule(settings["early_stopping"], directions(names, settings), is_validated)
        self._watch = pooled or Watch(rule)
        self.is_pooled = pooled is not None
        self._patience_ended = False

    @property
    def last(self) -> Mapping[str, float]:
        """Values of the last epoch."""
        return self._epochs[-1] if self._epochs else {}

    @property
    def keeps_best(self) -> bool:
        """Whether the weights of the best epoch so far are kept. Otherwise those of the last epoch are."""
        return self.stopped == "diverged" or bool(self._watch.rule.restore_best and self._watch.best_epoch)

    def begin_epoch(self, epoch: int) -> None:
        """Call the hooks before an epoch, counted from 1."""
        for hooks in self._hooks:
            hooks.begin(epoch)

    def diverges(self, epoch: int, losses: np.ndarray, weights_are_finite: bool, val_loss: float | None = None) -> bool:
        """Return whether a loss or weight became NaN or infinite in an epoch, which ends the training.

        Parameters
        ----------
        epoch : int
        losses : array of shape (n_steps,)
        weights_are_finite : bool
        val_loss : float or None
            None without validation, or before it.
        """
        self.divergence_message = divergence(epoch, losses, val_loss, weights_are_finite)
        if self.divergence_message:
            self.stopped = "diverged"
        return bool(self.divergence_message)

    def improves(self, epoch: int, logs: Mapping[str, float]) -> bool:
        """Add the values of an epoch to the history, and return whether its weights are the best so far.

        For a pooled course, the result is always false: `PooledCourses.end_epoch` determines the best epoch.
        """
        self._epochs.append(logs)
        if self.is_pooled:
            return False
        self._patience_ended = self._watch.end_epoch(epoch, logs)
        return self._watch.improved

    def end_epoch(
        self, epoch: int, weights: Callable[[], list[np.ndarray]], stops: bool = False, now_s: float | None = None
    ) -> None:
        """Call the hooks after an epoch, and determine whether training ends.

        Parameters
        ----------
        epoch : int
        weights : callable
            Returns the current weights.
        stops : bool, default=False
            Whether a callback of the engine stops training.
        now_s : float, optional
            Time to compare with the deadline, by default that of `time.perf_counter`. Members that train together pass
            the same time, so that they end in the same epoch.
        """
        if any([stops, *[hooks.end(epoch, weights) for hooks in self._hooks]]):  # a list, so that all hooks are called
            self.stopped = "callback"
        elif self._patience_ended:
            self.stopped = "early_stopping"
        elif epoch == self._n_epochs:
            self.stopped = "epochs"
        elif (time.perf_counter() if now_s is None else now_s) >= self._deadline_s:
            self.stopped = "time_budget"

    def history(self, elapsed_s: float = 0.0) -> History:
        """Return the curves, the epoch whose weights are kept, and the reason for the end of training."""
        best_epoch = self._watch.best_epoch if self.keeps_best else len(self._epochs)
        return History(frozen_mapping(curves(self._epochs)), best_epoch, self.stopped or "epochs", elapsed_s)
