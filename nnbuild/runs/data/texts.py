"""Texts to train or to test a language model on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, name_list, show
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.estimators.texts import first_and_last
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.text_files import check_texts, find_texts, is_text_file, read_text_files, read_text_table
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import MIN_ROWS
from nnbuild.runs.data.reading import check_column
from nnbuild.runs.workflows.rows import WORKFLOW_ROWS

TEXT, LINE = "text", "line"  # names of the column of text files and of their lines


@dataclass(frozen=True, eq=False)
class Texts:
    """Texts, whose samples are characters.

    Attributes
    ----------
    X : DataFrame of shape (n_texts, 1)
    source : str
        File name.
    workflow : str
        Name of the workflow.
    split_by : {"character", "whitespace"}
        Tokens of the recipe. With "whitespace", texts are cut between words.
    remarks : mapping of str to str
        Empty; present in all kinds of data.
    """

    X: pd.DataFrame
    source: str
    workflow: str
    split_by: str
    test: Texts | None = None
    notations: Mapping[str, Notation] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)

    targets: ClassVar[tuple[str, ...]] = ()
    task: ClassVar[str] = "tokens"
    reason: ClassVar[str] = "as set by the recipe"

    def __len__(self) -> int:
        return sum(map(len, self.texts))

    @property
    def texts(self) -> np.ndarray:
        """Texts as an array of str, of shape (n_texts,)."""
        return self.X.iloc[:, 0].to_numpy(object)

    def with_texts(self, texts: np.ndarray) -> Texts:
        """Return other texts of the same source."""
        return replace(self, X=pd.DataFrame({self.X.columns[0]: texts}), test=None)

    def sample(self, most: int) -> Texts:
        """Return at most `most` characters: those of texts drawn with a fixed seed, the last of which is cut."""
        if len(self) <= most:
            return self
        order = np.random.default_rng(0).permutation(len(self.texts))
        ends = np.cumsum([len(text) for text in self.texts[order]])
        n_complete = int(np.searchsorted(ends, most, side="right"))
        n_characters = int(ends[n_complete - 1]) if n_complete else 0
        rest = self.texts[order[n_complete]][: most - n_characters]
        drawn = [*self.texts[order[:n_complete]], rest]
        return self.with_texts(np.array([text for text in drawn if text], object))

    def split(self, fraction: float, seed: int) -> tuple[Texts, Texts]:
        """Return a training set and a test set with about `fraction` of the texts, drawn with a seed.

        Of fewer than 20 texts, the test set is the last part, with `fraction` of all characters.

        Raises
        ------
        DataError
            If one of them is empty.
        """
        first, last = self._parts(fraction, seed)
        if not len(first) or not len(last):
            found = f"{self.source}: the texts are too short to hold out a part"
            raise DataError(f"{found}\n  hint: pass --test-data FILE")
        return self.with_texts(first), self.with_texts(last)

    def _parts(self, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
        if len(self.texts) < MIN_ROWS:
            return first_and_last(self.texts, fraction, self.split_by)
        from nnbuild.train.common.splits import split_rows

        train, test = split_rows(len(self.texts), fraction, "random", seed, None)
        return self.texts[train], self.texts[test]

    def text(self) -> str:
        """Return source and size."""
        return f"{self.source}: {counted(len(self.texts), 'text')} of {counted(len(self), 'character')}"

    def task_text(self) -> str:
        """Return the task in words."""
        (name,) = WORKFLOW_ROWS[self.workflow].estimators
        return ESTIMATORS[name].title


def read_texts(source: str, workflow: str, split_by: str, *, column: str | None = None, by_line: bool = False) -> Texts:
    """Read the texts in a file.

    Parameters
    ----------
    source : str
        A text file, a folder of text files, or a table with a column of texts.
    workflow : str
        Name of the workflow.
    split_by : {"character", "whitespace"}
        Tokens of the recipe.
    column : str, optional
        Column of the texts in a table with several columns.
    by_line : bool, default=False
        Whether each line of a text file is a text. Empty lines are ignored.

    Raises
    ------
    DataError
        If the file can't be read, or has no texts.
    """
    name = Path(source).name
    if not is_text_file(find_texts(source)):
        if by_line:
            raise DataError(f"{name}: --by-line is only for text files; each row of a table is a text")
        return Texts(_column(source, column, name), name, workflow, split_by)
    if column is not None:
        raise DataError(f"{name}: --column is only for tables, not for text files")
    texts = read_text_files(source)
    if by_line:
        texts = [line for text in texts for line in text.splitlines() if line.strip()]
    return Texts(pd.DataFrame({LINE if by_line else TEXT: texts}), name, workflow, split_by)


def read_new_texts(source: str, workflow: str, split_by: str, column: str) -> Texts:
    """Read the texts in a file, with the column of the training data, or line by line as in training.

    Raises
    ------
    DataError
        If the file can't be read, has no texts, or has several columns without that of the training data.
    """
    if is_text_file(find_texts(source)):
        return read_texts(source, workflow, split_by, by_line=column == LINE)
    table, name = read_text_table(source), Path(source).name
    only = str(table.columns[0]) if len(table.columns) == 1 else column
    return Texts(_checked(table, only, name), name, workflow, split_by)


def _column(source: str, column: str | None, name: str) -> pd.DataFrame:
    """Return the column of texts of a table: the given one, or the only one."""
    table = read_text_table(source)
    every = list(map(str, table.columns))
    if column is None and len(every) > 1:
        found = f"{name}: requires one column of texts, got {len(every)}: {name_list(map(show, every))}"
        raise DataError(f"{found}\n  hint: pass the column of the texts as --column COLUMN")
    return _checked(table, every[0] if column is None else column, name)


def _checked(table: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    check_column(column, list(map(str, table.columns)), name)
    check_texts(table, [column], name)
    return table[[column]]
