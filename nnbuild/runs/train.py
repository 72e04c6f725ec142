"""What `nnbuild train` does once TensorFlow is there: read, split, train, score, write, tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from shlex import join

from nnbuild.errors import show
from nnbuild.estimators.base import NNEstimator
from nnbuild.plan.settings import loss_of
from nnbuild.recipe import Recipe
from nnbuild.report.findings import Finding, findings_document
from nnbuild.report.scores import Scores
from nnbuild.report.terminal import data_text, result_text
from nnbuild.report.units import counted
from nnbuild.runs.columns import axes_note, column_rows
from nnbuild.runs.data import Data, columns_said, data_error, estimator_for, keep_notations, shaped
from nnbuild.runs.judging import judged, training_and_validation_rows
from nnbuild.runs.notes import metrics_of, notes_of, training_metrics_of
from nnbuild.runs.remedies import program, train_command
from nnbuild.runs.report import run_report
from nnbuild.runs.scores import scores_document, scores_of
from nnbuild.runs.writing import write_text
from nnbuild.tasks.numeric_targets import check_values

LEAST_ROWS = 20  # of which some are held out
Say = Callable[[str], object]


@dataclass(frozen=True, eq=False)
class Order:
    """What is to be trained.

    Attributes
    ----------
    recipe : Recipe
    data : Data
    test : Data or None
        Rows to test on, in place of a fraction of `data`.
    test_fraction : float
    seed : int
        Of the split and of training.
    parameters : mapping
        Further ones of the estimator.
    out : str or None
        Model file to write.
    report : str or None
        HTML file to write: all that is shown of the run, as a page.
    call : tuple of str
        What `nnbuild train` was told, but for seed and files to write: the recipe's name, options.
    source : str
        What the data are called by.
    verbose : bool
        Whether to show progress on a terminal.
    """

    recipe: Recipe
    data: Data
    test: Data | None = None
    test_fraction: float = 0.2
    seed: int = 0
    parameters: Mapping = field(default_factory=dict)
    out: str | None = None
    report: str | None = None
    call: tuple[str, ...] = ()
    source: str = ""
    verbose: bool = True


@dataclass(frozen=True, eq=False)
class Run:
    """What came of an order.

    Attributes
    ----------
    order : Order
    estimator : NNEstimator
        Fitted.
    train, test : Data
        Rows that it was trained on, and others; `test` is None where there were too few.
    scores : Scores or None
        On `test`, with those on training rows.
    findings : tuple of Finding
    """

    order: Order
    estimator: NNEstimator
    train: Data
    test: Data | None
    scores: Scores | None
    findings: tuple[Finding, ...]


def run_order(order: Order, say: Say) -> Run:
    """Train, test and write; `say` is told how it goes, part by part.

    Raises
    ------
    NNBuildError
        For recipes, data and files that don't fit together.
    """
    data = order.data
    estimator = estimator_for(order.recipe, data, random_state=order.seed, verbose=order.verbose, **order.parameters)
    if data.is_regression:
        with data_error(data.source):
            check_values(data.y, loss_of(order.recipe.network))  # in the rows of the file, before they are split
    train, test = _parts(order)
    X = shaped(train.X, order.recipe.network.inputs, data.source)
    told = _told_data(data, train, test)
    say(data_text(told))
    with data_error(data.source):
        estimator.fit(X, train.y)
    keep_notations(estimator, data)
    seen, n_validation = training_and_validation_rows(estimator, replace(train, X=X), order.seed)
    scores = None if test is None else _scored(estimator, test, seen)
    found = _findings(order, estimator, n_validation, scores)
    if order.out:  # before anything more is printed, which may fail
        _save(estimator, order, train, test, scores, found)
    report = run_report(
        order.recipe, estimator, told, scores, order.seed, found, _commands(order, estimator, found), _files(order),
        data.remarks,
    )  # fmt: skip
    if order.report:
        from nnbuild.report.page import run_page  # matplotlib takes a while to start

        write_text(order.report, run_page(report))
    say(f"\n{result_text(report)}")
    return Run(order, estimator, train, test, scores, found)


def run_document(run: Run) -> dict:
    """A run as JSON values."""
    history = run.estimator.history_
    return {
        "recipe": run.order.recipe.name,
        "data": {
            "source": run.train.source,
            "targets": list(run.train.targets),
            "task": run.train.task,
            "reason": run.train.reason,
            "n_train": len(run.train),
            "n_test": 0 if run.test is None else len(run.test),
        },
        "columns": dict(column_rows(run.estimator, run.order.data.remarks)) or None,
        "training": {
            "seed": run.order.seed,
            "n_members": len(run.estimator.members_),
            "n_epochs": history.n_epochs,
            "best_epoch": history.best_epoch,
            "stopped": history.stopped,
            "elapsed_s": history.elapsed_s,
        },
        "curves": {name: list(curve) for name, curve in history.curves.items()},
        "findings": findings_document(run.findings),
        "scores": scores_document(run.scores) if run.scores else None,
        "model": run.order.out,
    }


def _parts(order: Order) -> tuple[Data, Data | None]:
    """Rows to train on, and rows to test on."""
    data, test = order.data, order.test or order.data.test
    if test is None and len(data) >= LEAST_ROWS:
        return data.split(order.test_fraction, order.seed)
    return data, test


def _scored(estimator: NNEstimator, test: Data, seen: Data) -> Scores:
    inputs = estimator.recipe_.inputs if estimator.recipe_ is not None else {"input": {}}
    X = shaped(test.X, inputs, test.source)
    with data_error(test.source):
        return scores_of(estimator, replace(test, X=X), seen)


def _findings(order: Order, estimator: NNEstimator, n_validation: int, scores: Scores | None) -> tuple[Finding, ...]:
    if estimator.recipe_ is None:  # one class only
        return ()
    settings, history = estimator.recipe_.training, estimator.history_
    values, tested_on = (scores.values, counted(scores.n_rows, "test row")) if scores else ((), "")

    def command(changes: dict[str, object]) -> str:
        return _command(order, changes)

    return judged(order.recipe, settings, history, n_validation, values, tested_on, command)


def _command(order: Order, values: Mapping[str, object]) -> str:
    """What trains with other values: a command, or of an order from Python the change of the recipe."""
    if not order.call:
        return f"recipe.with_values({dict(values)!r})"
    seed = ("--seed", str(order.seed)) if order.seed else ()
    return train_command(program(), (*order.call, *seed), values)


def _save(
    estimator: NNEstimator, order: Order, train: Data, test: Data | None, scores: Scores | None,
    found: tuple[Finding, ...],
) -> None:  # fmt: skip
    command = join(["nnbuild", "train", *order.call, "--seed", str(order.seed)]) if order.call else ""
    assert order.out
    others = {"training_metrics": training_metrics_of(scores), "findings": findings_document(found)}
    notes = notes_of(estimator, train, test, order.seed, command, **others)
    estimator.save(order.out, metrics=metrics_of(scores), notes=notes)


def _told_data(data: Data, train: Data, test: Data | None) -> dict[str, str]:
    """What is known of the rows before training, each under a word."""
    if test is None:
        rows = f"all {len(train):,} to train: of fewer than {LEAST_ROWS} none are held out to test on"
    elif test.source != data.source:
        rows = f"all {len(train):,} to train, {len(test):,} of {test.source} to test"
    else:
        rows = f"{len(train):,} to train, {len(test):,} to test"
    source = f"{data.source}: {counted(len(data), 'row')}, {columns_said(data.X)} -> {data.target_text()}"
    told = {"data": source, "task": data.summary(), "rows": rows}
    if note := axes_note(data.X):
        told["note"] = note
    if data.remarks:
        name, remark = next(iter(data.remarks.items()))
        more = f", and {counted(len(data.remarks) - 1, 'column')} more" if len(data.remarks) > 1 else ""
        told["note"] = f"{show(name)} is text: {remark}{more}"
    return told


def _files(order: Order) -> tuple[tuple[str, str], ...]:
    model = order.out or "not kept; --out model.nnb writes it to a file"
    return (("model", model), *([("page", order.report)] if order.report else []))


def _commands(order: Order, estimator: NNEstimator, found: tuple[Finding, ...]) -> tuple[tuple[str, str], ...]:
    """What to try next besides the remedies of findings: the model on rows, other values, other rows."""
    if not order.call:
        return ()
    train, commands = [program(), "train", *order.call], []
    if order.out:
        predict = [program(), "predict", order.out, "--data", order.source]
        commands.append((join(predict), "what the model says of each row, as CSV"))
        commands.append((join([program(), "show", order.out]), "what the file holds, without loading the model"))
    tried = {remedy.command for finding in found for remedy in finding.remedies}
    is_well = all(finding.severity == "hint" for finding in found)
    if is_well and estimator.recipe_ is not None and not estimator.recipe_.training["early_stopping"]:
        stopping = _command(order, {"training__early_stopping": True})
        commands.append((stopping, "stops when validation rows get no better, and keeps the best epoch"))
    if other := _other_value(order):
        commands.append((join([*train, "--set", other]), "another of the values that the recipe lists for a search"))
    commands.append(
        (join([*train, "--seed", str(order.seed + 1)]), "the same with another seed: shows how much scores vary")
    )
    return tuple(command for command in commands if command[0] not in tried)


def _other_value(order: Order) -> str:
    """An address and another value of it, from the recipe's own search; "" where that lists none that is not set."""
    recipe = order.recipe
    for name, values in recipe.search.items():
        others = [value for value in values if value != recipe.params.get(name)] if isinstance(values, list) else []
        if others and not any(word.startswith(f"{name}=") for word in order.call):
            return f"{name}={json.dumps(others[0])}"
    return ""
