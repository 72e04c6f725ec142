"""Scores of predictions, and predictions beside the truth, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, isfinite, nan

from nnbuild.report.units import number


@dataclass(frozen=True)
class Score:
    """One number that says how good predictions are.

    Attributes
    ----------
    name : str
        As scikit-learn's function is called.
    value : float
    baseline : float or None
        The same of one prediction for all rows; None where it is not known.
    unit : str
        Of both values; "" for plain numbers.
    error : float or None
        Standard error of the value, from the spread over rows; None where the score is no mean over rows, or of few.
    training : float or None
        The same score on training rows; None where it was not computed.
    training_baseline : float or None
        The baseline on training rows.
    gap_error : float or None
        Standard error of the difference between `training` and `value`.
    """

    name: str
    value: float
    baseline: float | None = None
    unit: str = ""
    error: float | None = None
    training: float | None = None
    training_baseline: float | None = None
    gap_error: float | None = None

    @property
    def title(self) -> str:
        """The name in words."""
        return "R2" if self.name == "r2" else self.name.replace("_", " ")


@dataclass(frozen=True)
class ClassScore:
    """How well one class, or label, is told from the others.

    Attributes
    ----------
    label : str
    n : int
        Rows of this class.
    precision, recall, f1 : float
        NaN where nothing was predicted as the class, where it has no rows, where both are so.
    loss : float
        Mean loss of its rows; NaN where it has none.
    """

    label: str
    n: int
    precision: float
    recall: float
    f1: float
    loss: float


@dataclass(frozen=True)
class Confusion:
    """Rows of one class that were taken for another; `share` is of all rows of the class."""

    true: str
    predicted: str
    n: int
    share: float


@dataclass(frozen=True)
class Classified:
    """Predicted classes beside the true ones, counted.

    Attributes
    ----------
    labels : tuple of str
        Names of the classes.
    counts : tuple of tuple of int
        Rows by true class (outer) and predicted class (inner).
    losses : tuple of float
        Mean loss of the rows of each class; NaN where there are none.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    losses: tuple[float, ...]

    def scores(self) -> tuple[ClassScore, ...]:
        """Precision, recall, F1 and loss of each class."""
        predicted = [sum(column) for column in zip(*self.counts, strict=True)]
        return tuple(
            ClassScore(
                label,
                n=sum(row),
                precision=_share(row[index], predicted[index]),
                recall=_share(row[index], sum(row)),
                f1=_share(2 * row[index], sum(row) + predicted[index]),
                loss=loss,
            )
            for index, (label, row, loss) in enumerate(zip(self.labels, self.counts, self.losses, strict=True))
        )

    def confusions(self, most: int) -> tuple[Confusion, ...]:
        """The pairs of classes that are confused most often, at most `most` of them."""
        found = [
            Confusion(true, predicted, n, n / sum(row))
            for true, row in zip(self.labels, self.counts, strict=True)
            for predicted, n in zip(self.labels, row, strict=True)
            if n and true is not predicted
        ]
        return tuple(sorted(found, key=lambda pair: -pair.n)[:most])


@dataclass(frozen=True)
class Labelled:
    """How well labels are predicted that a row may have several of.

    Attributes
    ----------
    labels : tuple of ClassScore
    """

    labels: tuple[ClassScore, ...]

    def scores(self) -> tuple[ClassScore, ...]:
        """Precision, recall, F1 and loss of each label."""
        return self.labels


@dataclass(frozen=True)
class Measured:
    """Predicted quantities beside the true ones.

    Attributes
    ----------
    target : str
        What is predicted.
    true, predicted : tuple of float
        One value for each row.
    unit : str
        Of the values; "" where it is not known.
    """

    target: str
    true: tuple[float, ...]
    predicted: tuple[float, ...]
    unit: str = ""

    @property
    def name(self) -> str:
        """The target with its unit."""
        return f"{self.target} ({self.unit})" if self.unit else self.target

    @cached_property
    def pairs(self) -> list[tuple[float, float]]:
        """True and predicted value of each row where both are finite."""
        both = zip(self.true, self.predicted, strict=True)
        return [(true, predicted) for true, predicted in both if isfinite(true) and isfinite(predicted)]

    @cached_property
    def _sizes(self) -> list[float]:
        """Absolute errors in ascending order."""
        return sorted(abs(predicted - true) for true, predicted in self.pairs)

    @property
    def mean_error(self) -> float:
        """Mean absolute error; NaN without rows."""
        return sum(self._sizes) / len(self._sizes) if self._sizes else nan

    def error_within(self, share: float) -> float:
        """The absolute error that at least a `share` of the rows don't exceed; NaN without rows."""
        return self._sizes[max(0, ceil(share * len(self._sizes)) - 1)] if self._sizes else nan

    def summary(self) -> str:
        """How large the errors are, in a sentence."""
        half, most, all_of_them = (f"{number(self.error_within(share))}" for share in (0.5, 0.9, 1.0))
        unit = f" {self.unit}" if self.unit else ""
        return (
            f"Half of the errors are up to {half}{unit}, 90 % up to {most}{unit}, the largest is {all_of_them}{unit}."
        )


Outcome = Classified | Labelled | Measured


@dataclass(frozen=True)
class Scores:
    """How good predictions are, for rows that the training has not seen.

    Attributes
    ----------
    n_rows : int
    values : tuple of Score
    baseline : str
        What the baselines of the scores predict.
    outcomes : tuple of Classified, Labelled or Measured
        Predictions beside the truth: of one kind of class, of labels, or of each quantity.
    """

    n_rows: int
    values: tuple[Score, ...]
    baseline: str = ""
    outcomes: tuple[Outcome, ...] = ()


def _share(part: int, whole: int) -> float:
    return part / whole if whole else nan
