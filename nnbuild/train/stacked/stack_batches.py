"""Arrange the samples of a stack's members in the batches of an epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnbuild.catalog.facts import layer_facts
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.batches import TrainingData, epoch_order, steps_in
from nnbuild.train.common.member import Member
from nnbuild.train.stacked.stack_rows import StackRows, size_class


class StackBatches:
    """Batches of all members with one template, as arrays of the same shapes for any group of them.

    Parameters
    ----------
    members : sequence of Member
    rows : StackRows
        Samples of the members.
    sums_losses : bool
        Whether losses are sums over samples.

    Attributes
    ----------
    n_steps : int
        Maximum number of steps in an epoch.
    """

    def __init__(self, members: Sequence[Member], rows: StackRows, sums_losses: bool):
        self.rows = rows
        self._exact = looks_at_batches(members[0].resolved)
        self._most = max(len(member.training) for member in members)
        self._max_held_out = max((len(member.held_out) for member in members if member.held_out), default=0)
        wanted = members[0].settings["batch_size"]
        self._size = min(wanted, self._most if self._exact else size_class(self._most))
        evaluated = wanted if sums_losses else max(wanted, EVALUATED_AT_ONCE)
        self._size_held_out = min(evaluated, size_class(self._max_held_out)) if self._max_held_out else 0
        self.n_steps = max(steps_in(member.training, self._size) for member in members)

    def training(self, members: Sequence[Member], resting: Sequence[bool], epoch: int) -> list[np.ndarray]:
        """Return an epoch of some members as batches. For layers that use whole batches, the last one is not padded.

        Parameters
        ----------
        members : sequence of Member
        resting : sequence of bool
            Which members have no samples in this epoch.
        epoch : int
            Counted from 1.

        Returns
        -------
        list of array of shape (n_steps, n_members, batch_size)
            Indices of the stack's rows, including padding.
        """
        parts = [None if rests else member.training for member, rests in zip(members, resting, strict=True)]
        order = self._order(members, parts, self._most, epoch)
        n_whole = self._most // self._size * self._size
        if not self._exact or n_whole == self._most:
            return [self._cut(order, members, self._size)]
        tail = order[None, :, n_whole:]
        return [self._cut(order[:, :n_whole], members, self._size), tail] if n_whole else [tail]

    def held_out(self, members: Sequence[Member]) -> np.ndarray | None:
        """Return the validation sets as batches of shape (n_steps, n_members, batch_size)."""
        if not self._max_held_out:
            return None
        order = self._order(members, [member.held_out for member in members], self._max_held_out, None)
        return self._cut(order, members, self._size_held_out)

    def losses_of(self, member: Member, losses: np.ndarray) -> np.ndarray:
        """Select the losses of a member's steps; an exact last batch comes after the padding."""
        n_steps = steps_in(member.training, self._size)
        short = self._exact and len(member.training) % self._size
        return np.append(losses[: n_steps - 1], losses[-1]) if short else losses[:n_steps]

    def _order(
        self, members: Sequence[Member], parts: Sequence[TrainingData | None], most: int, epoch: int | None
    ) -> np.ndarray:
        """Return each member's rows in the order of an epoch, of shape (n_members, most), followed by padding."""
        order = np.repeat(self._padding(members), most, axis=1)
        drawn: dict[tuple, np.ndarray] = {}
        for place, (member, data) in enumerate(zip(members, parts, strict=True)):
            if data is not None:
                order[place, : len(data)] = self._drawn(data, member, epoch, drawn)
        return order

    def _drawn(self, data: TrainingData, member: Member, epoch: int | None, drawn: dict) -> np.ndarray:
        """Return a member's rows in the order of an epoch; members with the same seed and rows share it."""
        shuffle = member.settings["shuffle"] and epoch is not None
        start = self.rows.start_of(data)
        key = (start, data.rows.tobytes(), shuffle, member.seed)
        if key not in drawn:
            drawn[key] = epoch_order(data, shuffle, member.seed, epoch or 0) + start
        return drawn[key]

    def _cut(self, order: np.ndarray, members: Sequence[Member], size: int) -> np.ndarray:
        """Reshape rows of shape (n_members, n_rows) to batches of shape (n_steps, n_members, size), with padding."""
        n_steps = size_class(-(-order.shape[1] // size))
        missing = n_steps * size - order.shape[1]
        padded = np.hstack([order, np.repeat(self._padding(members), missing, axis=1)])
        return np.swapaxes(padded.reshape(len(members), n_steps, size), 0, 1)

    def _padding(self, members: Sequence[Member]) -> np.ndarray:
        return np.array([[self.rows.padding_of(member.training)] for member in members], np.int32)


def looks_at_batches(resolved: ResolvedNetwork) -> bool:
    """Return whether padding rows in a batch affect training; then members of a stack need equal numbers of samples."""
    return any(layer_facts(node.type).whole_batches for node in resolved.nodes)


EVALUATED_AT_ONCE = 256  # batch size in evaluation
