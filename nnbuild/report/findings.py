"""Curves, scores and settings of a training -> findings: what went wrong, by which numbers, and what helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from nnbuild.report import evidence
from nnbuild.report.evidence import Course, rise_of


@dataclass(frozen=True)
class Remedy:
    """Something to try.

    Attributes
    ----------
    command : str
        A command line, or a call in Python.
    effect : str
        What it does.
    """

    command: str
    effect: str


@dataclass(frozen=True)
class Finding:
    """One thing that went wrong in a training, or could go better.

    Attributes
    ----------
    code : str
        One of `CODES`.
    severity : {"serious", "notable", "hint"}
    evidence : tuple of str
        The numbers that show it.
    remedies : tuple of Remedy
        What to try, the most promising first.
    """

    code: str
    severity: str
    evidence: tuple[str, ...]
    remedies: tuple[Remedy, ...] = ()

    @property
    def title(self) -> str:
        """The finding in a few words."""
        return CODES[self.code].title

    @property
    def meaning(self) -> str:
        """Why it matters, in a sentence."""
        return CODES[self.code].meaning


def findings(course: Course) -> tuple[Finding, ...]:
    """What went wrong in a training, or could go better: the most important first.

    Parameters
    ----------
    course : Course

    Returns
    -------
    tuple of Finding
        Empty where nothing is wrong.

    Notes
    -----
    A difference counts only beyond its sampling error. For scores this is the standard error of the mean over rows, of
    shares that of (k + 1) / (n + 2) [1]_. The standard deviation of the loss of a row is not in a history: it is taken
    to be the mean loss, as in an exponential distribution, so that the error of a validation loss L is L / sqrt(n).

    References
    ----------
    .. [1] Agresti & Caffo, "Simple and effective confidence intervals for proportions", The American Statistician
       54(4), 2000.
    """
    found = {code: finding for code in CODES for finding in _found(code, course)}
    left = [finding for code, finding in found.items() if not set(found) & set(CODES[code].hidden_by)]
    return tuple(_each_once(left))


def _each_once(found: Sequence[Finding]) -> Iterator[Finding]:
    """Findings without remedies of those before, and without more training where there was too much."""
    shown: set[Remedy] = set()
    codes = [finding.code for finding in found]
    for finding in found:
        is_moot = finding.code == "below_baseline" and "overfitting" in codes
        remedies = () if is_moot else tuple(remedy for remedy in finding.remedies if remedy not in shown)
        shown |= set(remedies)
        yield replace(finding, remedies=remedies)


def _found(code: str, course: Course) -> Iterator[Finding]:
    shown = tuple(CODES[code].evidence(course))
    if shown:
        names = [name for name in CODES[code].levers if _helps(code, name, course)]
        severity = CODES[code].severity
        severity = severity if isinstance(severity, str) else severity(course)
        yield Finding(code, severity, shown, tuple(course.levers[name] for name in names if name in course.levers))


def _helps(code: str, lever: str, course: Course) -> bool:
    """Early stopping helps in a training of some epochs where validation got worse, or nothing is validated yet.

    What is not learned needs larger steps and more of them, or smaller ones where they lead nowhere.
    """
    if code in ("below_baseline", "underfitting"):
        return (lever in SMALLER_STEPS) is evidence.steps_are_too_large(course)
    if lever != "early_stopping":
        return True
    is_short = 0 < len(course.curve("loss")) < 3
    return not is_short and (not course.curve("val_loss") or bool(rise_of(course)))


def findings_document(found: tuple[Finding, ...]) -> list[dict]:
    """Findings as JSON values."""
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
    """The findings of `findings_document`, without what is not whole: notes of a model file may be anyone's."""
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
    """A kind of finding: in words, how it is recognised, which levers help, and which other kinds include it."""

    title: str
    severity: str | Callable[[Course], str]
    meaning: str
    evidence: Callable[[Course], Iterator[str]]
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
