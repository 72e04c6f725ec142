"""Candidates, scorer and folds of a fitted search."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils.validation import check_is_fitted

Folds = list[tuple[np.ndarray, np.ndarray]]


def candidate(search: Any, params: dict) -> Any:
    """Return the estimator of a search, not fitted, with the parameters of a candidate."""
    return clone(search.estimator).set_params(**clone(params, safe=False))


def metric_of(search: Any) -> str:
    """Return the name in ``cv_results_`` of the scores that decide a search.

    Raises
    ------
    ValueError
        If there are several scores, and `refit` names none.
    """
    check_is_fitted(search, "cv_results_")
    if not search.multimetric_:
        return "score"
    if isinstance(search.refit, str):
        return search.refit
    names = ", ".join(sorted(search.scorer_))
    raise ValueError(f"the search has several scorers: {names}\n  hint: set refit to the name of one of them")


def scorer_of(search: Any) -> Any:
    """Return the scorer that decides a search."""
    metric = metric_of(search)
    return search.scorer_[metric] if search.multimetric_ else search.scorer_


def best_params(search: Any, n_candidates: int) -> list[dict]:
    """Return the parameters of the best candidates, best first; for a halving search, of its last round."""
    ranks = np.asarray(search.cv_results_[f"rank_test_{metric_of(search)}"])
    rounds = np.asarray(search.cv_results_.get("iter", np.zeros(len(ranks))))
    order = [place for place in np.argsort(ranks, kind="stable") if rounds[place] == rounds.max()]
    return [search.cv_results_["params"][place] for place in order[:n_candidates]]


def folds_of(search: Any, X: Any, y: Any, groups: Any = None) -> Folds:
    """Return the folds of a search: those of its fit, if X and y are the same.

    Raises
    ------
    ValueError
        If the folds differ each time they are made.
    """
    splitter = check_cv(search.cv, y, classifier=is_classifier(search.estimator))
    folds, again = (list(splitter.split(X, y, groups)) for _ in range(2))
    if not all(
        np.array_equal(a, b) for one, other in zip(folds, again, strict=True) for a, b in zip(one, other, strict=True)
    ):
        raise ValueError(
            f"the folds of the search can't be reproduced: {splitter} draws new ones in each call\n"
            "  hint: set its random_state to an integer before the search"
        )
    return folds
