"""Load an estimator of any class from a model file."""

from __future__ import annotations

from importlib import import_module
from os import PathLike

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.estimators.saving import restored
from nnbuild.saved.archive import PARAMETERS, Archive, Refused, file_path, naming
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
    path = file_path(path)
    with naming(path), Archive(path) as archive:
        contents = read_contents(archive)
        estimator = _with_parameters(estimator_class(contents.manifest["kind"]), contents)
        estimator._set_attributes(restored(archive, contents))
    return estimator


def estimator_class(name: str) -> type[NNEstimator]:
    """Return an estimator class by its name."""
    return getattr(import_module(ESTIMATORS[name].module), name)


def _with_parameters(estimator: type[NNEstimator], contents: Contents) -> NNEstimator:
    """Return an unfitted estimator. As usual, `fit` checks the values of parameters."""
    try:
        return estimator(recipe=contents.recipe, **contents.parameters.values)
    except TypeError as error:  # a parameter has the name of a method or fitted attribute
        raise Refused(f"{PARAMETERS}: {error}") from error
