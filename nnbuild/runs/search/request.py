"""Request and result of a search: its recipe, data, options, candidates and best model."""

from __future__ import annotations

from dataclasses import dataclass

from nnbuild.diagnosis.findings import Finding
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Score
from nnbuild.runs.data.dataset import Dataset
from nnbuild.runs.search.cross_validation import Options, SearchOutcome


@dataclass(frozen=True, eq=False)
class SearchRequest:
    """A recipe with search spaces, its data and the options of a search.

    Attributes
    ----------
    recipe : Recipe
        With search spaces.
    data : Dataset
    options : Options
    test : Dataset or None
        Test set, on which the best candidate is scored after it is trained on all rows of `data`.
    out : str or None
        Model file to write.
    report : str or None
        HTML report to write.
    words : tuple of str
        Arguments of "nnbuild" for this search.
    train_words : tuple of str
        Arguments of "nnbuild train" for training the recipe on the data.
    """

    recipe: Recipe
    data: Dataset
    options: Options
    test: Dataset | None
    out: str | None
    report: str | None
    words: tuple[str, ...]
    train_words: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SearchResult:
    """Candidates of a search, and the model of the best one.

    Attributes
    ----------
    request : SearchRequest
    outcome : SearchOutcome
    model : str or None
        File of the best model, if it was written.
    interrupted : bool
        Whether Ctrl-C ended the search, or the training of the best candidate.
    findings : tuple of Finding
        Findings about the best candidate.
    test_score : Score or None
        Score of the best candidate on the test set.
    """

    request: SearchRequest
    outcome: SearchOutcome
    model: str | None
    interrupted: bool
    findings: tuple[Finding, ...] = ()
    test_score: Score | None = None

    @property
    def test(self) -> Dataset | None:
        """Test set of the best candidate: that of the request, or the one in the data file; None without one."""
        return self.request.test or self.request.data.test
