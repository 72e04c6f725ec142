"""Columns of text and categories -> one output per level, or the codes of an embedding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from nnbuild.inputs.table.column import ONE_VALUE, Column, Marked
from nnbuild.inputs.table.notation import TEXT, Notation, looks_numeric
from nnbuild.inputs.table.numeric import Dropped, Presence, one_value
from nnbuild.inputs.table.reading import as_levels, check_levels, levels_kind, place_of, shown
from nnbuild.inputs.table.settings import TableSettings
from nnbuild.report.units import counted

MOST_LEVELS = 10_000  # of an embedding; code 0 stands for the rarer ones
LEAST_ROWS = 2  # of a level with a code of its own: from a single row nothing is learned, and code 0 needs rows too
MOST_DISTINCT = 0.9  # levels per row: a column with more is an id or free text
MOST_SIZE = 50  # of an embedding
FEW_OTHERS = 0.1  # of the values: in a column of text with fewer, the others are numbers
Levels = Literal["", "text", "number", "flag", "mixed"]


@dataclass(frozen=True)
class OneHot(Column):
    """A category of few levels: an output for each, 1 where the row has it, else 0.

    A level that fit did not see counts as rare where there are rare levels, else all outputs are 0; so does a missing
    value where fit saw none.

    Attributes
    ----------
    levels : tuple of str
        Levels with an output of their own, the most frequent first.
    n_rare : int
        Levels that share one output, after the others.
    n_missing : int
        Missing values in fit; where there are any, the last output is theirs.
    of : {"text", "number", "flag", "mixed", ""}, default=""
        What the levels were in fit; "" in files of earlier versions.
    note : str, default=""
        What else there is to report of the column.
    """

    levels: tuple[str, ...]
    n_rare: int
    n_missing: int
    of: Levels = ""
    note: str = ""

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (
            *(f"{self.name}={level}" for level in self.levels),
            *((f"{self.name} rare",) if self.n_rare else ()),
            *((f"{self.name} missing",) if self.n_missing else ()),
        )

    @property
    def read_as(self) -> Notation | None:
        return TEXT if self.of == "text" else None

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {level: position for position, level in enumerate(self.levels)}

    def write(self, column: pd.Series, out: np.ndarray) -> None:
        check_levels(self.name, column, self.of)
        unseen = len(self.levels) if self.n_rare else -1
        missing = out.shape[1] - 1 if self.n_missing else unseen
        positions = _looked_up(self.name, column, self._positions, unseen, missing)
        rows = np.flatnonzero(positions >= 0)
        out[rows, positions[rows]] = 1

    def says(self) -> str:
        rare = f"; rare levels ({self.n_rare}) are joined" if self.n_rare else ""
        missing = f"; missing values ({self.n_missing}) are a level" if self.n_missing else ""
        return f"one-hot of {counted(len(self.levels), 'level')}{rare}{missing}{_noted(self.note)}"


@dataclass(frozen=True)
class Embedded(Marked):
    """A category of many levels: a whole number for each, which the network turns into a vector that it learns.

    Code 0 stands for levels that fit did not see, for its rarest ones, and for missing values; `levels` have the
    codes from 1.

    Attributes
    ----------
    levels : tuple of str
        Levels with a code of their own, the most frequent first.
    n_rare : int
        Levels of fit that have code 0.
    of : {"text", "number", "flag", "mixed", ""}, default=""
        What the levels were in fit; "" in files of earlier versions.
    note : str, default=""
        What else there is to report of the column.
    """

    levels: tuple[str, ...]
    n_rare: int
    of: Levels = ""
    note: str = ""

    @property
    def feature_names(self) -> tuple[str, ...]:
        return self.marks

    @property
    def n_levels(self) -> int:
        """Number of codes, 0 among them."""
        return len(self.levels) + 1

    @property
    def size(self) -> int:
        """Length of the vector that each code becomes."""
        return embedding_size(self.n_levels)

    @property
    def read_as(self) -> Notation | None:
        return TEXT if self.of == "text" else None

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {level: code for code, level in enumerate(self.levels, 1)}

    def write(self, column: pd.Series, out: np.ndarray) -> np.ndarray:
        check_levels(self.name, column, self.of)
        codes = _looked_up(self.name, column, self._codes, 0, -1)
        missing = codes < 0
        codes[missing] = 0
        if self.marked:
            out[:, 0] = missing
        return codes

    def says(self) -> str:
        rare = f"; rare levels ({self.n_rare}) become code 0" if self.n_rare else ""
        vectors = f"embedding of {counted(len(self.levels), 'level')} in {counted(self.size, 'number')}"
        return f"{vectors}{rare}{self.says_missing('code 0')}{_noted(self.note)}"


def embedding_size(n_levels: int) -> int:
    """Length of the vectors of an embedding: min(50, round(1.6 n_levels**0.56)).

    Notes
    -----
    The rule of thumb of fastai for tables, found by trial [1]_, with its upper limit of 600 lowered to 50.

    References
    ----------
    .. [1] Howard & Gugger, "fastai: A Layered API for Deep Learning", Information 11(2), 2020.

    Examples
    --------
    >>> embedding_size(42), embedding_size(10_000)
    (13, 50)
    """
    return min(MOST_SIZE, round(1.6 * n_levels**0.56))


def fitted_category(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """What a column of text or categories becomes.

    Parameters
    ----------
    name : str
    column : Series of length n_samples
        Rows of the training, some of them not missing.
    settings : TableSettings

    Returns
    -------
    Column
        OneHot for up to `max_onehot` levels, Embedded for more; Presence or Dropped where there is one level only,
        or where almost every row has a level of its own.

    Raises
    ------
    DataError
        If it holds lists, dicts or the like.
    """
    counts = level_counts(name, column)
    n_present = sum(counts.values())
    n_missing = len(column) - n_present
    if len(counts) == 1:  # that it is missing is a level too, whatever the settings
        return Presence(name, n_missing, ONE_VALUE) if n_missing else Dropped(name, ONE_VALUE)
    of: Levels = levels_kind(column)  # type: ignore[assignment]
    note = almost_numbers(column) if column.index.name != "line" else ""  # of a file, all rows are reported
    if len(counts) <= settings.max_onehot:
        return _one_hot(name, counts, settings.rare_fraction * len(column), n_missing, of, note)
    if len(counts) > MOST_DISTINCT * n_present:
        reason = f"an id or free text, with {len(counts)} different values in {n_present} rows{_noted(note)}"
        return one_value(name, n_missing, settings, reason)
    levels = [level for level, count in counts.items() if count >= LEAST_ROWS][:MOST_LEVELS]
    marked = settings.indicators and n_missing > 0
    return Embedded(name, n_missing, marked, tuple(levels), n_rare=len(counts) - len(levels), of=of, note=note)


def almost_numbers(column: pd.Series) -> str:
    """What to report of a column of text whose values are numbers except few; "" for other columns.

    Examples
    --------
    >>> almost_numbers(pd.Series(["22", "38", "forty"] + ["26"] * 9))
    "11 of 12 values are numbers; the first other one is 'forty' in row 2"
    """
    codes, levels = pd.factorize(column.astype(object))
    are_numbers = looks_numeric([str(level) for level in levels])
    n_present = int((codes >= 0).sum())
    others = (codes >= 0) & ~np.append(are_numbers, True)[codes]
    n_others = int(others.sum())
    if not n_others or n_others > FEW_OTHERS * n_present:
        return ""
    first = int(others.argmax())
    found = f"{n_present - n_others} of {n_present} values are numbers"
    return f"{found}; the first other one is {shown(column.iloc[first])} in {place_of(column, first)}"


def level_counts(name: str, column: pd.Series) -> dict[str, int]:
    """Number of rows of each level: the most frequent level first, equally frequent ones by their text."""
    codes, levels = as_levels(name, column)
    counts: dict[str, int] = {}
    for level, count in zip(levels, np.bincount(codes[codes >= 0], minlength=len(levels)).tolist(), strict=True):
        if count:  # the dtype of a categorical may list more levels than there are
            counts[level] = counts.get(level, 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _one_hot(name: str, counts: dict[str, int], least: float, n_missing: int, of: Levels, note: str) -> OneHot:
    """Levels of fewer than `least` rows are joined, except the most frequent one."""
    first = next(iter(counts))
    levels = tuple(level for level, count in counts.items() if count >= least or level == first)
    return OneHot(name, levels, len(counts) - len(levels), n_missing, of, note)


def _looked_up(name: str, column: pd.Series, numbers: dict[str, int], unseen: int, missing: int) -> np.ndarray:
    """The number of each row's level: array of shape (n_samples,), int32."""
    codes, levels = as_levels(name, column)
    found = [numbers.get(level, unseen) for level in levels]
    return np.array([*found, missing], "int32")[codes]  # code -1, missing, takes the last


def _noted(note: str) -> str:
    return f"; {note}" if note else ""
