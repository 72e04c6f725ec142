"""What one column of a table becomes: the base of the records that say it, and their form as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, show
from nnbuild.features.notation import Notation
from nnbuild.recipe.kinds import MOST_DOUBLE, Choice, Either, Flag, Float, Kind, ListOf, Null, Text, Whole

ONE_VALUE = "one value only"
NO_VALUES = "all values are missing"
Positive = Annotated[float, "above 0"]


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

    @property
    def read_as(self) -> Notation | None:
        """Notation of a later file of text where fit had a DataFrame; None to infer a usual one from the file."""
        return None

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


def repeated(names: Iterable[str]) -> list[str]:
    """Names that stand more than once, each once, in their order.

    Examples
    --------
    >>> repeated(["b", "a", "b", "c", "a", "b"])
    ['b', 'a']
    """
    return [name for name, count in Counter(names).items() if count > 1]


def missing_name(name: str) -> str:
    """Name of the output that is 1 where a column's value is missing."""
    return f"{name} missing"


def column_dict(kind: str, column: Column) -> dict:
    """A column as JSON values; fields that have a default are left out where they have it."""
    found: dict[str, object] = {"kind": kind}
    for field in fields(column):
        value = getattr(column, field.name)
        if value != field.default:
            found[field.name] = list(value) if isinstance(value, tuple) else value
    return found


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
    record: Any = kinds[values["kind"]]
    wanted, needed = _fields(record)
    if not needed <= values.keys() <= {"kind", *wanted}:
        raise damaged(path, f"must have the keys {', '.join(('kind', *wanted))}, has {', '.join(map(str, values))}")
    cleaned = {
        name: field_value(wanted[name], value, f"{path}.{name}") for name, value in values.items() if name in wanted
    }
    try:
        return record(**cleaned)
    except ValueError as error:
        raise damaged(path, str(error)) from None


@cache
def _fields(record: Any) -> tuple[dict[str, Kind], set[str]]:
    """What JSON values the fields of a record take, and the keys that can't be left out."""
    kinds = {name: field_kind(hint) for name, hint in get_type_hints(record, include_extras=True).items()}
    return kinds, {"kind", *(field.name for field in fields(record) if field.default is MISSING)}


def field_value(kind: Kind, value: object, path: str) -> Any:
    """The value of a field, from JSON: lists become tuples."""
    if not kind.accepts(value):
        raise damaged(path, f"must be {kind.says}, got {show(value)}")
    cleaned = kind.clean(value)
    return tuple(cleaned) if isinstance(cleaned, list) else cleaned


def field_kind(hint: object) -> Kind:
    """What JSON values a field of this type takes."""
    if get_origin(hint) is Literal:
        return Choice(*get_args(hint))
    if get_origin(hint) is tuple:
        return ListOf(field_kind(get_args(hint)[0]))
    return KINDS[hint]


def damaged(path: str, found: str) -> DataError:
    """The error of a saved preparation that can't be used."""
    return DataError(f"not the preparation of a table: {path}: {found}")


# Of the types of fields, those that are written as one word.
KINDS: dict[object, Kind] = {
    str: Text(),
    str | None: Either(Text(), Null()),
    int: Whole(0),
    bool: Flag(),
    float: Float(most=MOST_DOUBLE),
    Positive: Float(above=0, most=MOST_DOUBLE),
}
