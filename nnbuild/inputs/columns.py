"""Fitted columns of tables: data only, without NumPy. Their fields and types are their form in a model file.

`nnbuild.inputs.table` fits and transforms them; `nnbuild.saved` checks those of model files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from nnbuild.catalog.fields import saved_fields
from nnbuild.catalog.kinds import MOST_DOUBLE, Float
from nnbuild.inputs.notations import TEXT, Notation

ONE_VALUE = "one value only"
NO_VALUES = "all values are missing"
UNKNOWN_FLAG = 0.5  # a truth value that is missing: halfway between false and true
MOST_SIZE = 50  # of the vectors of an embedding
Positive = Annotated[float, Float(above=0, most=MOST_DOUBLE)]
NotNegative = Annotated[float, Float(low=0, most=MOST_DOUBLE)]
Noun = Literal["number", "duration"]
Impute = Literal["median", "mean", "zero"]
Scale = Literal["standard", "robust", "none"]
Part = Literal["month", "day of week", "day of year", "hour", "minute"]
Levels = Literal["", "text", "number", "flag", "mixed"]


@dataclass(frozen=True)
class Column:
    """What one column becomes, as fitted: data only.

    Attributes
    ----------
    kind : str
        Its name in a model file.
    name : str
        The column's name in the table.
    """

    kind: ClassVar[str]

    name: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the numeric outputs."""
        raise NotImplementedError

    @property
    def read_as(self) -> Notation | None:
        """Notation of a later file of text where fit had a DataFrame; None to infer a usual one from the file."""
        return None

    def says(self) -> str:
        """What was done to the column, without its name."""
        raise NotImplementedError

    def to_dict(self) -> dict:
        """The same as JSON values."""
        return {"kind": self.kind, **saved_fields(self)}


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


@dataclass(frozen=True)
class Number(Marked):
    """A column of numbers, or of durations in seconds: (value - center) / scale, missing values filled before that.

    Attributes
    ----------
    noun : {"number", "duration"}
    fill : float
        What missing values become.
    filled_by : {"median", "mean", "zero"}
        What `fill` is.
    center, scale : float
        What is taken away, and what is divided by.
    scaled_by : {"standard", "robust", "none"}
        What `center` and `scale` are: mean and standard deviation, median and interquartile range, or 0 and 1.
    """

    kind: ClassVar[str] = "number"

    noun: Noun
    fill: float
    filled_by: Impute
    center: float
    scale: Positive
    scaled_by: Scale

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.name, *self.marks)

    @property
    def read_as(self) -> Notation | None:
        return Notation("number") if self.noun == "number" else None

    def says(self) -> str:
        noun = {"duration": "duration in seconds"}.get(self.noun, self.noun)
        scaled = SCALED[self.scaled_by].format(self.center, self.scale)
        return f"{noun}, {scaled}{self.says_missing(FILLED[self.filled_by].format(self.fill))}"


@dataclass(frozen=True)
class Flag(Marked):
    """A column of truth values: 0, 1, and 0.5 where the value is missing."""

    kind: ClassVar[str] = "flag"

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.name, *self.marks)

    @property
    def read_as(self) -> Notation:
        return Notation("flag")

    def says(self) -> str:
        return f"true or false as 1 or 0{self.says_missing(f'{UNKNOWN_FLAG}')}"


@dataclass(frozen=True)
class Dates(Marked):
    """A column of dates or times: standardised days and years, and the cosine and sine of what comes round again.

    All outputs are 0 where the time is missing: the mean of days and years, the middle of the circles.

    Attributes
    ----------
    zone : str or None
        Time zone whose clocks are read; None for times without one.
    days_center, days_scale : float
        Mean and standard deviation of the days since 1970.
    years_center, years_scale : float
        Mean and standard deviation of the calendar year; the scale is 0 where all years are one, which gives no output.
    parts : tuple of str
        Circles: of "month", "day of week", "day of year", "hour" (with its fraction) and "minute", those that differ.
    """

    kind: ClassVar[str] = "dates"

    zone: str | None
    days_center: float
    days_scale: Positive
    years_center: float
    years_scale: NotNegative
    parts: tuple[Part, ...]

    @property
    def feature_names(self) -> tuple[str, ...]:
        years = ("year",) if self.years_scale else ()
        circles = (f"{part} {way}" for part in self.parts for way in ("cos", "sin"))
        return (*(f"{self.name} {part}" for part in ("days", *years, *circles)), *self.marks)

    @property
    def read_as(self) -> Notation:
        return Notation("time", zoned=self.zone is not None)

    def says(self) -> str:
        years = ["year"] if self.years_scale else []
        zone = f" in {self.zone}" if self.zone else ""
        return f"time{zone} as {', '.join(['days', *years, *self.parts])}{self.says_missing('0')}"


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

    kind: ClassVar[str] = "one-hot"

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
    def positions(self) -> dict[str, int]:
        """The output of each level."""
        return {level: position for position, level in enumerate(self.levels)}

    def says(self) -> str:
        rare = f"; rare levels ({self.n_rare}) are joined" if self.n_rare else ""
        missing = f"; missing values ({self.n_missing}) are a level" if self.n_missing else ""
        return f"one-hot of {_count(len(self.levels), 'level')}{rare}{missing}{noted(self.note)}"


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

    kind: ClassVar[str] = "embedding"

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
    def codes(self) -> dict[str, int]:
        """The code of each level."""
        return {level: code for code, level in enumerate(self.levels, 1)}

    def says(self) -> str:
        rare = f"; rare levels ({self.n_rare}) become code 0" if self.n_rare else ""
        vectors = f"embedding of {_count(len(self.levels), 'level')} in {_count(self.size, 'number')}"
        return f"{vectors}{rare}{self.says_missing('code 0')}{noted(self.note)}"


@dataclass(frozen=True)
class Presence(Column):
    """A column of which only matters whether there is a value: 1 where it is missing, else 0.

    Attributes
    ----------
    n_missing : int
        Missing values in fit.
    reason : str
        Why the values themselves are not used.
    """

    kind: ClassVar[str] = "presence"

    n_missing: int
    reason: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (missing_name(self.name),)

    def says(self) -> str:
        return f"dropped: {self.reason}; missing values ({self.n_missing}) are marked in {missing_name(self.name)!r}"


@dataclass(frozen=True)
class Dropped(Column):
    """A column that is not used.

    Attributes
    ----------
    reason : str
    """

    kind: ClassVar[str] = "dropped"

    reason: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        return ()

    @property
    def read_as(self) -> Notation:
        return TEXT

    def says(self) -> str:
        return f"dropped: {self.reason}"


def missing_name(name: str) -> str:
    """Name of the output that is 1 where a column's value is missing."""
    return f"{name} missing"


def embedding_size(n_levels: int) -> int:
    """Length of the vectors of an embedding: min(50, round(1.6 n_levels**0.56)).

    Notes
    -----
    The rule of thumb of fastai for tables, found by trial, with its upper limit of 600 lowered to 50.

    References
    ----------
    .. [1] Howard & Gugger, "fastai: A Layered API for Deep Learning", Information 11(2), 2020.

    Examples
    --------
    >>> embedding_size(42), embedding_size(10_000)
    (13, 50)
    """
    return min(MOST_SIZE, round(1.6 * n_levels**0.56))


def noted(note: str) -> str:
    """A note behind what was done to a column."""
    return f"; {note}" if note else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def column_from(values: Mapping) -> Column:
    """The column that `Column.to_dict` gave, of values that were checked."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    record: Any = COLUMNS[values["kind"]]
    return record(**{name: value for name, value in given.items() if name != "kind"})


COLUMNS: dict[str, type[Column]] = {
    record.kind: record for record in (Number, Flag, Dates, OneHot, Embedded, Presence, Dropped)
}
FILLED = {"median": "the median {:.4g}", "mean": "the mean {:.4g}", "zero": "0"}
SCALED = {
    "standard": "standardised (mean {:.4g}, standard deviation {:.4g})",
    "robust": "scaled (median {:.4g}, interquartile range {:.4g})",
    "none": "as it is",
}
