"""What `nnbuild train` does once TensorFlow is there: read, split, train, score, write, tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

import pandas as pd

from nnbuild.estimators.base import NNEstimator
from nnbuild.plan.describe import describe
from nnbuild.recipe.recipe import Recipe
from nnbuild.runs.columns import column_lines, column_rows
from nnbuild.runs.data import Data, columns_said, data_error, estimator_for, shaped
from nnbuild.runs.scores import Scores, scores_of
from nnbuild.runs.text import count, section

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
    train, test = _parts(order)
    X = shaped(train.X, order.recipe.network.inputs, data.source)
    say(_data_lines(data, train, test))
    with data_error(data.source):
        estimator.fit(X, train.y)
    scores = None if test is None else _scored(estimator, test)
    if order.out:  # before anything more is printed, which may fail
        estimator.save(order.out, metrics=_metrics(scores), notes=_notes(estimator, train, test))
    say(_network_lines(order.recipe, estimator))
    if scores:
        say(section("test", scores.told()))
    say(_next_lines(order))
    return Run(order, estimator, train, test, scores)


def run_document(run: Run) -> dict:
    """A run as JSON values."""
    history = run.estimator.history_
    preparation = run.estimator.preparation_
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
        "columns": dict(column_rows(preparation)) if preparation else None,
        "training": {
            "seed": run.order.seed,
            "n_epochs": history.n_epochs,
            "best_epoch": history.best_epoch,
            "stopped": history.stopped,
            "elapsed_s": history.elapsed_s,
        },
        "curves": {name: list(curve) for name, curve in history.curves.items()},
        "scores": run.scores.to_dict() if run.scores else None,
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


def _metrics(scores: Scores | None) -> dict[str, float]:
    """Scores as a model file keeps them."""
    return {name: value for name, value in scores.values.items() if isfinite(value)} if scores else {}


def _notes(estimator: NNEstimator, train: Data, test: Data | None) -> dict[str, object]:
    """What a model file keeps besides: `nnbuild show` tells it, and predict and evaluate need some of it."""
    columns = None
    if isinstance(train.X, pd.DataFrame) and not hasattr(estimator, "feature_names_in_"):  # it took them as an image
        columns = [str(name) for name in train.X.columns]
    return {
        "source": train.source,
        "targets": list(train.targets),
        "reason": train.reason,
        "n_train": len(train),
        "n_test": 0 if test is None else len(test),
        "test_source": None if test is None else test.source,
        "columns": columns,
    }


def _data_lines(data: Data, train: Data, test: Data | None) -> str:
    lines = [f"{data.source}: {count(len(data), 'row')}, {columns_said(data.X)} -> {', '.join(data.targets)}"]
    if test is None:
        rows = f"all {len(train):,} to train: of fewer than {LEAST_ROWS} none are held out to test on"
    elif test.source != data.source:
        rows = f"all {len(train):,} to train, {len(test):,} of {test.source} to test"
    else:
        rows = f"{len(train):,} to train, {len(test):,} to test"
    return "\n".join([section("data", lines), section("task", [data.told()]), section("rows", [rows])])


def _network_lines(recipe: Recipe, estimator: NNEstimator) -> str:
    history, preparation = estimator.history_, estimator.preparation_
    reason = {"epochs": "", "early_stopping": ", stopped early", "diverged": ", diverged"}.get(history.stopped, "")
    loss = history.curves["loss"][history.best_epoch - 1]
    kept = f", of epoch {history.best_epoch}" if history.best_epoch != history.n_epochs else ""
    training = f"{count(history.n_epochs, 'epoch')} in {history.elapsed_s:.1f} s{reason}, loss {loss:.4f}{kept}"
    sections = [
        *([section("columns", column_lines(preparation))] if preparation else []),
        section("network", [f"{recipe.name or 'network'}: {_n_parameters(estimator):,} parameters"]),
        section("training", [training]),
    ]
    return "\n".join(sections)


def _n_parameters(estimator: NNEstimator) -> int:
    return describe(estimator.recipe_).n_parameters


def _next_lines(order: Order) -> str:
    if not order.out:
        return section("model", ["not kept; --out model.nnb writes it to a file"])
    commands = [f"nnbuild predict {order.out} --data NEW.csv", f"nnbuild evaluate {order.out} --data TEST.csv"]
    return "\n".join([section("model", [order.out]), section("try next", [f"nnbuild show {order.out}", *commands])])
