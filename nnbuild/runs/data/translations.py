"""Pairs of texts in a data file, to train or to test a translator on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, name_list, show
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.text_files import check_texts, read_text_table
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import drawn_rows
from nnbuild.runs.data.reading import check_column, target_names
from nnbuild.runs.workflows.rows import TRANSLATOR


@dataclass(frozen=True, eq=False)
class Translations:
    """Pairs of a source text and a target text.

    Attributes
    ----------
    X : DataFrame of shape (n_samples, 1)
        Source texts.
    y : array of str, of shape (n_samples,)
        Target texts.
    targets : tuple of str
        Name of the column of target texts.
    source : str
        File name.
    remarks : mapping of str to str
        Empty; present in all kinds of data.
    """

    X: pd.DataFrame
    y: np.ndarray
    targets: tuple[str, ...]
    source: str
    test: Translations | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    workflow: ClassVar[str] = TRANSLATOR
    task: ClassVar[str] = "tokens"
    reason: ClassVar[str] = "as set by the recipe"

    def __len__(self) -> int:
        return len(self.y)

    @property
    def texts(self) -> np.ndarray:
        """Source texts as an array of str, of shape (n_samples,)."""
        return self.X.iloc[:, 0].to_numpy(object)

    def select(self, rows: np.ndarray | slice) -> Translations:
        """Return the pairs at these positions."""
        return replace(self, X=self.X.iloc[rows], y=self.y[rows], test=None)

    def sample(self, most: int) -> Translations:
        """Return at most `most` pairs, drawn with a fixed seed."""
        return self if len(self) <= most else self.select(drawn_rows(len(self), most))

    def split(self, fraction: float, seed: int) -> tuple[Translations, Translations]:
        """Return a training set and a test set with `fraction` of the pairs, drawn with a seed."""
        from nnbuild.train.common.splits import split_rows

        train, test = split_rows(len(self), fraction, "random", seed, None)
        return self.select(train), self.select(test)

    def text(self) -> str:
        """Return source, number of pairs, and the columns of source and target."""
        return f"{self.source}: {counted(len(self), 'row')}, {self.X.columns[0]} -> {self.targets[0]}"

    def task_text(self) -> str:
        """Return the task in words."""
        return ESTIMATORS["NNTranslator"].title


def read_translations(source: str, *, column: str | None = None, targets: Sequence[str] = ()) -> Translations:
    """Read the pairs of texts in a table.

    Parameters
    ----------
    source : str
        A table (``.csv``, ``.tsv``, ``.parquet``) with two columns, source and target, in this order.
    column : str, optional
        Column of source texts. The default is the only column besides the target.
    targets : sequence of str, optional
        Column of target texts. The default is the only column besides the source, or the second of two columns.

    Raises
    ------
    DataError
        If the file can't be read or has other columns, or if texts are missing.
    """
    table, name = read_text_table(source), Path(source).name
    every = list(map(str, table.columns))
    given = _target(every, targets, name)
    if column is not None:
        check_column(column, every, name)
    if column is not None and column == given:
        raise DataError(f"{name}: column {show(column)} is both --column and --target")
    return _pairs(table, *_source_and_target(every, column, given, name), name)


def read_new_translations(source: str, column: str, target: str, targets: Sequence[str] = ()) -> Translations:
    """Read the pairs of texts in a table with the columns of the training data.

    Parameters
    ----------
    source : str
    column, target : str
        Columns of source and target texts of the training data.
    targets : sequence of str, optional
        Column of target texts, if its name differs.

    Raises
    ------
    DataError
        If the file can't be read or lacks a column, or if texts are missing.
    """
    table, name = read_text_table(source), Path(source).name
    every = list(map(str, table.columns))
    given = _target(every, targets, name) or target
    for one in (column, given):
        check_column(one, every, name)
    return _pairs(table, column, given, name)


def read_sources(source: str, column: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the column of source texts of a table, which is `column` or the only one, and the other columns.

    Raises
    ------
    DataError
        If the file can't be read or lacks the column, or if texts are missing.
    """
    table, name = read_text_table(source), Path(source).name
    every = list(map(str, table.columns))
    chosen = every[0] if len(every) == 1 else column
    check_column(chosen, every, name)
    check_texts(table, [chosen], name)
    return table[[chosen]], tuple(one for one in every if one != chosen)


def _target(every: Sequence[str], targets: Sequence[str], name: str) -> str | None:
    """Return the column of ``--target``, or None."""
    if not targets:
        return None
    names = target_names(every, targets, name)
    if len(names) > 1:
        raise DataError(f"{name}: --target must be one column of texts, got {name_list(map(show, names))}")
    return names[0]


def _source_and_target(every: Sequence[str], column: str | None, target: str | None, name: str) -> tuple[str, str]:
    if column is not None and target is not None:
        return column, target
    others = [one for one in every if one not in (column, target)]
    n_expected = 2 if column is None and target is None else 1
    if len(others) != n_expected:
        found = f"requires two columns, source and target texts, got {len(every)}: {name_list(map(show, every))}"
        raise DataError(f"{name}: {found}\n  hint: pass --column SOURCE --target TARGET")
    source, found_target = (others[0], others[-1]) if n_expected == 2 else (column or others[0], target or others[0])
    return source, found_target


def _pairs(table: pd.DataFrame, column: str, target: str, name: str) -> Translations:
    check_texts(table, [column, target], name)
    return Translations(table[[column]], table[target].to_numpy(object), (target,), name)
