"""weights.safetensors and optimizer.safetensors: the variables of each network, and the state of its optimizer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from nnbuild.errors import show
from nnbuild.saved.archive import OPTIMIZER, WEIGHTS, Archive, Refused
from nnbuild.saved.tensors import (
    MEMBER,
    Slot,
    Tensor,
    check_slots,
    of_member,
    of_members,
    slots,
    tensors,
    tensors_member,
)

Members = Iterable[Sequence[Tensor]]  # arrays of each member of an ensemble, in order


def weights_member(names: Iterable[Iterable[str]], members: Members) -> tuple[str, bytes]:
    """Return the member with the variables of each network, by their names in it."""
    arrays = [dict(zip(own_names, own, strict=True)) for own_names, own in zip(names, members, strict=True)]
    return tensors_member(WEIGHTS, of_members(arrays))


def optimizer_member(members: Members) -> tuple[str, bytes]:
    """Return the member with the optimizer state of each network."""
    return tensors_member(OPTIMIZER, of_members(dict(zip(_numbered(len(own)), own, strict=True)) for own in members))


def weight_name(number: int, path: str) -> str:
    """Return the name of the array of a variable: its index and its path in the Keras model.

    Examples
    --------
    >>> weight_name(0, "dense_1/kernel")
    '000_dense_1/kernel'
    """
    return f"{number:03d}_{path}"


def layer_parameters(archive: Archive) -> Counter[str]:
    """Return the number of parameters by layer, in the first network."""
    counts: Counter[str] = Counter()
    of_first = {name: slot for name, slot in slots(archive, WEIGHTS).items() if not name.startswith(MEMBER)}
    for name, slot in of_first.items():
        layer, _, inside = name.partition("_")[2].partition("/")
        if not inside.endswith("seed_generator_state"):  # the state of a random generator is not a parameter
            counts[layer] += slot.n_elements
    return counts


def read_weights(archive: Archive, wanted: Sequence[Mapping[str, Slot]]) -> list[list[Tensor]]:
    """Read the weights of each member, given their slots; raise `Refused` first if they are not complete."""
    of_all = {of_member(place, name): slot for place, own in enumerate(wanted) for name, slot in own.items()}
    n_parameters = sum(slot.n_elements for slot in of_all.values())
    n_bytes = sum(slot.n_bytes for slot in of_all.values())
    if not n_bytes <= archive.size(WEIGHTS) <= n_bytes + _MAX_HEADER * (1 + len(of_all)):
        network = "the network has" if len(wanted) == 1 else f"{len(wanted)} networks have"
        found = f"{WEIGHTS} has {archive.size(WEIGHTS)} bytes"
        raise Refused(f"{network} {n_parameters} parameters, {n_bytes} bytes, but {found}")
    check_slots(slots(archive, WEIGHTS), of_all, WEIGHTS)
    arrays = tensors(archive, WEIGHTS)
    return [[arrays[of_member(place, name)] for name in own] for place, own in enumerate(wanted)]


def check_optimizer(archive: Archive, networks: Sequence[int]) -> None:
    """Raise `Refused` unless members with the same network have the same number of arrays.

    Keras checks the arrays when training continues.

    Parameters
    ----------
    archive : Archive
    networks : sequence of int
        Index of each member's network.
    """
    if not archive.has(OPTIMIZER):
        return
    found = slots(archive, OPTIMIZER)
    if unknown := sorted(found.keys() - {name for own in _optimizer_names(found, networks) for name in own}):
        raise Refused(f"{OPTIMIZER}: contains the unexpected array {show(unknown[0])}")


def read_optimizers(archive: Archive, networks: Sequence[int]) -> list[list[Tensor]]:
    """Read the optimizer state of each member; empty if the file has none."""
    if not archive.has(OPTIMIZER):
        return [[]] * len(networks)
    arrays = tensors(archive, OPTIMIZER)
    return [[arrays[name] for name in own] for own in _optimizer_names(arrays, networks)]


def _optimizer_names(arrays: Iterable[str], networks: Sequence[int]) -> list[list[str]]:
    """Return the names of the arrays of each member: as many as on average for members with the same network."""
    owners = Counter(name.rpartition("/")[0] for name in arrays)
    counts: Counter[int] = Counter()
    for place, network in enumerate(networks):
        counts[network] += owners[of_member(place, "").rpartition("/")[0]]
    of_one = {network: count // networks.count(network) for network, count in counts.items()}
    return [[of_member(place, name) for name in _numbered(of_one[network])] for place, network in enumerate(networks)]


def _numbered(count: int) -> list[str]:
    return [f"{number:04d}" for number in range(count)]


_MAX_HEADER = 4096  # bytes of a name, dtype and shape in a safetensors header, at most
