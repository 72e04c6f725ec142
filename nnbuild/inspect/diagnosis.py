"""Diagnosis of an estimator with samples: its recipe, its samples, its initialization, and its training."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import clone

from nnbuild.diagnosis.diagnosis import Diagnosis
from nnbuild.diagnosis.findings import Finding, Location, by_severity
from nnbuild.diagnosis.initialization_findings import INITIALIZATION_FINDINGS
from nnbuild.diagnosis.input_findings import INPUT_FINDINGS
from nnbuild.diagnosis.layout import Layout
from nnbuild.diagnosis.learning_rate_findings import LEARNING_RATE_FINDINGS
from nnbuild.diagnosis.learning_rates import learning_rate_path
from nnbuild.diagnosis.plan_findings import PLAN_FINDINGS, PlanFacts
from nnbuild.diagnosis.rules import raised
from nnbuild.diagnosis.sample_evidence import MissingValues, Samples
from nnbuild.diagnosis.sample_findings import SAMPLE_FINDINGS
from nnbuild.diagnosis.training_findings import findings
from nnbuild.errors import PreparationWarning
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.before_fit import Start, start_of_fit
from nnbuild.estimators.findings import diagnosis_for, training_record
from nnbuild.estimators.fitted import fit_of
from nnbuild.estimators.training import Job
from nnbuild.inputs.frames import in_pandas, is_table
from nnbuild.inputs.kinds import by_input
from nnbuild.inputs.user_data import NO_SAMPLES, Given
from nnbuild.inspect.divergence import divergence_of
from nnbuild.inspect.initial_signals import initial_signals
from nnbuild.inspect.input_facts import input_facts
from nnbuild.inspect.range_test import range_test
from nnbuild.inspect.shift import shifts
from nnbuild.plan.describe import describe
from nnbuild.plan.memory import available_bytes
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Score, Scores
from nnbuild.tasks.behaviours import BEHAVIOURS


def diagnosis_of_estimator(
    estimator: NNEstimator, X: Any, y: Any = None, X_val: Any = None, y_val: Any = None, with_range_test: bool = False
) -> Diagnosis:
    """Return the findings about an estimator and its samples; see `NNEstimator.diagnose`."""
    validation = NO_SAMPLES if X_val is None else Given(X_val, y_val, suffix="_val")
    unfitted = clone(estimator) if estimator._is_fitted() else copy.copy(estimator)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PreparationWarning)
        start = start_of_fit(unfitted, Given(X, y), validation)
    found = [*diagnosis_for(start.recipe, estimator), *sample_findings(start, in_pandas(X), in_pandas(X_val))]
    if not start.jobs:
        return Diagnosis(start.recipe, by_severity(found))
    of_data = data_findings(estimator, start)
    found += of_data
    if any(one.severity == "error" for one in of_data):  # the network can't be run on these samples
        return Diagnosis(start.recipe, by_severity(found))
    if with_range_test:
        test = replace(range_test(start.members[0]), path=learning_rate_path(Layout(start.recipe)))
        found += _raised(LEARNING_RATE_FINDINGS, test, start.recipe)
    if estimator._is_fitted():
        found += fitted_findings(estimator, start, (X, y), None if X_val is None else (X_val, y_val))
    else:
        found += initial_findings(start)
    return Diagnosis(start.recipe, by_severity(found))


def initial_findings(start: Start) -> list[Finding]:
    """Return the findings about the networks of a fit at initialization, those of the first member of each variant."""
    members = {id(member.resolved): member for member in reversed(start.members)}.values()
    signals = [initial_signals(member, start.recipe) for member in members]
    found = [one for each in signals for one in _raised(INITIALIZATION_FINDINGS, each, start.recipe)]
    return list({one.code: one for one in reversed(found)}.values())


def data_findings(estimator: NNEstimator, start: Start) -> list[Finding]:
    """Return the findings about the inputs of the network of a fit, and about its size."""
    job = start.jobs[0]
    assert job.draft.resolved is not None
    prepares = getattr(estimator, "prepare", "auto") is not None
    n_samples = len(job.rows) - (len(job.held_out) if isinstance(job.held_out, np.ndarray) else 0)
    is_pretrained = bool(job.draft.pretrained)
    size = PlanFacts(describe(job.draft.resolved), n_samples, available_bytes(), is_pretrained)
    return [
        *_raised(INPUT_FINDINGS, input_facts(job, start.recipe, prepares), start.recipe),
        *_raised(PLAN_FINDINGS, size, start.recipe),
    ]


def sample_findings(start: Start, X: Any, X_val: Any = None) -> list[Finding]:
    """Return the findings about the samples of a fit, as given: tables of pandas or arrays."""
    if not start.jobs:
        return []
    job = start.jobs[0]
    missing = Samples(tuple(_missing(job)))
    training, validation = _parts(job, X, X_val)
    found = [] if validation is None else shift_findings(training, validation, "validation")
    return [*found, *_raised(SAMPLE_FINDINGS, missing, start.recipe)]


def shift_findings(training: Any, others: Any, name: str) -> list[Finding]:
    """Return the finding that other samples are unlike the training samples; `name` is "validation" or "test"."""
    samples = Samples((), tuple(shifts(training, others)), len(training), len(others), name)
    return list(raised(SAMPLE_FINDINGS, samples))


def fitted_findings(
    estimator: NNEstimator, start: Start, samples: tuple[Any, Any], validation: tuple[Any, Any] | None = None
) -> list[Finding]:
    """Return the findings about the training of a fitted estimator.

    Parameters
    ----------
    estimator : NNEstimator
    start : Start
        The same fit before its training.
    samples, validation : tuple of X and y
        Training samples, and samples outside the training set.
    """
    fitted = fit_of(estimator)
    assert fitted.resolved is not None
    is_diverged = fitted.history is not None and fitted.history.stopped == "diverged"
    facts: dict[str, Any] = {"divergence": place_of_divergence(start) if is_diverged else ""}
    seen = _scores(estimator, *samples)
    tested = seen if validation is None else _scores(estimator, *validation)
    if seen and tested:
        name = "training" if validation is None else "validation"
        facts["scores"] = tuple(map(_with_training, tested.values, seen.values))
        facts["tested_on"] = f"{tested.n_rows:,} {name} rows"
        facts |= {"n_training": seen.n_rows, "outcomes": tested.outcomes}
    return list(findings(training_record(fitted.history, fitted.resolved.training, **facts)))


def place_of_divergence(start: Start) -> str:
    """Return the first layer and step with values that are not finite, in a repetition of the first member's training.

    Empty if all values are finite in the repeated steps.
    """
    return str(divergence_of(start.members[0]) or "")


def _scores(estimator: NNEstimator, X: Any, y: Any) -> Scores | None:
    """Return the scores on samples, without those without a target; None for tasks without scores of single samples."""
    row = fit_of(estimator).targets.row
    if y is None or row.name not in SCORED:
        return None
    answer = estimator.predict_proba if row.has_probabilities else estimator.predict
    found, y = np.asarray(answer(X), "float64"), np.asarray(in_pandas(y))
    names = tuple(f"y{place}" for place in range(y.shape[1])) if y.ndim == 2 else ("y",)
    return BEHAVIOURS[row.name].scores(names, y, found, getattr(estimator, "classes_", None))


def _with_training(score: Score, seen: Score) -> Score:
    gap_error = float(np.hypot(score.error or 0.0, seen.error or 0.0))
    return replace(score, training=seen.value, training_baseline=seen.baseline, gap_error=gap_error)


def _parts(job: Job, X: Any, X_val: Any) -> tuple[Any, Any]:
    """Return training and validation samples, as given; None in place of the latter if they are drawn at random."""
    if X_val is not None:
        return X, X_val
    is_array = isinstance(X, np.ndarray) or is_table(X)
    if not isinstance(job.held_out, np.ndarray) or job.draft.settings.get("validation") != "last" or not is_array:
        return X, None
    kept = np.setdiff1d(np.arange(len(X)), job.held_out)
    return tuple(X.iloc[rows] if is_table(X) else X[rows] for rows in (kept, job.held_out))


def _missing(job: Job) -> Iterator[MissingValues]:
    """Yield the columns of tables with missing values in the training set."""
    n_held_out = len(job.held_out) if isinstance(job.held_out, np.ndarray) else 0
    for preparation in by_input(job.draft.preparations).values():
        for column in getattr(preparation, "steps", ()):
            if n := getattr(column, "n_missing", 0):
                yield MissingValues(column.name, n, len(job.rows) - n_held_out, column.summary())


def _raised(kinds: Any, record: Any, recipe: Recipe) -> list[Finding]:
    """Return the findings about a record, located in the text of the recipe."""
    return list(raised(kinds, record, locate=lambda path: Location(path, *recipe.position(path))))


SCORED = ("binary", "multiclass", "multilabel", "regression")
