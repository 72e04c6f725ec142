"""Choose the engine of fits, group the fits that one program can train, and train them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol

from keras.callbacks import Callback

from nnbuild.train.common.course import Outcome
from nnbuild.train.common.epochs import Hooks, ThreadedHooks
from nnbuild.train.common.member import Member, Pool
from nnbuild.train.common.pooling import pools_of
from nnbuild.train.common.progress import ProgressListener
from nnbuild.train.common.stopping import report_divergence
from nnbuild.train.keras.pooled import train_pool
from nnbuild.train.keras.trainer import train_member
from nnbuild.train.stacked.stack import program_key, train_stack
from nnbuild.train.stacked.stackable import (
    REASONS,
    compiling_pays,
    obstacle_to_pooling,
    obstacle_to_stacking,
    stacking_pays,
)


@dataclass(frozen=True, eq=False)
class Fit:
    """Specification of a fit of one network or ensemble, as data that can be pickled.

    Attributes
    ----------
    members : tuple of Member
        One network, or the networks of an ensemble.
    engine : {"auto", "compiled", "keras"}
    is_step : bool
        Whether this is one epoch of `partial_fit`. Keras' engine trains it at once, without other fits.
    time_budget_s : float, default=inf
        Time of training of all members, in seconds. A fit that is stacked with others has a share of their time.
    """

    members: tuple[Member, ...]
    engine: str = "auto"
    is_step: bool = False
    time_budget_s: float = math.inf

    @property
    def n_epochs(self) -> int:
        """Maximum number of epochs of one member."""
        return max(member.settings["epochs"] for member in self.members)

    def share_s(self, n_members: int, earlier: Sequence[Outcome]) -> float:
        """Return the seconds for the next members: their share of the time that earlier members have left."""
        left_s = self.time_budget_s - sum(outcome.history.elapsed_s for outcome in earlier)
        return left_s * n_members / (len(self.members) - len(earlier))

    def parts(self) -> list[list[int]]:
        """Return the indices of members that are trained together: one program can train them, or they share a pool."""
        if len(self.members) == 1:
            return [[0]]
        keys = list(map(program_key, self.members))
        of_pools: dict[Pool | None, set[str]] = {}
        for member, key in zip(self.members, keys, strict=True):
            of_pools.setdefault(member.pool, set()).add(key)
        found: dict[str, list[int]] = {}
        for place, (member, key) in enumerate(zip(self.members, keys, strict=True)):
            found.setdefault(" ".join(sorted(of_pools[member.pool])) if member.pool else key, []).append(place)
        return list(found.values())


@dataclass(frozen=True, eq=False)
class Callbacks:
    """Functions called during a fit, in the process of the caller.

    Attributes
    ----------
    keras : sequence of keras.callbacks.Callback
        Copied for each member.
    hooks : sequence of sequence of EpochHooks
        Hooks of each member.
    context : callable
        Returns the context in which hooks are called in threads other than the caller's.
    progress : ProgressListener or None
        Listener of a fit without a meeting. The fits of a meeting share one listener.
    """

    keras: Sequence[Callback] = ()
    hooks: Hooks = ()
    context: Callable[[], AbstractContextManager] = nullcontext
    progress: ProgressListener | None = None


@dataclass(frozen=True)
class Choice:
    """Engine of a fit.

    Attributes
    ----------
    is_stacked : bool
        Whether one program trains all members. Otherwise Keras' engine trains them one by one.
    reason : str
        Reason why the members are not stacked; empty if they are.
    """

    is_stacked: bool
    reason: str = ""


STACKED = Choice(True)


@dataclass(frozen=True, eq=False)
class Group:
    """Fits that one program can train, as data that can be pickled.

    Attributes
    ----------
    fits : tuple of Fit
    choice : Choice
        Engine of the fits.
    program : str
        Key of the program; empty for a single fit outside a meeting.
    """

    fits: tuple[Fit, ...]
    choice: Choice
    program: str = ""

    @property
    def members(self) -> tuple[Member, ...]:
        """Members of all fits, in order."""
        return tuple(member for fit in self.fits for member in fit.members)


@dataclass(frozen=True, eq=False)
class MeetingResult:
    """Result of a meeting for one fit.

    Attributes
    ----------
    choice : Choice
    outcomes : tuple of Outcome
        Outcome of each member if the fit was stacked. Empty if not: the caller then trains the members.
    """

    choice: Choice
    outcomes: tuple[Outcome, ...] = ()


class Meeting(Protocol):
    """Fits that are trained at the same time."""

    def train(self, fit: Fit, choice: Choice, hooks: Hooks, shows_progress: bool) -> MeetingResult:
        """Wait until no other fit can join, and train the stacked fits."""

    def separate(self, n_epochs: int) -> AbstractContextManager[ProgressListener | None]:
        """Return a context for the training of one network; its value is the progress listener."""


class Executor:
    """Object that chooses the engines of fits, groups their members, and trains them."""

    def run(self, fit: Fit, callbacks: Callbacks, meeting: Meeting | None = None) -> list[Outcome]:
        """Train a fit, at once or together with the other fits of a meeting.

        Parameters
        ----------
        fit : Fit
        callbacks : Callbacks
        meeting : Meeting, optional

        Returns
        -------
        list of Outcome
            Outcome of each member.

        Raises
        ------
        ValueError
            If the engine is "compiled" and members can't be stacked.
        DivergenceError
            If a loss became NaN or infinite before the end of the first epoch.
        """
        outcomes: dict[int, Outcome] = {}
        for places in fit.parts():
            budget_s = fit.share_s(len(places), list(outcomes.values()))
            part = replace(fit, members=tuple(fit.members[place] for place in places), time_budget_s=budget_s)
            own = replace(callbacks, hooks=[callbacks.hooks[place] for place in places] if callbacks.hooks else ())
            outcomes |= dict(zip(places, self._run(part, own, meeting), strict=True))
        return [outcomes[place] for place in range(len(fit.members))]

    def _run(self, fit: Fit, callbacks: Callbacks, meeting: Meeting | None) -> list[Outcome]:
        """Train members of a fit that are trained together, and return the outcome of each."""
        place = meeting or _AtOnce(self, callbacks.progress)
        choice = self.choice(fit, callbacks, at_once=meeting is None)
        threaded_hooks = ThreadedHooks(callbacks.hooks, callbacks.context)
        result = MeetingResult(choice)
        if not fit.is_step:
            result = place.train(fit, choice, threaded_hooks.hooks(), shows_progress=callbacks.progress is not None)
        if result.choice.is_stacked:
            if threaded_hooks.error is not None:
                raise threaded_hooks.error
            return list(map(_reported, result.outcomes))
        return list(self._one_by_one(fit, callbacks, place))

    def choice(self, fit: Fit, callbacks: Callbacks, at_once: bool) -> Choice:
        """Return the engine of a fit; the other fits of a meeting may change it."""
        reason = self._reason(fit, callbacks, at_once)
        if reason and fit.engine == "compiled" and not fit.is_step:
            raise ValueError(
                f"engine='compiled' is not supported here: {reason}\n"
                "  hint: set engine='auto', which uses Keras' engine if necessary"
            )
        return Choice(False, reason) if reason else STACKED

    def groups(self, fits: Sequence[Fit]) -> list[Group]:
        """Group stackable fits by their program, with and without time budget. Groups of few steps are not stacked."""
        by_program: dict[tuple[str, bool], list[Fit]] = {}
        for fit in fits:
            by_program.setdefault((program_key(fit.members[0]), fit.time_budget_s < math.inf), []).append(fit)
        return [Group(tuple(found), self._choice_of(found), program) for (program, _), found in by_program.items()]

    def train(
        self, group: Group, hooks: Hooks, progress: ProgressListener | None = None, n_threads: int | None = None
    ) -> list[Outcome]:
        """Train the members of a stacked group, and return the outcome of each."""
        deadline_s = time.perf_counter() + sum(fit.time_budget_s for fit in group.fits)
        return train_stack(group.members, progress, n_threads, hooks, deadline_s)

    def _reason(self, fit: Fit, callbacks: Callbacks, at_once: bool) -> str:
        """Return the reason why a fit is not stacked; empty if it is."""
        first = fit.members[0]
        if fit.is_step:
            return REASONS["warm_start"]
        if fit.engine == "keras":
            return REASONS["engine"]
        if callbacks.keras:
            return REASONS["callbacks"]
        if first.training.drawing:
            return REASONS["drawn"]
        if first.keeps_optimizer:
            return REASONS["warm_start"]
        if at_once and fit.engine == "auto" and not compiling_pays(first, len(fit.members), fit.time_budget_s):
            return REASONS["short"]
        return obstacle_to_pooling(fit.members) or obstacle_to_stacking(first)

    def _choice_of(self, fits: Sequence[Fit]) -> Choice:
        members = [member for fit in fits for member in fit.members]
        wanted = any(fit.engine == "compiled" for fit in fits)
        return STACKED if wanted or stacking_pays(members) else Choice(False, REASONS["short"])

    def _one_by_one(self, fit: Fit, callbacks: Callbacks, place: Meeting) -> Iterator[Outcome]:
        finished: list[Outcome] = []
        for numbers in pools_of(fit.members):
            members = [fit.members[number] for number in numbers]
            hooks = [callbacks.hooks[number] if callbacks.hooks else () for number in numbers]
            with place.separate(len(members) * fit.n_epochs) as progress:
                deadline_s = time.perf_counter() + fit.share_s(len(members), finished)
                if members[0].pool:
                    outcomes = train_pool(members, callbacks.keras, hooks, progress, deadline_s)
                else:
                    outcomes = [train_member(members[0], callbacks.keras, hooks[0], progress, deadline_s)]
            finished += outcomes
            yield from map(_reported, outcomes)


def check_engine(name: object) -> None:
    """Raise a `ValueError` if `name` is not an engine."""
    if not isinstance(name, str) or name not in ENGINES:
        raise ValueError(f"engine must be 'auto', 'compiled' or 'keras', got {name!r}")


class _AtOnce:
    """Meeting of a single fit."""

    def __init__(self, executor: Executor, progress: ProgressListener | None):
        self._executor, self._progress = executor, progress

    def train(self, fit: Fit, choice: Choice, hooks: Hooks, shows_progress: bool) -> MeetingResult:
        if not choice.is_stacked:
            return MeetingResult(choice)
        return MeetingResult(choice, tuple(self._executor.train(Group((fit,), choice), hooks, self._progress)))

    def separate(self, n_epochs: int) -> AbstractContextManager[ProgressListener | None]:
        return nullcontext(self._progress)


def _reported(outcome: Outcome) -> Outcome:
    """Return an outcome; if it diverged, warn or raise an error."""
    if outcome.divergence_message:
        report_divergence(outcome.divergence_message, outcome.history.best_epoch)
    return outcome


ENGINES = ("auto", "compiled", "keras")
