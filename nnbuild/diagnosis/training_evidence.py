"""Evidence of findings: numbers from curves, scores and settings of a training run, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import isfinite, nan, sqrt
from statistics import median

from nnbuild.records import History, Record, frozen_mapping
from nnbuild.report.scores import Classified, Outcome, Score
from nnbuild.report.units import count, counted, decimals, number

Z = 2.33  # number of standard errors of a one-sided test at 1 %
Z_CURVE = 2.0
UNKNOWN_ERROR = 0.2  # relative error of a validation loss if the size of the validation set is not available
MIN_LOST, ERROR_LOST = 0.2, 0.4  # share of the training gain over the baseline that is missing on test samples
MIN_RISE = 0.05  # of a validation loss, relative to its lowest value
MIN_GAIN, MAX_GAIN = 0.05, 0.95  # gain over the baseline, relative to the possible gain
STILL_FALLING = {"val_loss": 0.02, "loss": 0.05}  # relative decrease in the last tenth of the epochs
MIN_FALL = 0.01  # the same, relative to the total decrease
MIN_EPOCHS, FLAT = 5, 0.005  # epochs, and relative decrease of a loss that is flat
RARE = 0.9  # share of a class that a network without information about the others may always predict
UNSTABLE = 0.2  # increases of the training loss, relative to its total decrease
LOWER_IS_BETTER = (
    "log_loss", "mean_absolute_error", "root_mean_squared_error", "bits_per_character", "bits_per_token", "perplexity",
)  # fmt: skip
SHARES = ("accuracy", "r2")
SQUARED_ERRORS = ("r2", "root_mean_squared_error")


@dataclass(frozen=True)
class TrainingRecord(Record):
    """Input of the findings: curves, scores and settings of a training run.

    Attributes
    ----------
    history : History or None
        With several members, that of the first.
    scores : tuple of Score
        On test samples, with those on training samples.
    tested_on : str
        Samples of the scores, such as "200 test rows".
    n_validation : int
        Size of the validation set; 0 if there is none or its size is not available.
    keeps_best : bool
        Whether early stopping is on and restores the weights of the best epoch.
    remedies : mapping of str to Remedy
        Possible changes, by the names of remedies in `TRAINING_FINDINGS`.
    unit : str
        Name of a sample.
    n_training : int
        Number of samples of the training scores; 0 if it is not available.
    outcomes : tuple of Outcome
        Predictions on the samples of the scores, such as confusion matrices.
    divergence : str
        First layer and step with values that are NaN or infinite; "" if it is not available.
    """

    history: History | None = None
    scores: tuple[Score, ...] = ()
    tested_on: str = "test rows"
    n_validation: int = 0
    keeps_best: bool = False
    remedies: Mapping = field(default_factory=frozen_mapping)
    unit: str = "row"
    n_training: int = 0
    outcomes: tuple[Outcome, ...] = ()
    divergence: str = ""

    def curve(self, name: str) -> tuple[float, ...]:
        """Return the values of a curve; empty if there is no such curve."""
        return tuple(self.history.curves.get(name, ())) if self.history else ()

    def kept(self, name: str) -> float:
        """Return the value of a curve in the kept epoch, or NaN."""
        values = self.curve(name)
        return values[self.kept_epoch - 1] if 0 < self.kept_epoch <= len(values) else nan

    @property
    def kept_epoch(self) -> int:
        """Epoch whose weights were kept, from 1; 0 if there is none."""
        return self.history.best_epoch if self.history else 0

    @property
    def stopped(self) -> str:
        """Reason why the training ended, as in `History`."""
        return self.history.stopped if self.history else ""


def diverged(record: TrainingRecord) -> Iterator[str]:
    """Yield evidence that the loss or the weights became infinite or NaN."""
    if record.history and record.stopped == "diverged":
        after = f"the loss or the weights became infinite or NaN after epoch {count(record.history.n_epochs)}"
        yield f"{after}; the weights of epoch {count(record.kept_epoch)} were kept (loss {number(record.kept('loss'))})"
    if record.divergence:
        yield record.divergence


def overfitting(record: TrainingRecord) -> Iterator[str]:
    """Yield scores, losses and metrics that are worse on samples outside the training set."""
    is_lost = any(share_lost(score) >= MIN_LOST for score in record.scores)
    if is_lost:
        yield from (_compared(score, record) for score in record.scores if _is_judged(score))
    rise = rise_of(record)
    if rise and rise.training_falls:
        yield rise.text
    if is_lost or not record.scores:
        yield from _curve_gaps(record)


def overfitting_severity(record: TrainingRecord) -> str:
    """Return "error" if test samples lack much of the training gain or the validation loss rose, else "warning"."""
    lost = max(map(share_lost, record.scores), default=ERROR_LOST)
    return "error" if lost >= ERROR_LOST or rise_of(record) else "warning"


def better_epoch(record: TrainingRecord) -> Iterator[str]:
    """Yield evidence that the validation loss was lower in an earlier epoch than in the kept one."""
    if rise := rise_of(record):
        yield rise.text


def below_baseline(record: TrainingRecord) -> Iterator[str]:
    """Yield scores on test samples that are worse than those of a constant prediction."""
    for score in record.scores:
        if _is_judged(score) and _gain(score, score.baseline or 0.0, score.value) > Z * (score.error or 0.0):
            yield _compared(replace(score, training=None), record)


def unstable(record: TrainingRecord) -> Iterator[str]:
    """Yield evidence that the training loss increases again."""
    losses = record.curve("loss")
    if len(losses) < MIN_EPOCHS or not all(map(isfinite, losses)) or max(losses) - min(losses) < FLAT * abs(losses[0]):
        return
    window = max(3, len(losses) // 10)
    smooth = _smoothed(losses, window)
    fall = losses[0] - min(losses)
    late = losses[len(losses) // 2 :]
    rises = [max(0.0, after - before) for before, after in pairwise(late)]
    swing = max(rises) if sum(rise > UNSTABLE * fall for rise in rises) > len(rises) / 4 else 0.0
    back = min(median(losses[-window:]), losses[-1]) - min(smooth)
    if fall <= 0 or max(swing, back) > UNSTABLE * fall:
        lowest = f"{number(min(losses))} in epoch {count(1 + losses.index(min(losses)))}"
        yield f"loss was {number(losses[0])} in epoch 1, {lowest} and {number(losses[-1])} in the last epoch"


def underfitting(record: TrainingRecord) -> Iterator[str]:
    """Yield scores on training samples that are close to the baseline."""
    judged = [
        (score, score.training, _training_baseline(score))
        for score in record.scores
        if score.baseline is not None and score.training is not None
    ]
    gains = [_relative_gain(score, value, baseline) for score, value, baseline in judged]
    if gains and all(is_chance(gain, record.n_training) for gain in gains):
        for score, value, baseline in judged:
            values = f"{_value(score, value)} on training {record.unit}s (baseline {_value(score, baseline)})"
            yield f"{score.title} {values}"
        yield from flat_loss(record)


def flat_loss(record: TrainingRecord) -> Iterator[str]:
    """Yield evidence that the training loss hardly falls, unless scores are better than the baseline."""
    losses = record.curve("loss")
    if len(losses) < MIN_EPOCHS or not all(map(isfinite, losses)):
        return
    judged = [score for score in record.scores if _is_judged(score)]
    gains = [_relative_gain(score, score.value, score.baseline or 0.0) for score in judged]
    is_learned = not all(is_chance(gain, record.n_training) for gain in gains)
    if losses[0] - min(losses) < FLAT * abs(losses[0]) and not is_learned:
        first, lowest = number(losses[0]), number(min(losses))
        yield f"loss was {first} in epoch 1, and at least {lowest} in {count(len(losses))} epochs"


def one_class(record: TrainingRecord) -> Iterator[str]:
    """Yield evidence that all samples are predicted as one class, although there are several."""
    for outcome in record.outcomes:
        if found := _only_class(outcome):
            label, share, unit = found
            yield f"all predictions for {record.tested_on} are {label}, the class of {share:.0%} of the {unit}"


def one_class_severity(record: TrainingRecord) -> str:
    """Return "hint" if almost all samples are of the predicted class, else "warning"."""
    found = [_only_class(outcome) for outcome in record.outcomes]
    return "hint" if all(one[1] > RARE for one in found if one) else "warning"


def _only_class(outcome: Outcome) -> tuple[str, float, str] | None:
    """Return the only predicted class, its share and unit of the true ones, if at least two samples are of others."""
    if not isinstance(outcome, Classified):
        return None
    predicted = [sum(column) for column in zip(*outcome.counts, strict=True)]
    n, most = sum(predicted), max(predicted, default=0)
    place = predicted.index(most) if predicted else 0
    n_own = sum(outcome.counts[place]) if predicted else 0
    return (outcome.labels[place], n_own / n, outcome.unit) if n and most == n and n - n_own >= 2 else None


def is_chance(gain: float, n_samples: int) -> bool:
    """Return whether a gain over a constant prediction may be chance.

    Parameters
    ----------
    gain : float
        Relative to the possible gain.
    n_samples : int
        Number of samples; 0 if it is not available.
    """
    return gain < (chance_gain(n_samples) if n_samples else MIN_GAIN)


def chance_gain(n_samples: int) -> float:
    """Return the gain over a constant prediction, relative to the possible gain, up to which it may be chance.

    Notes
    -----
    It is the relative error of a mean loss, see `nnbuild.diagnosis.training_findings.findings`. The standard error of
    an accuracy near 1/2 is the same share of the possible gain.
    """
    return 1 / sqrt(n_samples)


def steps_are_too_large(record: TrainingRecord) -> bool:
    """Return whether predictions on training samples are below the baseline, and did not improve in the last epochs.

    Squared errors of a median are ignored: even a good median may have a larger one than the mean, the baseline.
    """
    gains = [
        _relative_gain(score, score.training, _training_baseline(score))
        for score in record.scores
        if score.baseline is not None
        and score.training is not None
        and not (score.of == "median" and score.name in SQUARED_ERRORS)
    ]
    is_worse = bool(gains) and min(gains) < -MIN_GAIN and max(gains) < MIN_GAIN
    return is_worse and not any(still_improving(replace(record, scores=())))


def still_improving(record: TrainingRecord) -> Iterator[str]:
    """Yield evidence that the loss still decreases in the last epochs."""
    name = "val_loss" if record.curve("val_loss") else "loss"
    values = record.curve(name)
    judged = [score for score in record.scores if _is_judged(score)]
    if judged and all(_relative_gain(score, score.value, score.baseline or 0.0) > MAX_GAIN for score in judged):
        return
    if record.stopped not in ("epochs", "time_budget") or len(values) < 2 or not all(map(isfinite, values)):
        return
    window = max(1, len(values) // 10)
    medians = [median(values[start : start + window]) for start in range(len(values) - 2 * window + 1)]
    before, last = min(medians), median(values[-window:])
    noise = Z_CURVE * _noise(values) / sqrt(window)
    if before - last > max(STILL_FALLING[name] * abs(before), MIN_FALL * (values[0] - last), noise):
        last_epochs = f"the last {count(window)} epochs" if window > 1 else "the last epoch"
        yield f"{name} fell from {number(before)} to {number(last)} in {last_epochs}"


# Numbers


@dataclass(frozen=True)
class Rise:
    """Increase of a validation loss since its lowest value, beyond its sampling error."""

    text: str
    training_falls: bool


def rise_of(record: TrainingRecord) -> Rise | None:
    """Return the increase of the validation loss from the lowest to the kept epoch, or None."""
    values, losses, kept = record.curve("val_loss"), record.curve("loss"), record.kept_epoch
    if len(values) < 3 or record.keeps_best or not 0 < kept <= len(values):
        return None
    if not all(map(isfinite, (*values, *losses))):
        return None
    smooth = _smoothed(values, 5 if len(values) >= 25 else 3 if len(values) >= 9 else 1)
    low, now = min(smooth), min(smooth[kept - 1], values[kept - 1])
    scale = max(abs(low), 0.1 * abs(values[0] - low))
    error = Z_CURVE / sqrt(record.n_validation) if record.n_validation else UNKNOWN_ERROR
    if now - low <= max(MIN_RISE * scale, error * scale, Z_CURVE * _noise(values)):
        return None
    best = 1 + values.index(min(values))
    rows = f" of {counted(record.n_validation, record.unit)}" if record.n_validation else ""
    text = (
        f"val_loss{rows} was lowest in epoch {count(best)} ({number(values[best - 1])}); the kept epoch"
        f" {count(kept)} has {number(values[kept - 1])}"
    )
    return Rise(text, losses[kept - 1] < losses[best - 1])


def share_lost(score: Score) -> float:
    """Return the share of the training gain over the baseline that is missing on test samples, beyond its error.

    Parameters
    ----------
    score : Score
        With its baseline, and its value on training samples.

    Returns
    -------
    float
        Lower bound of a one-sided 99 % confidence interval; 0 without a training gain, or if `_is_judged` is False.

    Examples
    --------
    >>> score = Score("accuracy", 0.675, 0.5, error=0.07, training=1.0, gap_error=0.07)
    >>> round(share_lost(score), 2)
    0.32
    """
    if not _is_judged(score) or score.training is None:
        return 0.0
    gain = _gain(score, score.training, _training_baseline(score))
    gap = _gain(score, score.training, score.value)
    return max(0.0, (gap - Z * (score.gap_error or 0.0)) / gain) if gain > 0 else 0.0


def _is_judged(score: Score) -> bool:
    """Whether a score can be compared: it is finite, with a baseline and a standard error."""
    return score.baseline is not None and score.error is not None and isfinite(score.value)


def _gain(score: Score, value: float, baseline: float) -> float:
    """Return by how much a value is better than the baseline."""
    return baseline - value if score.name in LOWER_IS_BETTER else value - baseline


def _relative_gain(score: Score, value: float, baseline: float) -> float:
    """Return the gain of a value over the baseline, relative to the possible gain."""
    best = 0.0 if score.name in LOWER_IS_BETTER or score.name.startswith("neg_") else 1.0
    room = _gain(score, best, baseline)
    return _gain(score, value, baseline) / room if room > 0 else 0.0


def _training_baseline(score: Score) -> float:
    """Return the baseline on training samples, or on test samples if it is missing."""
    return (score.baseline or 0.0) if score.training_baseline is None else score.training_baseline


def _compared(score: Score, record: TrainingRecord) -> str:
    value, baseline = _value(score, score.value), _value(score, score.baseline or 0.0)
    training = "" if score.training is None else f"{_value(score, score.training)} on training {record.unit}s, "
    return f"{score.title} {training}{value} on {record.tested_on} (baseline {baseline})"


def _value(score: Score, value: float) -> str:
    """Return a share with three decimals, other values with four significant digits."""
    return decimals(value) if score.name in SHARES else number(value)


def _curve_gaps(record: TrainingRecord) -> Iterator[str]:
    """Yield accuracies of the kept epoch that are lower on the validation than on the training set, beyond error."""
    n, curves = record.n_validation, record.history.curves if record.history else {}
    for name in curves:
        if "accuracy" not in name or name.startswith("val_") or f"val_{name}" not in curves or not n:
            continue
        training, validation = record.kept(name), record.kept(f"val_{name}")
        shrunk = (n * validation + 1) / (n + 2)  # Agresti & Caffo, see `findings`
        if training - shrunk > Z * sqrt(max(0.0, shrunk * (1 - shrunk)) / (n + 2)) + MIN_LOST * training / 2:
            yield f"{name} {decimals(training)} on training rows, {decimals(validation)} on {count(n)} validation rows"


def _noise(values: Sequence[float]) -> float:
    """Return the noise (standard deviation) of a curve in the second half of the epochs, by second differences."""
    late = values[len(values) // 2 :]
    bends = [abs(after - 2 * here + before) for before, here, after in zip(late, late[1:], late[2:], strict=False)]
    return median(bends) / 1.652 if bends else 0.0  # 0.6745 sqrt(6): median of |a - 2 b + c| of standard normal values


def _smoothed(values: Sequence[float], window: int) -> list[float]:
    """Return running medians, which a single outlier does not change."""
    half = window // 2
    return [median(values[max(0, index - half) : index + half + 1]) for index in range(len(values))]
