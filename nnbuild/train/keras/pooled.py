"""Engine "keras" for the members of a pool: one model trains an epoch of each member in turn."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import keras
import numpy as np

from nnbuild.plan.initial_weights import initialize
from nnbuild.train.common.batches import steps_in
from nnbuild.train.common.course import Outcome, TrainingCourse
from nnbuild.train.common.device import on_device
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import borrowed
from nnbuild.train.common.pooling import PooledCourses
from nnbuild.train.common.progress import ProgressListener
from nnbuild.train.common.target_checks import check_data
from nnbuild.train.keras.program import optimizer_state
from nnbuild.train.keras.trainer import TrainerRun, place_weights


def train_pool(
    members: Sequence[Member],
    callbacks: Iterable[keras.callbacks.Callback] = (),
    hooks: Sequence[Sequence[EpochHooks]] = (),
    progress: ProgressListener | None = None,
    deadline_s: float = math.inf,
) -> list[Outcome]:
    """Train the members of a pool, which have the same network, and return the outcome of each.

    Parameters
    ----------
    members : sequence of Member
    callbacks : iterable of keras.callbacks.Callback
        Copied for each member.
    hooks : sequence of sequence of EpochHooks
        Hooks of each member.
    progress : ProgressListener, optional
        Receives the epochs of each member as the steps of one epoch.
    deadline_s : float, default=inf
        Time of `time.perf_counter`, after which training ends with the current epoch.
    """
    started = time.perf_counter()
    first, callbacks = members[0], list(callbacks)
    pool = PooledCourses(members, hooks, deadline_s)
    with on_device(first.device), borrowed(first.resolved, first.seed, first.device) as model:
        turns = [
            _Turn(model, member, course, callbacks, progress and _Share(progress, place, members))
            for place, (member, course) in enumerate(zip(members, pool.courses, strict=True))
        ]
        if progress:
            progress.start(first.settings["epochs"], sum(_n_steps(member) for member in members))
        try:
            _run(turns, pool, first.settings["epochs"])
        finally:
            if progress:
                progress.stop()
        elapsed_s = (time.perf_counter() - started) / len(members)
        return [turn.outcome(elapsed_s) for turn in turns]


def _run(turns: Sequence[_Turn], pool: PooledCourses, n_epochs: int) -> None:
    for turn in turns:
        with turn.placed():
            turn.run.begin()
    for epoch in range(1, n_epochs + 1):
        for turn in turns:
            with turn.placed():
                turn.run.run_epoch(epoch)
        if pool.end_epoch(epoch):
            for turn in turns:
                turn.run.best_weights = turn.run.evaluated_weights
        if pool.courses[0].stopped:
            break
    for turn in turns:
        with turn.placed():
            turn.run.finish()


class _Turn:
    """Training of one member, and the state of the model while other members use it.

    Attributes
    ----------
    run : TrainerRun
    """

    def __init__(
        self,
        model: keras.Model,
        member: Member,
        course: TrainingCourse,
        callbacks: Sequence[keras.callbacks.Callback],
        progress: ProgressListener | None,
    ):
        self._model, self._member = model, member
        initialize(model, member.resolved.nodes, member.seed)
        place_weights(model, member)
        settings, training, held_out = member.settings, member.training, member.held_out
        check_data(model, list(training.y), settings, training, held_out)
        self.run = TrainerRun(
            model, course, settings, training, held_out, member.seed, callbacks, progress, member.previous
        )
        self._state = self._values()

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Return a context in which the model has the weights and the optimizer state of this member."""
        for variable, value in zip(self._variables(), self._state, strict=True):
            variable.assign(value)
        yield
        self._state = self._values()

    def outcome(self, elapsed_s: float) -> Outcome:
        """Return the outcome of the finished training."""
        with self.placed():
            outcome = self.run.outcome(elapsed_s)
            return replace(outcome, optimizer=optimizer_state(self._model)) if self._member.keeps_optimizer else outcome

    def _variables(self) -> list[keras.Variable]:
        return [*self._model.variables, *self._model.optimizer.variables]

    def _values(self) -> list[np.ndarray]:
        return [np.array(variable.value.numpy()) for variable in self._variables()]


class _Share:
    """Progress of one member, as a part of each epoch of its pool."""

    def __init__(self, progress: ProgressListener, place: int, members: Sequence[Member]):
        self._progress = progress
        self._n_before = sum(_n_steps(member) for member in members[:place])

    def start(self, n_epochs: int, n_steps: int) -> None:
        pass

    def step(self, epoch: int, step: int, loss: float) -> None:
        self._progress.step(epoch, self._n_before + step, loss)

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        self._progress.epoch(epoch, logs)

    def stop(self) -> None:
        pass


def _n_steps(member: Member) -> int:
    return steps_in(member.training, member.settings["batch_size"])
