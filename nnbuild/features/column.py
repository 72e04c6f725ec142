"""What one column of a table becomes: the base of the records that say it, and their form as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from nnbuild.errors import show
from nnbuild.features.tables import DataError
from nnbuild.recipe.kinds import is_number, is_whole

ONE_VALUE = "one value only"
NO_VALUES = "all values are missing"


@dataclass(frozen=True)
class Column:
    """What one column becomes, as fitted: data only.

    Attributes
    ----------
    name : str
        The column's name in the table.
    """

    name: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the numeric outputs."""
        raise NotImplementedError

    def write(self, column: pd.Series, out: np.ndarray) -> np.ndarray | None:
        """Fill `out`, float32 zeros of shape (n_samples, n_outputs); an embedding returns its codes."""
        raise NotImplementedError

    def says(self) -> str:
        """What was done to the column, without its name."""
        raise NotImplementedError


@dataclass(frozen=True)
class Marked(Column):
    """A column whose missing values are filled, and marked by an output of their own where fit saw some.

    Attributes
    ----------
    n_missing : int
        Missing values in fit.
    marked : bool
        Whether the last output is 1 where the value is missing, else 0.
    """

    n_missing: int
    marked: bool

    @property
    def marks(self) -> tuple[str, ...]:
        """Name of the output that marks missing values, if there is one."""
        return (missing_name(self.name),) if self.marked else ()

    def says_missing(self, become: str) -> str:
        """What became of missing values; empty where fit saw none."""
        if not self.n_missing:
            return ""
        mark = f", marked in {missing_name(self.name)!r}" if self.marked else ""
        return f"; missing values ({self.n_missing}) become {become}{mark}"


def missing_name(name: str) -> str:
    """Name of the output that is 1 where a column's value is missing."""
    return f"{name} missing"


def column_dict(kind: str, column: Column) -> dict:
    """A column as JSON values."""
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(column).items()}
    return {"kind": kind, **values}


def column_from(values: object, kinds: Mapping[str, type[Column]], path: str) -> Column:
    """The column that `column_dict` gave.

    Parameters
    ----------
    values : object
        From a file that may be damaged or hostile.
    kinds : mapping of str to class
        All kinds of columns.
    path : str
        Where it stands in the file, for messages.

    Raises
    ------
    DataError
        If it is of no known kind, or has other fields or types of values.
    """
    if not isinstance(values, dict) or not isinstance(values.get("kind"), str) or values["kind"] not in kinds:
        raise damaged(path, f"no column that this nnbuild knows: {show(values)}")
    kind = kinds[values["kind"]]
    wanted = {field.name: str(field.type) for field in fields(kind)}
    if values.keys() != {"kind", *wanted}:
        raise damaged(path, f"must have the keys {', '.join(('kind', *wanted))}, has {', '.join(map(str, values))}")
    for name, form in wanted.items():
        accepts, says = FORMS[form]
        if not accepts(values[name]):
            raise damaged(f"{path}.{name}", f"must be {says}, got {show(values[name])}")
    try:
        return kind(**{name: _as_field(values[name], form) for name, form in wanted.items()})
    except ValueError as error:
        raise damaged(path, str(error)) from None


def damaged(path: str, found: str) -> DataError:
    """The error of a saved preparation that can't be used."""
    return DataError(f"not the preparation of a table: {path}: {found}")


def _as_field(value: object, form: str) -> object:
    if form.startswith("tuple[float"):
        return tuple(map(float, value))
    if form == "float":
        return float(value)
    return tuple(value) if isinstance(value, list) else value


def _is_list_of(accepts: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and all(map(accepts, value))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and is_whole(value) and value >= 0


# Types of fields, as the records below and in the other files of this folder write them: check and words.
FORMS: dict[str, tuple[Callable[[object], bool], str]] = {
    "str": (_is_text, "a string"),
    "str | None": (lambda value: value is None or _is_text(value), "a string or null"),
    "int": (_is_count, "a whole number of at least 0"),
    "bool": (lambda value: isinstance(value, bool), "true or false"),
    "float": (is_number, "a number"),
    "tuple[str, ...]": (_is_list_of(_is_text), "a list of strings"),
    "tuple[float, ...]": (_is_list_of(is_number), "a list of numbers"),
}
