"""Rows that come later, to test or to predict -> features and targets in the form that a network was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.features.files import Arrays, read_file
from nnbuild.runs.data import Data, target_columns, target_names
from nnbuild.runs.targets import later_targets

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
    """

    columns: tuple[str, ...] | None
    targets: tuple[str, ...]
    task: str
    classes: np.ndarray | None
    n_targets: int

    @classmethod
    def of_data(cls, data: Data) -> Known:
        """What is known before training."""
        columns = tuple(map(str, data.X.columns)) if isinstance(data.X, pd.DataFrame) else None
        classes = np.unique(data.y) if data.has_classes else None
        return cls(columns, data.targets, data.task, classes, data.n_targets)

    @classmethod
    def of_model(cls, estimator: NNEstimator, notes: Mapping) -> Known:
        """What a saved model says; `notes` are those that `nnbuild train` has written into it, if it did."""
        columns = getattr(estimator, "feature_names_in_", None)
        if columns is None:
            columns = _texts(notes, "columns") or None
        task = estimator.recipe_.task if estimator.recipe_ is not None else "multiclass"
        classes = estimator.classes_ if task in ("binary", "multiclass") else None
        columns = None if columns is None else tuple(map(str, columns))
        n_targets = 1 if classes is not None else estimator.n_outputs_
        return cls(columns, _texts(notes, "targets"), task, classes, n_targets)


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


def read_later(source: str, known: Known, targets: Sequence[str] = ()) -> Later:
    """Features, and targets if there are any, in a file; columns go by their names.

    Parameters
    ----------
    source : str
        As `read_data` takes it.
    known : Known
    targets : sequence of str, optional
        Columns that are the targets, where they have other names than in the training.

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
    _check_columns(found, known, name)
    names = target_names(found, targets, name) if targets else known.targets
    has_targets = names and set(names) <= set(found.columns)
    taken = {*known.columns, *names}
    ignored = tuple(str(column) for column in found.columns if column not in taken)
    return Later(found[list(known.columns)], found[list(names)] if has_targets else None, ignored, name)


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


def _check_columns(frame: pd.DataFrame, known: Known, name: str) -> None:
    assert known.columns is not None
    missing = [column for column in known.columns if column not in frame.columns]
    if not missing:
        return
    others = [str(column) for column in frame.columns if column not in known.columns]
    what = f"the column {show(missing[0])}" if len(missing) == 1 else f"{len(missing)} columns: {name_list(missing)}"
    hint = did_you_mean(missing[0], others).replace("did you mean", "is it the column that is called")
    raise DataError(f"{name}: lacks {what}, which the model was trained on" + (f"\n  hint: {hint}" if hint else ""))
