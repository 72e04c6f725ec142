"""`load`: a model file of any estimator -> the estimator."""

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
    """The estimator that was saved in a file.

    Parameters
    ----------
    path : str or path
        What an estimator's ``save`` wrote, here or on another machine.

    Returns
    -------
    NNEstimator
        Fitted; its predictions have the same bits as those of the estimator that was saved. A recipe that was
        given as a file is a Recipe now.

    Raises
    ------
    ModelFileError
        If the file can't be read, is damaged, is no model file, or is of a newer version; or if it needs a layer
        class that nobody has registered with Keras. Nothing in a file is run, and no more memory is taken than its
        length allows.
    """
    path = Path(path)
    with naming(path), Archive(path) as archive:
        contents = read_contents(archive)
        estimator = _with_parameters(ESTIMATORS[contents.manifest["kind"]], contents)
        estimator._set_attributes(restored(archive, contents))
    return estimator


def _with_parameters(estimator: type[NNEstimator], contents: Contents) -> NNEstimator:
    """An estimator that is not fitted; values of parameters wait for `fit` to be looked at, as they always do."""
    try:
        return estimator(recipe=contents.recipe, **contents.parameters.values)
    except TypeError as error:  # for the name of a method or of a fitted attribute
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
