"""Run of `nnbuild search`: cross-validate candidates, train the best on all rows, and write the files."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sklearn.base import clone

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import keep_notations
from nnbuild.plan.settings import Request, resolved_training
from nnbuild.recipe import Recipe
from nnbuild.report.cells import section
from nnbuild.report.findings import Finding, findings_document
from nnbuild.report.terminal import finding_lines
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import Dataset, axes_note
from nnbuild.runs.data.estimator import estimator_for, shaped, training_and_validation_rows
from nnbuild.runs.findings import train_command, training_findings
from nnbuild.runs.model_notes import notes_of
from nnbuild.runs.search.cross_validation import Options, SearchOutcome, search
from nnbuild.runs.search.results import Candidate, fold_score, score_text


@dataclass(frozen=True, eq=False)
class SearchRequest:
    """A recipe with search spaces, its data and the options of a search.

    Attributes
    ----------
    recipe : Recipe
        With search spaces.
    data : Dataset
    options : Options
    out : str or None
        Model file to write.
    words : tuple of str
        Arguments of "nnbuild" for this search.
    train_words : tuple of str
        Arguments of "nnbuild train" for training the recipe on the data.
    """

    recipe: Recipe
    data: Dataset
    options: Options
    out: str | None
    words: tuple[str, ...]
    train_words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """Candidates of a search, and the model of the best one.

    Attributes
    ----------
    request : SearchRequest
    outcome : SearchOutcome
    model : str or None
        File of the best model, if it was written.
    interrupted : bool
        Whether Ctrl-C ended the search, or the training of the best candidate.
    findings : tuple of Finding
        Findings about the best candidate.
    """

    request: SearchRequest
    outcome: SearchOutcome
    model: str | None
    interrupted: bool
    findings: tuple[Finding, ...] = ()


def run_search(request: SearchRequest, echo: Callable[[str], object]) -> SearchResult:
    """Search, train the best candidate on all rows, and write the files.

    Parameters
    ----------
    request : SearchRequest
    echo : callable
        Prints each part of the report as soon as it is available.

    Raises
    ------
    NNBuildError
        If recipe, data and files are incompatible.
    """
    data = request.data
    echo(_data_text(data))
    X = shaped(data.X, request.recipe.network.inputs, data.source)
    estimator = estimator_for(request.recipe, data, random_state=request.options.seed)
    outcome = search(estimator, request.recipe, X, data.y, request.options, echo, ", ".join(data.targets))
    run = SearchResult(request, outcome, None, outcome.interrupted)
    run = replace(run, findings=_findings(run, None))
    if request.out and not run.interrupted and outcome.best:
        best = clone(estimator).set_params(**outcome.best.params, verbose=not request.options.quiet)
        try:
            best.fit(X, data.y)
            keep_notations(best, data.notations)
            run = replace(run, findings=_findings(run, best))
            best.save(request.out, metrics={outcome.scoring.name: outcome.best.mean}, notes=_notes(run, best))
            run = replace(run, model=request.out)
        except KeyboardInterrupt:
            run = replace(run, interrupted=True)
    echo(_result_text(run))
    return run


def search_document(run: SearchResult) -> dict:
    """Return a search as JSON values."""
    outcome, options = run.outcome, run.request.options
    best = outcome.best
    return {
        "recipe": run.request.recipe.name,
        "method": options.method,
        "scoring": outcome.scoring.name,
        "positive": outcome.scoring.positive,
        "seed": options.seed,
        "n_folds": options.n_folds,
        "n_fits": outcome.n_fits,
        "n_fits_done": sum(len(one.fits) for one in outcome.candidates),
        "n_fits_before": outcome.n_kept,
        "interrupted": run.interrupted,
        "findings": findings_document(run.findings),
        "best": best
        and {
            "params": best.params,
            "mean": best.mean,
            "std": best.std,
            "scores": best.scores,
            "train_scores": best.train_scores,
        },
        "results": str(options.results),
        "journal": str(options.journal),
        "model": run.model,
    }


def _data_text(data: Dataset) -> str:
    note = axes_note(data.X)
    notes = [section("note", [note])] if note else []
    return "\n".join([section("data", [data.text()]), section("task", [data.task_text()]), *notes])


def _result_text(run: SearchResult) -> str:
    outcome, options, best = run.outcome, run.request.options, run.outcome.best
    n_done = sum(len(one.fits) for one in outcome.candidates)
    parts = []
    if run.interrupted:
        parts.append(section("stopped", [f"after {n_done} of {outcome.n_fits} fits; continue with --resume"]))
    if best:
        params = [f"{address} = {json.dumps(value, ensure_ascii=False)}" for address, value in best.params.items()]
        parts.append(section("best", [_score_text(run, best), *params]))
        if run.findings:
            parts.append(section("findings", finding_lines(run.findings)))
    n_failed = sum(bool(one.error) for one in outcome.candidates)
    failed = f", of which {n_failed} failed" if n_failed else ""
    parts.append(section("results", [f"{options.results}: {counted(len(outcome.candidates), 'candidate')}{failed}"]))
    if run.model:
        parts.append(section("model", [run.model]))
    elif best:
        parts.append(section("try next", [_command(run, best.params)]))
    return "\n".join(parts)


def _notes(run: SearchResult, best: NNEstimator) -> dict[str, object]:
    """Return the notes of the model file."""
    request, candidate = run.request, run.outcome.best
    assert candidate
    command = shlex.join(["nnbuild", *request.words])
    scored = _score_text(run, candidate)
    others = {"params": candidate.params, "scored": scored, "findings": findings_document(run.findings)}
    return notes_of(best, request.data, None, request.options.seed, command, **others)


def _score_text(run: SearchResult, best: Candidate) -> str:
    n_folds = run.request.options.n_folds
    return f"{run.outcome.scoring.title} {score_text(best)}, mean and standard deviation over {n_folds} folds"


def _findings(run: SearchResult, trained: NNEstimator | None) -> tuple[Finding, ...]:
    """Return findings about the best candidate, from its scores on folds and, if it is trained, from its curves."""
    request, outcome, best = run.request, run.outcome, run.outcome.best
    if best is None:
        return ()
    recipe, n_folds = request.recipe.with_values(best.params), request.options.n_folds
    history = trained.history_ if trained else None
    n_validation = training_and_validation_rows(trained, request.data, request.options.seed)[1] if trained else 0
    score = fold_score(outcome.scoring.title, outcome.scoring.baseline, best)

    def command(changes: dict[str, object]) -> str:
        return _command(run, {**best.params, **changes})

    settings = resolved_training(Request.of(recipe, None, None, request.data.task, request.data.n_outputs))
    tested_on = f"the held-out rows of {n_folds} folds"
    return training_findings(recipe, settings, history, n_validation, (score,), tested_on, command)


def _command(run: SearchResult, params: Mapping[str, Any]) -> str:
    """Return the command that trains the recipe with these params."""
    return train_command(run.request.train_words, params)
