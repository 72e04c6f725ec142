"""Load an estimator of any class from a model file."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.classifier import NNClassifier
from nnbuild.estimators.language_model import NNLanguageModel
from nnbuild.estimators.masked_language_model import NNMaskedLanguageModel
from nnbuild.estimators.recommender import NNRecommender
from nnbuild.estimators.regressor import NNRegressor
from nnbuild.estimators.saving import restored
from nnbuild.estimators.translator import NNTranslator
from nnbuild.saved.archive import PARAMETERS, Archive, Refused, naming
from nnbuild.saved.contents import Contents, read_contents


def load(path: str | PathLike) -> NNEstimator:
    """Load an estimator from a model file.

    Parameters
    ----------
    path : str or path
        File that an estimator's ``save`` wrote, on this or another machine.

    Returns
    -------
    NNEstimator
        Fitted. Its predictions have the same bits as those of the saved estimator. If `recipe` was the path of a file,
        it is now a Recipe.

    Raises
    ------
    ModelFileError
        If the file can't be read, is damaged, is not a model file, is of a newer version, or requires a layer class
        that is not registered with Keras.

    Notes
    -----
    No code of the file is run, and memory is limited by the length of the file.
    """
    path = Path(path)
    with naming(path), Archive(path) as archive:
        contents = read_contents(archive)
        estimator = _with_parameters(ESTIMATORS[contents.manifest["kind"]], contents)
        estimator._set_attributes(restored(archive, contents))
    return estimator


def _with_parameters(estimator: type[NNEstimator], contents: Contents) -> NNEstimator:
    """Return an unfitted estimator. As usual, `fit` checks the values of parameters."""
    try:
        return estimator(recipe=contents.recipe, **contents.parameters.values)
    except TypeError as error:  # a parameter has the name of a method or fitted attribute
        raise Refused(f"{PARAMETERS}: {error}") from error


ESTIMATORS: dict[str, type[NNEstimator]] = {
    estimator.__name__: estimator
    for estimator in (
        NNClassifier,
        NNLanguageModel,
        NNMaskedLanguageModel,
        NNRecommender,
        NNRegressor,
        NNTranslator,
    )
}
