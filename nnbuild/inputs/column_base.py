"""Base classes of fitted table columns, and texts about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from nnbuild.catalog.fields import saved_fields
from nnbuild.catalog.kinds import MAX_DOUBLE, Float, optional
from nnbuild.inputs.notations import Notation

Positive = Annotated[float, Float(above=0, most=MAX_DOUBLE)]
Limit = Annotated[float | None, optional(Float(above=0, most=MAX_DOUBLE))]


@dataclass(frozen=True)
class Column:
    """Fitted conversion of one column.

    Attributes
    ----------
    kind : str
        Name of the class in a model file.
    name : str
        Name of the column in the table.
    centers, scales : tuple of float
        For each output after the numbers (indicators and categories): value to subtract, and value to divide by. Empty
        if these outputs are not scaled.
    clip : float or None
        Limit of all scaled outputs; see `nnbuild.inputs.table.scaling.smoothly_clipped`.
    """

    kind: ClassVar[str]

    name: str
    centers: tuple[float, ...] = field(default=(), kw_only=True)
    scales: tuple[Positive, ...] = field(default=(), kw_only=True)
    clip: Limit = field(default=None, kw_only=True)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the numeric outputs."""
        raise NotImplementedError

    @property
    def n_numbers(self) -> int:
        """Number of leading outputs that are numbers on a scale, not indicators or categories."""
        return 0

    @property
    def notation(self) -> Notation | None:
        """Notation of the values in text files such as CSV, if the column was fitted on a DataFrame; None: infer it."""
        return None

    def describe(self) -> str:
        """Return a description of the conversion, without the name of the column."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return the description, with the scaling of indicators and categories and the limit of the outputs."""
        scaled = "; indicators and categories scaled" if self.centers else ""
        return f"{self.describe()}{scaled}{f'; clipped at {self.clip:g}' if self.clip else ''}"

    def to_dict(self) -> dict:
        """Return the column as JSON values."""
        return {"kind": self.kind, **saved_fields(self)}


@dataclass(frozen=True)
class ImputedColumn(Column):
    """Column with imputed missing values, and an indicator output for them if there were any in `fit`.

    Attributes
    ----------
    n_missing : int
        Number of missing values in `fit`.
    has_indicator : bool
        Whether the last output is an indicator: 1 for a missing value, else 0.
    """

    n_missing: int
    has_indicator: bool = field(metadata={"saved_as": "marked"})

    @property
    def indicator_names(self) -> tuple[str, ...]:
        """Name of the indicator output of missing values; empty if there is none."""
        return (missing_name(self.name),) if self.has_indicator else ()

    def describe_missing(self, encoding: str) -> str:
        """Return a description of the imputation; "" if there were no missing values in `fit`."""
        if not self.n_missing:
            return ""
        indicator = f", indicator {missing_name(self.name)!r}" if self.has_indicator else ""
        return f"; missing values ({self.n_missing}) {encoding}{indicator}"


def missing_name(name: str) -> str:
    """Return the name of the indicator output of missing values."""
    return f"{name} missing"


def note_suffix(note: str) -> str:
    """Return a note as the end of a description; "" for no note."""
    return f"; {note}" if note else ""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in singular or plural, such as "2 categories"."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
