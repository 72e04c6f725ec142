"""Read the features and targets of a data file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.inputs.files import Arrays, read_file
from nnbuild.inputs.notations import TEXT, Notation
from nnbuild.inputs.table.categories import almost_numbers
from nnbuild.inputs.table.csv_text import TextTable
from nnbuild.inputs.table.notation import Readings
from nnbuild.inputs.table.typed import How, typed
from nnbuild.language.input_kinds import INPUT_KINDS, input_kind, share_a_column
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import Dataset
from nnbuild.runs.data.targets import new_targets, targets_in


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
) -> Dataset:
    """Read the features and targets of a file.

    Parameters
    ----------
    source : str or path
        A file (``.csv``, ``.tsv``, ``.parquet``, ``.npz``), or the name of a bundled data set.
    target : str or sequence of str, optional
        Columns to predict, also as one text with commas. The default is the last column, or y for arrays.
    task : {"classification", "regression"}, optional
        The default follows from the values of the target.
    drop : sequence of str, optional
        Columns to ignore, also as one text with commas.
    drop_missing_target : bool, default=False
        Whether to drop rows without a target. Without it they are an error.
    decimal, thousands, dates : str, optional
        Formats of ambiguous numbers and dates, as for `nnbuild.inputs.files.read_table`.
    inputs : mapping of str to mapping, optional
        Inputs of a recipe. Columns for its text and image inputs stay text.

    Raises
    ------
    DataError
        If the file can't be read, lacks a column, or its target can't be learned.
    """
    readings = Readings(decimal, thousands, dates)
    found, name = read_file(source), Path(source).name
    if isinstance(found, Arrays):
        return _of_arrays(found, name, target, task, drop, drop_missing_target)
    names = target_names(found.columns, target, name)
    parts = table_parts(found, name, names, readings, inputs or {}, drop, drop_missing_target)
    y, found_task, reason = targets_in(parts.targets, name, task)
    return Dataset(
        parts.features, y, names, found_task, reason, name, notations=parts.notations, remarks=parts.remarks
    )  # fmt: skip


class TableParts(NamedTuple):
    """Features and targets of a table, notations of a text file, and remarks on features."""

    features: pd.DataFrame
    targets: pd.DataFrame
    notations: dict[str, Notation]
    remarks: dict[str, str]


def table_parts(
    found: TextTable | pd.DataFrame,
    name: str,
    targets: Sequence[str],
    readings: Readings,
    inputs: Mapping[str, Mapping],
    drop: Sequence[str] = (),
    drop_missing_target: bool = False,
) -> TableParts:
    """Return the features and targets of a table.

    Parameters
    ----------
    found : TextTable or DataFrame
    name : str
        Name of the file, for messages.
    targets : sequence of str
        Columns to predict.
    readings : Readings
        Formats of ambiguous numbers and dates.
    inputs : mapping of str to mapping
        Inputs of a recipe; empty for any table.
    drop, drop_missing_target
        As for `read_data`.

    Raises
    ------
    DataError
        If columns are missing or have ambiguous values.
    """
    every = found.columns
    dropped = dropped_columns(drop, every, name)
    if both := [column for column in targets if column in dropped]:
        raise DataError(f"{name}: column {show(both[0])} is the target and can't be dropped")
    features = [column for column in every if column not in dropped and column not in targets]
    if not features:
        raise DataError(f"{name}: has no column besides the target")
    kinds = column_kinds(inputs, features)
    frame, notations = _frame(found, [*features, *targets], readings, kinds)
    if drop_missing_target:
        frame = frame[frame[list(targets)].notna().all(axis=1)]
    remarks = {
        column: remark
        for column in features
        if notations.get(column) == TEXT and column not in kinds and (remark := almost_numbers(frame[column]))
    }
    as_text = {column for column, kind in kinds.items() if INPUT_KINDS[kind].read_as_text}
    kept = {column: TEXT if column in as_text else notation for column, notation in notations.items()}
    return TableParts(frame[features], frame[list(targets)], kept, remarks)


def _frame(
    found: TextTable | pd.DataFrame, columns: list, readings: Readings, kinds: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, Notation]]:
    """Return the columns of a file with their values, and their notations if it is a text file."""
    if isinstance(found, pd.DataFrame):
        return found[columns], {}
    how: dict[str, How] = {name: TEXT if is_text(kinds.get(name)) else readings for name in columns}
    return typed(found, how)


def _of_arrays(
    arrays: Arrays, name: str, target: object, task: str | None, drop: Sequence[str], drop_missing_target: bool
) -> Dataset:
    if target is not None or drop:
        option = "target" if target is not None else "drop"
        raise DataError(f"{name}: --{option} is not supported for a file of arrays, whose target is y")
    if arrays.y is None:
        hint = "save both with numpy.savez('data.npz', X=X, y=y)"
        raise DataError(f"{name}: contains X but no y\n  hint: {hint}")
    X, columns = arrays.X, target_columns(arrays.y, name)
    if drop_missing_target:
        kept = columns.notna().all(axis=1).to_numpy()
        X, columns = X[kept], columns[kept].reset_index(drop=True)
    _check_finite(X, "X", name)
    _check_finite(arrays.X_test, "X_test", name)
    y, found_task, reason = targets_in(columns, name, task)
    data = Dataset(X, y, tuple(map(str, columns)), found_task, reason, name)
    if arrays.X_test is None or arrays.y_test is None:
        return data
    classes = np.unique(data.y) if data.has_classes else None
    y_test = new_targets(target_columns(arrays.y_test, name), name, data.task, classes, data.n_targets)
    return replace(data, test=replace(data, X=arrays.X_test, y=y_test))


def _check_finite(array: np.ndarray | None, part: str, name: str) -> None:
    if array is not None and array.dtype.kind == "f" and (n_wrong := int((~np.isfinite(array)).sum())):
        hint = "impute them first; only missing values in tables, such as CSV files, are imputed"
        raise DataError(f"{name}: {part} has {counted(n_wrong, 'value')} that are NaN or infinite\n  hint: {hint}")


def target_columns(y: np.ndarray, name: str) -> pd.DataFrame:
    """Return an array of targets as columns."""
    if y.ndim > 2:
        raise DataError(f"{name}: y has shape {y.shape}\n  allowed: (n_samples,) or (n_samples, n_targets)")
    if y.ndim == 1 or y.shape[1] == 1:
        return pd.DataFrame({"y": y.reshape(-1)})
    return pd.DataFrame(y, columns=[f"y[{number}]" for number in range(y.shape[1])])


def target_names(columns: Collection[str], target: str | Sequence[str] | None, source: str) -> tuple[str, ...]:
    """Return the names of the target columns: those given, or the last.

    Raises
    ------
    DataError
        If there is no such column.
    """
    if target is None:
        *_, last = columns
        return (str(last),)
    return tuple(dict.fromkeys(_names_in([target] if isinstance(target, str) else target, columns, source)))


def dropped_columns(drop: Sequence[str], columns: Collection[str], source: str) -> set[str]:
    """Return the names of the columns to ignore; raise a `DataError` if there is no such column."""
    return set(_names_in(drop, columns, source))


def _names_in(given: Sequence[str], columns: Collection[str], source: str) -> list[str]:
    """Return names of existing columns; several may be given as one text with commas."""
    names = [name.strip() for text in given for name in ([text] if text in columns else text.split(","))]
    for name in names:
        check_column(name, columns, source)
    return names


def check_column(name: str, columns: Collection[str], source: str) -> None:
    """Raise a `DataError` unless the column exists."""
    if name not in columns:
        known = list(map(str, columns))
        hint = did_you_mean(name, known)
        found = f"{source}: has no column {show(name)}\n  allowed: {name_list(known, name)}"
        raise DataError(found + (f"\n  hint: {hint}" if hint else ""))


def column_kinds(inputs: Mapping[str, Mapping], columns: Collection[str]) -> dict[str, str]:
    """Return the kinds of the inputs that take a single column, by the name of the column."""
    kinds = {spec.get("column", name): spec["kind"] for name, spec in inputs.items() if input_kind(spec).takes_column}
    if len(columns) == 1 and kinds and share_a_column(inputs):
        return dict(zip(columns, kinds.values(), strict=False))  # the only column, whatever its name
    return {name: kind for name, kind in kinds.items() if name in columns}


def is_text(kind: str | None) -> bool:
    """Whether a CSV column stays text for an input of this kind."""
    return kind is not None and INPUT_KINDS[kind].read_as_text == "always"
