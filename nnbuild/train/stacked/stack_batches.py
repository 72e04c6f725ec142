"""Batches of an epoch, for all members of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nnbuild.catalog.facts import layer_facts
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.batches import TrainingData, epoch_order, steps_in
from nnbuild.train.common.factors import step_factors
from nnbuild.train.common.member import Member
from nnbuild.train.stacked.stack_rows import StackRows, size_class


class StackBatches:
    """Batches of the members of a stack, as arrays whose shapes are the same for all groups of members.

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
        self._is_exact = uses_whole_batches(members[0].resolved)
        self._max_training = max(len(member.training) for member in members)
        self._max_held_out = max((len(member.held_out) for member in members if member.held_out), default=0)
        batch_size = members[0].settings["batch_size"]
        max_batch_size = self._max_training if self._is_exact else size_class(self._max_training)
        self._batch_size = min(batch_size, max_batch_size)
        held_out_batch_size = batch_size if sums_losses else max(batch_size, MIN_EVALUATION_BATCH)
        self._held_out_batch_size = (
            min(held_out_batch_size, size_class(self._max_held_out)) if self._max_held_out else 0
        )
        self.n_steps = max(steps_in(member.training, self._batch_size) for member in members)

    def training(self, members: Sequence[Member], resting: Sequence[bool], epoch: int) -> list[np.ndarray]:
        """Return the batches of some members for one epoch.

        If layers compute statistics of whole batches, a smaller last batch is a separate array, without padding.

        Parameters
        ----------
        members : sequence of Member
        resting : sequence of bool
            Whether each member has no samples in this epoch, because its training has ended.
        epoch : int
            Counted from 1.

        Returns
        -------
        list of array of shape (n_steps, n_members, batch_size)
            Indices of rows of the `StackRows`, including padding rows.
        """
        parts = [None if rests else member.training for member, rests in zip(members, resting, strict=True)]
        order = self._ordered_rows(members, parts, self._max_training, epoch)
        n_full = self._max_training // self._batch_size * self._batch_size
        if not self._is_exact or n_full == self._max_training:
            return [self._to_batches(order, members, self._batch_size)]
        last_batch = order[None, :, n_full:]
        return [self._to_batches(order[:, :n_full], members, self._batch_size), last_batch] if n_full else [last_batch]

    def factors(
        self, members: Sequence[Member], train: Sequence[np.ndarray], epoch: int
    ) -> list[dict[str, np.ndarray]]:
        """Return the factors of the steps in `train`, for each scheduled value.

        Parameters
        ----------
        members : sequence of Member
        train : sequence of array of int
            Result of `training`.
        epoch : int
            Counted from 1.

        Returns
        -------
        list of dict of str to array of shape (n_steps, n_members)
            Padding steps have the factors of a member's last step.
        """
        counts = [steps_in(member.training, self._batch_size) for member in members]
        by_member = [step_factors(member.settings, n, epoch) for member, n in zip(members, counts, strict=True)]
        lengths = [len(order) for order in train]
        steps = np.minimum(np.arange(sum(lengths))[:, None], np.array(counts) - 1)  # (n_steps, n_members)
        whole = {
            name: np.stack([factors[name][steps[:, place]] for place, factors in enumerate(by_member)], axis=1)
            for name in by_member[0]
        }
        ends = np.cumsum([0, *lengths])
        return [{name: values[a:b] for name, values in whole.items()} for a, b in pairwise(ends)]

    def held_out(self, members: Sequence[Member]) -> np.ndarray | None:
        """Return row indices of the validation sets, of shape (n_steps, n_members, batch_size)."""
        if not self._max_held_out:
            return None
        order = self._ordered_rows(members, [member.held_out for member in members], self._max_held_out, None)
        return self._to_batches(order, members, self._held_out_batch_size)

    def losses_of(self, member: Member, losses: np.ndarray) -> np.ndarray:
        """Return the losses of a member without those of padding steps; a smaller last batch has the last loss."""
        n_steps = steps_in(member.training, self._batch_size)
        has_smaller_last_batch = self._is_exact and len(member.training) % self._batch_size
        return np.append(losses[: n_steps - 1], losses[-1]) if has_smaller_last_batch else losses[:n_steps]

    def _ordered_rows(
        self, members: Sequence[Member], parts: Sequence[TrainingData | None], length: int, epoch: int | None
    ) -> np.ndarray:
        """Return the rows of each member in the order of an epoch, padded to shape (n_members, length)."""
        order = np.repeat(self._padding(members), length, axis=1)
        cache: dict[tuple, np.ndarray] = {}
        for place, (member, data) in enumerate(zip(members, parts, strict=True)):
            if data is not None:
                order[place, : len(data)] = self._epoch_rows(data, member, epoch, cache)
        return order

    def _epoch_rows(self, data: TrainingData, member: Member, epoch: int | None, cache: dict) -> np.ndarray:
        """Return a member's rows in the order of an epoch, from `cache` for members with the same seed and rows."""
        shuffle = member.settings["shuffle"] and epoch is not None
        start = self.rows.start_of(data)
        key = (start, data.rows.tobytes(), shuffle, member.seed)
        if key not in cache:
            cache[key] = epoch_order(data, shuffle, member.seed, epoch or 0) + start
        return cache[key]

    def _to_batches(self, order: np.ndarray, members: Sequence[Member], size: int) -> np.ndarray:
        """Pad rows of shape (n_members, n_rows), and reshape them to batches of shape (n_steps, n_members, size)."""
        n_steps = size_class(-(-order.shape[1] // size))
        missing = n_steps * size - order.shape[1]
        padded = np.hstack([order, np.repeat(self._padding(members), missing, axis=1)])
        return np.swapaxes(padded.reshape(len(members), n_steps, size), 0, 1)

    def _padding(self, members: Sequence[Member]) -> np.ndarray:
        return np.array([[self.rows.padding_of(member.training)] for member in members], np.int32)


def uses_whole_batches(resolved: ResolvedNetwork) -> bool:
    """Return whether layers compute statistics of whole batches.

    Padding rows would then affect training, so all members of a stack must have the same number of samples.
    """
    return any(layer_facts(node.type).whole_batches for node in resolved.nodes)


MIN_EVALUATION_BATCH = 256
