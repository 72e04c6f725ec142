"""Run of `nnbuild search`: cross-validate candidates, train the best on all rows, and write the files."""

from __future__ import annotations

import json
import shlex
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sklearn.base import clone

from nnbuild.diagnosis.findings import Finding, by_severity, findings_document
from nnbuild.diagnosis.training_evidence import TrainingRecord
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import keep_notations
from nnbuild.plan.requests import Request
from nnbuild.plan.settings import resolved_training
from nnbuild.report.cells import section
from nnbuild.report.scores import Score
from nnbuild.report.terminal import data_text, finding_lines
from nnbuild.report.units import counted, number
from nnbuild.runs.data.dataset import Dataset, axes_note
from nnbuild.runs.data.estimator import (
    data_error,
    estimator_for,
    model_inputs,
    shaped,
    training_and_validation_rows,
)
from nnbuild.runs.findings import ignore_reported, recipe_findings, train_command, training_findings
from nnbuild.runs.model_notes import notes_of
from nnbuild.runs.output import write_text
from nnbuild.runs.search.cross_validation import search
from nnbuild.runs.search.report import search_report, stopped_text
from nnbuild.runs.search.request import SearchRequest, SearchResult
from nnbuild.runs.search.results import Candidate, fold_score, score_text
from nnbuild.runs.search.scorers import held_out_baseline
from nnbuild.runs.train_report import choice_row


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
    data, options = request.data, request.options
    X = shaped(data.X, request.recipe.network.inputs, data.source)
    parameters = {"prepare": None if options.prepare == "none" else "auto", "n_members": options.n_members}
    estimator = estimator_for(request.recipe, data, random_state=options.seed, **parameters)
    about = {**choice_row(request.recipe), **_data_rows(data)}
    if known := _known(request):
        echo(f"{section('findings', finding_lines(known))}\n")
    echo(data_text(about))
    outcome = search(estimator, request.recipe, X, data.y, options, echo, ", ".join(data.targets))
    run = SearchResult(request, outcome, None, outcome.stopped == "interrupt")
    run = replace(run, findings=_findings(run, None))
    if (request.out or request.test) and not run.interrupted and outcome.best:
        best = clone(estimator).set_params(**outcome.best.params, verbose=not options.quiet)
        try:
            with warnings.catch_warnings():
                ignore_reported()
                best.fit(X, data.y)
            run = _with_best(run, best)
        except KeyboardInterrupt:
            run = replace(run, interrupted=True)
    if request.report:
        from nnbuild.report.search_page import search_page  # matplotlib takes a while to start

        command = _command(run, outcome.best.params) if outcome.best else None
        write_text(request.report, search_page(search_report(run, about, command)))
    echo(_result_text(run))
    return run


def _with_best(run: SearchResult, best: NNEstimator) -> SearchResult:
    """Return the result with the findings, the test score and the file of the best candidate, which is fitted."""
    request, outcome = run.request, run.outcome
    assert outcome.best
    keep_notations(best, request.data.notations)
    run = replace(run, findings=_findings(run, best))
    if run.test:
        run = replace(run, test_score=_test_score(run, best, run.test))
    if request.out:
        best.save(request.out, metrics={outcome.scoring.name: outcome.best.mean}, notes=_notes(run, best))
        run = replace(run, model=request.out)
    return run


def _test_score(run: SearchResult, best: NNEstimator, test: Dataset) -> Score:
    scoring, data = run.outcome.scoring, run.request.data
    X = model_inputs(best, test.X, test.source)
    with data_error(test.source):
        value = float(scoring.scorer(best, X, test.y))
    baseline = held_out_baseline(scoring, not data.is_regression, data.y, test.y, test.source)
    return Score(scoring.title, value, baseline)


def search_document(run: SearchResult) -> dict:
    """Return a search as JSON values."""
    outcome, options = run.outcome, run.request.options
    best = outcome.best
    return {
        "recipe": run.request.recipe.name,
        "reason": run.request.recipe.about.get("reason"),
        "method": options.method,
        "scoring": outcome.scoring.name,
        "positive": outcome.scoring.positive,
        "seed": options.seed,
        "n_folds": options.n_folds,
        "n_fits": outcome.n_fits,
        "n_fits_done": sum(len(one.fits) for one in outcome.candidates),
        "n_fits_before": outcome.n_kept,
        "interrupted": run.interrupted,
        "stopped": outcome.stopped or None,
        "findings": findings_document(run.findings),
        "best": best
        and {
            "params": best.params,
            "mean": best.mean,
            "std": best.std,
            "scores": best.scores,
            "train_scores": best.train_scores,
        },
        "test": _test_document(run),
        "results": str(options.results),
        "journal": str(options.journal),
        "model": run.model,
        "report": run.request.report,
    }


def _test_document(run: SearchResult) -> dict | None:
    score, test = run.test_score, run.test
    if not score or not test:
        return None
    return {"source": test.source, "n_rows": len(test), "score": score.value, "baseline": score.baseline}


def _known(request: SearchRequest) -> tuple[Finding, ...]:
    return recipe_findings(request.recipe, estimator_for(request.recipe, request.data))


def _data_rows(data: Dataset) -> dict[str, str]:
    note = axes_note(data.X)
    return {"data": data.text(), "task": data.task_text(), **({"note": note} if note else {})}


def _result_text(run: SearchResult) -> str:
    outcome, options, best = run.outcome, run.request.options, run.outcome.best
    known = _known(run.request)  # printed before the search
    found = [finding for finding in run.findings if finding not in known]
    parts = [section("findings", finding_lines(found))] if found else []
    if stopped := stopped_text(run):
        parts.append(section("stopped", [stopped]))
    if best:
        params = [f"{address} = {json.dumps(value, ensure_ascii=False)}" for address, value in best.params.items()]
        parts.append(section("best", [_score_text(run, best), *params]))
    if run.test_score:
        parts.append(section("test", [_test_text(run, run.test_score)]))
    n_failed = sum(bool(one.error) for one in outcome.candidates)
    failed = f", of which {n_failed} failed" if n_failed else ""
    parts.append(section("results", [f"{options.results}: {counted(len(outcome.candidates), 'candidate')}{failed}"]))
    if run.model:
        parts.append(section("model", [run.model]))
    if run.request.report:
        parts.append(section("report", [run.request.report]))
    if best and not run.model:
        parts.append(section("try next", [_command(run, best.params)]))
    return "\n".join(parts)


def _test_text(run: SearchResult, score: Score) -> str:
    assert run.test
    rows = f"{counted(len(run.test), 'row')} of {run.test.source}"
    baseline = f", baseline {number(score.baseline)}" if score.baseline is not None else ""
    return f"{score.title} {score.value:.4f} on {rows}{baseline}"


def _notes(run: SearchResult, best: NNEstimator) -> dict[str, object]:
    """Return the notes of the model file."""
    request, candidate = run.request, run.outcome.best
    assert candidate
    command = shlex.join(["nnbuild", *request.words])
    scored = _score_text(run, candidate)
    others = {"params": candidate.params, "scored": scored, "findings": findings_document(run.findings)}
    if run.test_score:
        others["tested"] = _test_text(run, run.test_score)
    return notes_of(best, request.data, run.test, request.options.seed, command, **others)


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
    data, n_validation = request.data, 0
    if trained:
        n_validation = training_and_validation_rows(trained, data, data.X, data.y, request.options.seed)[1]
    score = fold_score(outcome.scoring.title, outcome.scoring.baseline, best)

    def command(changes: dict[str, object]) -> str:
        return _command(run, {**best.params, **changes})

    settings = resolved_training(Request.of(recipe, None, None, request.data.task, request.data.n_outputs))
    tested_on = f"the held-out rows of {n_folds} folds"
    record = TrainingRecord(history, (score,), tested_on, n_validation)
    return by_severity([*_known(request), *training_findings(recipe, settings, record, command)])


def _command(run: SearchResult, params: Mapping[str, Any]) -> str:
    """Return the command that trains the recipe with these params."""
    return train_command(run.request.train_words, params)
