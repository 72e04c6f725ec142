"""Findings of commands that are measured on samples: of the samples, of the initialization, of a divergence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.base import clone

from nnbuild.diagnosis.findings import Finding, by_severity
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.before_fit import Start, start_of_fit
from nnbuild.estimators.findings import diagnosis_for
from nnbuild.inputs.user_data import Given
from nnbuild.inspect import diagnosis
from nnbuild.inspect.network_gradients import gradients
from nnbuild.report.gradients import GradientReport
from nnbuild.runs.workflows.protocol import Data

OVERFITTING = "overfitting"
# Findings about a training whose reason may be the initialization.
FAILURES = ("diverged", "below_baseline", "one_class", "flat_loss", "underfitting", "unstable")


def measured_findings(
    estimator: NNEstimator, train: Data, test: Data | None, found: Sequence[Finding]
) -> list[Finding]:
    """Return the findings about the samples, and if the training has failed or overfits, about inputs, size and start.

    Parameters
    ----------
    estimator : NNEstimator
        Fitted on `train`.
    train : Data
        In the form that the estimator takes.
    test : Data or None
        Test set, if it is not drawn from the same file.
    found : sequence of Finding
        Findings about the training.
    """
    results = [] if test is None else diagnosis.shift_findings(train.X, test.X, "test")
    is_last = estimator.recipe_ and estimator.recipe_.training["validation"] == "last"
    codes = {one.code for one in found if one.severity != "hint"}
    is_unprepared = getattr(estimator, "prepare", "auto") is None
    if is_last or is_unprepared or codes & {*FAILURES, OVERFITTING}:
        start = _start(estimator, train)
        results += diagnosis.sample_findings(start, samples_of(train)[0])
        results += diagnosis.data_findings(estimator, start) if start.jobs else []
        results += diagnosis.initial_findings(start) if codes & {*FAILURES} else []
    return [one for one in results if one.severity != "hint"]


def findings_of_failure(estimator: NNEstimator, train: Data) -> tuple[Finding, ...]:
    """Return the findings about recipe and initialization of a training that diverged in its first epoch."""
    start = _start(estimator, train)
    return by_severity((*diagnosis_for(start.recipe, estimator), *diagnosis.initial_findings(start)))


def place_of_divergence(estimator: NNEstimator, train: Data) -> str:
    """Return the first layer and step with values that are not finite; empty if there are none in a repetition."""
    return diagnosis.place_of_divergence(_start(estimator, train))


def final_gradients(estimator: NNEstimator, train: Data) -> GradientReport | None:
    """Return signals and gradients of a fitted estimator on one batch; None if there is no network."""
    return gradients(estimator, *samples_of(train)).report() if estimator.recipe_ else None


def samples_of(data: Data) -> tuple[Any, Any]:
    """Return X, or the texts of language models and translators, and y; None without targets."""
    return (data.texts if hasattr(data, "texts") else data.X), getattr(data, "y", None)


def _start(estimator: NNEstimator, train: Data) -> Start:
    """Return the fit before its training."""
    return start_of_fit(clone(estimator), Given(*samples_of(train)))
