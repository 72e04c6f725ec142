"""Findings about recipes, data and trainings: plain values, and their form in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from nnbuild.errors import Path, format_path
from nnbuild.records import Record, frozen_mapping

SEVERITIES = ("error", "warning", "hint")
FORMER_SEVERITIES = {"serious": "error", "notable": "warning"}  # in files of earlier versions


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
class Location:
    """A part of a recipe.

    Attributes
    ----------
    path : tuple of str and int
        Keys and list positions from the top of the recipe.
    source : str, default=""
        File of the recipe.
    line, column : int or None
        Position in that file or text, counted from 1.

    Examples
    --------
    >>> str(Location(("layers", 0, "units"), "net.json", 3, 5)), str(Location(("layers", 0)))
    ('net.json:3:5: layers[0].units', 'layers[0]')
    """

    path: Path
    source: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.source, self.line, self.column) if part)
        return ": ".join(part for part in (place, format_path(self.path)) if part)


@dataclass(frozen=True)
class Finding(Record):
    """A problem of a recipe, of data or of a training, or a possible improvement.

    Attributes
    ----------
    code : str
        Kind of the finding, a key of `nnbuild.diagnosis.kinds.FINDING_KINDS`.
    severity : {"error", "warning", "hint"}
        An error prevents learning; a warning probably costs accuracy; a hint is a possible improvement.
    title : str
    evidence : tuple of str
        Sentences with the numbers that support the finding.
    meaning : str
        Why it matters.
    remedies : tuple of Remedy
        Commands to try, most promising first.
    location : Location or None
        Part of the recipe that is the reason, the first one of several; None if it is not in the recipe.
    edit : mapping of tuple to JSON value
        Values that fix the recipe, by their paths; empty if there is no such edit.
    """

    code: str
    severity: str
    title: str
    evidence: tuple[str, ...]
    meaning: str
    remedies: tuple[Remedy, ...] = ()
    location: Location | None = None
    edit: Mapping[Path, object] = field(default_factory=frozen_mapping)

    def edit_text(self) -> tuple[str, ...]:
        """Return a line for each value of the edit, such as ``layers[0].units = 8``."""
        return tuple(
            f"{format_path(path)} = {json.dumps(value, ensure_ascii=False)}" for path, value in self.edit.items()
        )

    def to_dict(self) -> dict:
        """Return the finding as JSON values."""
        place = self.location
        return {
            "code": self.code,
            "severity": self.severity,
            "title": self.title,
            "location": place
            and {"path": list(place.path), "source": place.source, "line": place.line, "column": place.column},
            "evidence": list(self.evidence),
            "meaning": self.meaning,
            "remedies": [{"command": remedy.command, "effect": remedy.effect} for remedy in self.remedies],
            "edit": [{"path": list(path), "value": value} for path, value in self.edit.items()],
        }


def by_severity(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with errors first, then warnings and hints; otherwise in their order."""
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def findings_document(found: Iterable[Finding]) -> list[dict]:
    """Return findings as JSON values."""
    return [finding.to_dict() for finding in found]


def findings_from_document(document: object) -> tuple[Finding, ...]:
    """Return the findings in the result of `findings_document`; invalid items are skipped.

    The document is from the notes of a model file, which may contain any JSON values. Locations and edits are not
    restored: the file of the recipe may have changed.
    """
    return tuple(_findings(document))


def _findings(document: object) -> Iterator[Finding]:
    for item in document if isinstance(document, list | tuple) else ():
        match item:
            case {
                "code": str(code), "severity": str(severity), "title": str(title), "evidence": list(evidence),
                "meaning": str(meaning), "remedies": list(remedies),
            } if severity in (*SEVERITIES, *FORMER_SEVERITIES):  # fmt: skip
                severity = FORMER_SEVERITIES.get(severity, severity)
                yield Finding(code, severity, title, tuple(map(str, evidence)), meaning, tuple(_remedies(remedies)))


def _remedies(document: list) -> Iterator[Remedy]:
    for item in document:
        match item:
            case {"command": str(command), "effect": str(effect)}:
                yield Remedy(command, effect)
