"""What came of one training run, as plain values: what page and terminal show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnbuild.records import History, Plan, Record, frozen_mapping
from nnbuild.report.findings import Finding
from nnbuild.report.scores import Scores


@dataclass(frozen=True)
class RunReport(Record):
    """All that is shown of one training run.

    Attributes
    ----------
    title : str
    recipe : str
        As JSON text.
    plan : Plan
        The network.
    data : mapping of str to str
        About the rows, each under a word: where they come from, what is learned, how they are split.
    history : History
        Of several members, that of the first.
    scores : Scores or None
        None where no rows were held out.
    columns : tuple of tuple of str
        What became of each column of the table: its name, and what the network takes of it.
    seed : int
    versions : mapping of str to str
        Packages and their versions.
    commands : tuple of tuple of str
        What to try next: a command, and what it does.
    files : tuple of tuple of str
        What was written: what it is, and its path.
    n_members : int
        Networks that were trained.
    findings : tuple of Finding
        What went wrong, or could go better: the most important first.
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
    findings: tuple[Finding, ...] = ()
