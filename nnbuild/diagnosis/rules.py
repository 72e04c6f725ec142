"""Kinds of findings, and the search for their evidence in a record of measurements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nnbuild.diagnosis.findings import Finding, Location, Remedy
from nnbuild.errors import Path
from nnbuild.records import frozen_mapping

_MAX_PARTS = 5  # of a recipe in one finding


@dataclass(frozen=True)
class Evidence:
    """Evidence of a finding.

    Attributes
    ----------
    text : str
        Sentence with numbers.
    path : tuple of str and int, or None
        Part of the recipe that is the reason; None if it is not in the recipe.
    edit : mapping of tuple to JSON value
        Values that fix the recipe, by their paths.
    """

    text: str
    path: Path | None = None
    edit: Mapping[Path, object] = field(default_factory=frozen_mapping)


@dataclass(frozen=True, kw_only=True)
class FindingKind:
    """Kind of finding.

    Attributes
    ----------
    title : str
    severity : str, or callable
        One of `SEVERITIES`, or a function of the record.
    when : str
        Condition, in words, for docs/guide/doctor.md.
    meaning : str
        Why it matters, in one or two sentences.
    evidence : callable
        Yields the evidence in a record: `Evidence`, or sentences. Nothing if there is no such finding.
    edit : str
        Edit of the recipe, in words; "" if there is none.
    remedy_names : tuple of str
        Names of commands to try, most promising first.
    hidden_by : tuple of str
        Codes of findings that make this one redundant.
    """

    title: str
    severity: str | Callable[[Any], str]
    when: str
    meaning: str
    evidence: Callable[[Any], Iterator[Evidence | str]]
    edit: str = ""
    remedy_names: tuple[str, ...] = ()
    hidden_by: tuple[str, ...] = ()


def raised(
    kinds: Mapping[str, FindingKind],
    record: Any,
    remedy: Callable[[str, str], Remedy | None] = lambda code, name: None,
    locate: Callable[[Path], Location] = Location,
) -> Iterator[Finding]:
    """Yield the findings about a record, in the order of `kinds`.

    Parameters
    ----------
    kinds : mapping of str to FindingKind
        Kinds by code.
    record : object
        Argument of their functions.
    remedy : callable
        Returns a remedy from the code of a finding and the name of the remedy, or None.
    locate : callable
        Returns the location of a path.
    """
    found = {code: evidence for code, kind in kinds.items() if (evidence := _evidence(kind, record))}
    for code, evidence in found.items():
        if not set(kinds[code].hidden_by) & set(found):
            commands = tuple(filter(None, (remedy(code, name) for name in kinds[code].remedy_names)))
            yield _finding(code, kinds[code], record, evidence, commands, locate)


def _evidence(kind: FindingKind, record: Any) -> list[Evidence]:
    """Return the evidence of a kind, each part of the recipe once: repetitions of a layer have the same path."""
    found: dict[tuple, Evidence] = {}
    for one in kind.evidence(record):
        evidence = Evidence(one) if isinstance(one, str) else one
        found.setdefault((evidence.path or evidence.text,), evidence)
    return list(found.values())


def _finding(
    code: str,
    kind: FindingKind,
    record: Any,
    evidence: list[Evidence],
    remedies: tuple[Remedy, ...],
    locate: Callable[[Path], Location],
) -> Finding:
    path = next((one.path for one in evidence if one.path is not None), None)
    sentences = [one.text for one in evidence]
    if path is not None and len(sentences) > _MAX_PARTS:
        sentences = [*sentences[: _MAX_PARTS - 1], f"and {len(sentences) - _MAX_PARTS + 1} more like these"]
    return Finding(
        code,
        kind.severity if isinstance(kind.severity, str) else kind.severity(record),
        kind.title,
        tuple(sentences),
        kind.meaning,
        remedies,
        None if path is None else locate(path),
        frozen_mapping({key: value for one in evidence for key, value in one.edit.items()}),
    )
