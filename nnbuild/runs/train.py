"""What `nnbuild train` does once TensorFlow is there: read, split, train, score, write, tell."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import join
from shutil import which

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.quantities import check_values
from nnbuild.plan.heads import loss_of
from nnbuild.recipe.recipe import Recipe
from nnbuild.report.run import Scores
from nnbuild.report.terminal import data_text, result_text
from nnbuild.report.units import counted
from nnbuild.runs.columns import column_rows
from nnbuild.runs.data import Data, columns_said, data_error, estimator_for, shaped
from nnbuild.runs.notes import metrics_of, notes_of
from nnbuild.runs.report import run_report
from nnbuild.runs.scores import scores_document, scores_of
from nnbuild.runs.writing import write_text

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
        On `test`.
    """

    order: Order
    estimator: NNEstimator
    train: Data
    test: Data | None
    scores: Scores | None


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
            check_values(data.y, loss_of(order.recipe))  # in the rows of the file, before they are split
    train, test = _parts(order)
    X = shaped(train.X, order.recipe.network.inputs, data.source)
    told = _told_data(data, train, test)
    say(data_text(told))
    with data_error(data.source):
        estimator.fit(X, train.y)
    scores = None if test is None else _scored(estimator, test)
    if order.out:  # before anything more is printed, which may fail
        _save(estimator, order, train, test, scores)
    report = run_report(order.recipe, estimator, told, scores, order.seed, _commands(order, estimator), _files(order))
    if order.report:
        from nnbuild.report.page import run_page  # matplotlib takes a while to start

        write_text(order.report, run_page(report))
    say(f"\n{result_text(report)}")
    return Run(order, estimator, train, test, scores)


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
        "columns": dict(column_rows(run.estimator)) or None,
        "training": {
            "seed": run.order.seed,
            "n_members": len(run.estimator.members_),
            "n_epochs": history.n_epochs,
            "best_epoch": history.best_epoch,
            "stopped": history.stopped,
            "elapsed_s": history.elapsed_s,
        },
        "curves": {name: list(curve) for name, curve in history.curves.items()},
        "scores": scores_document(run.scores) if run.scores else None,
        "model": run.order.out,
    }


def _parts(order: Order) -> tuple[Data, Data | None]:
    """Rows to train on, and rows to test on."""
    data, test = order.data, order.test or order.data.test
    if test is None and len(data) >= LEAST_ROWS:
        return data.split(order.test_fraction, order.seed)
    return data, test


def _scored(estimator: NNEstimator, test: Data) -> Scores:
    inputs = estimator.recipe_.inputs if estimator.recipe_ is not None else {"input": {}}
    X = shaped(test.X, inputs, test.source)
    with data_error(test.source):
        return scores_of(estimator, replace(test, X=X))


def _save(estimator: NNEstimator, order: Order, train: Data, test: Data | None, scores: Scores | None) -> None:
    command = join(["nnbuild", "train", *order.call, "--seed", str(order.seed)]) if order.call else ""
    assert order.out
    estimator.save(
        order.out, metrics=metrics_of(scores), notes=notes_of(estimator, train, test, order.seed, command)
    )  # fmt: skip


def _told_data(data: Data, train: Data, test: Data | None) -> dict[str, str]:
    """What is known of the rows before training, each under a word."""
    if test is None:
        rows = f"all {len(train):,} to train: of fewer than {LEAST_ROWS} none are held out to test on"
    elif test.source != data.source:
        rows = f"all {len(train):,} to train, {len(test):,} of {test.source} to test"
    else:
        rows = f"{len(train):,} to train, {len(test):,} to test"
    source = f"{data.source}: {counted(len(data), 'row')}, {columns_said(data.X)} -> {', '.join(data.targets)}"
    return {"data": source, "task": data.told(), "rows": rows}


def _files(order: Order) -> tuple[tuple[str, str], ...]:
    model = order.out or "not kept; --out model.nnb writes it to a file"
    return (("model", model), *([("page", order.report)] if order.report else []))


def _commands(order: Order, estimator: NNEstimator) -> tuple[tuple[str, str], ...]:
    """What to try next: the model on rows, early stopping, another of the recipe's values, other rows held out."""
    if not order.call:
        return ()
    train, commands = [_program(), "train", *order.call], []
    if order.out:
        predict = [_program(), "predict", order.out, "--data", order.source]
        commands.append((join(predict), "what the model says of each row, as CSV"))
        commands.append((join([_program(), "show", order.out]), "what the file holds, without loading the model"))
    if "val_loss" not in estimator.history_.curves:
        stopping = [*train, "--set", "training__early_stopping=true"]
        commands.append((join(stopping), "watches a tenth of the training rows, and stops where they get no better"))
    if other := _other_value(order):
        commands.append((join([*train, "--set", other]), "another of the values that the recipe lists for a search"))
    commands.append(
        (join([*train, "--seed", str(order.seed + 1)]), "the same from other chances: how far scores differ")
    )
    return tuple(commands)


def _program() -> str:
    """How this command is called: by its path where its name alone is not found."""
    called = sys.argv[0]
    return called if Path(called).name == "nnbuild" and not which("nnbuild") else "nnbuild"


def _other_value(order: Order) -> str:
    """An address and another value of it, from the recipe's own search; "" where that lists none that is not set."""
    recipe = order.recipe
    for name, values in recipe.search.items():
        others = [value for value in values if value != recipe.params.get(name)] if isinstance(values, list) else []
        if others and not any(word.startswith(f"{name}=") for word in order.call):
            return f"{name}={json.dumps(others[0])}"
    return ""
