"""Estimator for scikit-learn's searches that records its fits in a journal."""

from __future__ import annotations

import math
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from nnbuild.errors import NNBuildError
from nnbuild.language.values import json_value
from nnbuild.runs.search.journal import Journal
from nnbuild.runs.search.journal_file import JournalEntry, journal_curves

MAX_TRAINING_ROWS = 2000  # scored after a fit


class JournaledEstimator(BaseEstimator):
    """Estimator for a search: fits in the journal are not repeated, others are added to it.

    Parameters
    ----------
    estimator : estimator
        Candidates set its parameters, with the prefix ``estimator__``.
    scorer : callable
        As from `sklearn.metrics.get_scorer`.
    n_folds : int

    Notes
    -----
    The search itself is that of scikit-learn. It passes the journal and the fold of each row to `fit`; scikit-learn
    splits the folds along with the rows.
    """

    def __init__(self, estimator, scorer, n_folds):
        self.estimator = estimator
        self.scorer = scorer
        self.n_folds = n_folds

    def set_params(self, **params: Any) -> JournaledEstimator:
        """Set the parameters of a candidate."""
        self._candidate = {name.removeprefix("estimator__"): json_value(params[name]) for name in sorted(params)}
        return super().set_params(**params)

    def fit(self, X, y, folds, journal: Journal) -> JournaledEstimator:
        """Fit on all folds but one, unless the journal contains that fit.

        Parameters
        ----------
        X, y
            As for the estimator's `fit`.
        folds : array of int, of shape (n_samples,)
            Fold of each row. The missing one is the test fold.
        journal : Journal
        """
        (fold,) = set(range(self.n_folds)) - set(np.unique(folds).tolist())
        self._journal = journal
        self._kept = journal.find(self._candidate, fold)
        if self._kept is None:
            journal.begin()
            try:
                self._done = self._fit(X, y, fold)
                self._seen = _some_rows(X, y)
            except BaseException:  # there will be no score
                journal.end()
                raise
        return self

    def score(self, X, y) -> float:
        """Return the score on the test fold; NaN if the fit failed."""
        if self._kept:
            return self._kept.score
        try:
            fit = self._done if self._done.error else self._scored(X, y)
            self._journal.add(fit)
        finally:
            self._journal.end()
        return fit.score

    def _fit(self, X, y, fold: int) -> JournalEntry:
        start, error = perf_counter(), ""
        try:
            self.estimator.fit(X, y)
        except (NNBuildError, ValueError) as failure:  # a candidate that can't be trained gets no score
            error = str(failure)
        history = None if error else getattr(self.estimator, "history_", None)
        if history is None:
            return JournalEntry(self._candidate, fold, math.nan, perf_counter() - start, 0.0, error)
        fit_s = history.elapsed_s  # without waiting for other fits
        return JournalEntry(self._candidate, fold, math.nan, fit_s, 0.0, curves=journal_curves(history))

    def _scored(self, X, y) -> JournalEntry:
        start, score, error = perf_counter(), math.nan, ""
        try:
            score = float(self.scorer(self.estimator, X, y))
        except ValueError as failure:  # predictions that are not finite
            error = f"the score can't be computed: {failure}"
        score_s = perf_counter() - start
        return replace(self._done, score=score, score_s=score_s, error=error, train_score=self._train_score())

    def _train_score(self) -> float | None:
        try:
            score = float(self.scorer(self.estimator, *self._seen))
        except ValueError:
            return None
        return score if math.isfinite(score) else None


def _some_rows(X, y) -> tuple:
    """Return at most 2,000 of the training rows, evenly spaced."""
    rows = np.unique(np.linspace(0, len(y) - 1, min(len(y), MAX_TRAINING_ROWS)).astype(int))
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows], y[rows]
