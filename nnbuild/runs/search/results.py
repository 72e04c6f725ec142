"""Candidates of a search, ranked by the scores of their fits, and their CSV table."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm, t

from nnbuild.diagnosis.training_evidence import Z
from nnbuild.language.values import canonical
from nnbuild.report.scores import Score
from nnbuild.runs.search.journal_file import JournalEntry


@dataclass(frozen=True)
class Candidate:
    """A candidate of a search, and its fits.

    Attributes
    ----------
    params : dict
        JSON values by address.
    fits : tuple of JournalEntry
        In the order of the folds.
    rank : int or None
        From 1; equal scores have equal ranks. None if folds are missing.
    """

    params: dict
    fits: tuple[JournalEntry, ...]
    rank: int | None = None

    @property
    def mean(self) -> float:
        """Mean of the scores; NaN if a fit failed."""
        return float(np.mean(self.scores))

    @property
    def std(self) -> float:
        """Standard deviation of the scores."""
        return float(np.std(self.scores))

    @property
    def scores(self) -> list[float]:
        """Score on each fold."""
        return [fit.score for fit in self.fits]

    @property
    def train_scores(self) -> list[float]:
        """Score on the training samples of each fold; empty if a fit lacks one."""
        scores = [fit.train_score for fit in self.fits if fit.train_score is not None]
        return scores if len(scores) == len(self.fits) else []

    @property
    def error(self) -> str:
        """Reason why a fit failed, or ""."""
        return next((fit.error for fit in self.fits if fit.error), "")


def ranked(fits: Iterable[JournalEntry], n_folds: int, resource: str | None = None) -> list[Candidate]:
    """Return candidates, best first, then those that failed, then those that lack folds.

    Parameters
    ----------
    fits : iterable of JournalEntry
    n_folds : int
    resource : str, optional
        Param that grows from round to round. Candidates of later rounds are ranked before those of earlier ones.
    """
    by_candidate: dict[str, list[JournalEntry]] = {}
    for fit in fits:
        by_candidate.setdefault(canonical(fit.params), []).append(fit)
    found = [
        Candidate(group[0].params, tuple(sorted(group, key=lambda fit: fit.fold))) for group in by_candidate.values()
    ]
    whole = [candidate for candidate in found if len(candidate.fits) == n_folds]
    parts = [candidate for candidate in found if len(candidate.fits) < n_folds]

    def order(candidate: Candidate) -> tuple[float, float]:
        mean = candidate.mean
        return -candidate.params[resource] if resource else 0, math.inf if math.isnan(mean) else -mean

    whole.sort(key=order)
    orders = [order(candidate) for candidate in whole]
    return [
        *(Candidate(one.params, one.fits, 1 + orders.index(its)) for one, its in zip(whole, orders, strict=True)),
        *parts,
    ]


def fold_score(title: str, baseline: float, candidate: Candidate) -> Score:
    """Return the score of a candidate over its folds, with that on training samples.

    Parameters
    ----------
    title : str
        Title of the scorer.
    baseline : float
        Score of a constant prediction.
    candidate : Candidate

    Notes
    -----
    Training sets of folds overlap. The standard error takes this into account: the variance over folds is multiplied
    by 1 / k + 1 / (k - 1), see the references. With few folds the variance is uncertain: the error is scaled so that
    `Z` standard errors are the quantile of Student's t distribution.

    References
    ----------
    Nadeau & Bengio, "Inference for the generalization error", Machine Learning 52, 2003.
    """
    n_folds = len(candidate.fits)
    quantile = t.ppf(norm.cdf(Z), n_folds - 1) / Z
    factor = np.sqrt(1 / n_folds + 1 / (n_folds - 1)) * quantile
    error = float(np.std(candidate.scores, ddof=1) * factor)
    score = Score(title, candidate.mean, baseline, error=error)
    if not candidate.train_scores:
        return score
    gaps = np.subtract(candidate.train_scores, candidate.scores)
    training = float(np.mean(candidate.train_scores))
    return replace(score, training=training, gap_error=float(np.std(gaps, ddof=1) * factor))


def results_csv(candidates: list[Candidate], n_folds: int) -> str:
    """Return a table of candidates with the column names of scikit-learn's `cv_results_`; params are JSON texts."""
    names = list(dict.fromkeys(name for candidate in candidates for name in candidate.params))
    text = io.StringIO()
    writer = csv.DictWriter(
        text, [*_scores_of(Candidate({}, ()), n_folds), *(f"param_{name}" for name in names), "error"]
    )
    writer.writeheader()
    for candidate in candidates:
        params = {f"param_{name}": json.dumps(value, ensure_ascii=False) for name, value in candidate.params.items()}
        writer.writerow({**_scores_of(candidate, n_folds), **params, "error": candidate.error})
    return text.getvalue()


def _scores_of(candidate: Candidate, n_folds: int) -> dict[str, object]:
    """Return the cells of a row; empty if there is no value."""
    by_fold = {fit.fold: fit for fit in candidate.fits}
    cells: dict[str, object] = {"rank_test_score": candidate.rank}
    for name, field in (("test_score", "score"), ("fit_time", "fit_s"), ("score_time", "score_s")):
        values = [getattr(fit, field) for fit in candidate.fits]
        cells[f"mean_{name}"] = float(np.mean(values)) if candidate.rank else None
        cells[f"std_{name}"] = float(np.std(values)) if candidate.rank else None
    trained = candidate.train_scores if candidate.rank else []
    cells["mean_train_score"] = float(np.mean(trained)) if trained else None
    cells |= {f"split{fold}_test_score": getattr(by_fold.get(fold), "score", None) for fold in range(n_folds)}
    return cells


def score_text(candidate: Candidate) -> str:
    """Return mean and standard deviation of the scores."""
    return "failed" if candidate.error else f"{candidate.mean:.4f} ± {candidate.std:.4f}"


def params_text(params: dict) -> str:
    """Return params on one line, numbers with 4 digits.

    Examples
    --------
    >>> params_text({"hidden": [64, 32], "learning_rate": 0.0012345678, "activation": "relu"})
    'hidden=[64, 32] learning_rate=0.001235 activation=relu'
    """
    return " ".join(f"{name}={_value_text(value)}" for name, value in params.items())


def _value_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
