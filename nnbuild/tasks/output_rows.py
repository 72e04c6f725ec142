"""Targets of several outputs as passed by users -> arrays by output, with the samples that have a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, did_you_mean, first_names, name_list, show
from nnbuild.inputs.data_errors import check_not_masked, repeated
from nnbuild.inputs.table.reading import kind_of
from nnbuild.train.common.batches import is_sparse


@dataclass(frozen=True, eq=False)
class OutputRows:
    """Targets of several outputs, not encoded.

    Attributes
    ----------
    values : dict of str to array of shape (n_samples,) or (n_samples, n_columns)
        Targets by output. Samples without a target have that of another sample.
    known : dict of str to array of bool of shape (n_samples,)
        Which samples have a target: those without a missing value in its columns.
    columns : dict of str to tuple of str
        Names of the columns of each output.
    order : tuple of str
        Columns of y in their order.
    """

    values: dict[str, np.ndarray]
    known: dict[str, np.ndarray]
    columns: dict[str, tuple[str, ...]]
    order: tuple[str, ...]

    def __len__(self) -> int:
        return len(next(iter(self.known.values())))

    def __getitem__(self, rows: Any) -> OutputRows:
        values, known = ({name: array[rows] for name, array in part.items()} for part in (self.values, self.known))
        return OutputRows(values, known, self.columns, self.order)


def output_rows(y: Any, outputs: Mapping[str, Mapping], name: str = "y") -> OutputRows:
    """Return the targets of several outputs.

    Parameters
    ----------
    y : DataFrame of pandas, Series with a name, or mapping of str to array-like
        Columns with the names in `target` of each output, or targets by output.
    outputs : mapping of str to mapping
        Named outputs of a recipe.
    name : str, default="y"
        Name of `y` in messages.

    Raises
    ------
    DataError
        If a column or output is missing or unknown, or values can't be targets.
    """
    frames = _of_mapping(y, outputs, name) if isinstance(y, Mapping) else _of_frame(y, outputs, name)
    known = {output: ~frame.isna().any(axis=1).to_numpy() for output, frame in frames.items()}
    values = {output: _filled(frame, known[output], f"{name}[{output!r}]") for output, frame in frames.items()}
    columns = {output: tuple(map(str, frame.columns)) for output, frame in frames.items()}
    order = tuple(map(str, y.columns)) if isinstance(y, pd.DataFrame) else sum((columns[key] for key in frames), ())
    return OutputRows(values, known, columns, order)


def target_columns(output: str, declared: Mapping) -> tuple[str, ...]:
    """Return the columns of y that are the targets of a named output."""
    target = declared.get("target", output)
    return (target,) if isinstance(target, str) else tuple(target)


def _of_frame(y: Any, outputs: Mapping[str, Mapping], name: str) -> dict[str, pd.DataFrame]:
    if isinstance(y, pd.Series) and y.name is not None:
        y = y.to_frame()
    if not isinstance(y, pd.DataFrame):
        names = [column for output, declared in outputs.items() for column in target_columns(output, declared)]
        found = f"{name} must be a DataFrame with the columns of all outputs, or a dict of arrays by output"
        hint = f"pass pandas.DataFrame({name}, columns={names!r})"
        raise DataError(f"{found}, got {type(y).__name__}\n  hint: {hint}")
    y = y.set_axis(y.columns.map(str), axis=1)
    if twice := repeated(y.columns):
        raise DataError(f"{name} has duplicate column names: {name_list(twice)}\n  hint: rename these columns")
    wanted = {output: target_columns(output, declared) for output, declared in outputs.items()}
    for output, columns in wanted.items():
        for column in columns:
            if column not in y.columns:
                raise DataError(_missing_column(name, output, column, list(y.columns)))
    every = [column for columns in wanted.values() for column in columns]
    if twice := repeated(every):
        both = [output for output, columns in wanted.items() if twice[0] in columns]
        found = f"the column {show(twice[0])} of {name} is the target of the outputs {' and '.join(map(show, both))}"
        raise DataError(f"{found}\n  hint: pass a copy of the column with another name")
    unused = [column for column in y.columns if column not in every]
    if unused:
        found = f"{name} has the column {show(unused[0])}, which is not the target of an output"
        hint = "drop it, or name an output for it in 'outputs' of the recipe"
        raise DataError(f"{found}\n  targets: {first_names(every)}\n  hint: {hint}")
    return {output: y[list(columns)] for output, columns in wanted.items()}


def _missing_column(name: str, output: str, column: str, columns: Sequence[str]) -> str:
    found = f"{name} has no column {show(column)}, which is the target of the output {show(output)}"
    hint = did_you_mean(column, columns) or f"set 'target' of the output {show(output)} to the name of its column"
    return f"{found}\n  columns: {first_names(columns)}\n  hint: {hint}"


def _of_mapping(y: Mapping, outputs: Mapping[str, Mapping], name: str) -> dict[str, pd.DataFrame]:
    unknown, missing = [key for key in y if key not in outputs], [key for key in outputs if key not in y]
    if unknown:
        hint = did_you_mean(str(unknown[0]), outputs)
        found = f"{name} has the key {show(unknown[0])}, which is not an output of the recipe"
        raise DataError(f"{found}\n  outputs: {first_names(list(outputs))}" + (f"\n  hint: {hint}" if hint else ""))
    if missing:
        found = f"{name} has no targets for the output {show(missing[0])}"
        raise DataError(f"{found}\n  hint: pass an array; None or NaN marks a sample without a target")
    frames = {output: _frame(y[output], output, declared, name) for output, declared in outputs.items()}
    lengths = {output: len(frame) for output, frame in frames.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name}[{output!r}] has {length} rows" for output, length in lengths.items())
        raise DataError(f"lengths differ: {listed}")
    if twice := repeated([column for frame in frames.values() for column in frame.columns]):
        found = f"{name} has several columns with the name {show(twice[0])}, but predict returns one of each name"
        raise DataError(f"{found}\n  hint: name the columns in 'target' of each output")
    return frames


def _frame(values: Any, output: str, declared: Mapping, name: str) -> pd.DataFrame:
    """Return the targets of one output as a table."""
    what = f"{name}[{output!r}]"
    if isinstance(values, pd.DataFrame):
        return _declared(values.set_axis(values.columns.map(str), axis=1), declared, what)
    if is_sparse(values):
        raise DataError(f"{what} is sparse\n  hint: convert it with toarray()")
    check_not_masked(values, what)
    array = values if isinstance(values, pd.Series) else np.asarray(values)
    if array.ndim not in (1, 2):
        found = f"{what} must be of shape (n_samples,) or (n_samples, n_columns), got {array.shape}"
        raise DataError(f"{found}\n  hint: several outputs support one or several values for each sample")
    columns = target_columns(output, declared)
    width = array.shape[1] if array.ndim == 2 else 1
    if len(columns) != width:
        columns = tuple(f"{columns[0]}{number}" for number in range(width))
    if isinstance(array, pd.Series):
        return array.set_axis(range(len(array))).to_frame(columns[0])
    return pd.DataFrame(array.reshape(len(array), width), columns=list(columns))


def _declared(frame: pd.DataFrame, declared: Mapping, name: str) -> pd.DataFrame:
    """Return the columns of a table in the order of `target`, or all columns without it."""
    wanted = list(target_columns("", declared)) if "target" in declared else list(frame.columns)
    if sorted(wanted) != sorted(frame.columns):
        found = f"{name} must have the columns {first_names(wanted)}, got {first_names(list(frame.columns))}"
        raise DataError(f"{found}\n  hint: rename them, or set 'target' of the output")
    return frame[wanted]


def _filled(frame: pd.DataFrame, known: np.ndarray, name: str) -> np.ndarray:
    """Return the values of the columns of one output; rows with missing values have those of the first other row."""
    width = len(frame.columns)
    names = [name] if width == 1 else [f"column {show(str(column))} of {name}" for column in frame.columns]
    columns = [_plain(frame.iloc[:, place][known], names[place]) for place in range(width)]
    found = columns[0] if width == 1 else np.column_stack(columns)
    if known.all():
        return found
    values = np.empty((len(known), *found.shape[1:]), found.dtype)
    values[known] = found
    if len(found):
        values[~known] = found[0]
    return values


def _plain(column: pd.Series, name: str) -> np.ndarray:
    """Return a column without missing values as an array of the dtype of its values."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if len(column) and kind_of(name, column) in ("time", "duration"):
        hint = "convert it to a number, such as days"
        raise DataError(f"{name} contains dates or durations, which can't be targets\n  hint: {hint}")
    values = column.infer_objects().to_numpy()
    if values.dtype.kind == "f" and np.isinf(values).any():
        hint = "replace it by NaN, for a missing target, or by a finite number"
        raise DataError(f"{name} contains infinity\n  hint: {hint}")
    return values
