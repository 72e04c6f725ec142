"""Courses of several trainings: members of a pool keep the weights of the same epoch, and end together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nnbuild.train.common.course import TrainingCourse
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.member import Member, Pool
from nnbuild.train.common.metrics import directions
from nnbuild.train.common.stopping import Watch, stopping_rule


class PooledCourses:
    """Courses of the members of a pool.

    After each epoch of all members, an engine calls `end_epoch`.

    Parameters
    ----------
    members : sequence of Member
    hooks : sequence of sequence of EpochHooks
        Hooks of each member.
    deadline_s : float, default=inf
        As for `TrainingCourse`.

    Attributes
    ----------
    courses : list of TrainingCourse
    """

    def __init__(self, members: Sequence[Member], hooks: Sequence[Sequence[EpochHooks]], deadline_s: float = math.inf):
        names, settings = list(members[0].resolved.outputs), members[0].settings
        self._watch = Watch(stopping_rule(settings["early_stopping"], directions(names, settings), validated=True))
        self._weights = [_validation_weight(member) for member in members]
        self.courses = [
            TrainingCourse(names, settings, True, own, self._watch, deadline_s)
            for own in (hooks or [()] * len(members))
        ]

    def end_epoch(self, epoch: int) -> bool:
        """Return whether the weights of an epoch are the best so far, and end all courses if one of them has ended.

        The monitored value is the mean over members, weighted by the sample and class weights of their validation sets.
        If the members validate different samples, it is the value for all these samples together.
        """
        stopped = {course.stopped for course in self.courses}
        if "diverged" in stopped:
            self._stop("diverged")
            return False
        monitor = self._watch.rule.monitor
        value = np.average([course.last[monitor] for course in self.courses], weights=self._weights)
        if self._watch.end_epoch(epoch, {monitor: float(value)}):
            stopped.add("early_stopping")
        if reason := next(filter(stopped.__contains__, ("callback", "early_stopping", "time_budget")), ""):
            self._stop(reason)
        return self._watch.improved

    def _stop(self, reason: str) -> None:
        for course in self.courses:
            course.stopped = reason


def pools_of(members: Sequence[Member]) -> list[list[int]]:
    """Return the indices of the members of each pool, in order; a member without a pool is alone."""
    found: dict[Pool | int, list[int]] = {}
    for place, member in enumerate(members):
        found.setdefault(place if member.pool is None else member.pool, []).append(place)
    return list(found.values())


def courses_of(
    members: Sequence[Member], hooks: Sequence[Sequence[EpochHooks]], deadline_s: float = math.inf
) -> tuple[list[TrainingCourse], list[PooledCourses]]:
    """Return the course of each member, and the pools."""
    courses: dict[int, TrainingCourse] = {}
    pools: list[PooledCourses] = []
    for places in pools_of(members):
        own = [members[place] for place in places]
        if own[0].pool is None:
            courses[places[0]] = new_course(own[0], hooks[places[0]], deadline_s)
        else:
            pools.append(PooledCourses(own, [hooks[place] for place in places], deadline_s))
            courses |= dict(zip(places, pools[-1].courses, strict=True))
    return [courses[place] for place in range(len(members))], pools


def new_course(member: Member, hooks: Sequence[EpochHooks], deadline_s: float) -> TrainingCourse:
    """Return the course of a member without a pool."""
    names, is_validated = list(member.resolved.outputs), member.held_out is not None
    return TrainingCourse(names, member.settings, is_validated, hooks, deadline_s=deadline_s)


def _validation_weight(member: Member) -> float:
    """Return the sum of the weights of a validation set in the losses of all outputs."""
    assert member.held_out is not None
    rows = member.held_out.rows
    return float(sum(weights[rows].sum() for weights in member.held_out.weights.values()))
