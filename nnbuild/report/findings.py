"""Findings about a training run, each with its evidence and remedies."""

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
        Effect of the command.
    """

    command: str
    effect: str


@dataclass(frozen=True)
class Finding:
    """A problem of a training run, or a possible improvement.

    Attributes
    ----------
    code : str
        One of `FINDING_KINDS`.
    severity : {"serious", "warning", "hint"}
    evidence : tuple of str
        Sentences with the numbers that support the finding.
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
        return FINDING_KINDS[self.code].title

    @property
    def meaning(self) -> str:
        """Explanation of the finding, in a sentence."""
        return FINDING_KINDS[self.code].meaning


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
    raised = {code: finding for code in FINDING_KINDS for finding in _finding(code, record)}
    kept = [finding for code, finding in raised.items() if not set(raised) & set(FINDING_KINDS[code].hidden_by)]
    return tuple(_without_repeated_remedies(kept))


def _without_repeated_remedies(kept: Sequence[Finding]) -> Iterator[Finding]:
    """Yield findings without repeated remedies, and without advice to train more in case of overfitting."""
    shown: set[Remedy] = set()
    codes = [finding.code for finding in kept]
    for finding in kept:
        is_contrary = finding.code == "below_baseline" and "overfitting" in codes
        remedies = () if is_contrary else tuple(remedy for remedy in finding.remedies if remedy not in shown)
        shown |= set(remedies)
        yield replace(finding, remedies=remedies)


def _finding(code: str, record: TrainingRecord) -> Iterator[Finding]:
    """Yield the finding of a kind if there is evidence for it."""
    numbers = tuple(FINDING_KINDS[code].evidence(record))
    if numbers:
        names = [name for name in FINDING_KINDS[code].remedy_names if _helps(code, name, record)]
        severity = FINDING_KINDS[code].severity
        severity = severity if isinstance(severity, str) else severity(record)
        yield Finding(
            code, severity, numbers, tuple(record.remedies[name] for name in names if name in record.remedies)
        )


def _helps(code: str, name: str, record: TrainingRecord) -> bool:
    """Return whether to suggest a remedy.

    If the score is close to or below the baseline, smaller steps are suggested if the steps are too large or training
    is unstable; otherwise larger or more steps. Early stopping is suggested if the training had at least 3 epochs, and
    the validation loss rose or there was no validation set.
    """
    if code in ("below_baseline", "underfitting"):
        needs_smaller_steps = evidence.steps_are_too_large(record) or any(evidence.unstable(record))
        return (name in SMALLER_STEPS) is needs_smaller_steps
    if name != "early_stopping":
        return True
    is_short = 0 < len(record.curve("loss")) < 3
    return not is_short and (not record.curve("val_loss") or bool(rise_of(record)))


def findings_document(results: tuple[Finding, ...]) -> list[dict]:
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
        for finding in results
    ]


def findings_from_document(document: object) -> tuple[Finding, ...]:
    """Return the findings in the result of `findings_document`; invalid items are skipped.

    The document is from the notes of a model file, which may contain any JSON values.
    """
    results = []
    for item in document if isinstance(document, list | tuple) else ():
        match item:
            case {
                "code": str(code), "severity": str(severity), "evidence": list(evidence), "remedies": list(remedies)
            } if code in FINDING_KINDS and severity in (*SEVERITIES, *FORMER_SEVERITIES):  # fmt: skip
                results.append(
                    Finding(
                        code,
                        FORMER_SEVERITIES.get(severity, severity),
                        tuple(map(str, evidence)),
                        tuple(_remedies_from_document(remedies)),
                    )
                )
    return tuple(results)


def _remedies_from_document(document: list) -> Iterator[Remedy]:
    for item in document:
        match item:
            case {"command": str(command), "effect": str(effect)}:
                yield Remedy(command, effect)


@dataclass(frozen=True)
class FindingKind:
    """Kind of finding: texts, evidence, names of remedies, and the codes of findings that hide it."""

    title: str
    severity: str | Callable[[TrainingRecord], str]
    meaning: str
    evidence: Callable[[TrainingRecord], Iterator[str]]
    remedy_names: tuple[str, ...]
    hidden_by: tuple[str, ...] = ()


SMALLER_STEPS = ("learning_rate_down", "clip")
SEVERITIES = ("serious", "warning", "hint")
FORMER_SEVERITIES = {"notable": "warning"}  # in files of earlier versions
# In order of importance.
FINDING_KINDS = {
    "diverged": FindingKind(
        "training diverged",
        "serious",
        "The steps of the optimizer are too large for this network or the scale of the data.",
        evidence.diverged,
        ("learning_rate_down", "clip"),
    ),
    "overfitting": FindingKind(
        "overfitting",
        evidence.overfitting_severity,
        "Predictions are better on the training set than on other samples.",
        evidence.overfitting,
        ("early_stopping", "dropout", "l2", "smaller"),
        hidden_by=("diverged",),
    ),
    "below_baseline": FindingKind(
        "worse than the baseline",
        "serious",
        "The baseline has a better score.",
        evidence.below_baseline,
        ("epochs", "learning_rate_up", *SMALLER_STEPS),
        hidden_by=("diverged",),
    ),
    "better_epoch": FindingKind(
        "an earlier epoch was better",
        "warning",
        "Without early stopping, the weights of the last epoch are kept.",
        evidence.better_epoch,
        ("early_stopping",),
        hidden_by=("diverged", "overfitting"),
    ),
    "unstable": FindingKind(
        "unstable training",
        "warning",
        "The training loss rises again: the steps of the optimizer may be too large.",
        evidence.unstable,
        ("learning_rate_down", "clip"),
        hidden_by=("diverged",),
    ),
    "underfitting": FindingKind(
        "underfitting",
        "warning",
        "Even on the training set, the score is close to the baseline or below it: the training was too short, the"
        " learning rate is too small or too large, or the features contain little information about the target.",
        evidence.underfitting,
        ("epochs", "learning_rate_up", "larger", *SMALLER_STEPS),
        hidden_by=("diverged", "unstable"),
    ),
    "still_improving": FindingKind(
        "still improving in the last epoch",
        "hint",
        "More epochs may help.",
        evidence.still_improving,
        ("epochs",),
        hidden_by=("diverged", "overfitting", "unstable", "underfitting"),
    ),
}
