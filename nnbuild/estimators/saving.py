"""Save fitted estimators to model files, and load them. Files contain data, no code.

`nnbuild.saved` defines the members of a file. This module converts between fits and the values of these members.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from os import PathLike

import numpy as np

from nnbuild.catalog.fields import arrays_under
from nnbuild.errors import RecipeError
from nnbuild.estimators.auto import is_auto
from nnbuild.estimators.fitted import Fitted, ensemble_of
from nnbuild.estimators.neighbors import Neighbors
from nnbuild.estimators.outputs import plain_outputs
from nnbuild.estimators.parameters import RecipeParameters, read_recipe
from nnbuild.inputs.preparations import loaded_preparation, saved_preparation
from nnbuild.inputs.protocol import Preparation
from nnbuild.plan.model import skeleton
from nnbuild.records import ResolvedNetwork, Shape
from nnbuild.saved.archive import (
    NETWORK,
    Archive,
    Refused,
    file_path,
    naming,
    write_archive,
)
from nnbuild.saved.contents import Contents, arrays_member
from nnbuild.saved.features import features_member
from nnbuild.saved.history import MemberTraining, history_member
from nnbuild.saved.manifest import manifest_member, notes_member
from nnbuild.saved.neighbors import SavedNeighbors, neighbors_member, read_neighbors
from nnbuild.saved.network import network_member, refused_for
from nnbuild.saved.parameters import parameter_members
from nnbuild.saved.preparations import read_vocabulary, vocabulary_members
from nnbuild.saved.targets import targets_member
from nnbuild.saved.tensors import Slot, Tensor
from nnbuild.saved.variants import Networks, variants_member
from nnbuild.saved.weights import optimizer_member, read_optimizers, read_weights, weight_name, weights_member
from nnbuild.tasks.behaviours import restored_targets
from nnbuild.tasks.losses import head_of
from nnbuild.train.common.model_cache import Weights
from nnbuild.train.common.sample_weights import label_name


def save(
    estimator: RecipeParameters,
    fitted: Fitted,
    path: str | PathLike,
    metrics: Mapping[str, float] | None = None,
    notes: Mapping[str, object] | None = None,
) -> None:
    """Write a fitted estimator to a file that `nnbuild.load` reads.

    Parameters
    ----------
    estimator : RecipeParameters
        Its parameters are saved, except callbacks and random generators.
    fitted : Fitted
        The result of its last fit.
    path : str or path
        Path of the file, by convention with the suffix ``.nnb``. An existing file is replaced atomically.
    metrics : mapping of str to float, optional
        Scores by name, such as the accuracy on a test set. `nnbuild.model_info` returns them.
    notes : mapping of str to JSON value, optional
        Further information, such as the source of the data and the split.

    Raises
    ------
    TypeError
        If `path` is neither a str nor a path.
    ModelFileError
        If the file can't be written, or a value has no saved form. An existing file is then unchanged.
    """
    target = file_path(path)
    with naming(target):
        # Errors must occur before the first byte is written.
        members = list(_members(estimator, fitted, metrics, notes))
        write_archive(target, members)


def _members(
    estimator: RecipeParameters, fitted: Fitted, metrics: Mapping | None, notes: Mapping | None
) -> Iterator[tuple[str, bytes]]:
    manifest = manifest_member(type(estimator).__name__, metrics, fitted.combination)
    parameters = estimator.get_params(deep=False)
    prepared = {name: saved_preparation(one) for name, one in fitted.preparations.items()}
    names = fitted.feature_names
    yield manifest
    chosen = fitted.chosen if is_auto(parameters["recipe"]) else None
    values = {name: _plain(name, value) for name, value in parameters.items()}
    yield from parameter_members(values, read_recipe, chosen)
    if notes:
        yield notes_member(notes)
    yield features_member(
        fitted.n_features,
        None if names is None else [str(name) for name in names],
        {name: dict(spec) for name, spec in fitted.known_inputs.items()} if fitted.resolved is None else None,
        {name: document for name, (document, _) in prepared.items()},
        fitted.notations,
    )
    yield targets_member(fitted.targets.document())
    if fitted.resolved is not None:
        vocabulary = {name: _tensors(arrays) for name, (_, arrays) in prepared.items()}
        yield from _network_members(fitted, fitted.resolved, vocabulary)


def _plain(name: str, value: object) -> object:
    """Convert arrays to lists, and labels of class weights to strings, as in JSON."""
    if name == "class_weight" and isinstance(value, Mapping):
        return {label_name(label): weight for label, weight in value.items()}
    if name == "outputs":
        return plain_outputs(value)
    return value.tolist() if getattr(value, "ndim", 0) else value  # type: ignore[attr-defined]


def _network_members(
    fitted: Fitted, resolved: ResolvedNetwork, vocabulary: Mapping[str, Mapping[str, Tensor]]
) -> Iterator[tuple[str, bytes]]:
    networks = fitted.networks
    trainings = list(map(_training, networks))
    definitions = Networks.of([one.resolved for one in networks if one.resolved])
    yield network_member(resolved)
    if len(definitions.distinct) > 1:
        yield variants_member(definitions)
    yield history_member(trainings)
    yield arrays_member(_tensors(fitted.targets.arrays()), trainings)
    slots = [weight_slots(one)[0] for one in definitions.distinct]
    names = [slots[index] for index in definitions.of_members]
    yield weights_member(names, [list(map(_tensor, one.weights.values)) for one in networks if one.weights])
    yield from vocabulary_members(vocabulary)
    if fitted.neighbors is not None:
        samples = fitted.neighbors
        yield neighbors_member(
            SavedNeighbors(_tensors(samples.X), _tensor(samples.values), _tensor(samples.log_weights))
        )
    if fitted.optimizer:
        yield optimizer_member([list(map(_tensor, one.optimizer)) for one in networks])


def _training(fitted: Fitted) -> MemberTraining:
    values = {field.name: getattr(fitted, field.name) for field in fields(MemberTraining)}
    return MemberTraining(**values)


def restored(archive: Archive, contents: Contents) -> Fitted:
    """Return the fit of a model file whose contents were checked."""
    training, features = contents.training, contents.features
    names = features["feature_names"]
    columns = {
        "n_features": features["n_features"],
        "feature_names": None if names is None else np.array(names, dtype=object),
        "notations": features["notations"],
        "chosen": contents.chosen,
    }
    if training is None:
        return Fitted(restored_targets(contents.targets, {}, {}), known_inputs=features["inputs"], **columns)
    networks = training.networks
    built = list(map(weight_slots, networks.distinct))
    wanted = [built[index][0] for index in networks.of_members]
    weights = [Weights(map(_array, own)) for own in read_weights(archive, wanted)]
    optimizers = [tuple(map(_array, own)) for own in read_optimizers(archive, networks.of_members)]
    preparations = _preparations(archive, features["preparation"])
    targets = restored_targets(contents.targets, training.vectors, preparations)
    for network, (_, shapes) in zip(networks.distinct, built, strict=True):
        for name, shape in shapes.items():
            targets.of_output(name).check_output(shape, head_of(network.outputs[name]["loss"]))
    first = Fitted(targets, **columns, preparations=preparations)
    members = [
        replace(first, **vars(member), resolved=networks.distinct[index], weights=found, optimizer=optimizer)
        for member, index, found, optimizer in zip(
            training.members, networks.of_members, weights, optimizers, strict=True
        )
    ]
    samples = read_neighbors(archive)
    neighbors = samples and Neighbors(_arrays(samples.X), _array(samples.values), _array(samples.log_weights))
    return replace(ensemble_of(members), combination=training.combination, neighbors=neighbors)


def _preparations(archive: Archive, document: Mapping) -> dict[str, Preparation]:
    """Return the preparation of each input, from a document checked by `read_contents`."""
    arrays = _arrays(read_vocabulary(archive))
    return {name: loaded_preparation(values, arrays_under(name, arrays)) for name, values in document.items()}


def weight_slots(resolved: ResolvedNetwork) -> tuple[dict[str, Slot], dict[str, Shape]]:
    """Return dtypes and shapes of the weights of a network, without allocating them.

    Returns
    -------
    slots : dict of str to (str, tuple of int)
        Dtype and shape by name, in the order of the model's variables.
    output_shapes : dict of str to Shape
        Shape of each output, with the batch axis (None) first.

    Raises
    ------
    Refused
        If Keras can't build the network.
    """
    try:
        model = skeleton(resolved)
    except RecipeError as error:
        raise refused_for(error.problems[0]) from error
    except Exception as error:  # Keras may raise any error for a network from a file
        raise Refused(f"{NETWORK}: Keras can't build this network") from error
    slots = {weight_name(i, v.path): Slot(v.dtype, tuple(v.shape)) for i, v in enumerate(model.variables)}
    ends = model.output if isinstance(model.output, Mapping) else dict.fromkeys(resolved.outputs, model.output)
    return slots, {name: tuple(tensor.shape) for name, tensor in ends.items()}


def _tensors(arrays: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: _tensor(array) for name, array in arrays.items()}


def _tensor(array: np.ndarray) -> Tensor:
    plain = np.asarray(array)
    return Slot(plain.dtype.name, plain.shape), plain.astype(plain.dtype.newbyteorder("<"), copy=False).tobytes()


def _arrays(tensors: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: _array(tensor) for name, tensor in tensors.items()}


def _array(tensor: Tensor) -> np.ndarray:
    slot, content = tensor
    dtype = np.dtype(slot.dtype)
    if dtype.kind == "b":  # a byte may have values other than 0 and 1
        return np.frombuffer(content, "uint8").reshape(slot.shape) != 0
    return np.frombuffer(content, dtype.newbyteorder("<")).reshape(slot.shape).astype(dtype, copy=False)
