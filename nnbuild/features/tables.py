"""A table in a file -> arrays of features and targets."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import as_file, files
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from nnbuild.errors import NNBuildError, did_you_mean, name_list, show

MOST_INTEGER_CLASSES = 20  # whole numbers with more distinct values than this are a quantity


class DataError(NNBuildError, ValueError):
    """Data that can't be used as it is: what, where, and how to mend it."""


@dataclass(frozen=True)
class Table:
    """Features and target of a table.

    Attributes
    ----------
    X : array of shape (n_samples, n_features), float32
    y : array of shape (n_samples,)
        Class numbers from 0 (int32) in a classification, else float32.
    columns : tuple of str
        Names of the features.
    target : str
        Name of the target.
    classes : tuple of str
        Names of the classes; empty in a regression.
    """

    X: np.ndarray
    y: np.ndarray
    columns: tuple[str, ...]
    target: str
    classes: tuple[str, ...]

    @property
    def task(self) -> str:
        """One of "binary", "multiclass" and "regression"."""
        return {0: "regression", 2: "binary"}.get(len(self.classes), "multiclass")


def read_table(path: str | PathLike, target: str | None = None) -> Table:
    """The table in a CSV file.

    Parameters
    ----------
    path : str or path
        A file ``*.csv`` or ``*.csv.gz`` with a header, in UTF-8; or the name of a bundled data set.
    target : str, optional
        Column to predict; by default the last.

    Raises
    ------
    DataError
        If there is no such file or column, or a column is not ready for a network.
    """
    frame = _read(path)
    name = _target(frame, target, str(path))
    features = frame.drop(columns=name)
    if not len(frame) or not len(features.columns):
        raise DataError(f"{path}: needs rows and, besides the target, at least one column of features")
    for column in (*features.columns, name):
        _check_column(features[column] if column in features else frame[name], str(path), column == name)
    y, classes = _labels(frame[name], str(path))
    return Table(features.to_numpy("float32"), y, tuple(features.columns), name, classes)


def bundled_names() -> list[str]:
    """Names of the data sets that travel with the package."""
    return sorted(entry.name.split(".")[0] for entry in _bundled().iterdir() if entry.name.endswith(".csv.gz"))


def _bundled():
    return files("nnbuild") / "bundled"


def _read(path: str | PathLike) -> pd.DataFrame:
    if str(path) in bundled_names():
        with as_file(_bundled() / f"{path}.csv.gz") as file:
            return pd.read_csv(file)
    if not Path(path).is_file():
        hint = did_you_mean(str(path), bundled_names())
        found = f"no such file or bundled data set: {show(str(path))}"
        found += f"\n  allowed: a CSV file, or {name_list(bundled_names())}"
        raise DataError(found + (f"\n  hint: {hint}" if hint else ""))
    try:
        return pd.read_csv(path)
    except (ValueError, OSError) as error:  # pandas' parser and decoding errors are ValueErrors
        raise DataError(f"{path}: can't be read as CSV in UTF-8: {' '.join(str(error).split())}") from None


def _target(frame: pd.DataFrame, target: str | None, path: str) -> str:
    names = list(map(str, frame.columns))
    if target is None:
        return names[-1]
    if target not in names:
        hint = did_you_mean(target, names)
        found = f"{path}: has no column {show(target)}\n  allowed: {name_list(names, target)}"
        raise DataError(found + (f"\n  hint: {hint}" if hint else ""))
    return target


def _check_column(column: pd.Series, path: str, is_target: bool) -> None:
    """Refuse what a network can't take as it is."""
    what = f"{path}: column {show(str(column.name))}"
    n_missing = int(column.isna().sum())
    if n_missing:
        raise DataError(f"{what} has {n_missing} missing values\n  hint: fill them, or leave these rows out")
    if not is_target and not pd.api.types.is_numeric_dtype(column):
        raise DataError(f"{what} holds text, such as {show(str(column.iloc[0]))}\n  hint: turn it into numbers first")


def _labels(column: pd.Series, path: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class numbers and names, or a quantity and no names."""
    whole = pd.api.types.is_integer_dtype(column) and column.nunique() <= MOST_INTEGER_CLASSES
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column) and not whole:
        return column.to_numpy("float32"), ()
    classes, numbers = np.unique(column.to_numpy(), return_inverse=True)
    if len(classes) < 2:
        raise DataError(f"{path}: the target {show(str(column.name))} has one value only, {show(str(classes[0]))}")
    return numbers.astype("int32"), tuple(map(str, classes))
