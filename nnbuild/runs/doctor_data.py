"""Implementation of `nnbuild doctor` of model files, after the start of TensorFlow."""

from __future__ import annotations

from nnbuild.diagnosis.diagnosis import Diagnosis
from nnbuild.diagnosis.findings import by_severity
from nnbuild.runs.predict import open_model
from nnbuild.runs.show import findings_of
from nnbuild.saved.model_info import model_info


def model_diagnosis(model: str) -> Diagnosis:
    """Return the findings about a model file: those about its recipe, and those about its training.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    """
    opened = open_model(model, "doctor")
    recipe = opened.estimator._effective_recipe()
    return Diagnosis(recipe, by_severity([*recipe.diagnose(), *findings_of(model_info(model))]))
