"""What `nnbuild search` does once TensorFlow is there: read, search, train the best, write, tell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sklearn.base import clone

from nnbuild.estimators.base import NNEstimator
from nnbuild.recipe import Recipe
from nnbuild.report.cells import section
from nnbuild.report.findings import Finding, findings_document
from nnbuild.report.terminal import finding_lines
from nnbuild.report.units import counted
from nnbuild.runs.columns import axes_note
from nnbuild.runs.data import Data, columns_said, estimator_for, keep_notations, shaped
from nnbuild.runs.judging import fold_score, judged, settings_for, training_and_validation_rows
from nnbuild.runs.notes import notes_of
from nnbuild.runs.remedies import program, train_command
from nnbuild.runs.search_results import told_score
from nnbuild.runs.search_run import Options, Outcome, search


@dataclass(frozen=True, eq=False)
class Order:
    """What is to be searched, and how.

    Attributes
    ----------
    recipe : Recipe
        With the spaces to search.
    data : Data
    options : Options
    out : str or None
        Model file to write.
    words : tuple of str
        The command that searches.
    train_words : tuple of str
        Words after "nnbuild train" that train the recipe on the data.
    """

    recipe: Recipe
    data: Data
    options: Options
    out: str | None = None
    words: tuple[str, ...] = ()
    train_words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Run:
    """What came of an order.

    Attributes
    ----------
    order : Order
    outcome : Outcome
    model : str or None
        The file of the best model, once it is written.
    interrupted : bool
        Whether Ctrl-C ended the search, or the training of the best.
    findings : tuple of Finding
        About the best candidate.
    """

    order: Order
    outcome: Outcome
    model: str | None
    interrupted: bool
    findings: tuple[Finding, ...] = ()


def run_order(order: Order, say: Callable[[str], None]) -> Run:
    """Search, and train and write the best; `say` is told how it goes, part by part.

    Raises
    ------
    NNBuildError
        For recipes, data and files that don't fit together.
    """
    data = order.data
    say(_data_lines(data))
    X = shaped(data.X, order.recipe.network.inputs, data.source)
    estimator = estimator_for(order.recipe, data, random_state=order.options.seed)
    outcome = search(estimator, order.recipe, X, data.y, order.options, say, ", ".join(data.targets))
    run = Run(order, outcome, None, outcome.interrupted)
    run = replace(run, findings=_findings(run, None))
    if order.out and not run.interrupted and outcome.best:
        best = clone(estimator).set_params(**outcome.best.params, verbose=not order.options.quiet)
        try:
            best.fit(X, data.y)
            keep_notations(best, data)
            run = replace(run, findings=_findings(run, best))
            best.save(order.out, metrics={outcome.scoring.name: outcome.best.mean}, notes=_notes(run, best))
            run = replace(run, model=order.out)
        except KeyboardInterrupt:
            run = replace(run, interrupted=True)
    say(_found_lines(run))
    return run


def document_of(run: Run) -> dict:
    """A run as JSON values."""
    outcome, options = run.outcome, run.order.options
    best = outcome.best
    return {
        "recipe": run.order.recipe.name,
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


def _data_lines(data: Data) -> str:
    lines = [f"{data.source}: {len(data):,} rows, {columns_said(data.X)} -> {data.target_text()}"]
    note = axes_note(data.X)
    notes = [section("note", [note])] if note else []
    return "\n".join([section("data", lines), section("task", [data.summary()]), *notes])


def _found_lines(run: Run) -> str:
    outcome, options, best = run.outcome, run.order.options, run.outcome.best
    n_done = sum(len(one.fits) for one in outcome.candidates)
    parts = []
    if run.interrupted:
        parts.append(section("stopped", [f"after {n_done} of {outcome.n_fits} fits; --resume goes on from there"]))
    if best:
        params = [f"{address} = {json.dumps(value, ensure_ascii=False)}" for address, value in best.params.items()]
        score = f"{outcome.scoring.title} {told_score(best)}, mean and deviation over {options.n_folds} folds"
        parts.append(section("best", [score, *params]))
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


def _notes(run: Run, best: NNEstimator) -> dict[str, object]:
    """What the model file tells of the search."""
    order, candidate = run.order, run.outcome.best
    assert candidate
    command = shlex.join(["nnbuild", *order.words]) if order.words else ""
    told = f"{run.outcome.scoring.title} {told_score(candidate)}, mean and deviation over {order.options.n_folds} folds"
    others = {"params": candidate.params, "scored": told, "findings": findings_document(run.findings)}
    return notes_of(best, order.data, None, order.options.seed, command, **others)


def _findings(run: Run, trained: NNEstimator | None) -> tuple[Finding, ...]:
    """What is found about the best candidate: by its scores on folds and, where it is trained, by its curves."""
    order, outcome, best = run.order, run.outcome, run.outcome.best
    if best is None:
        return ()
    recipe, n_folds = order.recipe.with_values(best.params), order.options.n_folds
    history = trained.history_ if trained else None
    n_validation = training_and_validation_rows(trained, order.data, order.options.seed)[1] if trained else 0
    score = fold_score(outcome.scoring, best, n_folds)

    def command(changes: dict[str, object]) -> str:
        return _command(run, {**best.params, **changes})

    settings, tested_on = settings_for(recipe, order.data), f"the held-out rows of {n_folds} folds"
    return judged(recipe, settings, history, n_validation, (score,), tested_on, command)


def _command(run: Run, params: Mapping[str, Any]) -> str:
    """How to train the best candidate."""
    return train_command(program(), run.order.train_words, params) if run.order.train_words else ""
