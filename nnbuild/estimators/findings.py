"""Findings about the training of a fitted estimator, with parameters of the estimator as remedies."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from nnbuild.diagnosis.diagnosis import Diagnosis
from nnbuild.diagnosis.findings import Remedy
from nnbuild.diagnosis.recipes import diagnosis_of
from nnbuild.diagnosis.training_evidence import TrainingRecord
from nnbuild.diagnosis.training_findings import findings
from nnbuild.errors import NNBuildWarning
from nnbuild.plan.sample_settings import epochs_of
from nnbuild.recipe import Recipe
from nnbuild.records import History, frozen_mapping

REPORTED = "findings about the training"  # start of the warning
NO_BUDGET = "trains all epochs, without a time budget"


def training_record(history: History | None, training: Mapping[str, Any], **others: Any) -> TrainingRecord:
    """Return a record with the remedies that all estimators have.

    Parameters
    ----------
    history : History or None
        With several members, that of the first.
    training : mapping
        Training settings with all defaults.
    **others : object
        Further fields of the record.
    """
    remedies = frozen_mapping(python_remedies(as_trained(training, history), history))
    return TrainingRecord(history, keeps_best=keeps_best(training), remedies=remedies, **others)


def diagnosis_for(recipe: Recipe, estimator: object) -> Diagnosis:
    """Return the findings about a recipe for an estimator. Targets that are not standardized may have any bounds."""
    is_bounded = getattr(estimator, "scale_target", "auto") is False
    return diagnosis_of(recipe, estimator="" if is_bounded else type(estimator).__name__)


def warn_of_findings(estimator: object, recipe: Recipe, history: History, training: Mapping[str, Any]) -> None:
    """Warn once of the findings about a recipe and the curves of its training that are not only hints.

    Warns
    -----
    NNBuildWarning
        With a line for each finding.
    """
    every = [*diagnosis_for(recipe, estimator), *findings(training_record(history, training))]
    found = [one for one in every if one.severity != "hint"]
    if found:
        lines = "\n".join(f"  {one.title}: {'; '.join(one.evidence)}" for one in found)
        hint = "hint: the method diagnose(X, y) returns all findings, with remedies"
        warnings.warn(f"{REPORTED}\n{lines}\n  {hint}", NNBuildWarning, stacklevel=5)


def as_trained(training: Mapping[str, Any], history: History | None) -> Mapping[str, Any]:
    """Return training settings with the number of epochs that ended the training, if it has ended by this number."""
    # --epochs overrides the recipe, and steps depend on the number of samples
    return {**training, "epochs": history.n_epochs} if history and history.stopped == "epochs" else training


def keeps_best(training: Mapping[str, Any]) -> bool:
    """Whether training stops early and restores the best epoch."""
    stopping = training.get("early_stopping")
    return stopping.get("restore_best", True) if isinstance(stopping, Mapping) else bool(stopping)


def python_remedies(training: Mapping[str, Any], history: History | None = None) -> dict[str, Remedy]:
    """Return remedies that need no recipe: parameters that all estimators have."""
    found: dict[str, Remedy] = {}
    if not training["early_stopping"]:
        found["early_stopping"] = Remedy("set_params(early_stopping=True)", stopping_effect(training))
    found["epochs"] = Remedy(f"set_params(epochs={2 * epochs_of(training)})", "twice the epochs")
    if history and history.stopped == "time_budget":
        found["epochs"] = Remedy("set_params(time_budget=None)", NO_BUDGET)
    return found


def stopping_effect(training: Mapping[str, Any]) -> str:
    """Return the effect of early stopping, in words."""
    if training["validation_fraction"]:
        return "stops when the validation loss stops improving, and keeps the best epoch"
    return "holds out a tenth of the training rows, stops when their loss stops improving, and keeps the best epoch"
