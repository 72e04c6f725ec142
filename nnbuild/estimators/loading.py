"""Model file -> fitted estimator, whoever wrote the file: nothing in it is run, and all of it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np

from nnbuild.errors import DataError, show
from nnbuild.estimators.archive import (
    ARRAYS,
    FEATURES,
    HISTORY,
    MANIFEST,
    NETWORK,
    OPTIMIZER,
    PARAMETERS,
    RECIPE,
    TARGETS,
    WEIGHTS,
    Archive,
    Refused,
    naming,
    table,
)
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.classifier import NNClassifier
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.regressor import NNRegressor
from nnbuild.estimators.saved_arrays import Slot, check_slots, unpacked
from nnbuild.estimators.saved_manifest import other_keras, read_manifest
from nnbuild.estimators.saved_network import check_files, read_network, weight_slots
from nnbuild.estimators.saved_parameters import IN_MEMBER, recipe_form, with_parameters
from nnbuild.estimators.saved_targets import check_output, read_targets, targets_slots
from nnbuild.estimators.saving import CURVE, optimizer_names
from nnbuild.estimators.targets import ClassTargets
from nnbuild.features.preparation import TablePreparation
from nnbuild.plan.tables import CODES, table_inputs
from nnbuild.recipe.kinds import Anything, Choice, Kind, ListOf, MapOf, Number, Text, Whole, optional
from nnbuild.recipe.sections import INPUT
from nnbuild.records import History, Resolved, frozen_mapping
from nnbuild.train.pool import Weights


def load(path: str | PathLike) -> NNEstimator:
    """The estimator that was saved in a file.

    Parameters
    ----------
    path : str or path
        What an estimator's ``save`` wrote, here or on another machine.

    Returns
    -------
    NNClassifier or NNRegressor
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
        manifest = read_manifest(archive)
        kind = ESTIMATORS[manifest["kind"]]
        parameters, targets = archive.json(PARAMETERS), archive.json(TARGETS)
        has_recipe, trained = recipe_form(parameters) in IN_MEMBER, targets.get("task") != "constant"
        names = [*ALWAYS, *([RECIPE] if has_recipe else []), *(TRAINED if trained else [])]
        archive.check_names(names, optional=[OPTIMIZER] if trained else [])
        estimator = with_parameters(kind, parameters, archive.json(RECIPE) if has_recipe else None)
        features = archive.table(FEATURES, FEATURES_KINDS)
        fitted = _trained(archive, targets, features, manifest) if trained else _constant(targets, features)
        if isinstance(fitted.targets, ClassTargets) != (kind is NNClassifier):
            raise Refused(f"{MANIFEST}: kind: a {kind.__name__} has other targets than those in {TARGETS}")
        estimator._set_attributes(fitted)
    return estimator


def _constant(targets_document: Mapping, features: Mapping) -> Fitted:
    """What a fit left behind that saw one class only."""
    if not features["inputs"]:
        raise Refused(f"{FEATURES}: inputs: needs one at least")
    for name, spec in features["inputs"].items():
        table(spec, {key: INPUT[key] for key in ("shape", *spec) if key in INPUT}, f"{FEATURES}: inputs.{name}")
    targets = read_targets(targets_document, {})
    seen = features["inputs"]
    return Fitted(targets, seen=seen, **_columns(features, seen))


def _trained(archive: Archive, targets_document: Mapping, features: Mapping, manifest: dict) -> Fitted:
    """What a fit left behind that had a network."""
    resolved = _network(archive, manifest)
    slots, output_shape = weight_slots(resolved)
    weights = _weights(archive, slots)
    history_document = archive.table(HISTORY, HISTORY_KINDS)
    arrays = unpacked(archive.read(ARRAYS), ARRAYS)
    curves = {CURVE + name: ("float64", (_n_epochs(arrays),)) for name in history_document["curves"]}
    check_slots(arrays, {**targets_slots(targets_document), **curves}, ARRAYS)
    targets = read_targets(targets_document, arrays)
    if targets.task != resolved.task:
        raise Refused(f"{NETWORK}: task: is {show(resolved.task)}, but {show(targets.task)} in {TARGETS}")
    if output_shape is not None:
        check_output(targets, output_shape)
    if features["inputs"] is not None:
        raise Refused(f"{FEATURES}: inputs: must be null, got {show(features['inputs'])}")
    return Fitted(
        targets,
        **_columns(features, resolved.inputs),
        resolved=resolved,
        history=_history(history_document, arrays),
        weights=weights,
        n_epochs=history_document["n_epochs"],
        optimizer=_optimizer(archive),
        preparation=_preparation(features["preparation"], resolved),
    )


def _preparation(document: Mapping | None, resolved: Resolved) -> TablePreparation | None:
    """What prepares tables, if it gives what the network takes."""
    if document is None:
        return None
    try:
        preparation = TablePreparation.from_dict(document)
    except DataError as error:
        raise Refused(f"{FEATURES}: preparation: {error}") from error
    name = next(iter(resolved.inputs)).partition(CODES)[0]
    wanted = table_inputs(name, {"shape": [preparation.n_numeric]}, preparation.embeddings)
    taken = {name: list(spec["shape"]) for name, spec in resolved.inputs.items()}
    if taken != {name: list(spec["shape"]) for name, spec in wanted.items()}:
        raise Refused(f"{FEATURES}: preparation: gives other inputs than the network takes")
    return preparation


def _network(archive: Archive, manifest: dict) -> Resolved:
    try:
        resolved = read_network(archive.json(NETWORK))
        check_files(resolved)
    except Refused as refused:
        raise Refused(refused.found, refused.hint or other_keras(manifest)) from refused.__cause__
    return resolved


def _weights(archive: Archive, slots: Mapping[str, Slot]) -> Weights:
    """The weights, read only where the file is as long as the network says."""
    n_parameters = sum(_size(shape) for _, shape in slots.values())
    n_bytes = sum(_size(shape) * np.dtype(dtype).itemsize for dtype, shape in slots.values())
    if not n_bytes <= archive.size(WEIGHTS) <= n_bytes + _MOST_HEADER * (1 + len(slots)):
        found = f"{WEIGHTS} has {archive.size(WEIGHTS)} bytes"
        raise Refused(f"the network has {n_parameters} parameters, {n_bytes} bytes, but {found}")
    arrays = unpacked(archive.read(WEIGHTS), WEIGHTS)
    check_slots(arrays, slots, WEIGHTS)
    return Weights(arrays[name] for name in slots)


def _size(shape: tuple[int, ...]) -> int:
    """Number of elements, however many."""
    size = 1
    for axis in shape:
        size *= axis
    return size


def _n_epochs(arrays: Mapping[str, np.ndarray]) -> int:
    """Epochs that ran, by the curve that is always there."""
    loss = arrays.get(CURVE + "loss")
    if loss is None or loss.ndim != 1 or not len(loss):
        raise Refused(f"{ARRAYS}: holds no curve of the loss")
    return len(loss)


def _history(document: Mapping, arrays: Mapping[str, np.ndarray]) -> History:
    if document["best_epoch"] > _n_epochs(arrays):
        raise Refused(f"{HISTORY}: best_epoch: {document['best_epoch']} of {_n_epochs(arrays)} epochs")
    curves = {name: tuple(arrays[CURVE + name].tolist()) for name in document["curves"]}
    return History(frozen_mapping(curves), document["best_epoch"], document["stopped"], document["elapsed_s"])


def _optimizer(archive: Archive) -> tuple[np.ndarray, ...]:
    """The optimizer's state; Keras looks at its shapes when a training goes on from there."""
    if not archive.has(OPTIMIZER):
        return ()
    arrays = unpacked(archive.read(OPTIMIZER), OPTIMIZER)
    names = optimizer_names(len(arrays))
    if set(names) != set(arrays):
        raise Refused(f"{OPTIMIZER}: holds {show(min(set(arrays) - set(names)))}, which is no part of it")
    return tuple(arrays[name] for name in names)


def _columns(features: Mapping, inputs: Mapping) -> dict:
    """Number and names of the columns of X."""
    n_features, names = features["n_features"], features["feature_names"]
    if names is not None and len(names) != n_features:
        raise Refused(f"{FEATURES}: feature_names: {len(names)} names, but n_features is {show(n_features)}")
    first, *others = inputs.values()
    # A series of any length has the number of steps of those that were seen in training; a table is prepared first.
    fits = not others and first["shape"] and first["shape"][0] in (None, n_features)
    if n_features is not None and not fits and first.get("kind") not in ("codes", "table"):
        raise Refused(f"{FEATURES}: n_features: {n_features} does not suit the shape of the input")
    return {"n_features": n_features, "feature_names": None if names is None else np.array(names, dtype=object)}


_MOST_HEADER = 4096  # bytes of a name, dtype and shape in a safetensors header, at most
ESTIMATORS: dict[str, type[NNEstimator]] = {"NNClassifier": NNClassifier, "NNRegressor": NNRegressor}
ALWAYS = (MANIFEST, PARAMETERS, FEATURES, TARGETS)
TRAINED = (NETWORK, HISTORY, ARRAYS, WEIGHTS)
FEATURES_KINDS: dict[str, Kind] = {
    "n_features": optional(Whole(1)),
    "feature_names": optional(ListOf(Text())),
    "inputs": optional(MapOf(MapOf(Anything()))),
    "preparation": optional(MapOf(Anything())),
}
HISTORY_KINDS: dict[str, Kind] = {
    "best_epoch": Whole(0),
    "stopped": Choice("callback", "diverged", "early_stopping", "epochs"),
    "elapsed_s": Number(low=0),
    "curves": ListOf(Text()),
    "n_epochs": Whole(1),
}
