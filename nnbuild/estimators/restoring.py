"""Model file -> what its fit left behind, without the estimator: nothing in it is run, and all of it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnbuild.estimators.fitted import Fitted, ensemble_of
from nnbuild.estimators.saved_arrays import unpacked
from nnbuild.estimators.saved_network import weight_slots
from nnbuild.inputs.preparing import loaded_preparation
from nnbuild.inputs.protocol import Preparation
from nnbuild.inputs.table.notation import loaded_notations
from nnbuild.plan.settings import loss_of
from nnbuild.saved.archive import OPTIMIZER, VOCABULARY, WEIGHTS, Archive, Refused
from nnbuild.saved.contents import Contents, of_member, optimizer_names
from nnbuild.saved.tensors import Slot, check_slots, slots
from nnbuild.tasks.behaviours import restored_targets
from nnbuild.tasks.losses import head_of
from nnbuild.train.common.pool import Weights


def restored(archive: Archive, contents: Contents) -> Fitted:
    """What the fit of a file left behind."""
    training, features = contents.training, contents.features
    names = features["feature_names"]
    columns = {
        "n_features": features["n_features"],
        "feature_names": None if names is None else np.array(names, dtype=object),
        "notations": loaded_notations(features["notations"]),
    }
    if training is None:
        return Fitted(restored_targets(contents.targets, {}, {}), seen=features["inputs"], **columns)
    wanted, output_shape = weight_slots(training.network)
    n_members = len(training.members)
    weights = _weights(archive, wanted, n_members)
    optimizers = _optimizers(archive, n_members)
    preparations = _preparations(archive, features["preparation"])
    targets = restored_targets(contents.targets, training.vectors, preparations)
    if output_shape is not None:
        targets.check_output(output_shape, head_of(loss_of(training.network)))
    first = Fitted(targets, **columns, resolved=training.network, preparations=preparations)
    return ensemble_of(
        [
            replace(first, **vars(member), weights=found, optimizer=optimizer)
            for member, found, optimizer in zip(training.members, weights, optimizers, strict=True)
        ]
    )


def _preparations(archive: Archive, document: Mapping) -> dict[str, Preparation]:
    """What prepares inputs; all of it was checked when the file was read."""
    arrays = unpacked(archive, VOCABULARY) if archive.has(VOCABULARY) else {}
    found = {}
    for name, values in document.items():
        own = {key.partition("/")[2]: array for key, array in arrays.items() if key.partition("/")[0] == name}
        found[name] = loaded_preparation(values, own)
    return found


def _weights(archive: Archive, wanted: Mapping[str, Slot], n_members: int) -> list[Weights]:
    """The weights of each member, read only where the file has what the network says."""
    n_parameters = n_members * sum(slot.n_elements for slot in wanted.values())
    n_bytes = n_members * sum(slot.n_elements * np.dtype(slot.dtype).itemsize for slot in wanted.values())
    if not n_bytes <= archive.size(WEIGHTS) <= n_bytes + _MOST_HEADER * (1 + n_members * len(wanted)):
        network = "the network has" if n_members == 1 else f"{n_members} networks have"
        found = f"{WEIGHTS} has {archive.size(WEIGHTS)} bytes"
        raise Refused(f"{network} {n_parameters} parameters, {n_bytes} bytes, but {found}")
    places = range(n_members)
    of_all = {of_member(place, name): slot for place in places for name, slot in wanted.items()}
    check_slots(slots(archive, WEIGHTS), of_all, WEIGHTS)
    arrays = unpacked(archive, WEIGHTS)
    return [Weights(arrays[of_member(place, name)] for name in wanted) for place in places]


def _optimizers(archive: Archive, n_members: int) -> list[tuple[np.ndarray, ...]]:
    """The optimizer's state of each member; Keras looks at its shapes when a training goes on from there."""
    if not archive.has(OPTIMIZER):
        return [()] * n_members
    arrays = unpacked(archive, OPTIMIZER)
    of_one = optimizer_names(len(arrays) // n_members)
    names = [[of_member(place, name) for name in of_one] for place in range(n_members)]
    return [tuple(arrays[name] for name in member) for member in names]


_MOST_HEADER = 4096  # bytes of a name, dtype and shape in a safetensors header, at most
