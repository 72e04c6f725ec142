"""Base classes of fitted columns of a table, and their JSON form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Annotated

import numpy as np
import pandas as pd

from nnbuild.inputs.table.notation import Notation

ONE_VALUE = "one value only"
NO_VALUES = "all values are missing"
Positive = Annotated[float, "above 0"]


@dataclass(frozen=True)
class Column:
    """Fitted column of a table: data only.

    Attributes
    ----------
    name : str
        Name of the column in the table.
    """

    name: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the numeric outputs."""
        raise NotImplementedError

    @property
    def read_as(self) -> Notation | None:
        """Notation of later text files if fit had a DataFrame; None to infer a standard one from the file."""
        return None

    def write(self, column: pd.Series, out: np.ndarray) -> np.ndarray | None:
        """Fill `out`, float32 zeros of shape (n_samples, n_outputs); an embedding returns its codes."""
        raise NotImplementedError

    def says(self) -> str:
        """Return a summary of the preparation, without the column's name."""
        raise NotImplementedError


@dataclass(frozen=True)
class Marked(Column):
    """Column with missing values that are filled; an indicator output marks them if fit had some.

    Attributes
    ----------
    n_missing : int
        Missing values in fit.
    marked : bool
        Whether the last output is 1 for missing values, else 0.
    """

    n_missing: int
    marked: bool

    @property
    def marks(self) -> tuple[str, ...]:
        """Name of the output that marks missing values, or empty."""
        return (missing_name(self.name),) if self.marked else ()

    def says_missing(self, become: str) -> str:
        """Return the summary of missing values; empty if fit had none."""
        if not self.n_missing:
            return ""
        mark = f", marked in {missing_name(self.name)!r}" if self.marked else ""
        return f"; missing values ({self.n_missing}) become {become}{mark}"


def repeated(names: Iterable[str]) -> list[str]:
    """Return names that occur more than once, each once, in order of first appearance.

    Examples
    --------
    >>> repeated(["b", "a", "b", "c", "a", "b"])
    ['b', 'a']
    """
    return [name for name, count in Counter(names).items() if count > 1]


def missing_name(name: str) -> str:
    """Return the name of the output that is 1 for missing values of a column."""
    return f"{name} missing"


def column_dict(kind: str, column: Column) -> dict:
    """Return a column as JSON values; fields equal to their defaults are left out."""
    found: dict[str, object] = {"kind": kind}
    for field in fields(column):
        value = getattr(column, field.name)
        if value != field.default:
            found[field.name] = list(value) if isinstance(value, tuple) else value
    return found


def column_from(values: Mapping, kinds: Mapping[str, type[Column]]) -> Column:
    """Return the column from the checked result of `column_dict`.

    Parameters
    ----------
    values : mapping of str to JSON value
    kinds : mapping of str to class
        All kinds of columns.
    """
    given = {name: value for name, value in values.items() if name != "kind"}
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return kinds[values["kind"]](**given)
