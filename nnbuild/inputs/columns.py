"""State of fitted table columns as plain Python values: their fields and types are the format in model files.

`nnbuild.inputs.table` fits and transforms the columns; `nnbuild.saved` validates those read from a model file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from nnbuild.catalog.fields import saved_fields, saved_names
from nnbuild.catalog.kinds import MAX_DOUBLE, Float
from nnbuild.inputs.notations import TEXT, Notation

ONE_VALUE = "one value only"
NO_VALUES = "all values are missing"
MISSING_BOOLEAN = 0.5  # output for a missing boolean: halfway between false and true
MAX_SIZE = 50  # maximum length of embedding vectors
Positive = Annotated[float, Float(above=0, most=MAX_DOUBLE)]
NotNegative = Annotated[float, Float(low=0, most=MAX_DOUBLE)]
ValueType = Literal["number", "duration"]
Impute = Literal["median", "mean", "zero"]
Scale = Literal["standard", "robust", "none"]
Part = Literal["month", "day of week", "day of year", "hour", "minute"]
CategoryType = Literal["", "text", "number", "flag", "mixed"]


@dataclass(frozen=True)
class Column:
    """Fitted conversion of one column.

    Attributes
    ----------
    kind : str
        Name of the class in a model file.
    name : str
        Name of the column in the table.
    """

    kind: ClassVar[str]

    name: str

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


@dataclass(frozen=True)
class Number(ImputedColumn):
    """Column of numbers, or of durations in seconds, imputed and then scaled: (value - center) / scale.

    Attributes
    ----------
    value_type : {"number", "duration"}
    fill : float
        Replacement of missing values, before scaling.
    filled_by : {"median", "mean", "zero"}
        Imputation strategy, which determines `fill`.
    center, scale : float
        Value to subtract, and value to divide by.
    scaled_by : {"standard", "robust", "none"}
        Statistics of `center` and `scale`: mean and standard deviation, median and interquartile range, or 0 and 1.
    """

    kind: ClassVar[str] = "number"

    value_type: ValueType = field(metadata={"saved_as": "noun"})
    fill: float
    filled_by: Impute
    center: float
    scale: Positive
    scaled_by: Scale

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.name, *self.indicator_names)

    @property
    def n_numbers(self) -> int:
        return 1

    @property
    def notation(self) -> Notation | None:
        return Notation("number") if self.value_type == "number" else None

    def describe(self) -> str:
        noun = {"duration": "duration in seconds"}.get(self.value_type, self.value_type)
        scaled = SCALED[self.scaled_by].format(self.center, self.scale)
        return f"{noun}, {scaled}{self.describe_missing(FILLED[self.filled_by].format(self.fill))}"


@dataclass(frozen=True)
class Boolean(ImputedColumn):
    """Column of booleans: 0, 1, and 0.5 for missing values."""

    kind: ClassVar[str] = "flag"

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.name, *self.indicator_names)

    @property
    def notation(self) -> Notation:
        return Notation("flag")

    def describe(self) -> str:
        return f"boolean as 1 or 0{self.describe_missing(f'encoded as {MISSING_BOOLEAN}')}"


@dataclass(frozen=True)
class Dates(ImputedColumn):
    """Column of dates or times: standardized days and years, and the cosine and sine of periodic parts.

    Missing times are encoded as 0 in all outputs: the mean of standardized outputs, and the origin of cosine and sine.

    Attributes
    ----------
    zone : str or None
        Time zone that times are converted to; None for times without a zone.
    days_center, days_scale : float
        Mean and standard deviation of the days since 1970.
    years_center, years_scale : float
        Mean and standard deviation of the calendar year. There is no output for a scale of 0 (one year only).
    parts : tuple of str
        Parts that vary in the training set, of "month", "day of week", "day of year", "hour" (with fraction), "minute".
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
        periodic = (f"{part} {function}" for part in self.parts for function in ("cos", "sin"))
        return (*(f"{self.name} {part}" for part in ("days", *years, *periodic)), *self.indicator_names)

    @property
    def n_numbers(self) -> int:
        return len(self.feature_names) - len(self.indicator_names)

    @property
    def notation(self) -> Notation:
        return Notation("time", zoned=self.zone is not None)

    def describe(self) -> str:
        years = ["year"] if self.years_scale else []
        zone = f" in {self.zone}" if self.zone else ""
        return f"time{zone} as {', '.join(['days', *years, *self.parts])}{self.describe_missing('encoded as 0')}"


@dataclass(frozen=True)
class OneHot(Column):
    """Categorical column with few categories, one-hot encoded.

    If there are rare categories, an unseen category is encoded as rare; otherwise all its outputs are 0. Missing values
    are treated as an unseen category if the training set had none.

    Attributes
    ----------
    categories : tuple of str
        Categories with their own output, most frequent first.
    n_rare : int
        Number of rare categories, which share one output after the others.
    n_missing : int
        Number of missing values in `fit`. If there are any, the last output is for missing values.
    category_type : {"text", "number", "flag", "mixed", ""}, default=""
        Type of the categories in `fit`; "" in files of earlier versions.
    note : str, default=""
        Further information about the column.
    """

    kind: ClassVar[str] = "one-hot"

    categories: tuple[str, ...] = field(metadata={"saved_as": "levels"})
    n_rare: int
    n_missing: int
    category_type: CategoryType = field(default="", metadata={"saved_as": "of"})
    note: str = ""

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (
            *(f"{self.name}={category}" for category in self.categories),
            *((f"{self.name} rare",) if self.n_rare else ()),
            *((f"{self.name} missing",) if self.n_missing else ()),
        )

    @property
    def notation(self) -> Notation | None:
        return TEXT if self.category_type == "text" else None

    @cached_property
    def positions(self) -> dict[str, int]:
        """Index of the output of each category."""
        return {category: position for position, category in enumerate(self.categories)}

    def describe(self) -> str:
        rare = f"; rare categories ({self.n_rare}) grouped" if self.n_rare else ""
        missing = f"; missing values ({self.n_missing}) are a category" if self.n_missing else ""
        return f"one-hot of {_count(len(self.categories), 'category')}{rare}{missing}{note_suffix(self.note)}"


@dataclass(frozen=True)
class Embedded(ImputedColumn):
    """Categorical column with many categories, encoded as integers for an embedding layer.

    Unseen and rare categories and missing values have code 0. The codes of `categories` start at 1.

    Attributes
    ----------
    categories : tuple of str
        Categories with their own code, most frequent first.
    n_rare : int
        Number of rare categories in `fit`, which have code 0.
    category_type : {"text", "number", "flag", "mixed", ""}, default=""
        Type of the categories in `fit`; "" in files of earlier versions.
    note : str, default=""
        Further information about the column.
    """

    kind: ClassVar[str] = "embedding"

    categories: tuple[str, ...] = field(metadata={"saved_as": "levels"})
    n_rare: int
    category_type: CategoryType = field(default="", metadata={"saved_as": "of"})
    note: str = ""

    @property
    def feature_names(self) -> tuple[str, ...]:
        return self.indicator_names

    @property
    def n_codes(self) -> int:
        """Number of codes, including 0."""
        return len(self.categories) + 1

    @property
    def size(self) -> int:
        """Length of the embedding vectors."""
        return embedding_size(self.n_codes)

    @property
    def notation(self) -> Notation | None:
        return TEXT if self.category_type == "text" else None

    @cached_property
    def codes(self) -> dict[str, int]:
        """Code of each category."""
        return {category: code for code, category in enumerate(self.categories, 1)}

    def describe(self) -> str:
        rare = f"; rare categories ({self.n_rare}) encoded as code 0" if self.n_rare else ""
        vectors = f"embedding of {_count(len(self.categories), 'category')}, {_count(self.size, 'dimension')}"
        return f"{vectors}{rare}{self.describe_missing('encoded as code 0')}{note_suffix(self.note)}"


@dataclass(frozen=True)
class MissingIndicator(Column):
    """Column with an indicator of missing values as its only output: 1 for a missing value, else 0.

    Attributes
    ----------
    n_missing : int
        Number of missing values in `fit`.
    reason : str
        Reason why the values are not used.
    """

    kind: ClassVar[str] = "presence"

    n_missing: int
    reason: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (missing_name(self.name),)

    def describe(self) -> str:
        return f"dropped: {self.reason}; indicator {missing_name(self.name)!r} of missing values ({self.n_missing})"


@dataclass(frozen=True)
class Dropped(Column):
    """Column that is not used.

    Attributes
    ----------
    reason : str
        Reason why it is not used.
    """

    kind: ClassVar[str] = "dropped"

    reason: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        return ()

    @property
    def notation(self) -> Notation:
        return TEXT

    def describe(self) -> str:
        return f"dropped: {self.reason}"


def missing_name(name: str) -> str:
    """Return the name of the indicator output of missing values."""
    return f"{name} missing"


def embedding_size(n_codes: int) -> int:
    """Return the length of embedding vectors: min(50, round(1.6 n_codes**0.56)).

    Notes
    -----
    This is the empirical rule of fastai for tables, with the upper limit lowered from 600 to 50.

    References
    ----------
    .. [1] Howard & Gugger, "fastai: A Layered API for Deep Learning", Information 11(2), 2020.

    Examples
    --------
    >>> embedding_size(42), embedding_size(10_000)
    (13, 50)
    """
    return min(MAX_SIZE, round(1.6 * n_codes**0.56))


def note_suffix(note: str) -> str:
    """Return a note as the end of a description; "" for no note."""
    return f"; {note}" if note else ""


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def column_from(values: Mapping) -> Column:
    """Return the column from checked values of `Column.to_dict`."""
    column_class: Any = COLUMNS[values["kind"]]
    given = {name: values[saved] for saved, name in saved_names(column_class).items() if saved in values}
    return column_class(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})


COLUMNS: dict[str, type[Column]] = {
    column.kind: column for column in (Number, Boolean, Dates, OneHot, Embedded, MissingIndicator, Dropped)
}
FILLED = {"median": "imputed with the median {:.4g}", "mean": "imputed with the mean {:.4g}", "zero": "imputed with 0"}
SCALED = {
    "standard": "standardized (mean {:.4g}, standard deviation {:.4g})",
    "robust": "scaled (median {:.4g}, interquartile range {:.4g})",
    "none": "not scaled",
}
