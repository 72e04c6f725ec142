"""Features and targets of several outputs in a data file, to train or to test on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, name_list, show
from nnbuild.inputs.files import Arrays, read_file
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.table.notation import Readings
from nnbuild.inputs.table.reading import kind_of, place_of
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import columns_text, drawn_rows, written_as
from nnbuild.runs.data.new_data import Schema, read_new_data
from nnbuild.runs.data.reading import table_parts, target_names
from nnbuild.runs.workflows.rows import SEVERAL_OUTPUTS
from nnbuild.tasks.inference import has_classes
from nnbuild.tasks.losses import kind_of_output
from nnbuild.tasks.output_rows import target_columns
from nnbuild.tasks.rows import TASKS


@dataclass(frozen=True, eq=False)
class OutputsDataset:
    """Features and targets of several outputs.

    Attributes
    ----------
    X : DataFrame of shape (n_samples, n_columns), or array of shape (n_samples, ...)
    y : DataFrame of shape (n_samples, n_targets)
        Missing values are targets that a row does not have.
    outputs : tuple of str
        Names of the outputs.
    source : str
        File name.
    classes : mapping of str to tuple
        Labels in the columns that are classes.
    notations, remarks : mapping of str
        As in `Dataset`.
    """

    X: Any
    y: pd.DataFrame
    outputs: tuple[str, ...]
    source: str
    classes: Mapping[str, tuple] = field(default_factory=dict)
    test: OutputsDataset | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    workflow: ClassVar[str] = SEVERAL_OUTPUTS
    task: ClassVar[str] = "multioutput"
    reason: ClassVar[str] = "as set by the recipe"

    def __len__(self) -> int:
        return len(self.y)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the columns to predict."""
        return tuple(map(str, self.y.columns))

    def select(self, rows: np.ndarray) -> OutputsDataset:
        """Return the samples at these positions."""
        X = self.X.iloc[rows] if isinstance(self.X, pd.DataFrame) else self.X[rows]
        return replace(self, X=X, y=self.y.iloc[rows], test=None)

    def sample(self, most: int) -> OutputsDataset:
        """Return at most `most` samples, drawn with a fixed seed."""
        return self if len(self) <= most else self.select(drawn_rows(len(self), most))

    def split(self, fraction: float, seed: int) -> tuple[OutputsDataset, OutputsDataset]:
        """Return a training set and a test set with `fraction` of the samples, drawn with a seed.

        Samples whose class is in no other training sample are in the training set.

        Raises
        ------
        DataError
            If the test set is empty.
        """
        from nnbuild.train.common.splits import split_rows

        train, test = split_rows(len(self), fraction, "random", seed, None)
        is_known = np.ones(len(test), bool)
        for name in self.classes:
            labels = self.y[name]
            is_known &= (labels.iloc[test].isin(labels.iloc[train]) | labels.iloc[test].isna()).to_numpy()
        train, test = np.sort(np.append(train, test[~is_known])), test[is_known]
        if not len(test):
            raise DataError(f"{self.source}: no row can be held out\n  hint: pass --test-data FILE")
        return self.select(train), self.select(test)

    def text(self) -> str:
        """Return source, numbers of rows and columns, and names of the targets."""
        targets = ", ".join(f"{name}{written_as(self.notations.get(name))}" for name in self.targets)
        return f"{self.source}: {counted(len(self), 'row')}, {columns_text(self.X)} -> {targets}"

    def task_text(self) -> str:
        """Return the outputs."""
        return f"{TASKS[self.task].in_words(len(self.targets))}: {', '.join(self.outputs)}, {self.reason}"


def read_outputs(
    source: str,
    outputs: Mapping[str, Mapping],
    targets: Sequence[str] = (),
    *,
    drop: Sequence[str] = (),
    drop_missing_target: bool = False,
    decimal: str | None = None,
    thousands: str | None = None,
    dates: str | None = None,
    inputs: Mapping[str, Mapping] | None = None,
) -> OutputsDataset:
    """Read the features of a file, and the targets of several outputs.

    Parameters
    ----------
    source : str
        A table (``.csv``, ``.tsv``, ``.parquet``), or the name of a bundled data set.
    outputs : mapping of str to mapping
        Named outputs of a recipe, whose columns are the targets.
    targets : sequence of str, optional
        The same columns, also as one text with commas.
    drop : sequence of str, optional
        Columns to ignore, also as one text with commas.
    drop_missing_target : bool, default=False
        Whether to drop rows that lack a target. Without it, they are not used for its output.
    decimal, thousands, dates : str, optional
        Formats of ambiguous numbers and dates, as for `nnbuild.inputs.files.read_table`.
    inputs : mapping of str to mapping, optional
        Inputs of the recipe.

    Raises
    ------
    DataError
        If the file can't be read or lacks a column, or if `targets` are not those of the outputs.
    """
    found, name = read_file(source), Path(source).name
    if isinstance(found, Arrays):
        raise DataError(f"{name}: contains arrays, but a recipe with several outputs requires a table")
    wanted = [column for output, declared in outputs.items() for column in target_columns(output, declared)]
    names = target_names(found.columns, targets or wanted, name)
    if set(names) != set(wanted):
        listed = f"{name}: the targets of the recipe are {name_list(wanted)}, got {name_list(names)}"
        without = [output for output, own in outputs.items() if not {*target_columns(output, own)} <= {*names}]
        place = f"outputs__{without[0] if without else next(iter(outputs))}__target"
        column = next((name for name in names if name not in wanted), "COLUMN")
        hint = f"omit --target, rename the columns, or set the column of an output: --set {place}={column}"
        raise DataError(f"{listed}\n  hint: {hint}")
    readings = Readings(decimal, thousands, dates)
    parts = table_parts(found, name, names, readings, inputs or {}, drop, drop_missing_target)
    y = target_frame(parts.targets)
    return OutputsDataset(
        parts.features, y, tuple(outputs), name, _classes(y, outputs), None, parts.notations, parts.remarks
    )  # fmt: skip


def _classes(y: pd.DataFrame, outputs: Mapping[str, Mapping]) -> dict[str, tuple]:
    """Return the labels in each column that is the only one of its output and contains classes."""
    found = {}
    for output, declared in outputs.items():
        (name, *others), kind = target_columns(output, declared), kind_of_output(declared)
        known = y[name].dropna()
        if others or not len(known):
            continue
        if has_classes(name, known)[0] if kind is None else kind == "classification":
            found[name] = tuple(known.unique().tolist())
    return found


def new_outputs(
    source: str,
    schema: Schema,
    outputs: tuple[str, ...],
    classes: Mapping[str, Sequence],
    targets: Sequence[str] = (),
) -> OutputsDataset:
    """Read the features and targets of a file, in the form of the training data.

    Parameters
    ----------
    source : str
    schema : Schema
    outputs : tuple of str
        Names of the outputs.
    classes : mapping of str to sequence
        Labels of the training data, by column.
    targets : sequence of str, optional
        Target columns in the order of the schema, if their names differ from those of the training data.

    Raises
    ------
    DataError
        If the file can't be read, lacks features or targets, or has labels that are not in the training data.
    """
    new = read_new_data(source, schema, targets)
    if new.targets is None:
        raise DataError(f"{new.source}: lacks targets to score against, which are {show(', '.join(schema.targets))}")
    if len(new.targets.columns) != len(schema.targets):
        found = f"{new.source}: expected {counted(len(schema.targets), 'target')} as in training"
        raise DataError(f"{found}, got {len(new.targets.columns)}: {name_list(map(show, new.targets.columns))}")
    y = target_frame(new.targets).set_axis(list(schema.targets), axis=1)
    for name, labels in classes.items():
        unknown = (y[name].notna() & ~y[name].isin(labels)).to_numpy()
        if unknown.any():
            row = int(unknown.argmax())
            found = f"target {show(name)} has the value {show(str(y[name].iloc[row]))} in {place_of(y[name], row)}"
            allowed = name_list(map(str, labels), str(y[name].iloc[row]))
            raise DataError(f"{new.source}: {found}, which is not in the training data\n  allowed: {allowed}")
    return OutputsDataset(new.X, y, outputs, new.source)


def target_frame(columns: pd.DataFrame) -> pd.DataFrame:
    """Return target columns with integers as int64, or Int64 if some are missing; text and booleans are unchanged."""
    return pd.DataFrame({str(name): _target(str(name), column) for name, column in columns.items()})


def _target(name: str, column: pd.Series) -> pd.Series:
    if kind_of(name, column) != "number":
        return column
    numbers = column.astype("float64")
    known = numbers.dropna()
    are_integers = len(known) > 0 and (known == np.round(known)).all() and np.abs(known).max() < 2**53
    if not are_integers:
        return numbers
    return numbers.astype("Int64" if len(known) < len(numbers) else "int64")
