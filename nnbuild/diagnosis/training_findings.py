"""Findings about a training run, each with its evidence and remedies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from nnbuild.diagnosis import training_evidence as evidence
from nnbuild.diagnosis.findings import Finding, Remedy
from nnbuild.diagnosis.rules import FindingKind, raised
from nnbuild.diagnosis.training_evidence import TrainingRecord, rise_of


def findings(record: TrainingRecord) -> tuple[Finding, ...]:
    """Return the problems and possible improvements of a training run, most important first.

    Parameters
    ----------
    record : TrainingRecord

    Returns
    -------
    tuple of Finding
        Empty if there are none.

    Notes
    -----
    Differences within the sampling error are ignored. For scores, it is the standard error of the mean over samples.
    For proportions such as accuracy, it is the standard error of the adjusted estimate (k + 1) / (n + 2) for k
    successes in n samples [1]_. A history does not contain the standard deviation of the loss over samples. It is
    assumed to equal the mean loss, as in an exponential distribution, so the error of a validation loss L is L /
    sqrt(n).

    References
    ----------
    .. [1] Agresti & Caffo, "Simple and effective confidence intervals for proportions", The American Statistician
       54(4), 2000.
    """

    def remedy(code: str, name: str) -> Remedy | None:
        return record.remedies.get(name) if _helps(code, name, record) else None

    return tuple(_without_repeated_remedies(list(raised(TRAINING_FINDINGS, record, remedy))))


def _without_repeated_remedies(kept: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings without repeated remedies, and without advice to train more in case of overfitting."""
    shown: set[Remedy] = set()
    codes = [finding.code for finding in kept]
    for finding in kept:
        is_contrary = finding.code == "below_baseline" and "overfitting" in codes
        remedies = () if is_contrary else tuple(remedy for remedy in finding.remedies if remedy not in shown)
        shown |= set(remedies)
        yield replace(finding, remedies=remedies)


def _helps(code: str, name: str, record: TrainingRecord) -> bool:
    """Return whether to suggest a remedy.

    If the score is close to or below the baseline, smaller steps are suggested if the steps are too large or training
    is unstable; otherwise larger or more steps. Early stopping is suggested if the training had at least 3 epochs, and
    the validation loss rose or there was no validation set.
    """
    if code in ("below_baseline", "underfitting", "one_class", "flat_loss"):
        needs_smaller_steps = evidence.steps_are_too_large(record) or any(evidence.unstable(record))
        return (name in SMALLER_STEPS) is needs_smaller_steps
    if name != "early_stopping":
        return True
    is_short = 0 < len(record.curve("loss")) < 3
    return not is_short and (not record.curve("val_loss") or bool(rise_of(record)))


SMALLER_STEPS = ("learning_rate_down", "clip")
# In order of importance.
TRAINING_FINDINGS = {
    "diverged": FindingKind(
        title="training diverged",
        severity="error",
        when="the loss or the weights become infinite or NaN",
        meaning="The steps of the optimizer are too large for this network or the scale of the data.",
        evidence=evidence.diverged,
        remedy_names=("learning_rate_down", "clip"),
    ),
    "overfitting": FindingKind(
        title="overfitting",
        severity=evidence.overfitting_severity,
        when="test samples lack 20 % of the training gain over the baseline (error from 40 %), beyond the sampling"
        " error; or the validation loss rises while the training loss falls (error)",
        meaning="Predictions are better on the training set than on other samples.",
        evidence=evidence.overfitting,
        remedy_names=("early_stopping", "dropout", "l2", "smaller"),
        hidden_by=("diverged",),
    ),
    "below_baseline": FindingKind(
        title="worse than the baseline",
        severity="error",
        when="a score on test samples is below that of a constant prediction, beyond the sampling error",
        meaning="The baseline has a better score.",
        evidence=evidence.below_baseline,
        remedy_names=("epochs", "learning_rate_up", *SMALLER_STEPS),
        hidden_by=("diverged",),
    ),
    "better_epoch": FindingKind(
        title="an earlier epoch was better",
        severity="warning",
        when="the validation loss was lower in an earlier epoch, beyond its sampling error",
        meaning="Without early stopping, the weights of the last epoch are kept.",
        evidence=evidence.better_epoch,
        remedy_names=("early_stopping",),
        hidden_by=("diverged", "overfitting"),
    ),
    "unstable": FindingKind(
        title="unstable training",
        severity="warning",
        when="the training loss increases again by 20 % of its decrease",
        meaning="The training loss rises again: the steps of the optimizer may be too large.",
        evidence=evidence.unstable,
        remedy_names=("learning_rate_down", "clip"),
        hidden_by=("diverged",),
    ),
    "one_class": FindingKind(
        title="one class only",
        severity=evidence.one_class_severity,
        when="all samples are predicted as one class, and at least two are of others; a hint if over 90 % are of it",
        meaning="The predictions hardly depend on the sample. The network has not learned yet, steps are too large, or"
        " the class is so frequent that class_weight is necessary.",
        evidence=evidence.one_class,
        remedy_names=("epochs", "learning_rate_up", *SMALLER_STEPS),
        hidden_by=("diverged",),
    ),
    "flat_loss": FindingKind(
        title="the loss does not fall",
        severity="warning",
        when="in at least 5 epochs, the training loss falls by less than 0.5 %, and scores are those of a constant",
        meaning="The gradients are too small or cancel out: the learning rate is too small or too large, signals vanish"
        " in the network, or the features contain little information about the target.",
        evidence=evidence.flat_loss,
        remedy_names=("learning_rate_up", *SMALLER_STEPS),
        hidden_by=("diverged", "unstable", "one_class", "underfitting"),
    ),
    "underfitting": FindingKind(
        title="underfitting",
        severity="warning",
        when="the gain of all scores on n training samples over the baseline is below 1 / sqrt(n) of the possible gain",
        meaning="Even on the training set, the score is close to the baseline or below it: the training was too short,"
        " the learning rate is too small or too large, or the features contain little information about the target.",
        evidence=evidence.underfitting,
        remedy_names=("epochs", "learning_rate_up", "larger", *SMALLER_STEPS),
        hidden_by=("diverged", "unstable", "one_class"),
    ),
    "still_improving": FindingKind(
        title="still improving in the last epoch",
        severity="hint",
        when="the loss still falls in the last tenth of the epochs",
        meaning="More epochs may help.",
        evidence=evidence.still_improving,
        remedy_names=("epochs",),
        hidden_by=("diverged", "overfitting", "unstable", "one_class", "flat_loss", "underfitting"),
    ),
}
