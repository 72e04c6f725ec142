"""Evidence about samples: missing values, and validation or test samples that are unlike the training samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nnbuild.errors import show
from nnbuild.report.units import count, counted, number

MAX_COLUMNS = 5  # in one finding


@dataclass(frozen=True)
class MissingValues:
    """A column with missing values.

    Attributes
    ----------
    column : str
    n, n_samples : int
        Numbers of missing values and of training samples.
    preparation : str
        Conversion of the column for the network.
    """

    column: str
    n: int
    n_samples: int
    preparation: str


@dataclass(frozen=True)
class Shift:
    """A column that is distributed differently in two sets of samples.

    Attributes
    ----------
    column : str
    distance : float
        Largest difference between the two distribution functions (numbers), or half the sum of the differences between
        shares (categories); from 0 to 1.
    probability : float
        Probability of such a difference by chance, in the test of this column.
    first, second : str
        Median, or most frequent category with its share, in both sets.
    """

    column: str
    distance: float
    probability: float
    first: str
    second: str


@dataclass(frozen=True)
class Samples:
    """Facts about the samples of a fit.

    Attributes
    ----------
    missing : tuple of MissingValues
    shifts : tuple of Shift
        Between the training set and the others.
    n_training, n_others : int
        Numbers of samples.
    others : {"validation", "test"}
        Samples that are compared with the training set.
    """

    missing: tuple[MissingValues, ...] = ()
    shifts: tuple[Shift, ...] = ()
    n_training: int = 0
    n_others: int = 0
    others: str = "validation"


def missing_values(samples: Samples) -> Iterator[str]:
    """Yield columns with missing values, and their preparation."""
    for one in samples.missing[:MAX_COLUMNS]:
        missing = f"{count(one.n)} of {counted(one.n_samples, 'value')} {'is' if one.n == 1 else 'are'} missing"
        yield f"column {show(one.column)}: {missing}; prepared as {one.preparation}"
    yield from _others(len(samples.missing))


def unlike_samples(samples: Samples) -> Iterator[str]:
    """Yield columns whose distribution differs between training and other samples."""
    for one in samples.shifts[:MAX_COLUMNS]:
        first = f"{one.first} in {counted(samples.n_training, 'training sample')}"
        second = f"{one.second} in {counted(samples.n_others, f'{samples.others} sample')}"
        by_chance = f"distance {number(one.distance)}, p = {one.probability:.1e}"
        yield f"column {show(one.column)}: {first}, {second} ({by_chance})"
    yield from _others(len(samples.shifts))


def _others(n: int) -> Iterator[str]:
    if n > MAX_COLUMNS:
        yield f"and {counted(n - MAX_COLUMNS, 'column')} more"
