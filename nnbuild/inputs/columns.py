"""State of fitted table columns as plain Python values: their fields and types are the format in model files.

`nnbuild.inputs.table` fits and transforms the columns; `nnbuild.saved` validates those read from a model file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from nnbuild.catalog.fields import saved_names
from nnbuild.catalog.kinds import MAX_DOUBLE, Float
from nnbuild.inputs.column_base import Column, ImputedColumn, Positive, counted, missing_name, note_suffix
from nnbuild.inputs.notations import TEXT, Notation

ONE_VALUE = "one value only"
NO_VALUES = "all values are missing"
MISSING_BOOLEAN = 0.5  # output for a missing boolean: halfway between false and true
MAX_SIZE = 50  # maximum length of embedding vectors
NotNegative = Annotated[float, Float(low=0, most=MAX_DOUBLE)]
ValueType = Literal["number", "duration"]
Impute = Literal["median", "mean", "zero"]
Scale = Literal["standard", "robust", "normal", "none"]
ScaledBy = Literal["standard", "robust", "range", "normal", "none"]
ManyCategories = Literal["embed", "group"]
Part = Literal["month", "day of week", "day of year", "hour", "minute"]
CategoryType = Literal["", "text", "number", "flag", "mixed"]


@dataclass(frozen=True)
class Number(ImputedColumn):
    """Column of numbers, or of durations in seconds, imputed and then scaled: (value - center) / scale, then clipped.

    Attributes
    ----------
    value_type : {"number", "duration"}
    fill : float
        Replacement of missing values, before scaling.
    filled_by : {"median", "mean", "zero"}
        Imputation strategy, which determines `fill`.
    center, scale : float
        Value to subtract, and value to divide by.
    scaled_by : {"standard", "robust", "range", "normal", "none"}
        Statistics of `center` and `scale`: mean and standard deviation, median and interquartile range, median and half
        of the range, or 0 and 1. "normal": values are transformed to a normal distribution by `quantiles`, and `center`
        and `scale` are the mean and the standard deviation.
    quantiles : tuple of float, default=()
        Quantiles of equal probability steps, from minimum to maximum, for "normal".
    """

    kind: ClassVar[str] = "number"

    value_type: ValueType = field(metadata={"saved_as": "noun"})
    fill: float
    filled_by: Impute
    center: float
    scale: Positive
    scaled_by: ScaledBy
    quantiles: tuple[float, ...] = ()

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
    """Column of booleans: 0, 1, and 0.5 for missing values; or -1, 1, and 0 for missing values.

    Attributes
    ----------
    signed : bool, default=False
        Whether false is -1.
    """

    kind: ClassVar[str] = "flag"

    signed: bool = False

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.name, *self.indicator_names)

    @property
    def notation(self) -> Notation:
        return Notation("flag")

    def describe(self) -> str:
        low, middle = (-1, 0) if self.signed else (0, MISSING_BOOLEAN)
        return f"boolean as 1 or {low}{self.describe_missing(f'encoded as {middle}')}"


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
        return f"one-hot of {counted(len(self.categories), 'category')}{rare}{missing}{note_suffix(self.note)}"


@dataclass(frozen=True)
class SignedCategory(ImputedColumn):
    """Categorical column with two categories as one output: 1 and -1, and 0 for unseen and missing values.

    Attributes
    ----------
    categories : tuple of str
        The more frequent category, which is 1, and the other one.
    category_type : {"text", "number", "flag", "mixed", ""}, default=""
        Type of the categories in `fit`.
    note : str, default=""
        Further information about the column.
    """

    kind: ClassVar[str] = "signed"
    n_rare: ClassVar[int] = 0

    categories: tuple[str, ...] = field(metadata={"saved_as": "levels"})
    category_type: CategoryType = field(default="", metadata={"saved_as": "of"})
    note: str = ""

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (f"{self.name}={self.categories[0]}", *self.indicator_names)

    @property
    def notation(self) -> Notation | None:
        return TEXT if self.category_type == "text" else None

    @cached_property
    def signs(self) -> dict[str, int]:
        """Output of each category."""
        return dict(zip(self.categories, (1, -1), strict=True))

    def describe(self) -> str:
        first, second = self.categories
        return f"1 for {first!r}, -1 for {second!r}{self.describe_missing('encoded as 0')}{note_suffix(self.note)}"


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
        vectors = f"embedding of {counted(len(self.categories), 'category')}, {counted(self.size, 'dimension')}"
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


def column_from(values: Mapping) -> Column:
    """Return the column from checked values of `Column.to_dict`."""
    column_class: Any = COLUMNS[values["kind"]]
    given = {name: values[saved] for saved, name in saved_names(column_class).items() if saved in values}
    return column_class(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})


COLUMNS: dict[str, type[Column]] = {
    column.kind: column
    for column in (Number, Boolean, Dates, OneHot, SignedCategory, Embedded, MissingIndicator, Dropped)
}
FILLED = {"median": "imputed with the median {:.4g}", "mean": "imputed with the mean {:.4g}", "zero": "imputed with 0"}
SCALED = {
    "standard": "standardized (mean {:.4g}, standard deviation {:.4g})",
    "robust": "scaled (median {:.4g}, interquartile range {:.4g})",
    "range": "scaled (median {:.4g}, half of the range {:.4g})",
    "normal": "transformed to a normal distribution (mean {:.4g}, standard deviation {:.4g})",
    "none": "not scaled",
}
