"""Report of a search as plain values: its candidates, their params and curves, and the recipe of the best."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from importlib.metadata import version
from platform import python_version

import numpy as np

from nnbuild.records import frozen_mapping
from nnbuild.report.search_report import ReportedCandidate, SearchReport
from nnbuild.report.units import counted
from nnbuild.runs.findings import program
from nnbuild.runs.search.request import SearchResult
from nnbuild.runs.search.results import Candidate, fold_score
from nnbuild.runs.search.space import EPOCHS
from nnbuild.runs.train_report import PACKAGES


def search_report(run: SearchResult, about: Mapping[str, str], command: str | None) -> SearchReport:
    """Return the report of a search.

    Parameters
    ----------
    run : SearchResult
    about : mapping of str to str
        Facts about the data, by heading.
    command : str or None
        Command that trains the best candidate; None if there is none.
    """
    request, outcome, options = run.request, run.outcome, run.request.options
    best = outcome.best
    resource = EPOCHS if options.method == "halving" else None
    stopped = stopped_text(run)
    facts = {**about, "search": _search_text(run), **({"stopped": f"Stopped {stopped}."} if stopped else {})}
    files = {
        "results": str(options.results), "journal": str(options.journal), "model": run.model, "report": request.report,
    }  # fmt: skip
    return SearchReport(
        title=f"Search of {request.recipe.name or 'a recipe'}",
        data=frozen_mapping(facts),
        scoring=outcome.scoring.title,
        candidates=tuple(_reported(one, resource, outcome.candidates) for one in outcome.candidates),
        spaces=frozen_mapping({name: _axis(space) for name, space in request.recipe.search.items()}),
        score=fold_score(outcome.scoring.title, outcome.scoring.baseline, best) if best else None,
        std=best.std if best else None,
        n_folds=options.n_folds,
        test_score=run.test_score,
        tested_on=f"{counted(len(run.test), 'row')} of {run.test.source}" if run.test else "",
        findings=run.findings,
        recipe=request.recipe.with_values(best.params).to_json() if best else None,
        train_command=command,
        command=shlex.join([program(), *request.words]),
        files=tuple((what, path) for what, path in files.items() if path),
        seed=options.seed,
        versions=frozen_mapping({"Python": python_version()} | {name: version(name) for name in PACKAGES}),
    )


def stopped_text(run: SearchResult) -> str:
    """Return when the search was stopped, and how to continue; empty if it is complete."""
    outcome = run.outcome
    if not run.interrupted and not outcome.stopped:
        return ""
    n_done = sum(len(one.fits) for one in outcome.candidates)
    budget = "at the end of the time budget, " if outcome.stopped == "time_budget" else ""
    return f"{budget}after {n_done} of {outcome.n_fits} fits; continue with --resume"


def _search_text(run: SearchResult) -> str:
    options, candidates = run.request.options, run.outcome.candidates
    n_failed = sum(bool(one.error) for one in candidates)
    failed = f" ({n_failed} failed)" if n_failed else ""
    found = f"{counted(len(candidates), 'candidate')}{failed} by the method {options.method}"
    return f"{found}, {options.n_folds} folds, seed {options.seed}"


def _reported(candidate: Candidate, resource: str | None, candidates: list[Candidate]) -> ReportedCandidate:
    """Return a candidate for the report. In a halving search, `is_final` is false in all rounds but the last."""
    n_epochs = max((one.params[resource] for one in candidates), default=0) if resource else None
    is_whole = candidate.rank is not None
    train = candidate.train_scores
    return ReportedCandidate(
        rank=candidate.rank,
        params=frozen_mapping(candidate.params),
        mean=candidate.mean if is_whole else float("nan"),
        std=candidate.std if is_whole else float("nan"),
        train=float(np.mean(train)) if is_whole and train else None,
        seconds=sum(fit.fit_s + fit.score_s for fit in candidate.fits),
        error=candidate.error,
        is_final=resource is None or candidate.params[resource] == n_epochs,
        curves=frozen_mapping(_mean_curves(candidate)),
    )


def _mean_curves(candidate: Candidate) -> dict[str, tuple[float, ...]]:
    """Return the mean of each curve over the folds, in the epochs of all folds; empty if a fit has no curves."""
    found = [fit.curves or {} for fit in candidate.fits]
    names = [name for name in found[0] if all(name in curves for curves in found)]
    lengths = {name: min(len(curves[name]) for curves in found) for name in names}
    return {
        name: tuple(np.mean([curves[name][: lengths[name]] for curves in found], axis=0).tolist()) for name in names
    }


def _axis(space: object) -> str:
    """Return the axis for the values of a search space: "categories" for a list, "log" or "linear" for a range."""
    if not isinstance(space, Mapping):
        return "categories"
    return "log" if any(name.startswith("log") for name in space) else "linear"
