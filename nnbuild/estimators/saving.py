"""Fitted estimator -> model file: data only, and the same bytes for the same model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from nnbuild.errors import Problem, RecipeError, show
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.saved_arrays import packed
from nnbuild.estimators.saved_network import weight_slots
from nnbuild.estimators.saved_parameters import parameters_document
from nnbuild.inputs.preparations import saved_preparation
from nnbuild.inputs.table.notation import saved_notations
from nnbuild.language.values import json_value
from nnbuild.saved.archive import (
    ARRAYS,
    FEATURES,
    HISTORY,
    MANIFEST,
    NETWORK,
    NOTES,
    OPTIMIZER,
    PARAMETERS,
    RECIPE,
    TARGETS,
    VOCABULARY,
    WEIGHTS,
    Refused,
    json_member,
    naming,
    write_archive,
)
from nnbuild.saved.contents import CURVE, of_member, optimizer_names
from nnbuild.saved.manifest import ESTIMATORS, manifest_document

if TYPE_CHECKING:  # it saves itself by `save`
    from nnbuild.estimators.base import NNEstimator


def save(
    estimator: NNEstimator,
    path: str | PathLike,
    metrics: Mapping[str, float] | None = None,
    notes: Mapping[str, object] | None = None,
) -> None:
    """Write a fitted estimator to a file that `nnbuild.load` reads.

    Parameters
    ----------
    estimator : NNEstimator
        Fitted. Of its parameters, callbacks and random generators are left out.
    path : str or path
        By custom it ends in ``.nnb``. A file that is there is replaced in one step.
    metrics : mapping of str to float, optional
        How good it is: scores by name, for who reads the file's facts.
    notes : mapping of str to JSON value, optional
        Whatever else is worth knowing: where the data came from, how it was split.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the estimator was not fitted.
    ModelFileError
        If the file can't be written, or there is something that has no form in it. A file that was there before is
        as it was.
    """
    check_is_fitted(estimator)
    target = Path(path)
    with naming(target):
        # All of it, before the first byte is written.
        members = list(_members(estimator, estimator._fitted, metrics, notes))
        write_archive(target, members)


def _members(
    estimator: NNEstimator, fitted: Fitted, metrics: Mapping | None, notes: Mapping | None
) -> Iterator[tuple[str, bytes]]:
    kind = type(estimator).__name__
    if kind not in ESTIMATORS:
        raise Refused(f"can't be written: only {', '.join(ESTIMATORS)} have a form in it, not {kind}")
    parameters, recipe = parameters_document(estimator)
    yield json_member(MANIFEST, manifest_document(kind, metrics))
    yield json_member(PARAMETERS, parameters)
    if recipe is not None:
        yield json_member(RECIPE, recipe)
    if notes:
        yield json_member(NOTES, _notes_document(notes))
    yield json_member(FEATURES, _features_document(fitted))
    yield json_member(TARGETS, fitted.targets.document())
    if fitted.resolved is not None:
        yield from _network_members(fitted)


def _network_members(fitted: Fitted) -> Iterator[tuple[str, bytes]]:
    assert fitted.resolved is not None
    slots, _ = weight_slots(fitted.resolved)
    yield json_member(NETWORK, fitted.resolved.to_dict())
    yield json_member(HISTORY, _history_document(fitted))
    yield ARRAYS, packed({**fitted.targets.arrays(), **_of_members(fitted, _curves)})
    yield WEIGHTS, packed(_of_members(fitted, lambda member: _weights(member, slots)))
    if vocabulary := _vocabulary(fitted):
        yield VOCABULARY, packed(vocabulary)
    if fitted.optimizer:
        yield OPTIMIZER, packed(_of_members(fitted, _optimizer))


def _of_members(fitted: Fitted, arrays: Callable[[Fitted], dict]) -> dict[str, np.ndarray]:
    """Arrays of every member, by the names that they have in the file."""
    return {
        of_member(place, name): array
        for place, member in enumerate((fitted, *fitted.others))
        for name, array in arrays(member).items()
    }


def _weights(fitted: Fitted, names: Iterable[str]) -> dict[str, np.ndarray]:
    """The values of a network's variables by name."""
    assert fitted.weights is not None
    return dict(zip(names, fitted.weights.values, strict=True))


def _optimizer(fitted: Fitted) -> dict[str, np.ndarray]:
    """The optimizer's state by name."""
    return dict(zip(optimizer_names(len(fitted.optimizer)), fitted.optimizer, strict=True))


def _features_document(fitted: Fitted) -> dict:
    """What is known of the inputs, and what prepares them."""
    names = fitted.feature_names
    return {
        "n_features": fitted.n_features,
        "feature_names": None if names is None else [str(name) for name in names],
        # A network says itself what it takes.
        "inputs": {name: dict(spec) for name, spec in fitted.seen.items()} if fitted.resolved is None else None,
        "preparation": {name: saved_preparation(part)[0] for name, part in fitted.preparations.items()},
        **({"notations": saved_notations(fitted.notations)} if fitted.notations else {}),
    }


def _vocabulary(fitted: Fitted) -> dict[str, np.ndarray]:
    """What was learned of the terms of inputs, by input: there may be very many."""
    found = {name: saved_preparation(part)[1] for name, part in fitted.preparations.items()}
    return {f"{name}/{key}": array for name, arrays in found.items() for key, array in arrays.items()}


def _notes_document(notes: object) -> dict:
    if not isinstance(notes, Mapping):
        raise Refused(f"can't be written: notes must be a mapping of names to JSON values, got {show(notes)}")
    problems: list[Problem] = []
    try:
        document = json_value(notes, ("notes",), problems)
    except RecipeError as error:  # nested too deep
        problems = [*error.problems]
    if problems:
        raise Refused(f"can't be written: {problems[0]}")
    assert isinstance(document, dict)
    return document


def _history_document(fitted: Fitted) -> dict:
    """How the training of each member went, without its curves."""
    return {**_told(fitted), "others": list(map(_told, fitted.others))}


def _told(fitted: Fitted) -> dict:
    history = fitted.history
    assert history is not None
    return {
        "best_epoch": int(history.best_epoch),
        "stopped": history.stopped,
        "elapsed_s": float(history.elapsed_s),
        "curves": list(history.curves),
        "n_epochs": fitted.n_epochs,
        "seed": fitted.seed,
        **({"pretrained": list(fitted.pretrained)} if fitted.pretrained else {}),
    }


def _curves(fitted: Fitted) -> dict[str, np.ndarray]:
    """One number per epoch each, NaN and infinite ones among them, which JSON has not."""
    assert fitted.history is not None
    return {CURVE + name: np.array(curve, "float64") for name, curve in fitted.history.curves.items()}
