"""history.json and the curves in arrays.safetensors: the training of each member of an ensemble."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nnbuild.catalog.kinds import Choice, Integer, Kind, ListOf, Number, Text
from nnbuild.errors import show
from nnbuild.records import History, frozen_mapping
from nnbuild.saved.archive import ARRAYS, HISTORY, Refused, json_member, table
from nnbuild.saved.tensors import Slot, Tensor, of_member, of_members, tensor_of, vector

CURVE = "history/"  # prefix of the names of curves among the arrays


@dataclass(frozen=True)
class MemberTraining:
    """Outcome of the training of one member, without the weights.

    Attributes
    ----------
    history : History
        History of the last training.
    n_epochs : int
        Number of epochs of this training and of those that it continues.
    seed : int
        Seed of the last training.
    pretrained : tuple of str
        Names of the layers whose initial weights come from another network.
    """

    history: History
    n_epochs: int
    seed: int
    pretrained: tuple[str, ...]


def history_member(members: Sequence[MemberTraining]) -> tuple[str, bytes]:
    """Return the member with the training of each network, without curves."""
    first, *others = map(_document, members)
    return json_member(HISTORY, {**first, "others": others})


def curves_of(members: Iterable[MemberTraining]) -> dict[str, Tensor]:
    """Return curves as arrays of one number per epoch, because JSON has no NaN and infinite numbers."""
    return of_members({CURVE + name: tensor_of(curve) for name, curve in one.history.curves.items()} for one in members)


def _document(one: MemberTraining) -> dict:
    return {
        "best_epoch": int(one.history.best_epoch),
        "stopped": one.history.stopped,
        "elapsed_s": float(one.history.elapsed_s),
        "curves": list(one.history.curves),
        "n_epochs": one.n_epochs,
        "seed": one.seed,
        **({"pretrained": list(one.pretrained)} if one.pretrained else {}),
    }


def read_history(document: dict, layers: Iterable[str]) -> list[dict]:
    """Return the checked document of each network.

    Parameters
    ----------
    document : dict
        Object of history.json.
    layers : iterable of str
        Names of the layers of the network.

    Raises
    ------
    Refused
        If the document is not the result of a training.
    """
    others = document.pop("others", [])  # version 1 of the format has one member
    if not isinstance(others, list):
        raise Refused(f"{HISTORY}: others: must be a list, got {show(others)}")
    named = [(HISTORY, document), *((f"{HISTORY}: others[{index}]", other) for index, other in enumerate(others))]
    for _, values in named:
        if isinstance(values, dict):
            values.setdefault("pretrained", [])  # missing if no layer has weights of another network
    found = [table(values, KINDS, where) for where, values in named]
    for one in found:
        if unknown := sorted(set(one["pretrained"]) - set(layers)):
            raise Refused(f"{HISTORY}: pretrained: no layer {show(unknown[0])}")
    return found


def curve_slots(documents: Sequence[Mapping], found: Mapping[str, Slot]) -> dict[str, Slot]:
    """Return dtype and shape of all curves; those of one network have the length of its loss, which is in `found`."""
    return {
        of_member(place, CURVE + name): Slot("float64", (n_epochs,))
        for place, one in enumerate(documents)
        for n_epochs in [_n_epochs(place, one, found)]
        for name in one["curves"]
    }


def members_of(documents: Sequence[Mapping], arrays: Mapping[str, Tensor]) -> tuple[MemberTraining, ...]:
    """Return the training of each network, with its curves."""
    return tuple(_member(place, one, arrays) for place, one in enumerate(documents))


def _n_epochs(place: int, one: Mapping, found: Mapping[str, Slot]) -> int:
    """Return the number of epochs of the last training of a network: the length of its loss."""
    loss = found.get(of_member(place, f"{CURVE}loss"))
    if loss is None or len(loss.shape) != 1 or not loss.n_elements:
        raise Refused(f"{ARRAYS}: contains no curve of the loss")
    n_epochs, where = loss.n_elements, f"{HISTORY}: {f'others[{place - 1}].' if place else ''}"
    if one["n_epochs"] < n_epochs:
        raise Refused(f"{where}n_epochs: is {one['n_epochs']}, but the last training had {n_epochs}")
    if one["best_epoch"] > n_epochs:
        raise Refused(f"{where}best_epoch: is {one['best_epoch']}, but the last training had {n_epochs} epochs")
    return n_epochs


def _member(place: int, one: Mapping, arrays: Mapping[str, Tensor]) -> MemberTraining:
    curves = frozen_mapping({name: vector(arrays[of_member(place, CURVE + name)]) for name in one["curves"]})
    history = History(curves, one["best_epoch"], one["stopped"], one["elapsed_s"])
    return MemberTraining(history, one["n_epochs"], one["seed"], tuple(one["pretrained"]))


KINDS: dict[str, Kind] = {
    "best_epoch": Integer(0),
    "stopped": Choice("callback", "diverged", "early_stopping", "epochs", "time_budget"),
    "elapsed_s": Number(low=0),
    "curves": ListOf(Text()),
    "n_epochs": Integer(1),
    "seed": Integer(0),
    "pretrained": ListOf(Text()),
}
