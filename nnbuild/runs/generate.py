"""Implementation of `nnbuild generate`: continue a prompt with a model file."""

from __future__ import annotations

from typing import Any

from nnbuild.runs.data.estimator import data_error
from nnbuild.runs.predict import open_model


def generate_text(model: str, prompt: str, **options: Any) -> str:
    """Return the continuation of a prompt.

    Parameters
    ----------
    model : str
        Model file of a language model.
    prompt : str
    **options : object
        Parameters of `NNLanguageModel.generate`.

    Raises
    ------
    ModelFileError
        If the model can't be read.
    DataError
        If the prompt has unknown tokens, if an option is not valid, or if the command does not support the model.
    """
    estimator: Any = open_model(model, "generate").estimator
    with data_error(model):
        return estimator.generate(prompt, **options)
