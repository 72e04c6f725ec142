"""Members of a stack -> which of their rows is where in the batches of an epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnbuild.catalog.facts import layer_facts
from nnbuild.records import Resolved
from nnbuild.train.common.batches import TrainingData, epoch_order, steps_in
from nnbuild.train.common.member import Member
from nnbuild.train.stacked.stack_rows import StackRows, size_class


class StackBatches:
    """Batches of all members of one template, whichever of them train together: arrays of the same shapes.

    Parameters
    ----------
    members : sequence of Member
    rows : StackRows
        Theirs.
    sums_losses : bool
        Whether a loss of many rows is larger than that of few.

    Attributes
    ----------
    n_steps : int
        Most steps of an epoch.
    """

    def __init__(self, members: Sequence[Member], rows: StackRows, sums_losses: bool):
        self.rows = rows
        self._exact = looks_at_batches(members[0].resolved)
        self._most = max(len(member.training) for member in members)
        self._most_held_out = max((len(member.held_out) for member in members if member.held_out), default=0)
        wanted = members[0].settings["batch_size"]
        self._size = min(wanted, self._most if self._exact else size_class(self._most))
        evaluated = wanted if sums_losses else max(wanted, EVALUATED_AT_ONCE)
        self._size_held_out = min(evaluated, size_class(self._most_held_out)) if self._most_held_out else 0
        self.n_steps = max(steps_in(member.training, self._size) for member in members)

    def training(self, members: Sequence[Member], resting: Sequence[bool], epoch: int) -> list[np.ndarray]:
        """An epoch of some members, cut into batches; where layers look at whole ones, the last is as short as it is.

        Parameters
        ----------
        members : sequence of Member
        resting : sequence of bool
            Which of them have no rows in this epoch.
        epoch : int
            From 1.

        Returns
        -------
        list of array of shape (n_steps, n_members, batch_size)
            Places in the rows of the stack, those of padding included.
        """
        parts = [None if rests else member.training for member, rests in zip(members, resting, strict=True)]
        order = self._order(members, parts, self._most, epoch)
        n_whole = self._most // self._size * self._size
        if not self._exact or n_whole == self._most:
            return [self._cut(order, members, self._size)]
        tail = order[None, :, n_whole:]
        return [self._cut(order[:, :n_whole], members, self._size), tail] if n_whole else [tail]

    def held_out(self, members: Sequence[Member]) -> np.ndarray | None:
        """Rows to validate on as batches, of shape (n_steps, n_members, batch_size)."""
        if not self._most_held_out:
            return None
        order = self._order(members, [member.held_out for member in members], self._most_held_out, None)
        return self._cut(order, members, self._size_held_out)

    def losses_of(self, member: Member, losses: np.ndarray) -> np.ndarray:
        """Losses of a member's steps, of those of all steps: an exact last batch stands behind the padding."""
        n_steps = steps_in(member.training, self._size)
        short = self._exact and len(member.training) % self._size
        return np.append(losses[: n_steps - 1], losses[-1]) if short else losses[:n_steps]

    def _order(
        self, members: Sequence[Member], parts: Sequence[TrainingData | None], most: int, epoch: int | None
    ) -> np.ndarray:
        """Rows of each member in the order of an epoch, of shape (n_members, most), and places of padding behind."""
        order = np.repeat(self._padding(members), most, axis=1)
        drawn: dict[tuple, np.ndarray] = {}
        for place, (member, data) in enumerate(zip(members, parts, strict=True)):
            if data is not None:
                order[place, : len(data)] = self._drawn(data, member, epoch, drawn)
        return order

    def _drawn(self, data: TrainingData, member: Member, epoch: int | None, drawn: dict) -> np.ndarray:
        """Rows of a member in the order of an epoch; members with the same seed and rows share it."""
        shuffle = member.settings["shuffle"] and epoch is not None
        start = self.rows.start_of(data)
        key = (start, data.rows.tobytes(), shuffle, member.seed)
        if key not in drawn:
            drawn[key] = epoch_order(data, shuffle, member.seed, epoch or 0) + start
        return drawn[key]

    def _cut(self, order: np.ndarray, members: Sequence[Member], size: int) -> np.ndarray:
        """Rows of shape (n_members, n_rows) as batches of shape (n_steps, n_members, size), padded."""
        n_steps = size_class(-(-order.shape[1] // size))
        missing = n_steps * size - order.shape[1]
        padded = np.hstack([order, np.repeat(self._padding(members), missing, axis=1)])
        return np.swapaxes(padded.reshape(len(members), n_steps, size), 0, 1)

    def _padding(self, members: Sequence[Member]) -> np.ndarray:
        return np.array([[self.rows.padding_of(member.training)] for member in members], np.int32)


def looks_at_batches(resolved: Resolved) -> bool:
    """Whether a network trains otherwise on a batch with rows of padding: then a stack has rows of one number only."""
    return any(layer_facts(node.type).whole_batches for node in resolved.nodes)


EVALUATED_AT_ONCE = 256  # rows of a batch in evaluation
