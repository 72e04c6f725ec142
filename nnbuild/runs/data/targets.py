"""Convert target columns to labels or numbers, and infer the task."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, name_list, show
from nnbuild.inputs.table.categories import almost_numbers
from nnbuild.inputs.table.reading import as_categories, as_numbers, kind_of, place_of
from nnbuild.report.units import counted
from nnbuild.tasks.inference import has_classes, has_labels
from nnbuild.tasks.rows import TASKS, task_of_labels

MAX_TEXT_CLASSES = 20  # texts with more distinct values are classes only if each has 10 samples on average
AS_GIVEN = "as set by --task"
AS_CLASSES = {"classification": True, "regression": False}  # values of --task


def targets_in(columns: pd.DataFrame, source: str, task: str | None = None) -> tuple[np.ndarray, str, str]:
    """Return the targets in columns of a table, their task, and the reason for it.

    Parameters
    ----------
    columns : DataFrame of shape (n_samples, n_targets)
    source : str
        Name of the data, for messages.
    task : {"classification", "regression"}, optional
        The default follows from the values.

    Returns
    -------
    y : array of shape (n_samples,) or (n_samples, n_targets)
        Labels (text, int or bool), or float64 for regression.
    task : {"binary", "multiclass", "multilabel", "regression"}
    reason : str
        "because ...", or "as set by --task".

    Raises
    ------
    DataError
        If values are missing, can't be targets, or are all the same.
    """
    for name, column in columns.items():
        _check_values(str(name), column, source)
    as_classes = None if task is None else AS_CLASSES[task]
    if len(columns.columns) > 1:
        return _several(columns, source, as_classes)
    ((name, column),) = columns.items()
    are_classes, reason = has_classes(str(name), column)
    if as_classes is False and kind_of(str(name), column) == "text":
        found = f"target {show(name)} is text, such as {show(str(column.iloc[0]))}"
        raise DataError(f"{source}: regression requires numbers, but {found}")
    reason = reason if task is None else AS_GIVEN
    if not (are_classes if as_classes is None else as_classes):
        return as_numbers(str(name), column, numeric_kind(str(name), column)), "regression", reason
    y = labels_of(str(name), column)
    n_classes = len(np.unique(y))
    note = almost_numbers(column)
    few_will_do = n_classes <= MAX_TEXT_CLASSES and not note
    if task is None and n_classes > max(2, len(y) // 2 if few_will_do else len(y) // 10):
        hint = "choose another column with --target, or pass --task classification"
        if note:
            hint = f"{note}; numeric targets are learned by regression"
        found = f"target {show(name)} has {n_classes} different texts in {len(y)} rows, too many for classes"
        raise DataError(f"{source}: {found}\n  hint: {hint}")
    return y, task_of_labels(max(2, n_classes)), reason  # 1 and "1" are two values and one label


def labels_of(name: str, column: pd.Series) -> np.ndarray:
    """Return the labels of a column, shape (n_samples,): bools and integers unchanged, all else as text."""
    kind = kind_of(name, column)
    if kind == "flag":
        return column.to_numpy("bool")
    if kind == "number":
        numbers = as_numbers(name, column)
        if (numbers == np.round(numbers)).all() and np.abs(numbers).max() < 2**53:
            return numbers.astype("int64")
        return np.array([str(number) for number in numbers.tolist()], object)
    codes, categories = as_categories(name, column)
    return np.array(categories, object)[codes]


def new_targets(
    columns: pd.DataFrame, source: str, task: str, classes: np.ndarray | None, n_targets: int
) -> np.ndarray:
    """Return targets of test samples in the form of the training targets.

    Parameters
    ----------
    columns : DataFrame of shape (n_samples, n_targets)
    source : str
        Name of the data, for messages.
    task : {"binary", "multiclass", "multilabel", "regression"}
    classes : array of shape (n_classes,) or None
        Labels of the training set, in a binary or multiclass task.
    n_targets : int
        Number of targets of the training set.

    Raises
    ------
    DataError
        If the number of targets differs, or values are missing or not among the classes.
    """
    if len(columns.columns) != n_targets:
        names = ", ".join(show(str(name)) for name in columns)
        raise DataError(
            f"{source}: expected {counted(n_targets, 'target')} as in training, got {len(columns.columns)}: {names}"
        )
    for name, column in columns.items():
        _check_values(str(name), column, source, is_new=True)
    if classes is None:
        y = _numbers(columns)
        if TASKS[task].has_probabilities:  # 0 and 1 for each of several labels
            return np.column_stack(y).astype("int64")
        return y[0] if len(y) == 1 else np.column_stack(y)
    ((name, column),) = columns.items()
    label_of = {str(label): label for label in classes.tolist()}
    codes, categories = _categories(str(name), column, label_of.values(), source)
    if unknown := [code for code, category in enumerate(categories) if category not in label_of]:
        category, row = categories[unknown[0]], int((codes == unknown[0]).argmax())
        found = f"target {show(str(name))} has the value {show(category)} in {place_of(column, row)}"
        raise DataError(
            f"{source}: {found}, which is not in the training data\n  allowed: {name_list(label_of, category)}"
        )
    return np.array([label_of[category] for category in categories], classes.dtype)[codes]


def _categories(name: str, column: pd.Series, labels: Collection[object], source: str) -> tuple[np.ndarray, list[str]]:
    """Return the index of each row's value, and the distinct values of a column in the form of `labels_of`."""
    are_texts = any(isinstance(label, str) for label in labels)
    if not are_texts or kind_of(name, column) != "number":
        return as_categories(name, column)
    numbers = as_numbers(name, column)
    if all(map(is_float_text, labels)):
        codes, values = pd.factorize(numbers)
        return codes, [str(value) for value in values.tolist()]
    if (wrong := numbers != np.round(numbers)).any():
        row = int(wrong.argmax())
        found = f"target {show(name)} is numeric, such as {numbers[row]} in {place_of(column, row)}"
        raise DataError(f"{source}: {found}, but the classes are text\n  hint: convert it with astype(str)")
    return as_categories(name, column)


def is_float_text(label: object) -> bool:
    """Whether a label is the text that `labels_of` returns for a number that is not an integer."""
    try:
        return isinstance(label, str) and str(float(label)) == label
    except ValueError:
        return False


def _numbers(columns: pd.DataFrame) -> list[np.ndarray]:
    return [as_numbers(str(name), column, numeric_kind(str(name), column)) for name, column in columns.items()]


def numeric_kind(name: str, column: pd.Series) -> str:
    """Return the column kind for `as_numbers`."""
    return "flag" if kind_of(name, column) == "flag" else "number"


def _check_values(name: str, column: pd.Series, source: str, is_new: bool = False) -> None:
    """Raise a `DataError` unless a column can be a target. New rows may all have the same value."""
    what = f"{source}: target {show(name)}"
    n_missing = int(column.isna().sum())
    if n_missing == len(column):
        raise DataError(f"{what} has only missing values")
    if n_missing:
        hint = "fill them, or drop these rows" + ("" if is_new else " with --drop-missing-target")
        raise DataError(f"{what} is missing in {n_missing} of {len(column)} rows\n  hint: {hint}")
    if kind_of(name, column) in ("time", "duration"):
        hint = "convert it to a number, such as days"
        raise DataError(f"{what} contains dates or durations, which can't be targets\n  hint: {hint}")
    if kind_of(name, column) == "number":
        _check_finite(name, column, what)
    if not is_new and column.nunique() == 1:
        raise DataError(f"{what} has only one value, {show(_plain(column.iloc[0]))}")


def _check_finite(name: str, column: pd.Series, what: str) -> None:
    try:
        as_numbers(name, column)
    except DataError:
        row = next((row for row, value in enumerate(column) if abs(value) == np.inf), None)
        found = "a number that is too large" if row is None else f"an infinite value in {place_of(column, row)}"
        raise DataError(f"{what} has {found}\n  hint: correct it, or drop the row") from None


def _several(columns: pd.DataFrame, source: str, as_classes: bool | None) -> tuple[np.ndarray, str, str]:
    """Return multilabel or multi-output targets, their task, and the reason for it."""
    for name, column in columns.items():
        if kind_of(str(name), column) == "text":
            found = f"several targets must be numeric or boolean, but {show(name)} is text"
            outputs = ", ".join(f'"{target}": {{}}' for target in columns)
            hint = f'for an output for each, write "outputs": {{{outputs}}} in the recipe'
            raise DataError(f"{source}: {found}, such as {show(_plain(column.iloc[0]))}\n  hint: {hint}")
    y = np.column_stack(_numbers(columns))
    are_labels = has_labels(y)
    if as_classes and not are_labels:
        raise DataError(f"{source}: several targets of a classification must be 0 and 1, or boolean")
    is_given = as_classes is not None
    if as_classes is False or not are_labels:
        return y, "regression", AS_GIVEN if is_given else "because the targets are numbers"
    reason = AS_GIVEN if is_given else "because the targets are 0 and 1, or boolean"
    return y.astype("int64"), "multilabel", reason


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value if isinstance(value, str) else str(value)
