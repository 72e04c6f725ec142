"""Findings about a training run, each with the numbers that show it and remedies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from nnbuild.report import evidence
from nnbuild.report.evidence import TrainingRecord, rise_of


@dataclass(frozen=True)
class Remedy:
    """A remedy for a finding.

    Attributes
    ----------
    command : str
        Command line, or a call in Python.
    effect : str
        Effect of the command, in words.
    """

    command: str
    effect: str


@dataclass(frozen=True)
class Finding:
    """A problem of a training run, or a possible improvement.

    Attributes
    ----------
    code : str
        One of `CODES`.
    severity : {"serious", "notable", "hint"}
    evidence : tuple of str
        Numbers that show it.
    remedies : tuple of Remedy
        Most promising first.
    """

    code: str
    severity: str
    evidence: tuple[str, ...]
    remedies: tuple[Remedy, ...] = ()

    @property
    def title(self) -> str:
        """Title of the finding."""
        return CODES[self.code].title

    @property
    def meaning(self) -> str:
        """Explanation of the finding, in a sentence."""
        return CODES[self.code].meaning


def findings(course: TrainingRecord) -> tuple[Finding, ...]:
    """Return the problems and possible improvements of a training run, most important first.

    Parameters
    ----------
    course : TrainingRecord

    Returns
    -------
    tuple of Finding
        Empty if there are none.

    Notes
    -----
    Differences within the sampling error are ignored. For scores this error is the standard error of the mean over
    samples; for shares such as accuracy it is that of (k + 1) / (n + 2), see the reference. A history does not contain
    the standard deviation of the loss over samples. It is assumed to equal the mean loss, as in an exponential
    distribution, so the error of a validation loss L is L / sqrt(n).

    References
    ----------
    Agresti & Caffo, "Simple and effective confidence intervals for proportions", The American Statistician 54(4), 2000.
    """
    found = {code: finding for code in CODES for finding in _found(code, course)}
    left = [finding for code, finding in found.items() if not set(found) & set(CODES[code].hidden_by)]
    return tuple(_each_once(left))


def _each_once(found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings without repeated remedies, and without advice to train more in case of overfitting."""
    shown: set[Remedy] = set()
    codes = [finding.code for finding in found]
    for finding in found:
        is_moot = finding.code == "below_baseline" and "overfitting" in codes
        remedies = () if is_moot else tuple(remedy for remedy in finding.remedies if remedy not in shown)
        shown |= set(remedies)
        yield replace(finding, remedies=remedies)


def _found(code: str, course: TrainingRecord) -> Iterator[Finding]:
    shown = tuple(CODES[code].evidence(course))
    if shown:
        names = [name for name in CODES[code].levers if _helps(code, name, course)]
        severity = CODES[code].severity
        severity = severity if isinstance(severity, str) else severity(course)
        yield Finding(code, severity, shown, tuple(course.levers[name] for name in names if name in course.levers))


def _helps(code: str, lever: str, course: TrainingRecord) -> bool:
    """Whether a lever helps.

    Early stopping helps from 3 epochs on, if the validation loss rose or there is no validation set. Against
    underfitting, larger and more steps help, or smaller ones if the steps are too large.
    """
    if code in ("below_baseline", "underfitting"):
        return (lever in SMALLER_STEPS) is evidence.steps_are_too_large(course)
    if lever != "early_stopping":
        return True
    is_short = 0 < len(course.curve("loss")) < 3
    return not is_short and (not course.curve("val_loss") or bool(rise_of(course)))


def findings_document(found: tuple[Finding, ...]) -> list[dict]:
    """Return findings as JSON values."""
    return [
        {
            "code": finding.code,
            "severity": finding.severity,
            "title": finding.title,
            "evidence": list(finding.evidence),
            "meaning": finding.meaning,
            "remedies": [{"command": remedy.command, "effect": remedy.effect} for remedy in finding.remedies],
        }
        for finding in found
    ]


def noted_findings(document: object) -> tuple[Finding, ...]:
    """Return the findings in `findings_document`, without invalid ones: notes of a model file may contain any JSON."""
    found = []
    for item in document if isinstance(document, list | tuple) else ():
        match item:
            case {
                "code": str(code), "severity": str(severity), "evidence": list(evidence), "remedies": list(remedies)
            } if code in CODES and severity in SEVERITIES:  # fmt: skip
                found.append(Finding(code, severity, tuple(map(str, evidence)), tuple(_noted_remedies(remedies))))
    return tuple(found)


def _noted_remedies(document: list) -> Iterator[Remedy]:
    for item in document:
        match item:
            case {"command": str(command), "effect": str(effect)}:
                yield Remedy(command, effect)


@dataclass(frozen=True)
class Code:
    """Kind of finding: its texts, its evidence, the levers that help, and the codes that hide it."""

    title: str
    severity: str | Callable[[TrainingRecord], str]
    meaning: str
    evidence: Callable[[TrainingRecord], Iterator[str]]
    levers: tuple[str, ...]
    hidden_by: tuple[str, ...] = ()


SMALLER_STEPS = ("learning_rate_down", "clip")
SEVERITIES = ("serious", "notable", "hint")
# In order of importance.
CODES = {
    "diverged": Code(
        "training diverged",
        "serious",
        "The steps of the optimizer are too large for this network and these numbers.",
        evidence.diverged,
        ("learning_rate_down", "clip"),
    ),
    "overfitting": Code(
        "overfitting",
        evidence.overfitting_severity,
        "The network predicts its training rows better than rows that it was not trained on.",
        evidence.overfitting,
        ("early_stopping", "dropout", "l2", "smaller"),
        hidden_by=("diverged",),
    ),
    "below_baseline": Code(
        "worse than the baseline",
        "serious",
        "The baseline, one prediction for all rows, has the better score.",
        evidence.below_baseline,
        ("epochs", "learning_rate_up", *SMALLER_STEPS),
        hidden_by=("diverged",),
    ),
    "better_epoch": Code(
        "an earlier epoch was better",
        "notable",
        "The last epoch is kept unless early stopping keeps the best one.",
        evidence.better_epoch,
        ("early_stopping",),
        hidden_by=("diverged", "overfitting"),
    ),
    "unstable": Code(
        "unstable training",
        "notable",
        "The training loss rises again: the steps of the optimizer may be too large.",
        evidence.unstable,
        ("learning_rate_down", "clip"),
        hidden_by=("diverged",),
    ),
    "underfitting": Code(
        "underfitting",
        "notable",
        "Even on training rows, the network is no better than the baseline: the training was too short, the learning"
        " rate too small, or the columns hold little about the target.",
        evidence.underfitting,
        ("epochs", "learning_rate_up", "larger", *SMALLER_STEPS),
        hidden_by=("diverged", "unstable"),
    ),
    "still_improving": Code(
        "still improving in the last epoch",
        "hint",
        "More epochs may help.",
        evidence.still_improving,
        ("epochs",),
        hidden_by=("diverged", "overfitting", "unstable", "underfitting"),
    ),
}
