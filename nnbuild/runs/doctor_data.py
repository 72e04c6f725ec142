"""Implementation of `nnbuild doctor` with data and model files, after the start of TensorFlow."""

from __future__ import annotations

from typing import Any

from nnbuild.diagnosis.diagnosis import Diagnosis
from nnbuild.diagnosis.findings import by_severity
from nnbuild.estimators.findings import diagnosis_for
from nnbuild.recipe import Recipe
from nnbuild.runs.data.estimator import data_error
from nnbuild.runs.measured_findings import samples_of
from nnbuild.runs.predict import open_model
from nnbuild.runs.show import findings_of
from nnbuild.runs.workflows.implementations import WORKFLOWS
from nnbuild.runs.workflows.protocol import Data
from nnbuild.saved.model_info import model_info


def recipe_diagnosis(recipe: Recipe, data: Data, prepare: str, seed: int, range_test: bool) -> Diagnosis:
    """Return the findings about a recipe and data before training.

    Parameters
    ----------
    recipe : Recipe
    data : Data
    prepare : {"auto", "none"}
    seed : int
        Seed of the initial weights.
    range_test : bool
        Whether to find usable learning rates.

    Raises
    ------
    NNBuildError
        If recipe and data are incompatible.
    """
    workflow = WORKFLOWS[data.workflow]
    parameters: dict[str, object] = {"prepare": None} if prepare == "none" else {}
    estimator = workflow.estimator(recipe, data, random_state=seed, **parameters)
    workflow.check(recipe, data)
    with data_error(data.source):
        return estimator.diagnose(*samples_of(workflow.adapted(recipe, data)), range_test=range_test)


def model_diagnosis(
    model: str, source: str | None, targets: tuple[str, ...], range_test: bool, **reading: Any
) -> Diagnosis:
    """Return the findings about a model file: those of its training, and with data those about its scores.

    Parameters
    ----------
    model : str
    source : str or None
        File of the training data.
    targets : tuple of str
        As for `evaluate_file`.
    range_test : bool
        Whether to find usable learning rates.
    **reading : object
        As for `evaluate_file`.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the data can't be read.
    """
    opened = open_model(model, "doctor")
    found = diagnosis_for(opened.estimator._effective_recipe(), opened.estimator)
    if source is not None:
        data = WORKFLOWS[opened.workflow].new_data(opened.estimator, opened.notes, source, targets, **reading)
        with data_error(data.source):
            found = opened.estimator.diagnose(*samples_of(data), range_test=range_test)
    codes = {one.code for one in found}
    noted = [one for one in findings_of(model_info(model)) if one.code not in codes]
    return Diagnosis(found.recipe, by_severity([*found, *noted]))
