"""Report of a search as plain values, for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from nnbuild.diagnosis.findings import Finding
from nnbuild.records import frozen_mapping
from nnbuild.report.scores import Score


@dataclass(frozen=True)
class ReportedCandidate:
    """Candidate of a search.

    Attributes
    ----------
    rank : int or None
        None if folds are missing.
    params : mapping of str to JSON value
    mean, std : float
        Mean and standard deviation of the scores on the folds; NaN if a fit failed or folds are missing.
    train : float or None
        Mean score on training samples.
    seconds : float
        Time of all its fits.
    error : str
        Reason why a fit failed, or "".
    is_final : bool
        Whether it is of the last round of a halving search; true in other searches.
    curves : mapping of str to tuple of float
        Learning curves, as mean over the folds; empty if they are not available.
    """

    rank: int | None
    params: Mapping
    mean: float
    std: float
    train: float | None = None
    seconds: float = 0.0
    error: str = ""
    is_final: bool = True
    curves: Mapping = field(default_factory=frozen_mapping)

    @property
    def is_scored(self) -> bool:
        """Whether the candidate has a score."""
        return isfinite(self.mean)


@dataclass(frozen=True)
class SearchReport:
    """Report of one search.

    Attributes
    ----------
    title : str
    data : mapping of str to str
        Facts about the data and the search, by heading.
    scoring : str
        Title of the scorer.
    candidates : tuple of ReportedCandidate
        Best first.
    spaces : mapping of str to str
        Axis of the values of each param: "linear", "log" or "categories".
    score : Score or None
        Score of the best candidate over the folds; None if no candidate has a score.
    std : float or None
        Standard deviation of this score.
    n_folds : int
    test_score : Score or None
        Score on the test set of the best candidate, trained on all rows.
    tested_on : str
        Samples of `test_score`.
    findings : tuple of Finding
        Findings about the best candidate.
    recipe : str or None
        Recipe of the best candidate, as JSON text.
    train_command : str or None
        Command that trains the best candidate.
    command : str
        Command of the search.
    files : tuple of tuple of str
        Kind and path of each file.
    seed : int
    versions : mapping of str to str
        Versions of packages.
    """

    title: str
    data: Mapping
    scoring: str
    candidates: tuple[ReportedCandidate, ...]
    spaces: Mapping
    score: Score | None
    std: float | None
    n_folds: int
    test_score: Score | None = None
    tested_on: str = ""
    findings: tuple[Finding, ...] = ()
    recipe: str | None = None
    train_command: str | None = None
    command: str = ""
    files: tuple[tuple[str, str], ...] = ()
    seed: int = 0
    versions: Mapping = field(default_factory=frozen_mapping)

    @property
    def names(self) -> list[str]:
        """Names of all params, in the order of their first candidate."""
        return list(dict.fromkeys(name for candidate in self.candidates for name in candidate.params))
