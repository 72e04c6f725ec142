"""Read a file to predict or to test on, in the form of the training data."""

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
from nnbuild.runs.data.dataset import Dataset
from nnbuild.runs.data.reading import column_kinds, is_text, target_columns, target_names
from nnbuild.runs.data.targets import is_float_text, new_targets

if TYPE_CHECKING:
    from nnbuild.estimators.base import NNEstimator


@dataclass(frozen=True, eq=False)
class Schema:
    """Columns, targets and notations of the training data.

    Attributes
    ----------
    columns : tuple of str or None
        Names of the features; None for arrays.
    targets : tuple of str
    task : {"binary", "constant", "multiclass", "multilabel", "regression"}
    classes : array of shape (n_classes,) or None
        Labels, if each sample has one of several classes.
    n_targets : int
    how : mapping of str to Notation, Readings or None
        Formats for reading the columns of a text file, including the targets.
    """

    columns: tuple[str, ...] | None
    targets: tuple[str, ...]
    task: str
    classes: np.ndarray | None
    n_targets: int
    how: Mapping[str, How] = field(default_factory=dict)

    @classmethod
    def of_data(cls, data: Dataset) -> Schema:
        """Return the schema of a training set, before training."""
        columns = tuple(map(str, data.X.columns)) if isinstance(data.X, pd.DataFrame) else None
        classes = np.unique(data.y) if data.has_classes else None
        return cls(columns, data.targets, data.task, classes, data.n_targets, data.notations)

    @classmethod
    def of_model(cls, estimator: NNEstimator, notes: Mapping) -> Schema:
        """Return the schema of a saved model. `notes` are those that `nnbuild train` writes to its file."""
        from nnbuild.estimators.fitted import fit_of

        columns = getattr(estimator, "feature_names_in_", None)
        if columns is None:
            columns = noted_texts(notes, "columns") or None
        fitted = fit_of(estimator)
        classes = estimator.classes_ if fitted.targets.row.has_classes else None
        columns = None if columns is None else tuple(map(str, columns))
        n_targets = 1 if classes is not None else estimator.n_outputs_
        targets = noted_texts(notes, "targets")
        how = fitted.notations or _how(estimator, targets, classes)
        return cls(columns, targets, fitted.targets.task, classes, n_targets, how)


@dataclass(frozen=True, eq=False)
class NewData:
    """Features, and targets if there are any, of a file to predict or to test on.

    Attributes
    ----------
    X : DataFrame of shape (n_samples, n_columns), or array of shape (n_samples, ...)
        In the form of the training data.
    targets : DataFrame of shape (n_samples, n_targets) or None
        None if the file has none.
    ignored : tuple of str
        Columns that are neither features nor targets.
    source : str
        File name.
    """

    X: Any
    targets: pd.DataFrame | None
    ignored: tuple[str, ...]
    source: str


def read_new_data(source: str, schema: Schema, targets: Sequence[str] = (), with_targets: bool = True) -> NewData:
    """Read the features of a file, and its targets if it has any. Columns are matched by name.

    Parameters
    ----------
    source : str
        File or data set, as for `read_data`. Of arrays X_train and X_test, only the test set is read.
    schema : Schema
    targets : sequence of str, optional
        Target columns, if their names differ from those of the training data.
    with_targets : bool, default=True
        Whether to read targets.

    Raises
    ------
    DataError
        If the file can't be read, or lacks feature columns or those of `targets`.
    """
    found, name = read_file(source), Path(source).name
    if isinstance(found, Arrays):
        if schema.columns is not None:
            columns = name_list(schema.columns)
            raise DataError(f"{name}: contains arrays, but the model requires a table with the columns {columns}")
        if targets:
            raise DataError(f"{name}: --target is not supported for a file of arrays, whose target is y")
        if found.is_split and found.X_test is not None:  # the training samples are not new
            found, name = Arrays(found.X_test, found.y_test), f"{name} (test set)"
        return NewData(found.X, None if found.y is None else target_columns(found.y, name), (), name)
    if schema.columns is None:
        raise DataError(
            f"{name}: contains a table, but the model requires arrays\n  allowed: files that end in .npz or .npy"
        )
    every = found.columns
    _check_columns(every, schema, name)
    names = target_names(every, targets, name) if targets else schema.targets
    used = {*schema.columns, *names}
    others = tuple(str(column) for column in every if column not in used)
    if with_targets and not names and len(others) == 1:  # the only column that is not a feature
        names, others = others, ()
    names = names if with_targets and all(column in every for column in names) else ()
    frame = _frame(found, schema, names) if isinstance(found, TextTable) else found
    return NewData(frame[list(schema.columns)], frame[list(names)] if names else None, others, name)


def _frame(found: TextTable, schema: Schema, targets: Sequence[str]) -> pd.DataFrame:
    """Return the features and targets of a text file, read in the formats of the training data."""
    assert schema.columns is not None
    how = {name: schema.how.get(name) for name in schema.columns}
    as_trained = schema.targets if len(schema.targets) == len(targets) else targets
    how |= {name: schema.how.get(trained) for name, trained in zip(targets, as_trained, strict=True)}
    return typed(found, how)[0]


def _how(estimator: NNEstimator, targets: tuple[str, ...], classes: np.ndarray | None) -> dict[str, How]:
    """Derive column formats from the preparation, for a model that was not trained on a text file."""
    preparation = estimator.preparation_
    parts = preparation.values() if isinstance(preparation, Mapping) else [preparation]
    how: dict[str, How] = {name: notation for part in parts if part for name, notation in part.notations.items()}
    for name, kind in column_kinds(estimator.recipe_.inputs if estimator.recipe_ else {}, how).items():
        how[name] = TEXT if is_text(kind) else None
    labels = [] if classes is None else classes.tolist()
    if any(isinstance(label, str) for label in labels) and not all(map(is_float_text, labels)):
        how |= dict.fromkeys(targets, TEXT)
    return how


def dataset_of(new: NewData, schema: Schema) -> Dataset:
    """Return new data as a test set.

    Raises
    ------
    DataError
        If the file lacks targets, or has classes that are not in the training data.
    """
    if new.targets is None:
        raise DataError(f"{new.source}: has no target {show(', '.join(schema.targets) or 'y')} to score against")
    y = new_targets(new.targets, new.source, schema.task, schema.classes, schema.n_targets)
    return Dataset(new.X, y, tuple(map(str, new.targets)), schema.task, "", new.source)


def noted_texts(notes: Mapping, key: str) -> tuple[str, ...]:
    """Return a list of texts from the notes of a model file, which may contain any JSON value."""
    found = notes.get(key)
    return tuple(found) if isinstance(found, list | tuple) and all(isinstance(text, str) for text in found) else ()


def _check_columns(columns: Collection[str], schema: Schema, name: str) -> None:
    assert schema.columns is not None
    missing = [column for column in schema.columns if column not in columns]
    if not missing:
        return
    used = set(schema.columns)
    others = [str(column) for column in columns if column not in used]
    what = f"the column {show(missing[0])}" if len(missing) == 1 else f"{len(missing)} columns: {name_list(missing)}"
    hint = did_you_mean(missing[0], others).replace("did you mean", "is it the column")
    raise DataError(f"{name}: lacks {what}, which the model requires" + (f"\n  hint: {hint}" if hint else ""))
