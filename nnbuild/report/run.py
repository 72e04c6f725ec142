"""Report of a training run as plain values, for page and terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnbuild.combination import Combination
from nnbuild.diagnosis.findings import Finding
from nnbuild.records import History, Plan, Record, frozen_mapping
from nnbuild.report.gradients import GradientReport
from nnbuild.report.scores import Scores


@dataclass(frozen=True)
class RunReport(Record):
    """Report of one training run.

    Attributes
    ----------
    title : str
    recipe : str
        As JSON text.
    plan : Plan
        Plan of the network.
    data : mapping of str to str
        Facts about the data, by heading: source, task, split.
    history : History
        With several members, that of the first.
    scores : Scores or None
        None without held-out samples.
    columns : tuple of tuple of str
        Name and preparation of each column of the table.
    seed : int
    versions : mapping of str to str
        Versions of packages.
    commands : tuple of tuple of str
        Commands to try next, with their effects.
    files : tuple of tuple of str
        Kind and path of each written file.
    n_members : int
        Number of trained networks.
    combination : Combination or None
        Combination of the members of an ensemble with folds or variants.
    findings : tuple of Finding
        Most important first.
    gradients : GradientReport or None
        Signals and gradients of one batch at the end of the training; None if they were not computed.
    """

    title: str
    recipe: str
    plan: Plan
    data: Mapping
    history: History
    scores: Scores | None = None
    columns: tuple[tuple[str, str], ...] = ()
    seed: int = 0
    versions: Mapping = field(default_factory=frozen_mapping)
    commands: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    n_members: int = 1
    combination: Combination | None = None
    findings: tuple[Finding, ...] = ()
    gradients: GradientReport | None = None
