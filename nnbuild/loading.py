"""`load`: a model file of any estimator -> the estimator."""

from __future__ import annotations

from os import PathLike

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.classifier import NNClassifier
from nnbuild.estimators.language_model import NNLanguageModel
from nnbuild.estimators.loading import loaded
from nnbuild.estimators.masked_language_model import NNMaskedLanguageModel
from nnbuild.estimators.recommender import NNRecommender
from nnbuild.estimators.regressor import NNRegressor
from nnbuild.estimators.translator import NNTranslator


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
    return loaded(path, ESTIMATORS)


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
