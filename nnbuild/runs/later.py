"""Rows that come later, to test or to predict -> features and targets in the form that a network was trained on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.inputs.files import Arrays, read_file
from nnbuild.inputs.notations import TEXT
from nnbuild.inputs.table.csv_text import TextTable
from nnbuild.inputs.table.typed import How, typed
from nnbuild.runs.data import Data, column_kinds, is_text, target_columns, target_names
from nnbuild.runs.target_columns import is_float_text, later_targets
from nnbuild.tasks.rows import TASKS

if TYPE_CHECKING:
    from nnbuild.estimators.base import NNEstimator


@dataclass(frozen=True, eq=False)
class Known:
    """What a training was about.

    Attributes
    ----------
    columns : tuple of str or None
        Of the features; None where these were arrays.
    targets : tuple of str
    task : {"binary", "multiclass", "multilabel", "regression"}
    classes : array of shape (n_classes,) or None
        Labels of a binary or multiclass task.
    n_targets : int
    how : mapping of str to Notation, Readings or None
        How the columns of a file of text are read, the targets among them.
    """

    columns: tuple[str, ...] | None
    targets: tuple[str, ...]
    task: str
    classes: np.ndarray | None
    n_targets: int
    how: Mapping[str, How] = field(default_factory=dict)

    @classmethod
    def of_data(cls, data: Data) -> Known:
        """What is known before training."""
        columns = tuple(map(str, data.X.columns)) if isinstance(data.X, pd.DataFrame) else None
        classes = np.unique(data.y) if data.has_classes else None
        return cls(columns, data.targets, data.task, classes, data.n_targets, data.notations)

    @classmethod
    def of_model(cls, estimator: NNEstimator, notes: Mapping) -> Known:
        """What a saved model says; `notes` are those that `nnbuild train` has written into it, if it did."""
        columns = getattr(estimator, "feature_names_in_", None)
        if columns is None:
            columns = _texts(notes, "columns") or None
        task = estimator.recipe_.task if estimator.recipe_ is not None else "multiclass"
        classes = estimator.classes_ if TASKS[task].has_classes else None
        columns = None if columns is None else tuple(map(str, columns))
        n_targets = 1 if classes is not None else estimator.n_outputs_
        targets = _texts(notes, "targets")
        how = estimator._fitted.notations or _how(estimator, targets, classes)
        return cls(columns, targets, task, classes, n_targets, how)


@dataclass(frozen=True, eq=False)
class Later:
    """Rows that came later.

    Attributes
    ----------
    X : DataFrame of shape (n_samples, n_columns), or array of shape (n_samples, ...)
        In the form of the training.
    targets : DataFrame of shape (n_samples, n_targets) or None
        None where the file has none of them.
    ignored : tuple of str
        Columns that are neither.
    source : str
        File name.
    """

    X: Any
    targets: pd.DataFrame | None
    ignored: tuple[str, ...]
    source: str


def read_later(source: str, known: Known, targets: Sequence[str] = (), with_targets: bool = True) -> Later:
    """Features, and targets if there are any, in a file; columns go by their names.

    Parameters
    ----------
    source : str
        As `read_data` takes it.
    known : Known
    targets : sequence of str, optional
        Columns that are the targets, where they have other names than in the training.
    with_targets : bool, default=True
        Whether targets are read.

    Raises
    ------
    DataError
        If the file can't be read, or lacks columns of the features or those of `targets`.
    """
    found, name = read_file(source), Path(source).name
    if isinstance(found, Arrays):
        if known.columns is not None:
            columns = name_list(known.columns)
            raise DataError(f"{name}: holds arrays, and the model takes a table with the columns {columns}")
        if targets:
            raise DataError(f"{name}: holds arrays, without columns to name by --target: y is the target")
        return Later(found.X, None if found.y is None else target_columns(found.y, name), (), name)
    if known.columns is None:
        raise DataError(f"{name}: is a table, and the model takes arrays\n  allowed: files that end in .npz or .npy")
    every = found.columns
    _check_columns(every, known, name)
    names = target_names(every, targets, name) if targets else known.targets
    taken = {*known.columns, *names}
    others = tuple(str(column) for column in every if column not in taken)
    if with_targets and not names and len(others) == 1:  # the one that the model does not know
        names, others = others, ()
    names = names if with_targets and all(column in every for column in names) else ()
    frame = _frame(found, known, names) if isinstance(found, TextTable) else found
    return Later(frame[list(known.columns)], frame[list(names)] if names else None, others, name)


def _frame(found: TextTable, known: Known, targets: Sequence[str]) -> pd.DataFrame:
    """The features and targets of a file of text, read as in the training."""
    assert known.columns is not None
    how = {name: known.how.get(name) for name in known.columns}
    as_trained = known.targets if len(known.targets) == len(targets) else targets
    how |= {name: known.how.get(trained) for name, trained in zip(targets, as_trained, strict=True)}
    return typed(found, how)[0]


def _how(estimator: NNEstimator, targets: tuple[str, ...], classes: np.ndarray | None) -> dict[str, How]:
    """How the columns of a file are read where the model was not trained on a file of text, by what was learned."""
    preparation = estimator.preparation_
    parts = preparation.values() if isinstance(preparation, Mapping) else [preparation]
    how: dict[str, How] = {name: notation for part in parts if part for name, notation in part.read_as.items()}
    for name, kind in column_kinds(estimator.recipe_.inputs if estimator.recipe_ else {}, how).items():
        how[name] = TEXT if is_text(kind) else None
    labels = [] if classes is None else classes.tolist()
    if any(isinstance(label, str) for label in labels) and not all(map(is_float_text, labels)):
        how |= dict.fromkeys(targets, TEXT)
    return how


def data_of(later: Later, known: Known) -> Data:
    """Later rows with their targets.

    Raises
    ------
    DataError
        If the file lacks targets, or has values that the training did not have.
    """
    if later.targets is None:
        raise DataError(f"{later.source}: has no target {show(', '.join(known.targets) or 'y')} to compare with")
    y = later_targets(later.targets, later.source, known.task, known.classes, known.n_targets)
    return Data(later.X, y, tuple(map(str, later.targets)), known.task, "", later.source)


def _texts(notes: Mapping, key: str) -> tuple[str, ...]:
    """A list of texts in the notes of a model file, which may be anyone's."""
    found = notes.get(key)
    return tuple(found) if isinstance(found, list | tuple) and all(isinstance(text, str) for text in found) else ()


def _check_columns(columns: Collection[str], known: Known, name: str) -> None:
    assert known.columns is not None
    missing = [column for column in known.columns if column not in columns]
    if not missing:
        return
    taken = set(known.columns)
    others = [str(column) for column in columns if column not in taken]
    what = f"the column {show(missing[0])}" if len(missing) == 1 else f"{len(missing)} columns: {name_list(missing)}"
    hint = did_you_mean(missing[0], others).replace("did you mean", "is it the column that is called")
    raise DataError(f"{name}: lacks {what}, which the model was trained on" + (f"\n  hint: {hint}" if hint else ""))
