"""A file of data -> features and targets, and what is to be learned of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import takewhile
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, NNBuildError, did_you_mean, name_list, show
from nnbuild.inputs.files import Arrays, read_file
from nnbuild.inputs.notations import TEXT, Notation
from nnbuild.inputs.table.categories import almost_numbers
from nnbuild.inputs.table.csv_text import TextTable
from nnbuild.inputs.table.notation import Readings
from nnbuild.inputs.table.reading import kind_of
from nnbuild.inputs.table.typed import How, typed
from nnbuild.language.input_kinds import INPUT_KINDS, goes_by_columns, input_kind
from nnbuild.recipe import Recipe
from nnbuild.report.units import counted
from nnbuild.runs.target_columns import TargetColumns, later_targets, targets_in
from nnbuild.tasks.rows import TASKS

if TYPE_CHECKING:  # they take seconds to be imported, and data is read and refused without them
    from nnbuild.estimators.base import NNEstimator


@dataclass(frozen=True, eq=False)
class Data:
    """Features and targets.

    Attributes
    ----------
    X : DataFrame of shape (n_samples, n_columns), or array of shape (n_samples, ...)
    y : array of shape (n_samples,) or (n_samples, n_targets)
        Labels; or quantities, float64.
    targets : tuple of str
        Names of what is learned.
    task : {"binary", "multiclass", "multilabel", "regression"}
    reason : str
        Why it is this task, in words.
    source : str
        File name, or name of the bundled data set.
    test : Data or None
        Rows of the file itself that are for tests.
    notations : mapping of str to Notation
        How the columns of a file of text are written, those of the targets among them.
    remarks : mapping of str to str
        What there is to report of columns as they are in the file.
    """

    X: Any
    y: np.ndarray
    targets: tuple[str, ...]
    task: str
    reason: str
    source: str
    test: Data | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.y)

    @property
    def is_regression(self) -> bool:
        """Whether quantities are learned, not classes."""
        return not TASKS[self.task].has_probabilities

    @property
    def has_classes(self) -> bool:
        """Whether each row is of one class."""
        return TASKS[self.task].has_classes

    @property
    def n_targets(self) -> int:
        """Number of columns that are learned."""
        return self.y.shape[1] if self.y.ndim == 2 else 1

    @property
    def n_outputs(self) -> int:
        """Number of classes, labels or quantities."""
        return len(np.unique(self.y)) if self.has_classes else self.n_targets

    def taken(self, rows: np.ndarray) -> Data:
        """Some rows."""
        X = self.X.iloc[rows] if isinstance(self.X, pd.DataFrame) else self.X[rows]
        return replace(self, X=X, y=self.y[rows], test=None)

    def split(self, fraction: float, seed: int) -> tuple[Data, Data]:
        """Rows to train on and `fraction` of all to test on, drawn with a seed.

        Classes keep their shares, and each has rows to train on: a row that is its only one is not tested on.

        Raises
        ------
        DataError
            If no rows are left to test on.
        """
        from nnbuild.train.common.splits import split_rows

        labels = np.unique(self.y, return_inverse=True)[1] if self.has_classes else None
        train_rows, test_rows = split_rows(len(self), fraction, "random", seed, labels)
        if labels is not None:
            known = np.isin(labels[test_rows], labels[train_rows])
            train_rows = np.sort(np.append(train_rows, test_rows[~known]))
            test_rows = test_rows[known]
        if not len(test_rows):
            raise DataError(f"{self.source}: no class has rows enough to hold some out\n  hint: --test-data FILE")
        return self.taken(train_rows), self.taken(test_rows)

    def summary(self) -> str:
        """The task in words, with the reason."""
        return f"{TASKS[self.task].in_words(self.n_outputs)}, {self.reason}"

    def target_text(self) -> str:
        """Names of the targets, and how they are written where that is not the usual way."""
        return ", ".join(f"{name}{_written(self.notations.get(name))}" for name in self.targets)


def _written(notation: Notation | None) -> str:
    return f" (written as {notation.example()})" if notation and notation.example() else ""


def read_data(
    source: str | PathLike,
    target: str | Sequence[str] | None = None,
    task: str | None = None,
    *,
    drop: Sequence[str] = (),
    drop_missing_target: bool = False,
    decimal: str | None = None,
    thousands: str | None = None,
    dates: str | None = None,
    inputs: Mapping[str, Mapping] | None = None,
) -> Data:
    """The features and targets in a file.

    Parameters
    ----------
    source : str or path
        A file (``.csv``, ``.tsv``, ``.parquet``, ``.npz``), or the name of a bundled data set.
    target : str or sequence of str, optional
        Columns to predict, also as one text with commas; by default the last. Arrays have y.
    task : {"classification", "regression"}, optional
        By default it follows from what the target holds.
    drop : sequence of str, optional
        Columns that are left out, also as one text with commas.
    drop_missing_target : bool, default=False
        Whether rows without a target are left out; else they are an error.
    decimal, thousands, dates : str, optional
        Which of two readings counts, as for `nnbuild.inputs.files.read_table`.
    inputs : mapping of str to mapping, optional
        What a recipe says of its inputs: columns that it takes as text or images stay text.

    Raises
    ------
    DataError
        If the file can't be read, has no such column, or its target can't be learned.
    """
    readings = Readings(decimal, thousands, dates)
    found, name = read_file(source), Path(source).name
    if isinstance(found, Arrays):
        return _of_arrays(found, name, target, task, drop, drop_missing_target)
    every = found.columns
    names = target_names(every, target, name)
    dropped = set(_names_in(drop, every, name))
    if both := [column for column in names if column in dropped]:
        raise DataError(f"{name}: column {show(both[0])} is the target, and is to be left out")
    features = [column for column in every if column not in dropped and column not in names]
    if not features:
        raise DataError(f"{name}: has no column besides the target: there is nothing to learn from")
    kinds = column_kinds(inputs or {}, features)
    frame, notations = _frame(found, [*features, *names], readings, kinds)
    if drop_missing_target:
        frame = frame[frame[list(names)].notna().all(axis=1)]
    targets = targets_in(frame[list(names)], name, task)
    remarks = {
        column: remark
        for column in features
        if notations.get(column) == TEXT and column not in kinds and (remark := almost_numbers(frame[column]))
    }
    as_text = {column for column, kind in kinds.items() if INPUT_KINDS[kind].read_as_text}
    kept = {column: TEXT if column in as_text else notation for column, notation in notations.items()}
    return replace(_data(frame[features], targets, name), notations=kept, remarks=remarks)


def _frame(
    found: TextTable | pd.DataFrame, columns: list, readings: Readings, kinds: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, Notation]]:
    """Columns of a file with their values, and how they are written in a file of text."""
    if isinstance(found, pd.DataFrame):
        return found[columns], {}
    how: dict[str, How] = {name: TEXT if is_text(kinds.get(name)) else readings for name in columns}
    return typed(found, how)


def column_kinds(inputs: Mapping[str, Mapping], columns: Collection[str]) -> dict[str, str]:
    """Kinds of the inputs that take a single column, by the name of their column."""
    kinds = {said.get("column", name): said["kind"] for name, said in inputs.items() if input_kind(said).takes_column}
    if len(columns) == len(inputs) == len(kinds) == 1 and not any("column" in said for said in inputs.values()):
        return dict(zip(columns, kinds.values(), strict=True))  # the only column, whatever its name
    return {name: kind for name, kind in kinds.items() if name in columns}


def is_text(kind: str | None) -> bool:
    """Whether the column of an input of a kind stays text in a CSV file."""
    return kind is not None and INPUT_KINDS[kind].read_as_text == "always"


def estimator_for(recipe: Recipe, data: Data, **parameters: object) -> NNEstimator:
    """The estimator that learns the data's targets, not fitted; its X is what `shaped` gives for the recipe's inputs.

    Parameters
    ----------
    recipe : Recipe
    data : Data
    **parameters : object
        Of the estimator, such as `epochs` and `random_state`. With ``prepare="auto"`` tables are prepared, except for
        a recipe whose input has a shape of its own, or is said to be a tensor.
    """
    from nnbuild.loading import ESTIMATORS

    with_tasks = {name: one for name, one in ESTIMATORS.items() if one._commands.tasks}
    estimator = next(one for one in with_tasks.values() if data.task in one._commands.tasks)
    inputs = recipe.network.inputs
    if isinstance(data.X, pd.DataFrame) and goes_by_columns(inputs):
        if parameters.get("prepare", "auto") is None and all(input_kind(said).takes_others for said in inputs.values()):
            check_numbers(data.X, data.source, PREPARED)
        return estimator(recipe, **parameters)
    if len(inputs) > 1:
        found = f"the recipe has the inputs {', '.join(inputs)}, and the data is one"
        raise DataError(f"{data.source}: {found}\n  hint: in Python, {' and '.join(with_tasks)} take a dict of arrays")
    (said,) = inputs.values()
    hint = PREPARED
    if not input_kind(said).takes_others and ("kind" in said or "shape" in said):
        parameters["prepare"], hint = None, TABLES
    if parameters.get("prepare", "auto") is None and isinstance(data.X, pd.DataFrame):
        check_numbers(data.X, data.source, hint)
    return estimator(recipe, **parameters)


def keep_notations(estimator: NNEstimator, data: Data) -> None:
    """Let a fitted estimator keep how the columns of its data are written, for files that come later."""
    estimator._fitted = replace(estimator._fitted, notations=data.notations)


def shaped(X: Any, inputs: Mapping[str, Mapping], source: str = "X") -> Any:
    """X as a network takes it: the columns of a table as an array, where the network's input has several axes.

    Parameters
    ----------
    X : DataFrame or array of shape (n_samples, ...)
    inputs : mapping of str to mapping
        What is known of each input, of a recipe's network or of an estimator's `recipe_`.
    source : str, default="X"
        Where X comes from, for messages.

    Raises
    ------
    DataError
        If a table has another number of columns than such an input has elements, or columns without numbers.
    """
    (name, said), *others = inputs.items()
    shape = said.get("shape") or []
    if not isinstance(X, pd.DataFrame) or others or len(shape) < 2 or goes_by_columns(inputs):
        return X
    sizes = "x".join("?" if size is None else str(size) for size in shape)
    if None in shape or math.prod(shape) != len(X.columns):
        hint = f"{TABLES}; arrays of that shape come from a file .npz"
        found = f"has {columns_said(X)}, and the recipe's input {show(name)} the shape {sizes}"
        raise DataError(f"{source}: {found}\n  hint: {hint}")
    check_numbers(X, source, TABLES)
    return X.to_numpy("float32").reshape(-1, *shape)


def check_numbers(frame: pd.DataFrame, source: str, hint: str) -> None:
    """Raise a `DataError` unless all columns hold numbers, none of them missing: a network takes them as they are."""
    for name, column in frame.items():
        what = f"{source}: column {show(str(name))}"
        if kind_of(str(name), column) not in ("number", "flag"):
            example = show(str(column[column.notna()].iloc[0]))
            raise DataError(f"{what} holds no numbers, but such as {example}\n  hint: {hint}")
        if n_missing := int(column.isna().sum()):
            raise DataError(f"{what} has {counted(n_missing, 'missing value')}\n  hint: {hint}")


def columns_said(X: Any) -> str:
    """How wide X is, in words."""
    if isinstance(X, pd.DataFrame):
        return counted(len(X.columns), "column")
    return f"X of {'x'.join(map(str, X.shape[1:]))}"


@contextmanager
def data_error(source: str) -> Iterator[None]:
    """Raise what estimators say of data, in scikit-learn's classes, as a `DataError` that names the data."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{source}: {error}") from error
    except NNBuildError:
        raise
    except (ValueError, TypeError) as error:
        first, *lines = str(error).splitlines() or [type(error).__name__]
        own = takewhile(lambda line: line.startswith("  "), lines)  # what follows in scikit-learn's is advice on others
        raise DataError("\n".join([f"{source}: {first}", *own])) from error


def target_names(columns: Collection[str], target: str | Sequence[str] | None, source: str) -> tuple[str, ...]:
    """Names of the columns that are targets: those asked for, or the last.

    Raises
    ------
    DataError
        If there is no such column.
    """
    if target is None:
        *_, last = columns
        return (str(last),)
    return tuple(dict.fromkeys(_names_in([target] if isinstance(target, str) else target, columns, source)))


def _names_in(given: Sequence[str], columns: Collection[str], source: str) -> list[str]:
    """Names of columns that are there; several may be given as one text with commas."""
    names = [name.strip() for text in given for name in ([text] if text in columns else text.split(","))]
    for name in names:
        check_column(name, columns, source)
    return names


def check_column(name: str, columns: Collection[str], source: str) -> None:
    """Raise a `DataError` unless a table has a column."""
    if name not in columns:
        known = list(map(str, columns))
        hint = did_you_mean(name, known)
        found = f"{source}: has no column {show(name)}\n  allowed: {name_list(known, name)}"
        raise DataError(found + (f"\n  hint: {hint}" if hint else ""))


def _of_arrays(
    arrays: Arrays, name: str, target: object, task: str | None, drop: Sequence[str], drop_missing_target: bool
) -> Data:
    if target is not None or drop:
        option = "target" if target is not None else "drop"
        raise DataError(f"{name}: holds arrays, without columns to name by --{option}: y is the target")
    if arrays.y is None:
        hint = "numpy.savez('data.npz', X=X, y=y) writes both into one file"
        raise DataError(f"{name}: holds X and no y: there is nothing to learn\n  hint: {hint}")
    X, columns = arrays.X, target_columns(arrays.y, name)
    if drop_missing_target:
        kept = columns.notna().all(axis=1).to_numpy()
        X, columns = X[kept], columns[kept].reset_index(drop=True)
    _check_finite(X, "X", name)
    _check_finite(arrays.X_test, "X_test", name)
    data = _data(X, targets_in(columns, name, task), name)
    if arrays.X_test is None or arrays.y_test is None:
        return data
    classes = np.unique(data.y) if data.has_classes else None
    y_test = later_targets(target_columns(arrays.y_test, name), name, data.task, classes, data.n_targets)
    return replace(data, test=replace(data, X=arrays.X_test, y=y_test))


def _check_finite(array: np.ndarray | None, part: str, name: str) -> None:
    if array is not None and array.dtype.kind == "f" and (n_wrong := int((~np.isfinite(array)).sum())):
        hint = "fill them first; what is missing in a table, as in a file .csv, is filled by itself"
        raise DataError(f"{name}: {part} has {counted(n_wrong, 'value')} that are NaN or infinite\n  hint: {hint}")


def target_columns(y: np.ndarray, name: str) -> pd.DataFrame:
    """An array of targets as columns."""
    if y.ndim > 2:
        raise DataError(f"{name}: y has the shape {y.shape}\n  allowed: (n_samples,) or (n_samples, n_targets)")
    if y.ndim == 1 or y.shape[1] == 1:
        return pd.DataFrame({"y": y.reshape(-1)})
    return pd.DataFrame(y, columns=[f"y[{number}]" for number in range(y.shape[1])])


def _data(X: Any, targets: TargetColumns, name: str) -> Data:
    return Data(X, targets.y, targets.names, targets.task, targets.reason, name)


PREPARED = "--prepare auto makes numbers of every column, for recipes that take tables"
TABLES = "recipes such as 'mlp' take tables"
