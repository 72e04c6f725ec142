"""Train a network on checked samples, and return the fit as data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from sklearn import config_context, get_config

from nnbuild.estimators.ensembles import Ensemble
from nnbuild.estimators.fitted import Draft, Fitted, Setup, ensemble_of
from nnbuild.estimators.underfitting import is_suspicious
from nnbuild.inputs.checked_inputs import Inputs, n_rows_of, select_rows
from nnbuild.inputs.preparations import fitted_preparations
from nnbuild.plan.requests import Request
from nnbuild.plan.sample_settings import batch_size_of, epochs_of
from nnbuild.plan.settings import resolved_training
from nnbuild.recipe import Recipe
from nnbuild.records import ResolvedNetwork
from nnbuild.tasks.targets import Targets
from nnbuild.train.common.batches import Draw, Drawing, TrainingData, check_targets, member_seeds, resampled
from nnbuild.train.common.course import Outcome
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.member import Member, Pool, Previous, Start
from nnbuild.train.common.model_cache import Weights
from nnbuild.train.common.progress import ProgressListener
from nnbuild.train.common.settings import settings_of
from nnbuild.train.common.splits import apart, split_folds, split_groups, split_rows, training_and_validation
from nnbuild.train.executor import Callbacks, Fit, check_engine
from nnbuild.train.rendezvous import train_fit


@dataclass(frozen=True, eq=False)
class Rows:
    """Checked samples.

    Attributes
    ----------
    X : array or CSR matrix of shape (n_samples, ...), or dict of either
    y : array of shape (n_samples, ...), or OutputRows
        Targets, not encoded; `OutputRows` are those of several outputs.
    weights : array of shape (n_samples,) or None
        Sample weights.
    groups : array of int, of shape (n_samples,), or None
        Group of each sample. The validation set consists of whole groups.
    kept : array of bool, of shape (n_given,), or None
        Which of the given samples these are, if samples of weight 0 were dropped.
    """

    X: Inputs
    y: Any
    weights: np.ndarray | None
    groups: np.ndarray | None = None
    kept: np.ndarray | None = None

    def __len__(self) -> int:
        return n_rows_of(self.X)

    def select(self, rows: np.ndarray) -> Rows:
        """Return selected samples."""
        weights, groups = (None if part is None else part[rows] for part in (self.weights, self.groups))
        return Rows(select_rows(self.X, rows), self.y[rows], weights, groups)

    def with_positive_weight(self) -> Rows:
        """Return the samples with a weight above 0."""
        if self.weights is None or self.weights.all():
            return self
        return replace(self.select(np.flatnonzero(self.weights)), kept=self.weights > 0)

    def encoded(self, targets: Targets, name: str) -> tuple:
        """Return X, encoded targets and weights, as for `training_and_validation`."""
        return self.X, targets.encode(self.y, name), targets.weights_by_output(self.y, self.weights)


@dataclass(frozen=True, eq=False)
class Job:
    """Data and settings that determine the result of one training.

    Attributes
    ----------
    draft : Draft
        The fit before its training.
    rows : Rows
        Training samples; they include the validation set if `held_out` is an array.
    held_out : array of int, Rows or None
        Indices of the held-out samples in `rows`, or other samples to validate on.
    overrides : mapping
        Training settings that override those of the network.
    seed : int
    previous : Fitted or None
        The fit that this training continues.
    keeps_optimizer : bool
        Whether to keep the optimizer's state, so that this training can be continued.
    device : {"cpu", "gpu"} or None
    engine : {"auto", "compiled", "keras"}
    time_budget_s : float, default=inf
        Seconds of training, of all members together.
    bootstrap : bool
        Whether to train on a bootstrap sample, drawn with the seed.
    start : Start or None
        Initial weights from another network.
    draw : callable or None
        Draws the samples of each epoch from the rows.
    fold : array of int or None
        Indices of the samples that validate this member, in an ensemble with folds; `held_out` is then None.
    pool : Pool or None
        See `Member`.
    """

    draft: Draft
    rows: Rows
    held_out: np.ndarray | Rows | None
    overrides: Mapping
    seed: int
    previous: Fitted | None
    keeps_optimizer: bool
    device: str | None
    engine: str
    time_budget_s: float = math.inf
    bootstrap: bool = False
    start: Start | None = None
    draw: Draw | None = None
    fold: np.ndarray | None = None
    pool: Pool | None = None


class Network(NamedTuple):
    """Network of a variant: the fit before its training, and initial weights from another network."""

    draft: Draft
    start: Start | None


def members_of(job: Job, networks: Sequence[Network], ensemble: Ensemble, folds: Sequence[np.ndarray]) -> list[Job]:
    """Return one job per member of an ensemble.

    Parameters
    ----------
    job : Job
        Data and settings that all members have in common.
    networks : sequence of Network
        Network of each variant.
    ensemble : Ensemble
    folds : sequence of array of int
        Indices of the samples of each fold; empty without folds.

    Raises
    ------
    ValueError
        If the previous fit has another number of members.
    """
    places = ensemble.places
    seeds = member_seeds(job.seed, 1 + max(place.number for place in places))
    previous_members: Iterable = job.previous.members if job.previous else repeat(None, len(places))
    if job.previous and len(job.previous.members) != len(places):
        raise ValueError(
            f"n_members={len(places)}, but the previous fit has {len(job.previous.members)}\n"
            "  hint: call fit with warm_start=False to train new networks"
        )
    pools = {place.group: Pool() for place in places} if folds and ensemble.pools_epochs else {}
    return [
        replace(
            job,
            draft=replace(networks[place.variant].draft, seed=seeds[place.number]),
            start=networks[place.variant].start,
            seed=seeds[place.number],
            previous=previous,
            fold=None if place.fold is None or not folds else folds[place.fold],
            pool=pools.get(place.group),
        )
        for place, previous in zip(places, previous_members, strict=True)
    ]


def fit_of(jobs: Sequence[Job]) -> Fit:
    """Return the fit of one network or ensemble, from the result of `members_of`.

    Raises
    ------
    ValueError
        If the engine is unknown, or arrays do not fit together.
    """
    check_engine(jobs[0].engine)
    first = jobs[0]
    return Fit(tuple(_members(jobs)), first.engine, bool(first.overrides), first.time_budget_s)


def run(
    fit: Fit,
    jobs: Sequence[Job],
    callbacks: list,
    epochs: Sequence[EpochHooks | None],
    progress: ProgressListener | None,
) -> tuple[Fitted, bool]:
    """Train one network or the members of an ensemble, together with other fits of the same meeting, if any.

    Parameters
    ----------
    fit : Fit
        Result of `fit_of`.
    jobs : sequence of Job
        Result of `members_of`.
    callbacks : list of keras.callbacks.Callback
    epochs : sequence of EpochHooks or None
        Hooks of each job, called before and after each epoch.
    progress : ProgressListener or None
        Listener of a fit outside a meeting; the fits of a meeting share one.

    Returns
    -------
    Fitted
        Result of the training, with all members of an ensemble.
    bool
        Whether it may be underfitted, see `is_suspicious`.
    """
    hooks = [[one] if one else [] for one in epochs]
    context = partial(config_context, **get_config())  # scikit-learn's configuration is local to a thread
    outcomes = train_fit(fit, Callbacks(callbacks, hooks, context, progress))
    found = ensemble_of([_fitted(job, outcome) for job, outcome in zip(jobs, outcomes, strict=True)])
    histories = [outcome.history for outcome in outcomes]
    return found, not fit.is_step and is_suspicious(fit.members, histories, found.targets.task)


def _fitted(job: Job, outcome: Outcome) -> Fitted:
    n_before = job.previous.n_epochs if job.previous else 0
    history = outcome.history
    return job.draft.fitted(Weights(outcome.weights), history, n_before + history.n_epochs, outcome.optimizer)


def _members(jobs: Sequence[Job]) -> list[Member]:
    """Return the members for the executor; they share the arrays of samples."""
    rows = _training_and_validation(jobs[0])
    data = [_member_data(job, *rows) for job in jobs]
    n_samples = min(len(training) for training, _ in data)  # members have the same batch size
    return [
        Member(
            _resolved(job.draft),
            _settings(job, n_samples),
            job.seed,
            training,
            held_out,
            device=job.device,
            start=job.start,
            previous=_previous(job),
            keeps_optimizer=job.keeps_optimizer,
            pool=job.pool,
        )
        for job, (training, held_out) in zip(jobs, data, strict=True)
    ]


def _settings(job: Job, n_samples: int) -> dict:
    settings = settings_of(_resolved(job.draft))
    settings |= {"batch_size": batch_size_of(settings, n_samples), "epochs": epochs_of(settings, n_samples)}
    if job.overrides and "schedules" in settings:  # one epoch of `partial_fit` continues the schedules
        settings["scheduled_epochs"] = settings["epochs"]
    return settings | dict(job.overrides)


def _training_and_validation(job: Job) -> tuple[TrainingData, TrainingData | None]:
    """Return the training set and the validation set."""
    targets, resolved, held_out = job.draft.targets, _resolved(job.draft), job.held_out
    X, y, weights = job.rows.encoded(targets, "y")
    validation = held_out.encoded(targets, "y_val") if isinstance(held_out, Rows) else held_out
    given = {
        name: output.get("class_weight", resolved.training["class_weight"]) for name, output in resolved.outputs.items()
    }
    class_weight = {name: targets.of_output(name).coded(own) for name, own in given.items() if own is not None}
    return training_and_validation(list(resolved.outputs), X, y, class_weight, weights, validation)


def _member_data(
    job: Job, training: TrainingData, held_out: TrainingData | None
) -> tuple[TrainingData, TrainingData | None]:
    """Return the data of one member: without its fold, a bootstrap sample, or with random draws."""
    if job.fold is not None:
        training, held_out = apart(training, job.fold)
    if job.bootstrap:
        training = resampled(training, job.seed)
        check_targets(training, "training set")
    if not job.draw:
        return training, held_out
    drawing = Drawing(job.draw, job.seed)
    return replace(training, drawing=drawing), held_out and replace(held_out, drawing=drawing)


def _previous(job: Job) -> Previous | None:
    """Return the previous training to continue, without the optimizer state if the optimizer has changed."""
    previous = job.previous
    if not (previous and previous.weights):
        return None
    same = _optimizer(job.draft) == _optimizer(previous)
    return Previous(previous.weights, previous.n_epochs, previous.optimizer if same else ())


def _optimizer(fitted: Setup) -> dict:
    """Return the optimizer's settings without the learning rate, which does not affect the state."""
    return {**_resolved(fitted).training["optimizer"], "learning_rate": None}


def _resolved(fitted: Setup) -> ResolvedNetwork:
    assert fitted.resolved is not None
    return fitted.resolved


def training_settings(recipe: Recipe, targets: Targets) -> dict:
    """Return the training settings of a recipe, before the shapes of its network are known."""
    if not targets.row.is_trained:
        return {}
    return resolved_training(Request.of(recipe, None, None, targets.tasks, targets.counts))


def held_out_rows(rows: Rows, targets: Targets, settings: Mapping, seed: int) -> np.ndarray | None:
    """Return the indices of the held-out samples, from the training settings; None without validation.

    Raises
    ------
    ValueError
        If no training samples remain, or the settings do not support groups.
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


def fold_rows(rows: Rows, targets: Targets, n_folds: int, seed: int) -> tuple[np.ndarray, ...]:
    """Return the indices of the samples of each fold, of whole groups and stratified by class; empty without folds."""
    return split_folds(n_folds, len(rows), seed, targets.strata(rows.y), rows.groups) if n_folds else ()


def refuse_groups(rows: Rows, beside: str) -> None:
    """Raise a `ValueError` for groups without effect; `beside` is the setting that determines the validation set."""
    if rows.groups is not None:
        hint = "set validation='random' and a validation_fraction above 0, and pass no X_val"
        raise ValueError(f"validation_groups has no effect with {beside}\n  hint: {hint}")


def learned(draft: Draft, rows: Rows, held_out: np.ndarray | Rows | None) -> Draft:
    """Return `draft` with the targets and preparations learned from the training set.

    Parameters
    ----------
    draft : Draft
        Its preparations are those of the pretrained fit, whose token ids and integers of ids are kept.
    rows : Rows
    held_out : array of int, Rows or None
        See `Job`.
    """
    kept = rows_to_learn_from(rows, held_out)
    weights = None if rows.weights is None else rows.weights[kept]
    targets = draft.targets.fitted_to(rows.y[kept], weights)
    preparing = draft.preparing
    preparations = fitted_preparations(select_rows(rows.X, kept), preparing, draft.preparations) if preparing else {}
    return replace(draft, targets=targets, preparations=preparations)


def rows_to_learn_from(rows: Rows, held_out: np.ndarray | Rows | None) -> Any:
    """Return the indices of the training samples, or a slice (which avoids a copy) if no sample is held out."""
    return np.setdiff1d(np.arange(len(rows)), held_out) if isinstance(held_out, np.ndarray) else slice(None)
