"""Cross-validation of the candidates of a search, with a journal and a table of results."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import joblib
import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import KFold, StratifiedKFold

from nnbuild.errors import DivergenceWarning, NNBuildError, UnderfittingWarning, show
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.before_fit import networks_to_train
from nnbuild.estimators.joblib_backend import BACKEND
from nnbuild.language.values import canonical, json_value
from nnbuild.plan.describe import describe
from nnbuild.plan.sample_settings import epochs_of
from nnbuild.recipe import Recipe
from nnbuild.records import ResolvedNetwork
from nnbuild.report.units import counted
from nnbuild.runs.output import check_writable, write_text
from nnbuild.runs.search.identity import identity
from nnbuild.runs.search.journal import Journal, TimeBudgetEnded
from nnbuild.runs.search.journal_file import journal_of
from nnbuild.runs.search.journaled_estimator import JournaledEstimator
from nnbuild.runs.search.progress import SearchProgress
from nnbuild.runs.search.results import Candidate, ranked, results_csv
from nnbuild.runs.search.scorers import Scoring, scoring_of
from nnbuild.runs.search.space import STEP, Space, space_of

BATCH_S = 60  # approximate seconds per batch of fits; a killed search loses the fits of one batch
MIN_FITS, MAX_FITS = 4, 256  # per batch
OPERATIONS_PER_S = 2e10
ROW_S = 5e-7  # seconds per row, in addition to its operations


@dataclass(frozen=True)
class Options:
    """Options of a search.

    Attributes
    ----------
    method : {"grid", "random", "halving"}
    n_folds : int
    scoring : str or None
        The default is "accuracy" or "r2".
    positive : str or None
        Positive label, for scorers of binary classification.
    n_iter : int or None
        Number of candidates to draw. The default is 20.
    seed : int
        Seed of the folds, the candidates and each training.
    n_jobs : int or None
        Number of fits that train together as a batch. The default is as many as take about a minute.
    results : Path
        CSV file; the journal is in the same folder.
    resume : bool
    quiet : bool
        Whether to print nothing.
    verbose : bool
        Whether to print the reason why fits train one by one.
    prepare : {"none"} or None
        "none" if tables of numbers are used unchanged.
    n_members : int or None
        Number of networks of each fit; None for that of the recipe.
    time_budget_s : float
        Seconds after which no batch of fits begins.
    """

    method: str = "random"
    n_folds: int = 5
    scoring: str | None = None
    positive: str | None = None
    n_iter: int | None = None
    seed: int = 0
    n_jobs: int | None = None
    results: Path = Path("search.csv")
    resume: bool = False
    quiet: bool = False
    verbose: bool = False
    prepare: str | None = None
    n_members: int | None = None
    time_budget_s: float = math.inf

    @property
    def journal(self) -> Path:
        """Path of the journal."""
        return journal_of(self.results)


@dataclass(frozen=True)
class SearchOutcome:
    """Candidates that a search has tried.

    Attributes
    ----------
    candidates : list of Candidate
        Best first.
    n_fits : int
        Number of planned fits.
    n_kept : int
        Number of fits that were in the journal at the start.
    scoring : Scoring
    stopped : {"", "interrupt", "time_budget"}
        Reason why fits are missing; empty after a complete search.
    """

    candidates: list[Candidate]
    n_fits: int
    n_kept: int
    scoring: Scoring
    stopped: str

    @property
    def best(self) -> Candidate | None:
        """Best candidate, or None if none has a score."""
        best = self.candidates[0] if self.candidates else None
        return best if best and best.rank and math.isfinite(best.mean) else None


def search(
    estimator: NNEstimator,
    recipe: Recipe,
    X: Any,
    y: Any,
    options: Options,
    echo: Callable[[str], object] = lambda text: None,
    target: str = "y",
) -> SearchOutcome:
    """Search the search space of a recipe.

    Parameters
    ----------
    estimator : NNClassifier or NNRegressor
        Estimator of the recipe, with the seed.
    recipe : Recipe
    X, y
        As for the estimator's `fit`.
    options : Options
    echo : callable, optional
        Prints lines of progress if there is no terminal.
    target : str, default="y"
        Name of the target, for messages.

    Returns
    -------
    SearchOutcome
        The results are written to files. After Ctrl-C they contain the fits that have ended.
    """
    deadline_s = time.perf_counter() + options.time_budget_s
    classes = is_classifier(estimator)
    scoring = scoring_of(options.scoring, options.positive, classes, y, target)
    folds = _folds(y, classes, options)
    space = space_of(recipe, options.method, options.n_iter, options.seed, len(y))
    check_writable(str(options.results))
    n_candidates = sum(n for n, _ in space.rounds)
    work = options.n_folds * sum(n * cost for n, cost in space.rounds)
    progress = SearchProgress(
        scoring.title, options.n_folds, n_candidates, work, space.resource, echo, options.quiet, options.verbose
    )
    about = identity(recipe, X, y, scoring, options.n_folds, options.seed, options.prepare, options.n_members)
    journal = Journal(options.journal, about, options.resume, progress.fit, deadline_s)
    n_kept, stopped = len(journal.fits), ""
    if n_kept:
        echo(f"{options.journal}: {counted(n_kept, 'fit')} {'is' if n_kept == 1 else 'are'} finished")
    if journal.is_former:
        echo(f"{options.journal}: was written by an earlier version; the data could not be compared")
    if journal.unread:
        echo(f"{options.journal}: {_unread(journal.unread)}; missing fits are trained")
    searched = _search(space, estimator, scoring.scorer, folds, options)
    try:
        with progress, _stacked_fits(estimator, X, y, options, progress), warnings.catch_warnings():
            for category in (DivergenceWarning, UnderfittingWarning):  # the score of such a candidate is low
                warnings.simplefilter("ignore", category)
            warnings.filterwarnings("ignore", "One or more of the test scores are non-finite")
            searched.fit(X, y, folds=folds, journal=journal)
        journal.finish()
    except KeyboardInterrupt:
        stopped = "interrupt"
    except TimeBudgetEnded:
        stopped = "time_budget"
    finally:
        journal.close(_echo_waiting)
        candidates = _candidates(journal, searched, options.n_folds, space.resource)
        write_text(str(options.results), results_csv(candidates, options.n_folds))
    if not stopped and all(candidate.error for candidate in candidates):
        raise NNBuildError(f"no candidate could be trained; the error of the first one:\n{candidates[0].error}")
    return SearchOutcome(candidates, n_candidates * options.n_folds, n_kept, scoring, stopped)


def _folds(y: Any, classes: bool, options: Options) -> np.ndarray:
    """Return the fold of each row, drawn with the seed; stratified for a single target of classes."""
    n_folds, y = options.n_folds, np.asarray(y)
    stratified = classes and y.ndim == 1
    found = ""
    if stratified:
        labels, counts = np.unique(y, return_counts=True)
        rarest = counts.argmin()
        if counts[rarest] < n_folds:
            found = f"{n_folds} folds need {n_folds} rows of each class, but {show(labels.tolist()[rarest])} has"
            found += f" {counts[rarest]}"
    elif len(y) < n_folds:
        found = f"{n_folds} folds need {n_folds} rows, but there are {len(y)}"
    if found:
        raise click.BadParameter(found, param_hint="--cv")
    splitter = (StratifiedKFold if stratified else KFold)(n_folds, shuffle=True, random_state=options.seed)
    folds = np.empty(len(y), "int64")
    for fold, (_, rows) in enumerate(splitter.split(np.zeros(len(y)), y)):
        folds[rows] = fold
    return folds


def _search(space: Space, estimator: NNEstimator, scorer: Any, folds: np.ndarray, options: Options) -> Any:
    """Return the search of scikit-learn, without a refit."""
    if space.resource:  # scikit-learn requires a parameter of that name
        estimator = clone(estimator).set_params(**{space.resource: space.rounds[-1][1]})
    return space.search(
        JournaledEstimator(estimator, scorer, options.n_folds),
        **space.arguments,
        cv=[(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(options.n_folds)],
        refit=False,
        error_score="raise",
        return_train_score=False,  # `score` is for the test fold only
    )


def _stacked_fits(
    estimator: NNEstimator, X: Any, y: Any, options: Options, progress: SearchProgress
) -> AbstractContextManager:
    """Return a context in which fits train together, in batches."""
    n_jobs = options.n_jobs or batch_size(estimator, X, y)
    if n_jobs == 1:
        return nullcontext()
    return joblib.parallel_config(BACKEND, max_tasks=n_jobs, listener=progress)


def batch_size(estimator: NNEstimator, X: Any, y: Any) -> int:
    """Return the number of fits per batch: about a minute of training, by the multiply-adds of the recipe.

    Notes
    -----
    The number is computed from recipe and data, not measured. A repeated search therefore has the same batches, and
    stacks of the same fits give the same bits.
    """
    try:
        networks = networks_to_train(estimator, X, y)
    except (NNBuildError, ValueError):  # candidates may be valid even if the recipe's own values are not
        return MIN_FITS
    if not networks:
        return MAX_FITS
    seconds = {id(network): _fit_s(network, len(y)) for network in {id(one): one for one in networks}.values()}
    return max(MIN_FITS, min(MAX_FITS, round(BATCH_S / sum(seconds[id(network)] for network in networks))))


def _fit_s(network: ResolvedNetwork, n_rows: int) -> float:
    """Estimate the seconds that the training of a network takes."""
    operations = 6 * (describe(network).macs or 0)  # two per multiply-add: forward once, backward twice as many
    return epochs_of(network.training, n_rows) * n_rows * (operations / OPERATIONS_PER_S + ROW_S)


def _unread(lines: Sequence[int]) -> str:
    """Return a phrase that lists the lines of a journal without a fit."""
    if len(lines) == 1:
        return f"line {lines[0]} is damaged, or of another search"
    return f"{len(lines)} lines are damaged, or of another search, the first of them line {lines[0]}"


def _echo_waiting(n_running: int) -> None:
    click.echo(f"waiting for {counted(n_running, 'fit')} to end; press Ctrl-C again to stop at once", err=True)


def _candidates(journal: Journal, searched: Any, n_folds: int, resource: str | None) -> list[Candidate]:
    """Return the candidates in the journal, ranked. Of equal ones, the first of a complete search is the best."""
    fits = journal.fits
    if hasattr(searched, "cv_results_"):
        keys = [
            (canonical(_plain(params)), fold) for params in searched.cv_results_["params"] for fold in range(n_folds)
        ]
        by_key = {fit.key: fit for fit in fits}
        fits = [by_key[key] for key in dict.fromkeys(keys)]  # a candidate may be drawn twice
    return ranked(fits, n_folds, resource)


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(f"{STEP}__"): json_value(value) for name, value in params.items()}
