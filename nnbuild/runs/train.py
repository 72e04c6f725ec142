"""What `nnbuild train` does once TensorFlow is there: read, split, train, score, tell."""

from __future__ import annotations

from pathlib import Path

import click
import keras
import numpy as np
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score

from nnbuild.errors import NNBuildError
from nnbuild.features.tables import Table, read_table
from nnbuild.recipe.recipe import Recipe
from nnbuild.records import History
from nnbuild.train.batches import split_rows
from nnbuild.train.progress import ProgressBar
from nnbuild.train.run import fit_recipe


def train_on_table(recipe: Recipe, source: str, target: str | None, test_fraction: float, seed: int) -> None:
    """Train `recipe` on a table, and print how well it does on rows that it has not seen."""
    table = read_table(source, target)
    labels = table.y if table.classes else None
    try:
        train_rows, test_rows = split_rows(len(table.X), test_fraction, "random", seed, labels)
        click.echo(_told_data(source, table, len(train_rows), len(test_rows)))
        model, history = fit_recipe(
            recipe,
            table.X[train_rows],
            table.y[train_rows],
            task=table.task,
            n_outputs=max(1, len(table.classes)),
            seed=seed,
            progress=ProgressBar(),
        )
    except NNBuildError:
        raise
    except ValueError as error:  # data and settings that don't fit together
        raise click.ClickException(str(error)) from error
    click.echo(_told_training(recipe, model, history))
    click.echo(_told_scores(table, table.y[test_rows], _predicted(model, table.X[test_rows])))


def _told_data(source: str, table: Table, n_train: int, n_test: int) -> str:
    what = f"{len(table.classes)} classes" if table.classes else "a quantity"
    rows = f"{n_train + n_test:,} rows ({n_train:,} to train, {n_test:,} to test)"
    return f"data       {Path(source).name}: {rows}, {len(table.columns)} columns -> {table.target} ({what})"


def _told_training(recipe: Recipe, model: keras.Model, history: History) -> str:
    reason = {"epochs": "", "early_stopping": ", stopped early", "diverged": ", diverged"}.get(history.stopped, "")
    loss = history.curves["loss"][history.best_epoch - 1]
    return (
        f"network    {recipe.name or 'network'}: {model.count_params():,} parameters\n"
        f"training   {history.n_epochs} epochs in {history.elapsed_s:.1f} s{reason}, loss {loss:.4f}"
    )


def _predicted(model: keras.Model, X: np.ndarray) -> np.ndarray:
    return np.asarray(model.predict(X, verbose=0))


def _told_scores(table: Table, y: np.ndarray, predicted: np.ndarray) -> str:
    if not table.classes:
        values = predicted.reshape(len(y))
        return f"test       R2 {r2_score(y, values):.4f}, mean absolute error {mean_absolute_error(y, values):.4g}"
    shares = np.column_stack([1 - predicted, predicted]) if predicted.shape[1] == 1 else predicted
    shares = shares.astype("float64") / shares.sum(axis=1, keepdims=True, dtype="float64")  # float32 sums miss 1
    accuracy = accuracy_score(y, shares.argmax(axis=1))
    loss = log_loss(y, shares, labels=range(len(table.classes)))
    return f"test       accuracy {accuracy:.4f}, log loss {loss:.4f}"
