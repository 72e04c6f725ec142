"""A fitted estimator, its rows and scores -> findings about its training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import norm, t

from nnbuild.estimators.base import NNEstimator
from nnbuild.plan.settings import Request, resolved_training
from nnbuild.recipe import Recipe
from nnbuild.records import History, frozen_mapping
from nnbuild.report.evidence import Course, Z
from nnbuild.report.findings import Finding, findings
from nnbuild.report.scores import Score
from nnbuild.runs.data import Data
from nnbuild.runs.remedies import keeps_best, remedies
from nnbuild.runs.scoring import Scoring
from nnbuild.runs.search_results import Candidate
from nnbuild.train.common.splits import split_rows


def judged(
    recipe: Recipe,
    training: Mapping[str, Any],
    history: History | None,
    n_validation: int,
    scores: tuple[Score, ...],
    tested_on: str,
    command: Callable[[dict[str, object]], str],
) -> tuple[Finding, ...]:
    """Findings about a training.

    Parameters
    ----------
    recipe : Recipe
        As it was trained.
    training : mapping
        Training settings with all defaults.
    history : History or None
        None where only scores are there.
    n_validation : int
        Validation rows.
    scores : tuple of Score
    tested_on : str
        What the scores are computed on.
    command : callable
        Gives the command that trains with other values, by their addresses.
    """
    if history and history.stopped == "epochs":
        training = {**training, "epochs": history.n_epochs}  # those of --epochs go before the recipe's
    levers = frozen_mapping(remedies(recipe, training, command))
    return findings(Course(history, scores, tested_on, n_validation, keeps_best(training), levers))


def settings_for(recipe: Recipe, data: Data) -> dict[str, Any]:
    """The training settings of a recipe for some data, with all defaults."""
    return resolved_training(Request.of(recipe, None, None, data.task, data.n_outputs))


def fold_score(scoring: Scoring, candidate: Candidate, n_folds: int) -> Score:
    """The score of a candidate over folds, beside that on the rows it was trained on.

    Notes
    -----
    Training sets of folds overlap, which the standard error takes into account: the variance over folds is counted
    1 / k + 1 / (k - 1) times [1]_. Few folds give a poor estimate of it: the error is multiplied so that `Z` standard
    errors are the quantile of Student's t.

    References
    ----------
    .. [1] Nadeau & Bengio, "Inference for the generalization error", Machine Learning 52, 2003.
    """
    quantile = t.ppf(norm.cdf(Z), n_folds - 1) / Z
    factor = np.sqrt(1 / n_folds + 1 / (n_folds - 1)) * quantile
    error = float(np.std(candidate.scores, ddof=1) * factor)
    score = Score(scoring.title, candidate.mean, scoring.baseline, error=error)
    if not candidate.train_scores:
        return score
    gaps = np.subtract(candidate.train_scores, candidate.scores)
    training = float(np.mean(candidate.train_scores))
    return replace(score, training=training, gap_error=float(np.std(gaps, ddof=1) * factor))


def training_and_validation_rows(estimator: NNEstimator, data: Data, seed: int) -> tuple[Data, int]:
    """The rows that a fit was trained on, without those that it validated on, and how many these were.

    Parameters
    ----------
    estimator : NNClassifier or NNRegressor
        Fitted on `data`.
    data : Data
    seed : int
        Of the fit.
    """
    if estimator.recipe_ is None or not (fraction := estimator.recipe_.training["validation_fraction"]):
        return data, 0
    labels = estimator._fitted.targets.strata(data.y)
    kept, held_out = split_rows(len(data), fraction, estimator.recipe_.training["validation"], seed, labels)
    return data.taken(np.sort(kept)), len(held_out)
