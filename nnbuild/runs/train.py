"""Implementation of `nnbuild train`: train an estimator, score it, and write findings and files."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from shlex import join

from nnbuild.diagnosis.findings import Finding, by_severity, findings_document
from nnbuild.diagnosis.training_evidence import TrainingRecord
from nnbuild.errors import DivergenceError, UnderfittingWarning
from nnbuild.estimators.base import NNEstimator
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Scores
from nnbuild.report.terminal import data_text, findings_text, result_text
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import MIN_ROWS
from nnbuild.runs.data.estimator import data_error
from nnbuild.runs.evaluate import scores_document, scores_of, some_rows
from nnbuild.runs.findings import ignore_reported, program, recipe_findings, train_command, training_findings
from nnbuild.runs.measured_findings import (
    final_gradients,
    findings_of_failure,
    measured_findings,
    place_of_divergence,
)
from nnbuild.runs.model_notes import notes_of
from nnbuild.runs.output import write_text
from nnbuild.runs.train_report import choice_row, data_rows, run_report
from nnbuild.runs.workflows.implementations import WORKFLOWS
from nnbuild.runs.workflows.protocol import Data
from nnbuild.runs.workflows.rows import WORKFLOW_ROWS


@dataclass(frozen=True, eq=False)
class TrainRequest:
    """A recipe, its data and the options of a training run.

    Attributes
    ----------
    recipe : Recipe
    data : Data
    test : Data or None
        Test set; None to hold out a fraction of `data`.
    test_fraction : float
    seed : int
        Seed of the split and of training.
    parameters : mapping
        Other parameters of the estimator.
    out : str or None
        Model file to write.
    report : str or None
        HTML report to write.
    call : tuple of str
        Arguments of "nnbuild train", without the seed and the files to write.
    source : str
        Name of the data on the command line.
    verbose : bool
        Whether to show progress on a terminal.
    """

    recipe: Recipe
    data: Data
    test: Data | None
    test_fraction: float
    seed: int
    parameters: Mapping
    out: str | None
    report: str | None
    call: tuple[str, ...]
    source: str
    verbose: bool


@dataclass(frozen=True, eq=False)
class TrainResult:
    """A trained estimator, with its scores and findings.

    Attributes
    ----------
    request : TrainRequest
    estimator : NNEstimator
        Fitted.
    train, test : Data
        Training set and test set; `test` is None if there are too few rows.
    scores : Scores or None
        Scores on the test set, with those on training samples.
    findings : tuple of Finding
    """

    request: TrainRequest
    estimator: NNEstimator
    train: Data
    test: Data | None
    scores: Scores | None
    findings: tuple[Finding, ...]


def run_training(request: TrainRequest, echo: Callable[[str], object]) -> TrainResult:
    """Split the data, train, score, and write the files.

    Parameters
    ----------
    request : TrainRequest
    echo : callable
        Prints each part of the report as soon as it is available.

    Raises
    ------
    NNBuildError
        If recipe, data and files are incompatible.
    """
    data, workflow = request.data, WORKFLOWS[request.data.workflow]
    estimator = workflow.estimator(
        request.recipe, data, random_state=request.seed, verbose=request.verbose, **request.parameters
    )
    workflow.check(request.recipe, data)  # before the split: messages count the rows of the file
    train, test = _parts(request)
    adapted = workflow.adapted(request.recipe, train)
    about = {**choice_row(request.recipe), **data_rows(data, train, test)}
    known = recipe_findings(request.recipe, estimator)
    if known:
        echo(f"{findings_text(known)}\n")
    echo(data_text(about))
    with data_error(data.source), warnings.catch_warnings():
        ignore_reported()
        if test is not None:
            warnings.simplefilter("ignore", UnderfittingWarning)  # scores have findings about it
        try:
            workflow.fit(estimator, adapted)
        except DivergenceError as error:
            if more := [one for one in findings_of_failure(estimator, adapted) if one not in known]:
                echo(f"\n{findings_text(more)}")
            raise DivergenceError("\n".join((str(error), *getattr(error, "__notes__", ())))) from error
    seen, n_validation = workflow.parts(estimator, adapted, request.seed)
    scores = None if test is None else _scored(request, estimator, test, seen)
    found = _findings(request, estimator, adapted, seen, n_validation, scores)
    result = TrainResult(request, estimator, train, test, scores, by_severity([*known, *found]))
    if request.out:  # before anything more is printed, which may fail
        _save(result, request.out)
    report = run_report(
        request.recipe, estimator, about, scores, request.seed, result.findings, _next_commands(result),
        _files(request), data,
    )  # fmt: skip
    if request.report:
        report = replace(report, gradients=final_gradients(estimator, adapted))
        from nnbuild.report.page import run_page  # matplotlib takes a while to start

        write_text(request.report, run_page(report))
    echo(f"\n{result_text(replace(report, findings=found))}")
    return result


def training_document(run: TrainResult) -> dict:
    """Return a training run as JSON values."""
    history = run.estimator.history_
    return {
        "recipe": run.request.recipe.name,
        "reason": run.request.recipe.about.get("reason", ""),
        "estimator": type(run.estimator).__name__,
        "task": run.train.task,
        "data": {
            "source": run.train.source,
            "targets": list(run.train.targets),
            "task": run.train.task,
            "reason": run.train.reason,
            "n_train": len(run.train),
            "n_test": 0 if run.test is None else len(run.test),
        },
        "columns": dict(WORKFLOWS[run.train.workflow].columns(run.estimator, run.request.data)) or None,
        "training": {
            "seed": run.request.seed,
            "n_members": len(run.estimator.members_),
            "n_epochs": history.n_epochs,
            "best_epoch": history.best_epoch,
            "stopped": history.stopped,
            "elapsed_s": history.elapsed_s,
        },
        "curves": {name: list(curve) for name, curve in history.curves.items()},
        "findings": findings_document(run.findings),
        "metrics": _metrics(run),
        "scores": scores_document(run.scores) if run.scores else None,
        "model": run.request.out,
    }


def _parts(request: TrainRequest) -> tuple[Data, Data | None]:
    """Return the training set and the test set."""
    data, test = request.data, request.test or request.data.test
    if test is None and len(data) >= MIN_ROWS:
        return data.split(request.test_fraction, request.seed)
    return data, test


def _scored(request: TrainRequest, estimator: NNEstimator, test: Data, seen: Data) -> Scores:
    adapted = WORKFLOWS[test.workflow].adapted(request.recipe, test)
    with data_error(test.source):
        return scores_of(estimator, adapted, seen)


def _findings(
    request: TrainRequest, estimator: NNEstimator, train: Data, seen: Data, n_validation: int, scores: Scores | None
) -> tuple[Finding, ...]:
    """Return the findings about samples and training, and if it has failed, about the initialization."""
    history, unit = estimator.history_, scores.unit if scores else "row"
    record = TrainingRecord(history, n_validation=n_validation, unit=unit)
    if scores:
        tested_on = counted(scores.n_rows, f"test {unit}")
        values, n_training = tuple(scores.by_name.values()), len(some_rows(seen))
        record = replace(record, scores=values, tested_on=tested_on, n_training=n_training, outcomes=scores.outcomes)
    if history.stopped == "diverged":
        record = replace(record, divergence=place_of_divergence(estimator, train))

    def command(changes: dict[str, object]) -> str:
        return _command(request, changes)

    found = training_findings(request.recipe, estimator.recipe_.training, record, command)
    other = request.test or request.data.test
    return by_severity([*found, *measured_findings(estimator, train, other, found)])


def _command(request: TrainRequest, values: Mapping[str, object]) -> str:
    """Return the command that trains with `values`."""
    seed = ("--seed", str(request.seed)) if request.seed else ()
    return train_command((*request.call, *seed), values)


def _save(result: TrainResult, out: str) -> None:
    seed = result.request.seed
    command = join(["nnbuild", "train", *result.request.call, "--seed", str(seed)])
    scores = result.scores.by_name if result.scores else {}
    found = ((name, one.training) for name, one in scores.items())
    training = {name: value for name, value in found if value is not None and isfinite(value)}
    others = {"training_metrics": training, "findings": findings_document(result.findings)}
    others |= getattr(result.train, "notes", {})
    notes = notes_of(result.estimator, result.train, result.test, seed, command, **others)
    result.estimator.save(out, metrics=_metrics(result), notes=notes)


def _metrics(result: TrainResult) -> dict[str, float]:
    """Return the scores on the test set by name; empty without a test set."""
    return {name: one.value for name, one in result.scores.by_name.items()} if result.scores else {}


def _files(request: TrainRequest) -> tuple[tuple[str, str], ...]:
    model = request.out or "not saved; use --out model.nnb to save it"
    return (("model", model), *([("page", request.report)] if request.report else []))


def _next_commands(result: TrainResult) -> tuple[tuple[str, str], ...]:
    """Return commands to try next, in addition to the remedies of findings."""
    request = result.request
    train, commands = [program(), "train", *request.call], []
    if request.out:
        row = WORKFLOW_ROWS[request.data.workflow]
        if row.use:
            use = [word.format(model=request.out, data=request.source) for word in row.use]
            commands.append((join([program(), *use]), row.use_effect))
        commands.append((join([program(), "show", request.out]), "contents of the file, without loading the model"))
    tried = {remedy.command for finding in result.findings for remedy in finding.remedies}
    is_well = all(finding.severity == "hint" for finding in result.findings)
    if is_well and not result.estimator.recipe_.training["early_stopping"]:
        stopping = _command(request, {"training__early_stopping": True})
        commands.append((stopping, "stops when the validation loss stops improving, and keeps the best epoch"))
    if other := _other_value(request):
        commands.append((join([*train, "--set", other]), "another value from the search space of the recipe"))
    commands.append((join([*train, "--seed", str(request.seed + 1)]), "another seed, to see how much the scores vary"))
    return tuple(command for command in commands if command[0] not in tried)


def _other_value(request: TrainRequest) -> str:
    """Return ADDRESS=VALUE for another value in the recipe's search that no option sets, or ""."""
    recipe = request.recipe
    for name, values in recipe.search.items():
        others = [value for value in values if value != recipe.params.get(name)] if isinstance(values, list) else []
        if others and not any(word.startswith(f"{name}=") for word in request.call):
            return f"{name}={json.dumps(others[0])}"
    return ""
