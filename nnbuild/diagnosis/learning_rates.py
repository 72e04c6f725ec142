"""Usable learning rates, from the losses of a short training with a rising learning rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from nnbuild.diagnosis.layout import Layout
from nnbuild.diagnosis.rules import Evidence
from nnbuild.errors import Path

SMOOTHING = 0.9  # share of the mean of earlier losses
N_START = 10  # steps whose mean loss is that of the start
MIN_FALL = 0.05  # of the loss, relative to its start
BEGUN = 0.1  # share of the fall at the lowest usable rate
FAR = 30.0  # rates that many times below the lowest usable one are too low


@dataclass(frozen=True)
class RangeTest:
    """Losses of a short training whose learning rate rises from step to step.

    Attributes
    ----------
    rates, losses : tuple of float
        Learning rate and loss of each step; the test ends when the loss is not finite, or four times that of the start.
    rate : float or None
        Learning rate of the recipe; None if it is not a number.
    path : tuple of str and int
        Path of the learning rate in the recipe.

    Notes
    -----
    Losses are smoothed with an exponential mean. The usable range is from the rate at which a tenth of the fall is
    reached to the rate of the lowest loss [1]_. The suggested rate is a tenth of the latter.

    References
    ----------
    .. [1] Smith, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186, section 3.3.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    rate: float | None = None
    path: Path = ("training", "learning_rate")

    @property
    def usable(self) -> tuple[float, float] | None:
        """Lowest and highest usable rate; None if no rate lowers the loss."""
        smooth = smoothed(self.losses)
        if not smooth:
            return None
        start, lowest = smooth[min(N_START, len(smooth)) - 1], min(smooth)
        end = smooth.index(lowest)
        if start - lowest < MIN_FALL * abs(start):
            return None
        before = [place for place in range(end) if smooth[place] > start - BEGUN * (start - lowest)]
        return self.rates[min(end, max(before, default=-1) + 1)], self.rates[end]

    @property
    def suggested(self) -> float | None:
        """A rate in the usable range, with two digits; None without a usable range."""
        return None if self.usable is None else float(f"{max(self.usable[0], self.usable[1] / 10):.2g}")

    def to_dict(self) -> dict:
        """Return the test as JSON values."""
        usable = self.usable and list(self.usable)
        curves = {"rates": list(self.rates), "losses": list(self.losses)}
        return {"usable": usable, "suggested": self.suggested, "rate": self.rate, **curves}

    def __str__(self) -> str:
        if self.usable is None:
            return f"no learning rate from {self.rates[0]:g} to {self.rates[-1]:g} lowers the loss"
        low, high = self.usable
        own = "" if self.rate is None else f"; the recipe has {self.rate:g}"
        return f"usable learning rates are {low:.2g} to {high:.2g}, such as {self.suggested:g}{own}"


def learning_rate_path(layout: Layout) -> Path:
    """Return the path of the learning rate in a recipe: a param, a training setting, or an optimizer argument."""
    training = layout.recipe.network.training
    optimizer = training.get("optimizer")
    is_inside = "learning_rate" not in training and isinstance(optimizer, Mapping) and "learning_rate" in optimizer
    return layout.param_of(("training", *(("optimizer",) if is_inside else ()), "learning_rate"))


def smoothed(losses: Sequence[float]) -> list[float]:
    """Return the exponential means of losses up to the first one that is not finite, without a bias to the first."""
    found: list[float] = []
    mean = weight = 0.0
    for loss in losses:
        if not isfinite(loss):
            break
        mean, weight = SMOOTHING * mean + (1 - SMOOTHING) * loss, SMOOTHING * weight + 1 - SMOOTHING
        found.append(mean / weight)
    return found


def rate_too_high(test: RangeTest) -> Iterator[Evidence]:
    """Yield evidence that the learning rate of the recipe is above the usable range."""
    if test.rate is not None and test.usable and test.rate > test.usable[1]:
        yield _evidence(test)


def rate_too_low(test: RangeTest) -> Iterator[Evidence]:
    """Yield evidence that the learning rate of the recipe is far below the usable range."""
    if test.rate is not None and test.usable and test.rate < test.usable[0] / FAR:
        yield _evidence(test)


def nothing_learned(test: RangeTest) -> Iterator[Evidence]:
    """Yield evidence that no learning rate lowers the loss."""
    if test.usable is None:
        yield Evidence(str(test))


def _evidence(test: RangeTest) -> Evidence:
    return Evidence(str(test), test.path, {test.path: test.suggested})
