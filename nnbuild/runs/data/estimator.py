"""Create the estimator for a data set, and convert X to the form that it requires."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pandas as pd

from nnbuild.errors import DataError, NNBuildError, show
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.inputs.table.reading import kind_of
from nnbuild.language.input_kinds import input_kind, is_read_by_columns
from nnbuild.plan.settings import loss_of
from nnbuild.recipe import Recipe
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import Dataset, columns_text
from nnbuild.runs.workflows.rows import SUPERVISED, WORKFLOW_ROWS
from nnbuild.tasks.losses import head_of

if TYPE_CHECKING:  # importing estimators takes seconds
    from nnbuild.estimators.base import NNEstimator


def estimator_for(recipe: Recipe, data: Dataset, **parameters: object) -> NNEstimator:
    """Return an unfitted estimator for the task of the data. It requires X as `shaped` returns it.

    Parameters
    ----------
    recipe : Recipe
    data : Dataset
    **parameters : object
        Parameters of the estimator, such as `epochs` and `random_state`. With ``prepare="auto"`` tables are prepared,
        except if the recipe's input has a shape or is of kind "tensor".

    Raises
    ------
    DataError
        If the recipe does not take such data, or if a target has the name of a predicted quantile.
    """
    if data.is_regression:
        _check_names(data, quantile_columns(data.targets, loss_of(recipe.network)))
    from nnbuild.loading import estimator_class

    names = WORKFLOW_ROWS[SUPERVISED].estimators
    estimator = estimator_class(next(name for name in names if data.task in ESTIMATORS[name].tasks))
    inputs = recipe.network.inputs
    if isinstance(data.X, pd.DataFrame) and is_read_by_columns(inputs):
        if parameters.get("prepare", "auto") is None and all(input_kind(spec).takes_others for spec in inputs.values()):
            check_numbers(data.X, data.source, PREPARED)
        return estimator(recipe, **parameters)
    if len(inputs) > 1:
        found = f"the recipe has the inputs {', '.join(inputs)}, but the data has only one"
        raise DataError(f"{data.source}: {found}\n  hint: in Python, {' and '.join(names)} take a dict of arrays")
    (spec,) = inputs.values()
    hint = PREPARED
    if not input_kind(spec).takes_others and ("kind" in spec or "shape" in spec):
        parameters["prepare"], hint = None, TABLES
    if parameters.get("prepare", "auto") is None and isinstance(data.X, pd.DataFrame):
        check_numbers(data.X, data.source, hint)
    return estimator(recipe, **parameters)


def quantile_columns(targets: Sequence[str], loss: str | Mapping | None) -> list[str]:
    """Return the columns of predicted quantiles, by target and level; none if the loss predicts one value a target.

    Examples
    --------
    >>> quantile_columns(["price"], {"type": "Quantile", "quantiles": [0.1, 0.5]})
    ['price_q0.1', 'price_q0.5']
    """
    return [f"{name}_q{level}" for name in targets for level in head_of(loss).listed]


def _check_names(data: Dataset, columns: Sequence[str]) -> None:
    """Raise a `DataError` if a target has the name of a column of predicted quantiles."""
    for name in data.targets:
        if name in columns:
            found = f"{data.source}: target {show(name)} has the name of a quantile in the predictions"
            raise DataError(f"{found}\n  hint: rename the target in the file")


def shaped(X: Any, inputs: Mapping[str, Mapping], source: str = "X") -> Any:
    """Return X with a table converted to an array if the network's input has several axes.

    Parameters
    ----------
    X : DataFrame or array of shape (n_samples, ...)
    inputs : mapping of str to mapping
        Inputs of a recipe's network, or of an estimator's `recipe_`.
    source : str, default="X"
        Name of the data, for messages.

    Raises
    ------
    DataError
        If the number of columns of a table differs from the number of elements of the input, or columns are not
        numeric.
    """
    (name, spec), *others = inputs.items()
    shape = spec.get("shape") or []
    if not isinstance(X, pd.DataFrame) or others or len(shape) < 2 or is_read_by_columns(inputs):
        return X
    sizes = "x".join("?" if size is None else str(size) for size in shape)
    if None in shape or math.prod(shape) != len(X.columns):
        hint = f"{TABLES}, or arrays of that shape in an .npz file"
        found = f"has {columns_text(X)}, but the recipe's input {show(name)} has shape {sizes}"
        raise DataError(f"{source}: {found}\n  hint: {hint}")
    check_numbers(X, source, TABLES)
    return X.to_numpy("float32").reshape(-1, *shape)


def model_inputs(estimator: NNEstimator, X: Any, source: str) -> Any:
    """Return X in the form that a fitted estimator requires. Errors are those of `shaped`."""
    return X if estimator.recipe_ is None else shaped(X, estimator.recipe_.inputs, source)


def check_numbers(frame: pd.DataFrame, source: str, hint: str) -> None:
    """Raise a `DataError` unless all columns are numeric and complete."""
    for name, column in frame.items():
        what = f"{source}: column {show(str(name))}"
        if kind_of(str(name), column) not in ("number", "flag"):
            example = show(str(column[column.notna()].iloc[0]))
            raise DataError(f"{what} is not numeric: it contains values such as {example}\n  hint: {hint}")
        if n_missing := int(column.isna().sum()):
            raise DataError(f"{what} has {counted(n_missing, 'missing value')}\n  hint: {hint}")


def training_and_validation_rows(estimator: Any, data: Any, X: Any, y: Any, seed: int) -> tuple[Any, int]:
    """Return the training set of a fit without its validation set, and the size of the validation set.

    Parameters
    ----------
    estimator : estimator
        Fitted on `data`.
    data : Data
    X, y : array-like of shape (n_samples, ...)
        Samples and targets of `data`, as in `fit`.
    seed : int
        Seed of the fit.
    """
    from nnbuild.estimators.fitted import fit_of
    from nnbuild.estimators.training import Rows, held_out_rows, rows_to_learn_from

    rows = Rows(X, y, None)
    held_out = held_out_rows(rows, fit_of(estimator).targets, estimator.recipe_.training, seed)
    return (data, 0) if held_out is None else (data.select(rows_to_learn_from(rows, held_out)), len(held_out))


@contextmanager
def data_error(source: str) -> Iterator[None]:
    """Convert errors that estimators raise for data to a `DataError` with the name of the data."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{source}: {error}") from error
    except NNBuildError:
        raise
    except (ValueError, TypeError) as error:
        first, *lines = str(error).splitlines() or [type(error).__name__]
        own = takewhile(lambda line: line.startswith("  "), lines)  # later lines recommend other estimators
        raise DataError("\n".join([f"{source}: {first}", *own])) from error


PREPARED = "use --prepare auto and a recipe for tables, so that every column is converted to numbers"
TABLES = "use a recipe for tables, such as 'table'"
