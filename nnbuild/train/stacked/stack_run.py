"""Training loop of a group of members of a stack."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import tensorflow as tf

from nnbuild.train.common.course import Outcome, TrainingCourse
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.member import Member
from nnbuild.train.common.pooling import courses_of
from nnbuild.train.common.progress import ProgressListener
from nnbuild.train.stacked.stack_batches import StackBatches
from nnbuild.train.stacked.stack_program import StackProgram, State
from nnbuild.train.stacked.stack_rows import size_class

# Finished members are dropped if the estimated time saved exceeds COMPILE_S. The estimate uses these constants, not
# measured times, so that repeated runs drop the same members in the same epoch.
COMPILE_S = 2.0  # time to compile the program for fewer members
STEP_S = 3e-5  # constant part of the time of a step, per member
FLOPS = 3e10  # floating-point operations per second, for the other part

Hooked = tuple[Member, Sequence[EpochHooks]]


class StackRun:
    """Training of several members at the same time.

    Parameters
    ----------
    program : StackProgram
    batches : StackBatches
        Batches of all members of the stack.
    group : sequence of (Member, sequence of EpochHooks)
    n_places : int
        Number of members for which the program is compiled. Unused places are filled with copies of the first member
        that have no samples.
    deadline_s : float, default=inf
        Time of `time.perf_counter`, after which training ends with the current epoch.
    """

    def __init__(
        self,
        program: StackProgram,
        batches: StackBatches,
        group: Sequence[Hooked],
        n_places: int,
        deadline_s: float = math.inf,
    ):
        self._program, self._batches = program, batches
        members = [member for member, _ in group]
        self._n_epochs = max(member.settings["epochs"] for member in members)
        self._courses, self._pools = courses_of(members, [hooks for _, hooks in group], deadline_s)
        self._outcomes: dict[TrainingCourse, Outcome] = {}
        self._set_places(members, self._courses, n_places)
        self._state = self._best = program.start(self._members)

    def run(self, progress: ProgressListener | None) -> list[Outcome]:
        """Train until the training of each member has ended, and return the outcome of each member."""
        if progress:
            progress.start(self._n_epochs, self._batches.n_steps)
        try:
            for epoch in range(1, self._n_epochs + 1):
                if all(course.stopped for course in self._courses_by_place):
                    break
                self._drop_finished(epoch)
                self._run_epoch(epoch)
                if progress:
                    progress.epoch(epoch, self._mean_logs())
        finally:
            if progress:
                progress.stop()
        self._store_outcomes(self._courses_by_place)
        return [self._outcomes[course] for course in self._courses]

    def _set_places(self, members: Sequence[Member], courses: Sequence[TrainingCourse], n_places: int) -> None:
        self._courses_by_place = courses
        self._members = [*members, *[members[0]] * (n_places - len(members))]
        self._numbers = np.array([member.numbers for member in self._members], np.float64)
        self._held_out = self._batches.held_out(self._members)

    def _run_epoch(self, epoch: int) -> None:
        unfinished = [place for place, course in enumerate(self._courses_by_place) if not course.stopped]
        for place in unfinished:
            self._courses_by_place[place].begin_epoch(epoch)
        is_resting = [place not in unfinished for place in range(len(self._members))]
        train = self._batches.training(self._members, is_resting, epoch)
        factors = self._batches.factors(self._members, train, epoch)
        self._state, means, val_means, losses = self._program.epoch(
            self._state, self._numbers, self._batches.rows.tensors, train, factors, self._held_out
        )
        finite = _all_finite(self._state)
        improved = np.zeros(len(self._members), bool)
        now_s = time.perf_counter()
        for place in unfinished:
            course, member = self._courses_by_place[place], self._members[place]
            logs = self._logs(member, means[place], None if val_means is None else val_means[place])
            step_losses = self._batches.losses_of(member, losses[:, place])
            if not course.diverges(epoch, step_losses, bool(finite[place]), logs.get("val_loss")):
                improved[place] = course.improves(epoch, logs)
                course.end_epoch(epoch, partial(self._program.weights, self._state, place), now_s=now_s)
        self._end_pools(epoch, unfinished, improved)
        self._best = _where(improved, self._state, self._best)

    def _end_pools(self, epoch: int, unfinished: Sequence[int], improved: np.ndarray) -> None:
        """Mark members as improved in `improved` if the epoch is the best of their pool so far."""
        place_of = {self._courses_by_place[place]: place for place in unfinished}
        for pool in self._pools:
            if pool.courses[0] in place_of:
                improved[[place_of[course] for course in pool.courses]] = pool.end_epoch(epoch)

    def _logs(self, member: Member, means: np.ndarray, val_means: np.ndarray | None) -> dict[str, float]:
        names = self._program.curve_names
        logs = dict(zip(names, means.tolist(), strict=True))
        if val_means is None or not member.held_out:
            return logs
        return logs | {f"val_{name}": value for name, value in zip(names, val_means.tolist(), strict=True)}

    def _drop_finished(self, epoch: int) -> None:
        """Drop members whose training has ended, if that saves time."""
        unfinished = [place for place, course in enumerate(self._courses_by_place) if not course.stopped]
        n_places = max(2, size_class(len(unfinished)))  # the program for a single member rounds differently
        if not self._dropping_pays(epoch, unfinished, n_places):
            return
        self._store_outcomes([course for course in self._courses_by_place if course.stopped])
        kept_places = tf.constant([*unfinished, *[unfinished[0]] * (n_places - len(unfinished))])
        self._state, self._best = _state_at(self._state, kept_places), _state_at(self._best, kept_places)
        members = [self._members[place] for place in unfinished]
        courses = [self._courses_by_place[place] for place in unfinished]
        self._set_places(members, courses, n_places)

    def _dropping_pays(self, epoch: int, unfinished: Sequence[int], n_places: int) -> bool:
        """Return whether fewer places save time, if the other members train for as many more epochs as so far."""
        members = [self._members[place] for place in unfinished]
        n_further_epochs = min(epoch - 1, max(member.settings["epochs"] for member in members) - epoch + 1)
        n_rows = max(len(member.training) for member in members)
        epoch_s = self._batches.n_steps * STEP_S + 6 * n_rows * self._program.n_parameters / FLOPS
        return n_further_epochs * (len(self._members) - n_places) * epoch_s > COMPILE_S

    def _store_outcomes(self, courses: Sequence[TrainingCourse]) -> None:
        """Store the outcomes of these courses."""
        finished = self._program.finished(self._state)
        for place, course in enumerate(self._courses_by_place):
            if course in courses:
                state = self._best if course.keeps_best else finished if course.last else self._state
                weights = self._program.weights(state, place)
                self._outcomes[course] = Outcome(weights, course.history(), course.divergence_message)

    def _mean_logs(self) -> dict[str, float]:
        """Return the values of the last epoch for the progress listener, averaged over members."""
        last = [course.last for course in self._courses_by_place if course.last]
        return {name: float(np.mean([logs[name] for logs in last])) for name in (last[0] if last else {})}


def _all_finite(state: State) -> np.ndarray:
    """Return whether the trained weights of each member are finite: NaN and infinity propagate to their sum."""
    sums = [tf.reduce_sum(tf.reshape(weights, (weights.shape[0], -1)), 1) for weights in state.trained]
    return np.isfinite(sum(total.numpy().astype(np.float64) for total in sums))


def _where(mask: np.ndarray, new: State, old: State) -> State:
    """Return the state with new weights for members in `mask`, and old weights for the others."""
    if mask.all() or not mask.any():
        return new if mask.all() else old
    which = tf.constant(mask)

    def of(new_value, old_value):
        return tf.where(tf.reshape(which, (-1, *[1] * (len(new_value.shape) - 1))), new_value, old_value)

    return replace(new, trained=list(map(of, new.trained, old.trained)), others=list(map(of, new.others, old.others)))


def _state_at(state: State, places: tf.Tensor) -> State:
    """Return the state of the members with these indices."""

    def of(tensors):
        return [tf.gather(tensor, places) for tensor in tensors]

    return State(of(state.trained), of(state.others), of(state.optimizer))
