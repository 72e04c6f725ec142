"""The candidates of a search, tried: a journal is kept, and the best model is saved."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import joblib
import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import KFold, StratifiedKFold

from nnbuild.errors import DivergenceWarning, NNBuildError, show
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.joblib_backend import BACKEND
from nnbuild.language.values import canonical, json_value
from nnbuild.recipe import FOR_PEOPLE, Recipe
from nnbuild.runs.fingerprint import fingerprint
from nnbuild.runs.journal import Journal, Journalled
from nnbuild.runs.scoring import Scoring, scoring_of
from nnbuild.runs.search_progress import SearchProgress
from nnbuild.runs.search_results import Candidate, ranked, results_csv
from nnbuild.runs.search_space import STEP, Space, space_of
from nnbuild.runs.waves import wave_size
from nnbuild.runs.writing import check_writable, write_text


@dataclass(frozen=True)
class Options:
    """How to search.

    Attributes
    ----------
    method : {"grid", "random", "halving"}
    n_folds : int
    scoring : str or None
        By default "accuracy" or "r2".
    positive : str or None
        The label that counts as positive, for scorers of two classes.
    n_iter : int or None
        Candidates that are drawn; 20 by default.
    seed : int
        Of the folds, the candidates and each training.
    n_jobs : int or None
        Fits at a time, which train together; by default as many as take about a minute.
    results : Path
        The CSV file; the journal is beside it.
    resume : bool
    quiet : bool
        Whether to show nothing on a terminal.
    verbose : bool
        Whether to say why fits train one by one.
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

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.results.with_name(self.results.name + ".journal")


@dataclass(frozen=True)
class Outcome:
    """What a search has found.

    Attributes
    ----------
    candidates : list of Candidate
        The best first.
    n_fits : int
        Of all that were planned.
    n_kept : int
        Fits that the journal held before.
    scoring : Scoring
    interrupted : bool
    """

    candidates: list[Candidate]
    n_fits: int
    n_kept: int
    scoring: Scoring
    interrupted: bool

    @property
    def best(self) -> Candidate | None:
        """The best candidate, if one has a score."""
        best = self.candidates[0] if self.candidates else None
        return best if best and best.rank and math.isfinite(best.mean) else None


def search(
    estimator: NNEstimator,
    recipe: Recipe,
    X: Any,
    y: Any,
    options: Options,
    say: Callable[[str], None] = lambda line: None,
    target: str = "y",
) -> Outcome:
    """Search the space of a recipe.

    Parameters
    ----------
    estimator : NNClassifier or NNRegressor
        Of the recipe, with the seed.
    recipe : Recipe
    X, y
        As the estimator takes them.
    options : Options
    say : callable, optional
        Takes a line for each candidate, where there is no terminal to show more.
    target : str, default="y"
        Name of the target, for messages.

    Returns
    -------
    Outcome
        The results are written; Ctrl-C ends the search with those that are there.
    """
    classes = is_classifier(estimator)
    scoring = scoring_of(options.scoring, options.positive, classes, y, target)
    folds = _folds(y, classes, options)
    space = space_of(recipe, options.method, options.n_iter, options.seed)
    check_writable(str(options.results))
    n_candidates = sum(n for n, _ in space.rounds)
    work = options.n_folds * sum(n * cost for n, cost in space.rounds)
    progress = SearchProgress(
        scoring.title, options.n_folds, n_candidates, work, space.resource, say, options.quiet, options.verbose
    )
    journal = Journal(options.journal, _about(recipe, X, y, scoring, options), options.resume, progress.fit)
    n_kept, interrupted = len(journal.fits), False
    if n_kept:
        say(f"{options.journal}: {n_kept} fits are done")
    if journal.is_former:
        say(f"{options.journal}: is of an earlier version; whether the data are the same was not compared")
    if journal.unread:
        say(f"{options.journal}: {_unread(journal.unread)}; fits that are missing are trained")
    searched = _search(space, estimator, scoring.scorer, folds, options)
    try:
        with progress, _together(estimator, X, y, options, progress), warnings.catch_warnings():
            warnings.simplefilter("ignore", DivergenceWarning)  # such a candidate has the score that it deserves
            warnings.filterwarnings("ignore", "One or more of the test scores are non-finite")
            searched.fit(X, y, folds=folds, journal=journal)
        journal.finish()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        journal.close(_told_waiting)
        candidates = _candidates(journal, searched, options.n_folds, space.resource)
        write_text(str(options.results), results_csv(candidates, options.n_folds))
    if not interrupted and all(candidate.error for candidate in candidates):
        raise NNBuildError(f"no candidate could be trained; the first failed so:\n{candidates[0].error}")
    return Outcome(candidates, n_candidates * options.n_folds, n_kept, scoring, interrupted)


def _folds(y: Any, classes: bool, options: Options) -> np.ndarray:
    """The fold of each row: drawn by the seed, with the shares of the classes kept."""
    n_folds, y = options.n_folds, np.asarray(y)
    stratified = classes and y.ndim == 1
    found = ""
    if stratified:
        labels, counts = np.unique(y, return_counts=True)
        rarest = counts.argmin()
        if counts[rarest] < n_folds:
            found = f"{n_folds} folds need {n_folds} rows of each class, and {show(labels.tolist()[rarest])} has"
            found += f" {counts[rarest]}"
    elif len(y) < n_folds:
        found = f"{n_folds} folds need {n_folds} rows, and there are {len(y)}"
    if found:
        raise click.BadParameter(found, param_hint="--cv")
    splitter = (StratifiedKFold if stratified else KFold)(n_folds, shuffle=True, random_state=options.seed)
    folds = np.empty(len(y), "int64")
    for fold, (_, rows) in enumerate(splitter.split(np.zeros(len(y)), y)):
        folds[rows] = fold
    return folds


def _search(space: Space, estimator: NNEstimator, scorer: Any, folds: np.ndarray, options: Options) -> Any:
    """The search of scikit-learn; what it found is trained later, by the estimator alone."""
    if space.resource:  # scikit-learn wants to see a parameter of that name
        estimator = clone(estimator).set_params(**{space.resource: space.rounds[-1][1]})
    return space.search(
        Journalled(estimator, scorer, options.n_folds),
        **space.arguments,
        cv=[(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(options.n_folds)],
        refit=False,
        error_score="raise",
        return_train_score=False,  # else a second score comes, which is not that of the fold
    )


def _together(
    estimator: NNEstimator, X: Any, y: Any, options: Options, progress: SearchProgress
) -> AbstractContextManager:
    """A context in which fits train together, a wave of them at a time."""
    n_jobs = options.n_jobs or wave_size(estimator, X, y)
    if n_jobs == 1:
        return nullcontext()
    return joblib.parallel_config(BACKEND, most_tasks=n_jobs, listener=progress)


def _about(recipe: Recipe, X: Any, y: Any, scoring: Scoring, options: Options) -> dict[str, object]:
    """All that the score of a candidate on a fold depends on."""
    said = {name: value for name, value in recipe.to_dict().items() if name not in (*FOR_PEOPLE, "search")}
    return {
        "recipe": hashlib.sha256(canonical(said).encode()).hexdigest()[:16],
        "data": fingerprint(X, y),
        "--cv": options.n_folds,
        "--scoring": scoring.name,
        "--positive": scoring.positive,
        "--seed": options.seed,
        "versions": ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "scikit-learn")),
    }


def _unread(lines: Sequence[int]) -> str:
    """Which lines of a journal gave no fit."""
    if len(lines) == 1:
        return f"line {lines[0]} is damaged, or of another search"
    return f"{len(lines)} lines are damaged, or of another search, the first of them line {lines[0]}"


def _told_waiting(n_running: int) -> None:
    fits = "1 fit" if n_running == 1 else f"{n_running} fits"
    click.echo(f"waiting for {fits} to end; Ctrl-C again gives up", err=True)


def _candidates(journal: Journal, searched: Any, n_folds: int, resource: str | None) -> list[Candidate]:
    """Those of the search, in its order where it came to its end: of equals, the first is the best."""
    fits = journal.fits
    if hasattr(searched, "cv_results_"):
        keys = [
            (canonical(_plain(params)), fold) for params in searched.cv_results_["params"] for fold in range(n_folds)
        ]
        by_key = {fit.key: fit for fit in fits}
        fits = [by_key[key] for key in dict.fromkeys(keys)]  # a candidate may have been drawn twice
    return ranked(fits, n_folds, resource)


def _plain(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(f"{STEP}__"): json_value(value) for name, value in params.items()}
