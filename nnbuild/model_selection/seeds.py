"""Check whether the best candidate of a search is better than the next ones, or had a lucky seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from nnbuild.estimators.joblib_backend import stacked
from nnbuild.model_selection.searched import (
    Folds,
    best_params,
    candidate,
    folds_of,
    metric_of,
    scorer_of,
)
from nnbuild.parameter_checks import checked_count


def seed_report(
    search: Any,
    X: Any,
    y: Any,
    *,
    n_seeds: int = 5,
    n_candidates: int = 3,
    confidence: float = 0.95,
    random_state: int = 0,
    groups: Any = None,
    **params: Any,
) -> SeedReport:
    """Score the best candidates of a search with several seeds, and test whether their differences exceed chance.

    Parameters
    ----------
    search : GridSearchCV, RandomizedSearchCV or the like
        Fitted search.
    X, y, groups
        As passed to the ``fit`` of the search.
    n_seeds : int, default=5
        Number of cross-validations of each candidate. Every `random_state` parameter of a candidate is set to the seed.
    n_candidates : int, default=3
        Number of best candidates of the search; for a halving search, of its last round.
    confidence : float, default=0.95
        Confidence level of the intervals.
    random_state : int, default=0
        Seeds are derived from it. They differ from those of the search, which favoured its best candidate by chance.
    **params : object
        Further arguments passed to the ``fit`` of the search, such as `sample_weight`.

    Returns
    -------
    SeedReport
        Prints as text, and is shown as a table in notebooks; `table` is a DataFrame.

    Raises
    ------
    ValueError
        If the search has no single score, only one fold or folds that can't be reproduced, or no `random_state`.
    NotFittedError
        If the search was not fitted.

    Notes
    -----
    All fits (candidates x seeds x folds) train together. If one of them fails, its error is raised.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from nnbuild import NNClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = NNClassifier("mlp", hidden=[8], epochs=10, random_state=0)
    >>> search = GridSearchCV(classifier, {"learning_rate": [0.001, 0.02]}, cv=3, refit=False).fit(X, y)
    >>> report = seed_report(search, X, y, n_seeds=3)
    >>> report.params[0], report.scores.shape
    ({'learning_rate': 0.02}, (2, 3, 3))
    """
    checked_count("n_seeds", n_seeds, 2)
    checked_count("n_candidates", n_candidates, 1)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be a number between 0 and 1, got {confidence!r}")
    metric = metric_of(search)
    folds = folds_of(search, X, y, groups)
    if len(folds) < 2:
        raise ValueError(
            "the search has one fold, so differences have no standard deviation\n"
            "  hint: use several folds, such as cv=5"
        )
    chosen = best_params(search, n_candidates)
    seeds = [int(state >> 1) for state in np.random.SeedSequence(random_state).generate_state(n_seeds)]
    scores = _scores(search, chosen, seeds, folds, (X, y, params))
    order = np.argsort(-scores.mean(axis=(1, 2)), kind="stable")
    return SeedReport(
        metric if metric != "score" else _name_of(search.scoring),
        tuple(chosen[place] for place in order),
        tuple(seeds),
        scores[order],
        float(np.mean([len(test) / len(train) for train, test in folds])),
        confidence,
    )


@dataclass(frozen=True, eq=False)
class SeedReport:
    """Scores of several candidates over the same seeds and folds, best candidate first.

    Attributes
    ----------
    scoring : str
    params : tuple of mapping
        Parameters of each candidate.
    seeds : tuple of int
    scores : array of shape (n_candidates, n_seeds, n_folds)
    test_share : float
        Number of test samples per training sample in a fold.
    confidence : float
        Confidence level of the intervals.

    Notes
    -----
    There are two questions, with two kinds of interval. *What is the effect of the seed?* The interval of a candidate's
    mean is Student's t interval over the means of its seeds, which are independent: it covers other seeds on these
    samples and folds. *Is one candidate better than another?* Differences are taken on the same seed and fold. Seeds of
    a fold share all its samples and carry no information on other samples, so the differences d of a fold are averaged
    over seeds first. Folds share training samples, so the variance of the mean of n folds is not s2 / n. It is
    corrected to (1 / n + n_test / n_train) s2, with n - 1 degrees of freedom (Nadeau and Bengio), as in scikit-learn's
    example on comparing the models of a grid search. Few folds give wide intervals. There is no adjustment for the
    number of candidates, nor for their selection by the search on these samples.

    References
    ----------
    Nadeau & Bengio, "Inference for the Generalization Error", Machine Learning 52, 239-281 (2003), section 3.
    """

    scoring: str
    params: tuple[Mapping, ...]
    seeds: tuple[int, ...]
    scores: np.ndarray
    test_share: float
    confidence: float

    @property
    def means(self) -> np.ndarray:
        """Mean score of each candidate, of shape (n_candidates,)."""
        return self.scores.mean(axis=(1, 2))

    @property
    def intervals(self) -> np.ndarray:
        """Confidence interval of each mean over seeds, of shape (n_candidates, 2)."""
        by_seed = self.scores.mean(axis=2)
        error = by_seed.std(axis=1, ddof=1) / np.sqrt(by_seed.shape[1])
        return self.means[:, None] + self._quantile(by_seed.shape[1] - 1) * np.outer(error, [-1, 1])

    @property
    def differences(self) -> np.ndarray:
        """Mean score of the best candidate minus that of each candidate, of shape (n_candidates,)."""
        return self.means[0] - self.means

    @property
    def difference_intervals(self) -> np.ndarray:
        """Confidence interval of each difference over samples, of shape (n_candidates, 2)."""
        error = self._difference_errors()
        return self.differences[:, None] + self._quantile(self.scores.shape[2] - 1) * np.outer(error, [-1, 1])

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided p-value of each difference, of shape (n_candidates,); 1 if the difference is 0 on each fold."""
        error = self._difference_errors()
        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.where(self.differences == 0, 0.0, np.abs(self.differences) / error)
        return 2 * stats.t.sf(t, self.scores.shape[2] - 1)

    @property
    def table(self) -> pd.DataFrame:
        """A row per candidate: its parameters that differ, its mean, and the lead of the best candidate."""
        low, high = self.intervals.T
        lead_low, lead_high = self.difference_intervals.T
        columns = {
            **_differing(self.params),
            "mean": self.means,
            "low": low,
            "high": high,
            "lead": self.differences,
            "lead_low": lead_low,
            "lead_high": lead_high,
            "p_value": self.p_values,
        }
        table = pd.DataFrame(columns, index=pd.RangeIndex(1, len(self.params) + 1, name="rank"))
        table.loc[1, ["lead", "lead_low", "lead_high", "p_value"]] = np.nan  # the best has no lead over itself
        return table

    def __str__(self) -> str:
        lines = (self._verdict(place) for place in range(1, len(self.params)))
        return "\n".join(
            [self._title(), "", self.table.to_string(float_format="{:.4f}".format, na_rep=""), "", *lines]
        ).rstrip()

    def _repr_html_(self) -> str:
        table = self.table.to_html(float_format="{:.4f}".format, na_rep="", border=0)
        verdicts = "".join(f"<li>{self._verdict(place)}</li>" for place in range(1, len(self.params)))
        return f"<p>{escape(self._title())}</p>\n{table}\n<ul>{verdicts}</ul>"

    def _title(self) -> str:
        _, n_seeds, n_folds = self.scores.shape
        return f"{self.scoring}: means of {n_seeds} seeds x {n_folds} folds, intervals of {self.confidence:.0%}"

    def _verdict(self, place: int) -> str:
        low, high = self.difference_intervals[place]
        shown = f"by {self.differences[place]:.4f} ({low:.4f} to {high:.4f})"
        return (
            f"1 is better than {place + 1} {shown}" if low > 0 else f"1 leads {place + 1} {shown}, which may be chance"
        )

    def _difference_errors(self) -> np.ndarray:
        """Return the standard error of each difference, of shape (n_candidates,)."""
        by_fold = (self.scores[0] - self.scores).mean(axis=1)  # (n_candidates, n_folds)
        return np.sqrt((1 / by_fold.shape[1] + self.test_share) * by_fold.var(axis=1, ddof=1))

    def _quantile(self, degrees: int) -> float:
        return float(stats.t.ppf((1 + self.confidence) / 2, degrees))


def _scores(search: Any, chosen: Sequence[dict], seeds: Sequence[int], folds: Folds, data: tuple) -> np.ndarray:
    """Return scores of shape (n_candidates, n_seeds, n_folds)."""
    X, y, params = data
    grid = [{name: [value] for name, value in _seeded(search, one, seed).items()} for one in chosen for seed in seeds]
    again = GridSearchCV(
        clone(search.estimator), grid, scoring=scorer_of(search), cv=folds, refit=False, error_score="raise"
    )
    with stacked():
        found = again.fit(X, y, **params).cv_results_
    columns = [found[f"split{fold}_test_score"] for fold in range(len(folds))]
    return np.stack(columns, axis=-1).reshape(len(chosen), len(seeds), len(folds))


def _seeded(search: Any, params: dict, seed: int) -> dict:
    """Return the parameters of a candidate, with each `random_state` set to a seed."""
    names = candidate(search, params).get_params()
    places = [name for name in names if name == "random_state" or name.endswith("__random_state")]
    if not places:
        raise ValueError("the estimator has no parameter random_state, so all seeds give the same scores")
    return {**params, **dict.fromkeys(places, seed)}


def _differing(params: Sequence[Mapping]) -> dict[str, list]:
    """Return values by parameter, for parameters that differ between candidates, or all for a single candidate."""
    names = list(dict.fromkeys(name for one in params for name in one))
    columns = {name: [one.get(name, "") for one in params] for name in names}
    return {name: [str(value) for value in column] for name, column in columns.items() if _differ(column)} or {
        name: [str(value) for value in column] for name, column in columns.items()
    }


def _differ(values: Sequence[object]) -> bool:
    return len({repr(value) for value in values}) > 1


def _name_of(scoring: object) -> str:
    return scoring if isinstance(scoring, str) else getattr(scoring, "__name__", "score")
