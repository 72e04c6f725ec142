"""Checked rows + a network -> a trained network as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np

from nnbuild.estimators.fitted import Fitted, ensemble_of
from nnbuild.estimators.inputs import Inputs, n_rows_of, taken
from nnbuild.estimators.preparing import fitted_preparations
from nnbuild.estimators.targets import ClassTargets, RegressionTargets
from nnbuild.estimators.tasks import HooksElsewhere
from nnbuild.estimators.text_targets import TextTargets
from nnbuild.plan.settings import Request, resolved_training
from nnbuild.recipe.recipe import Recipe
from nnbuild.train.batches import Draw, member_seeds, resampled, split_groups, split_rows
from nnbuild.train.device import on_device
from nnbuild.train.engines import REASONS, check_engine, compiling_pays, why_alone
from nnbuild.train.epochs import EpochHooks, KerasHooks
from nnbuild.train.member import Member, Outcome
from nnbuild.train.partition import training_and_validation
from nnbuild.train.pool import Weights, borrowed
from nnbuild.train.program import optimizer_state
from nnbuild.train.progress import ProgressListener
from nnbuild.train.rendezvous import Waiting, current
from nnbuild.train.settings import settings_of
from nnbuild.train.stack import train_stack
from nnbuild.train.start import Start
from nnbuild.train.stopping import tell_divergence
from nnbuild.train.trainer import Earlier, train

Targets = ClassTargets | RegressionTargets | TextTargets


@dataclass(frozen=True, eq=False)
class Rows:
    """Samples that were checked.

    Attributes
    ----------
    X : array or CSR matrix of shape (n_samples, ...), or dict of either
    y : array of shape (n_samples, ...)
        Labels or quantities, as the user has them.
    weights : array of shape (n_samples,) or None
        Sample weights.
    groups : array of int, of shape (n_samples,), or None
        Groups of which whole ones are held out to validate on.
    """

    X: Inputs
    y: Any
    weights: np.ndarray | None
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return n_rows_of(self.X)

    def taken(self, rows: np.ndarray) -> Rows:
        """Some of them."""
        weights, groups = (None if part is None else part[rows] for part in (self.weights, self.groups))
        return Rows(taken(self.X, rows), self.y[rows], weights, groups)

    def that_count(self) -> Rows:
        """Those of a weight above zero."""
        return self if self.weights is None or self.weights.all() else self.taken(np.flatnonzero(self.weights))

    def encoded(self, targets: Targets, name: str) -> tuple:
        """As `train` takes them."""
        return self.X, targets.encode(self.y, name), self.weights


@dataclass(frozen=True, eq=False)
class Job:
    """One training, before it runs: all that its result depends on.

    Attributes
    ----------
    draft : Fitted
        What will be left behind, without weights and history.
    rows : Rows
        To train on, and to validate on where `held_out` says so.
    held_out : array of int, Rows or None
        Which of the rows to validate on, or others.
    overrides : mapping
        Training settings that go before those of the network.
    seed : int
    before : Fitted or None
        A fit to go on from.
    keeps_optimizer : bool
        Whether another training may go on from this one.
    device : {"cpu", "gpu"} or None
    engine : {"auto", "compiled", "keras"}
    bootstrap : bool
        Whether it sees a sample of its rows, drawn with replacement by the seed.
    start : Start or None
        First weights that come from another network.
    draw : callable or None
        What it sees in place of the rows, as `train` takes it.
    """

    draft: Fitted
    rows: Rows
    held_out: np.ndarray | Rows | None
    overrides: Mapping
    seed: int
    before: Fitted | None
    keeps_optimizer: bool
    device: str | None
    engine: str
    bootstrap: bool = False
    start: Start | None = None
    draw: Draw | None = None


def members_of(job: Job, n_members: int) -> list[Job]:
    """The jobs of an ensemble, which differ in their seeds: the first is `job` itself.

    Raises
    ------
    ValueError
        If the fit that it goes on from has another number of members.
    """
    seeds = member_seeds(job.seed, n_members)
    before: Iterable = job.before.members if job.before else repeat(None, n_members)
    if job.before and len(job.before.members) != n_members:
        raise ValueError(
            f"n_members={n_members}, but the fit to go on from has {len(job.before.members)}\n"
            "  hint: warm_start=False and fit start anew with any number"
        )
    return [
        replace(job, seed=seed, draft=replace(job.draft, seed=seed), before=earlier)
        for seed, earlier in zip(seeds, before, strict=True)
    ]


def run(
    jobs: Sequence[Job], callbacks: list, epochs: Sequence[EpochHooks | None], progress: ProgressListener | None
) -> Fitted:
    """Train one network, or the members of an ensemble: with others that run side by side, together, or alone.

    Parameters
    ----------
    jobs : sequence of Job
        As `members_of` gives them.
    callbacks : list of keras.callbacks.Callback
    epochs : sequence of EpochHooks or None
        Are called around each epoch of the job at their place.
    progress : ProgressListener or None
        Of a fit alone; beside others there is one for all of them.

    Returns
    -------
    Fitted
    """
    check_engine(jobs[0].engine)
    meeting, fitted = current(), None
    if meeting is None:
        if _compiles_for_itself(jobs):
            fitted = _together(
                jobs, callbacks, epochs, lambda fit: train_stack(fit.members, progress) if fit.members else []
            )
        return fitted or _one_by_one(jobs, callbacks, epochs, lambda: nullcontext(progress))
    n_epochs = _settings(jobs[0])["epochs"]
    if not _is_one_step(jobs):
        told = {"n_epochs": len(jobs) * n_epochs, "is_told": progress is not None}
        fitted = _together(jobs, callbacks, epochs, lambda fit: meeting.train(replace(fit, **told)))
    return fitted or _one_by_one(jobs, callbacks, epochs, lambda: meeting.alone(n_epochs))


def _is_one_step(jobs: Sequence[Job]) -> bool:
    """Whether it is one epoch of `partial_fit`, which waits for nobody."""
    return bool(jobs[0].overrides)


def _compiles_for_itself(jobs: Sequence[Job]) -> bool:
    """Whether a training without others is a stack: where that is asked for, or pays."""
    job = jobs[0]
    if _is_one_step(jobs) or job.engine == "keras":
        return False
    if job.engine == "compiled":
        return True
    n_held_out = len(job.held_out) if isinstance(job.held_out, np.ndarray) else 0
    assert job.draft.resolved is not None
    n_rows = len(job.rows) - n_held_out
    return compiling_pays(job.draft.resolved, job.rows.X, n_rows, _settings(job), len(jobs), job.device)


def _together(
    jobs: Sequence[Job],
    callbacks: list,
    epochs: Sequence[EpochHooks | None],
    train_members: Callable[[Waiting], Sequence[Outcome]],
) -> Fitted | None:
    """Train as members of a stack; None where they have to train alone."""
    there = HooksElsewhere([hooks for hooks in epochs if hooks])
    outcomes = train_members(_waiting(jobs, callbacks, there.hooks() or epochs))
    if not outcomes:
        return None
    if there.error is not None:
        raise there.error
    return ensemble_of([_left_behind(job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)])


def _one_by_one(
    jobs: Sequence[Job],
    callbacks: list,
    epochs: Sequence[EpochHooks | None],
    listening: Callable[[], AbstractContextManager[ProgressListener | None]],
) -> Fitted:
    done = []
    for job, hooks in zip(jobs, epochs, strict=True):
        with listening() as listener:
            done.append(_trained_alone(job, callbacks, hooks, listener))
    return ensemble_of(done)


def _waiting(jobs: Sequence[Job], callbacks: list, epochs: Sequence[EpochHooks | None]) -> Waiting:
    """The training as members of a stack or, where they can't be that, why."""
    members: list[Member] = []
    reason = _reason(jobs[0], callbacks)
    if not reason:
        members = _members(jobs, epochs)
        reason = why_alone(members[0])
    if reason and jobs[0].engine == "compiled":
        raise ValueError(
            f"engine='compiled' can't train this: {reason}\n  hint: engine='auto' takes Keras' engine where it has to"
        )
    return Waiting([] if reason else members, reason, must_compile=jobs[0].engine == "compiled")


def _reason(job: Job, callbacks: list) -> str:
    """Why a training has to be alone, whatever its network and rows."""
    if job.engine == "keras":
        return REASONS["engine"]
    if callbacks:
        return REASONS["callbacks"]
    if job.draw:
        return REASONS["drawn"]
    return REASONS["earlier"] if job.keeps_optimizer else ""


def _left_behind(job: Job, outcome: Outcome) -> Fitted:
    if outcome.trouble:
        tell_divergence(outcome.trouble, outcome.history.best_epoch)
    history = outcome.history
    return replace(job.draft, history=history, weights=Weights(outcome.weights), n_epochs=history.n_epochs)


def _trained_alone(job: Job, callbacks: list, epochs: EpochHooks | None, progress: ProgressListener | None) -> Fitted:
    draft, before = job.draft, job.before
    assert draft.resolved is not None
    with on_device(job.device), borrowed(draft.resolved, job.seed, job.device) as model:
        if before and before.weights:
            before.weights.place_in(model)
        if job.start:
            job.start.place_in(model)
        X, y, weights = job.rows.encoded(draft.targets, "y")
        history = train(
            model,
            X,
            y,
            _settings(job),
            seed=job.seed,
            sample_weight=weights,
            validation=_validation(job),
            bootstrap=job.bootstrap,
            draw=job.draw,
            callbacks=[*callbacks, KerasHooks(epochs)] if epochs else callbacks,
            progress=progress,
            earlier=_earlier(job),
        )
        return replace(
            draft,
            history=history,
            weights=Weights.of(model),
            n_epochs=history.n_epochs + (before.n_epochs if before else 0),
            optimizer=optimizer_state(model) if job.keeps_optimizer else (),
        )


def _members(jobs: Sequence[Job], epochs: Sequence[EpochHooks | None]) -> list[Member]:
    """The same trainings as members of a stack, which share their rows."""
    first = jobs[0]
    resolved = first.draft.resolved
    assert resolved is not None
    X, y, weights = first.rows.encoded(first.draft.targets, "y")
    settings = _settings(first)
    names = list(resolved.outputs)
    rows, held_out = training_and_validation(names, X, y, settings, first.seed, weights, _validation(first))
    return [
        Member(
            resolved,
            settings,
            job.seed,
            resampled(rows, job.seed) if job.bootstrap else rows,
            held_out,
            job.device,
            (hooks,) if hooks else (),
            job.start,
        )
        for job, hooks in zip(jobs, epochs, strict=True)
    ]


def _validation(job: Job) -> tuple | np.ndarray | None:
    """Rows to validate on, as `train` takes them."""
    return job.held_out.encoded(job.draft.targets, "y_val") if isinstance(job.held_out, Rows) else job.held_out


def training_settings(recipe: Recipe, targets: Targets) -> dict:
    """The training settings of a recipe, before the shapes of its network are known."""
    if targets.task == "constant":
        return {"epochs": 0}
    return resolved_training(Request.of(recipe, None, None, targets.task, targets.n_outputs))


def held_out_rows(rows: Rows, targets: Targets, settings: Mapping, seed: int) -> np.ndarray | None:
    """Which rows to validate on, by the settings; None for no validation.

    Raises
    ------
    ValueError
        If no rows are left to train on, and for groups that can't be held out by the settings.
    """
    fraction, how = settings["validation_fraction"], settings["validation"]
    if not fraction:
        refuse_groups(rows, "validation_fraction=0")
        return None
    labels = targets.strata(rows.y)
    if rows.groups is None:
        return split_rows(len(rows), fraction, how, seed, labels)[1]
    if how == "last":
        refuse_groups(rows, "validation='last'")
    return split_groups(rows.groups, fraction, seed, labels)[1]


def refuse_groups(rows: Rows, beside: str) -> None:
    """Raise a ValueError for groups beside a choice of validation rows that they have no effect on."""
    if rows.groups is not None:
        hint = "validation='random' and a validation_fraction above 0, without X_val, hold out whole groups"
        raise ValueError(f"validation_groups has no effect with {beside}\n  hint: {hint}")


def learned(draft: Fitted, rows: Rows, held_out: np.ndarray | Rows | None, wanted: Mapping) -> Fitted:
    """`draft` with what is learned from data besides the network, by the rows to train on alone.

    Parameters
    ----------
    draft : Fitted
        Its preparations are those of an earlier fit, whose terms keep their numbers.
    rows : Rows
    held_out : array of int, Rows or None
        As in `Job`.
    wanted : mapping of str to mapping
        Kind and settings of the inputs that are prepared.
    """
    kept = rows_to_learn_from(rows, held_out)
    weights = None if rows.weights is None else rows.weights[kept]
    targets = draft.targets.fitted_to(rows.y[kept], weights)
    preparations = fitted_preparations(taken(rows.X, kept), wanted, draft.preparations) if wanted else {}
    return replace(draft, targets=targets, preparations=preparations)


def rows_to_learn_from(rows: Rows, held_out: np.ndarray | Rows | None) -> Any:
    """Which of the rows are trained on: what takes them from arrays, without a copy where that is all of them."""
    return np.setdiff1d(np.arange(len(rows)), held_out) if isinstance(held_out, np.ndarray) else slice(None)


def _settings(job: Job) -> dict:
    assert job.draft.resolved is not None
    settings = {**settings_of(job.draft.resolved), **job.overrides}
    return {**settings, "class_weight": job.draft.targets.coded(settings["class_weight"])}


def _earlier(job: Job) -> Earlier | None:
    """What to go on from; an optimizer that was changed since begins anew."""
    if not job.before:
        return None
    same = _optimizer(job.draft) == _optimizer(job.before)
    return Earlier(job.before.n_epochs, job.before.optimizer if same else ())


def _optimizer(fitted: Fitted) -> dict:
    """What an optimizer's state depends on."""
    assert fitted.resolved is not None
    return {**fitted.resolved.training["optimizer"], "learning_rate": None}
