"""Scores of predictions, and predicted with true targets, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import ceil, isfinite, nan

from nnbuild.records import frozen_mapping
from nnbuild.report.units import number


@dataclass(frozen=True)
class Score:
    """Value of a score, with baseline and standard error.

    Attributes
    ----------
    name : str
        Name of scikit-learn's function.
    value : float
    baseline : float or None
        Score of a constant prediction; None if it is not available.
    unit : str
        Unit of both values; "" for plain numbers.
    error : float or None
        Standard error of the value, from the spread over samples. None if the score is not a mean over samples, or if
        there are few.
    training : float or None
        Score on training samples; None if it was not computed.
    training_baseline : float or None
        Baseline on training samples.
    gap_error : float or None
        Standard error of the difference between `training` and `value`.
    of : str
        Prediction that is scored, such as "median"; "" if there is only one.
    """

    name: str
    value: float
    baseline: float | None = None
    unit: str = ""
    error: float | None = None
    training: float | None = None
    training_baseline: float | None = None
    gap_error: float | None = None
    of: str = ""

    @property
    def title(self) -> str:
        """Name in words."""
        title = "R2" if self.name == "r2" else self.name.replace("_", " ")
        return f"{title} of the {self.of}" if self.of else title


OF_CLASSES = ("precision", "recall", "f1", "loss")


@dataclass(frozen=True)
class ClassScore:
    """Scores of one class or label.

    Attributes
    ----------
    label : str
    n : int
        Number of samples of this class.
    precision, recall, f1 : float
        Precision is NaN if the class is never predicted, recall if it has no samples, F1 in both cases together.
    loss : float
        Mean loss of its samples; NaN without samples.
    iou : float or None
        Intersection over union of pixels; NaN if the class is in neither masks nor predictions. None without pixels.
    """

    label: str
    n: int
    precision: float
    recall: float
    f1: float
    loss: float
    iou: float | None = None


@dataclass(frozen=True)
class Confusion:
    """Samples of one class that are predicted as another. `share` is relative to all samples of the class."""

    true: str
    predicted: str
    n: int
    share: float


@dataclass(frozen=True)
class Classified:
    """Confusion matrix, with the loss of each class.

    Attributes
    ----------
    labels : tuple of str
        Names of the classes.
    counts : tuple of tuple of int
        Numbers of samples by true class (outer) and predicted class (inner).
    losses : tuple of float
        Mean loss of the samples of each class; NaN without samples.
    of_pixels : bool
        Whether pixels are counted, not samples.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    losses: tuple[float, ...]
    of_pixels: bool = False

    @property
    def unit(self) -> str:
        """Unit of the counts: "rows" or "pixels"."""
        return "pixels" if self.of_pixels else "rows"

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores of each class."""
        return (*OF_CLASSES, "iou") if self.of_pixels else OF_CLASSES

    def scores(self) -> tuple[ClassScore, ...]:
        """Return precision, recall, F1 and loss of each class."""
        predicted = [sum(column) for column in zip(*self.counts, strict=True)]
        return tuple(
            ClassScore(
                label,
                n=sum(row),
                precision=_share(row[index], predicted[index]),
                recall=_share(row[index], sum(row)),
                f1=_share(2 * row[index], sum(row) + predicted[index]),
                loss=loss,
                iou=_share(row[index], sum(row) + predicted[index] - row[index]) if self.of_pixels else None,
            )
            for index, (label, row, loss) in enumerate(zip(self.labels, self.counts, self.losses, strict=True))
        )

    def confusions(self, most: int) -> tuple[Confusion, ...]:
        """Return at most `most` pairs of classes, the most often confused first."""
        found = [
            Confusion(true, predicted, n, n / sum(row))
            for true, row in zip(self.labels, self.counts, strict=True)
            for predicted, n in zip(self.labels, row, strict=True)
            if n and true is not predicted
        ]
        return tuple(sorted(found, key=lambda pair: -pair.n)[:most])


@dataclass(frozen=True)
class Labelled:
    """Scores of each label in a multilabel task.

    Attributes
    ----------
    labels : tuple of ClassScore
    """

    labels: tuple[ClassScore, ...]

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores of each label."""
        return OF_CLASSES

    def scores(self) -> tuple[ClassScore, ...]:
        """Return precision, recall, F1 and loss of each label."""
        return self.labels


@dataclass(frozen=True)
class Measured:
    """Predicted and true values of a regression target.

    Attributes
    ----------
    target : str
        Name of the target.
    true, predicted : tuple of float
        One value per sample.
    unit : str
        Unit of the values; "" if it is not known.
    """

    target: str
    true: tuple[float, ...]
    predicted: tuple[float, ...]
    unit: str = ""

    @property
    def name(self) -> str:
        """Name of the target with its unit."""
        return f"{self.target} ({self.unit})" if self.unit else self.target

    @cached_property
    def pairs(self) -> list[tuple[float, float]]:
        """True and predicted value of each sample for which both are finite."""
        both = zip(self.true, self.predicted, strict=True)
        return [(true, predicted) for true, predicted in both if isfinite(true) and isfinite(predicted)]

    @cached_property
    def _sizes(self) -> list[float]:
        """Absolute errors in ascending order."""
        return sorted(abs(predicted - true) for true, predicted in self.pairs)

    @property
    def mean_error(self) -> float:
        """Mean absolute error; NaN without samples."""
        return sum(self._sizes) / len(self._sizes) if self._sizes else nan

    def error_within(self, share: float) -> float:
        """Return the quantile of the absolute errors at `share`; NaN without samples."""
        return self._sizes[max(0, ceil(share * len(self._sizes)) - 1)] if self._sizes else nan

    def summary(self) -> str:
        """Return a sentence about the size of the errors."""
        half, most, all_of_them = (f"{number(self.error_within(share))}" for share in (0.5, 0.9, 1.0))
        unit = f" {self.unit}" if self.unit else ""
        return (
            f"Half of the errors are up to {half}{unit}, 90 % up to {most}{unit}, the largest is {all_of_them}{unit}."
        )


Outcome = Classified | Labelled | Measured


@dataclass(frozen=True)
class Scores:
    """Scores of predictions for held-out samples.

    Attributes
    ----------
    n_rows : int
        Number of samples.
    values : tuple of Score
    baseline : str
        Prediction of the baseline, in words.
    outcomes : tuple of Classified, Labelled or Measured
        Details: of the classes, of the labels, or of each regression target.
    outputs : mapping of str to Scores
        Scores of each output of a network with several outputs.
    unit : str
        Name of a sample.
    """

    n_rows: int
    values: tuple[Score, ...]
    baseline: str = ""
    outcomes: tuple[Outcome, ...] = ()
    outputs: Mapping[str, Scores] = field(default_factory=frozen_mapping)
    unit: str = "row"

    @property
    def by_name(self) -> dict[str, Score]:
        """All scores by name, with those of the outputs: "OUTPUT_NAME"."""
        found = {score.name: score for score in self.values}
        for output, scores in self.outputs.items():
            found |= {f"{output}_{one.name}": replace(one, of=f"output {output}") for one in scores.values}
        return found


def _share(part: int, whole: int) -> float:
    return part / whole if whole else nan
