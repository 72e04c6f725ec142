"""neighbors.safetensors: the training samples that count in the predictions of an ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnbuild.combination import Combination
from nnbuild.errors import show
from nnbuild.records import ResolvedNetwork
from nnbuild.saved.archive import MANIFEST, NEIGHBORS, Archive, Refused
from nnbuild.saved.tensors import Slot, Tensor, check_slots, slots, tensors, tensors_member


class SavedNeighbors(NamedTuple):
    """Prepared samples by input, their targets, and the logarithm of their weights."""

    X: Mapping[str, Tensor]
    values: Tensor
    log_weights: Tensor


def neighbors_member(found: SavedNeighbors) -> tuple[str, bytes]:
    """Return the member with the arrays."""
    X = {f"{PREFIX}{name}": array for name, array in found.X.items()}
    return tensors_member(NEIGHBORS, {**X, VALUES: found.values, LOG_WEIGHTS: found.log_weights})


def check_neighbors(archive: Archive, combination: Combination | None, network: ResolvedNetwork, n_values: int) -> None:
    """Raise `Refused` unless the file has the samples of an ensemble with neighbors, in the shapes of its network.

    Parameters
    ----------
    archive : Archive
    combination : Combination or None
    network : ResolvedNetwork
    n_values : int
        Number of values of the target of a sample: classes, or numbers.
    """
    settings = combination.neighbors if combination else None
    if archive.has(NEIGHBORS) != (settings is not None):
        of_manifest = f"{MANIFEST} has {'no ' if settings is None else ''}neighbors"
        raise Refused(f"{NEIGHBORS}: {'is missing' if settings else 'is not expected'}, because {of_manifest}")
    if settings is None:
        return
    if settings.layer not in {*network.inputs, *(node.name for node in network.nodes)}:
        raise Refused(f"{MANIFEST}: ensemble: neighbors: layer: {show(settings.layer)} is no layer of the network")
    found = slots(archive, NEIGHBORS)
    n_samples = next(iter(found.get(VALUES, NO_SLOT).shape), 0)
    if not n_samples:
        raise Refused(f"{NEIGHBORS}: contains no training samples")
    wanted = {VALUES: Slot("float32", (n_samples, n_values)), LOG_WEIGHTS: Slot("float32", (n_samples,))}
    for name, spec in network.inputs.items():
        own = found.get(f"{PREFIX}{name}", NO_SLOT)
        lengths = dict(enumerate(own.shape[1:]))
        shape = tuple(lengths.get(axis, 0) if known is None else known for axis, known in enumerate(spec["shape"]))
        wanted[f"{PREFIX}{name}"] = Slot(own.dtype, (n_samples, *shape))
    check_slots(found, wanted, NEIGHBORS)


def read_neighbors(archive: Archive) -> SavedNeighbors | None:
    """Read the samples; None if the file has none."""
    if not archive.has(NEIGHBORS):
        return None
    arrays = tensors(archive, NEIGHBORS)
    X = {name.removeprefix(PREFIX): array for name, array in arrays.items() if name.startswith(PREFIX)}
    return SavedNeighbors(X, arrays[VALUES], arrays[LOG_WEIGHTS])


NO_SLOT = Slot("", ())
PREFIX, VALUES, LOG_WEIGHTS = "X/", "values", "log_weights"
