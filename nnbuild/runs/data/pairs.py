"""Interactions of users and items in a data file, to train or to test a recommender on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, name_list, show
from nnbuild.inputs.files import Arrays, read_file
from nnbuild.inputs.notations import TEXT, Notation
from nnbuild.inputs.table.csv_text import TextTable
from nnbuild.inputs.table.notation import Readings
from nnbuild.inputs.table.reading import as_numbers, kind_of, place_of
from nnbuild.inputs.table.typed import How, typed
from nnbuild.language.input_kinds import ITEM, USER
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import drawn_rows
from nnbuild.runs.data.reading import check_column, dropped_columns
from nnbuild.runs.workflows.rows import RECOMMENDER


@dataclass(frozen=True, eq=False)
class Pairs:
    """Interactions of users and items.

    Attributes
    ----------
    X : DataFrame of shape (n_samples, 2)
        Users and items; ids that are integers in all rows are int64, others text.
    weights : array of shape (n_samples,) or None
        Sample weights, such as ratings.
    source : str
        File name.
    remarks : mapping of str to str
        Empty; present in all kinds of data.
    """

    X: pd.DataFrame
    weights: np.ndarray | None
    source: str
    test: Pairs | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    workflow: ClassVar[str] = RECOMMENDER
    task: ClassVar[str] = "binary"
    reason: ClassVar[str] = "as set by the recipe"

    def __len__(self) -> int:
        return len(self.X)

    @property
    def targets(self) -> tuple[str, ...]:
        """Name of the column of items."""
        return self.names[1:]

    @property
    def names(self) -> tuple[str, str]:
        """Names of the columns of users and items."""
        return users_and_items(list(self.X.columns))

    def select(self, rows: np.ndarray) -> Pairs:
        """Return the interactions at these positions."""
        return replace(self, X=self.X.iloc[rows], weights=None if self.weights is None else self.weights[rows])

    def sample(self, most: int) -> Pairs:
        """Return at most `most` interactions, drawn with a fixed seed."""
        return self if len(self) <= most else self.select(drawn_rows(len(self), most))

    def split(self, fraction: float, seed: int) -> tuple[Pairs, Pairs]:
        """Return a training set and a test set with about `fraction` of the interactions, drawn with a seed.

        Equal interactions are in the same set. Users of the test set have other interactions in the training set.

        Raises
        ------
        DataError
            If the test set is empty.
        """
        from nnbuild.train.common.splits import split_rows

        users = pd.factorize(self.X[self.names[0]])[0]
        pairs = self.X.groupby(list(self.X.columns), sort=False, observed=True).ngroup().to_numpy()
        drawn = split_rows(int(pairs.max()) + 1, fraction, "random", seed, None)[1]
        is_test = np.isin(pairs, drawn)
        is_test &= np.isin(users, users[~is_test])
        if not is_test.any():
            found = f"{self.source}: no user has two items, so no interaction can be held out"
            raise DataError(f"{found}\n  hint: pass --test-data FILE")
        return self.select(np.flatnonzero(~is_test)), self.select(np.flatnonzero(is_test))

    def text(self) -> str:
        """Return source, number of interactions, and the columns of users and items."""
        return f"{self.source}: {counted(len(self), 'row')}, {' -> '.join(self.names)}"

    def task_text(self) -> str:
        """Return the task in words."""
        user, item = (self.X[name].nunique() for name in self.names)
        return f"recommendation of {counted(item, 'item')} to {counted(user, 'user')}"


def read_pairs(
    source: str,
    *,
    weight: str | None = None,
    drop: Sequence[str] = (),
    decimal: str | None = None,
    thousands: str | None = None,
    dates: str | None = None,
) -> Pairs:
    """Read the interactions in a file.

    Parameters
    ----------
    source : str
        A file (``.csv``, ``.tsv``, ``.parquet``), or the name of a bundled data set. It has two columns, users and
        items, in this order or named user and item, and others in `drop`.
    weight : str, optional
        Column of sample weights.
    drop : sequence of str, optional
        Columns to ignore, also as one text with commas.
    decimal, thousands, dates : str, optional
        Formats of ambiguous weights, as for `nnbuild.inputs.files.read_table`.

    Raises
    ------
    DataError
        If the file can't be read or has other columns, or if ids or weights are missing or not valid.
    """
    found, name = _read_table(source), Path(source).name
    every = _names(found)
    ignored = dropped_columns(drop, every, name)
    if weight is not None:
        check_column(weight, every, name)
    columns = [column for column in every if column not in ignored and column != weight]
    if len(columns) != 2:
        hint = "pass the other columns as --drop COLUMN, and a column of weights as --weight COLUMN"
        listed = name_list(show(column) for column in columns) or "none"
        raise DataError(f"{name}: requires two columns, users and items, got {len(columns)}: {listed}\n  hint: {hint}")
    X = _ids(found, columns, name)
    if weight is None:
        return Pairs(X, None, name)
    weights, notations = _weights(found, weight, Readings(decimal, thousands, dates), name)
    return Pairs(X, weights, name, notations=notations)


def read_new_pairs(source: str, columns: Sequence[str]) -> tuple[Pairs, tuple[str, ...]]:
    """Return the interactions in a file with the columns of the training data, and its other columns.

    Raises
    ------
    DataError
        If the file can't be read or lacks a column, or if ids are missing.
    """
    found, name = _read_table(source), Path(source).name
    every = _names(found)
    for column in columns:
        check_column(column, every, name)
    return Pairs(_ids(found, list(columns), name), None, name), tuple(one for one in every if one not in columns)


def read_users(source: str, column: str) -> list[str]:
    """Return the users in a file as text: those in `column`, or in its only column."""
    found, name = _read_table(source), Path(source).name
    every = _names(found)
    column = every[0] if len(every) == 1 else column
    check_column(column, every, name)
    return list(dict.fromkeys(map(str, _ids(found, [column], name)[column])))


def users_and_items(columns: Sequence[str]) -> tuple[str, str]:
    """Return the names of the columns of users and items."""
    first, second = columns
    return (USER, ITEM) if {first, second} == {USER, ITEM} else (first, second)


def _read_table(source: str) -> TextTable | pd.DataFrame:
    found = read_file(source)
    if isinstance(found, Arrays):
        name = Path(source).name
        raise DataError(f"{name}: contains arrays, but a recommender requires a table of users and items")
    return found


def _names(found: TextTable | pd.DataFrame) -> list[str]:
    return list(map(str, found.columns))


def _ids(found: TextTable | pd.DataFrame, columns: list[str], name: str) -> pd.DataFrame:
    """Return columns of ids: int64 if the ids are integers in all rows, else text; raise an error for missing ids."""
    if isinstance(found, TextTable):
        found = typed(found, dict.fromkeys(columns, TEXT))[0]
    frame = found[columns]
    for column in columns:
        if frame[column].isna().any():
            place = place_of(frame[column], int(frame[column].isna().to_numpy().argmax()))
            raise DataError(f"{name}: column {show(column)} has no id in {place}\n  hint: drop this row")
    return pd.DataFrame({column: _as_ids(frame[column]) for column in columns}, index=frame.index)


def _as_ids(column: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(column):
        return column.astype("int64")
    texts = column.astype(str)
    plain = texts.str.fullmatch(r"0|-?[1-9][0-9]{0,14}")  # others, such as 007, would not be restored
    return texts.astype("int64") if plain.all() else texts.astype(object)


def _weights(
    found: TextTable | pd.DataFrame, column: str, readings: Readings, name: str
) -> tuple[np.ndarray, dict[str, Notation]]:
    """Return a column of weights as float64, and its notation if it is in a text file."""
    notations: dict[str, Notation] = {}
    if isinstance(found, TextTable):
        how: dict[str, How] = {column: readings}
        found, notations = typed(found, how)
    if kind_of(column, found[column]) != "number":
        value = show(str(found[column].iloc[0]))
        raise DataError(f"{name}: weight {show(column)} is not numeric: it contains values such as {value}")
    weights = as_numbers(column, found[column])
    if not np.isfinite(weights).all() or (weights < 0).any():
        row = int((~np.isfinite(weights) | (weights < 0)).argmax())
        what = f"weight {show(column)} must be a number of 0 or more"
        raise DataError(f"{name}: {what}, got {found[column].iloc[row]} in {place_of(found[column], row)}")
    return weights, notations
