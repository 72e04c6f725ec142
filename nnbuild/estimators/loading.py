"""Model file -> fitted estimator, whoever wrote the file: nothing in it is run, and all of it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.restoring import restored
from nnbuild.saved.archive import PARAMETERS, Archive, Refused, naming
from nnbuild.saved.contents import Contents, read_contents


def loaded(path: str | PathLike, classes: Mapping[str, type[NNEstimator]]) -> NNEstimator:
    """The estimator that was saved in a file: one of some classes, by name.

    Raises
    ------
    ModelFileError
        As `nnbuild.load` says.
    """
    path = Path(path)
    with naming(path), Archive(path) as archive:
        contents = read_contents(archive)
        estimator = _with_parameters(classes[contents.manifest["kind"]], contents)
        estimator._set_attributes(restored(archive, contents))
    return estimator


def _with_parameters(estimator: type[NNEstimator], contents: Contents) -> NNEstimator:
    """An estimator that is not fitted; values of parameters wait for `fit` to be looked at, as they always do."""
    try:
        return estimator(recipe=contents.recipe, **contents.parameters.values)
    except TypeError as error:  # for the name of a method or of a fitted attribute
        raise Refused(f"{PARAMETERS}: {error}") from error
