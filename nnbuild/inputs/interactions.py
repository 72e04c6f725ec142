"""Map pairs of a user and an item to integers, and record the items of each user in the training set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from nnbuild.catalog.fields import arrays_under
from nnbuild.inputs.ids import UNKNOWN, IdsPreparation
from nnbuild.inputs.protocol import InputPreparation, Preparation
from nnbuild.language.input_kinds import HISTORY, ITEM, PAIRS, USER

MAX_DRAWS = 20  # random draws of a negative; then one is chosen from the remaining items


@dataclass(frozen=True, eq=False)
class InteractionsPreparation(Preparation):
    """Known users, items and interactions.

    Attributes
    ----------
    users, items : IdsPreparation
        Integers of users and items, from 1; unknown ones are 0.
    starts : array of shape (n_users + 2,), int64
        Start of each user's items in `user_items`, and the end of the last ones; user 0 has none.
    user_items : array of int32
        Items as integers, in the order of the interactions; each at most once per user.
    shapes : mapping of str to tuple of int
        Inputs of the network for a pair, and their shapes: any of "user", "item", and "history" with a length.
    """

    kind: ClassVar[str] = PAIRS

    users: IdsPreparation
    items: IdsPreparation
    starts: np.ndarray
    user_items: np.ndarray
    shapes: Mapping[str, tuple[int, ...]]

    @classmethod
    def fitted(cls, users: np.ndarray, items: np.ndarray, inputs: Mapping[str, Mapping]) -> InteractionsPreparation:
        """Learn users, items and interactions.

        Parameters
        ----------
        users, items : array of shape (n_samples,), of int64 or str
        inputs : mapping of str to mapping
            Inputs of the recipe: `max_tokens`, and the `shape` of a history.
        """
        user, item = (IdsPreparation.fitted(ids, inputs.get(name, {})) for name, ids in ((USER, users), (ITEM, items)))
        shapes = {name: tuple(spec.get("shape", ())) for name, spec in inputs.items()}
        nothing = np.zeros(len(user.ids) + 2, "int64"), np.zeros(0, "int32")
        return cls(user, item, *nothing, shapes).with_pairs(users, items)

    def with_pairs(self, users: np.ndarray, items: np.ndarray) -> InteractionsPreparation:
        """Return a preparation with the same integers of users and items, but other interactions."""
        user, item = self.encoded(users, items)
        known = (user != UNKNOWN) & (item != UNKNOWN)
        keys = self._keys_of(user[known], item[known])
        first = np.sort(np.unique(keys, return_index=True)[1])  # first row of each pair, in the order of rows
        user, item = user[known][first], item[known][first]
        counts = np.bincount(user, minlength=len(self.users.ids) + 1)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype("int64")
        return replace(self, starts=starts, user_items=item[np.argsort(user, kind="stable")])

    @property
    def n_items(self) -> int:
        """Number of known items."""
        return len(self.items.ids)

    def encoded(self, users: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return pairs as integers, 0 for unknown ones: two arrays of shape (n_samples,), int32."""
        return self.users.transformed(users), self.items.transformed(items)

    def counts(self, users: np.ndarray) -> np.ndarray:
        """Return the number of items of each user."""
        return self.starts[users + 1] - self.starts[users]

    def contains(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return whether there is an interaction of each user and item: array of bool."""
        keys, wanted = self._keys, self._keys_of(users, items)
        places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return keys[places] == wanted if len(keys) else np.zeros(np.shape(wanted), bool)

    def popularity(self) -> np.ndarray:
        """Return the fraction of users with each item: array of shape (n_items,), for items from 1."""
        counts = np.bincount(self.user_items, minlength=self.n_items + 1)[1:]
        return counts / max(1, (np.diff(self.starts) > 0).sum())

    def sample_negatives(self, users: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw a negative uniformly for each user, an item without an interaction: array of int32.

        Each user must have such an item.
        """
        items = self._any_item(len(users), rng)
        for _ in range(MAX_DRAWS):
            wrong = np.flatnonzero(self.contains(users, items))
            if not len(wrong):
                return items
            items[wrong] = self._any_item(len(wrong), rng)
        for place in np.flatnonzero(self.contains(users, items)):
            items[place] = rng.choice(self.items_without(users[place]))
        return items

    def items_without(self, user: int) -> np.ndarray:
        """Return the items without an interaction of a user."""
        return np.setdiff1d(np.arange(1, self.n_items + 1, dtype="int32"), self.items_of(user))

    def items_of(self, user: int) -> np.ndarray:
        """Return the items of a user."""
        return self.user_items[self.starts[user] : self.starts[user + 1]]

    def table(self, users: np.ndarray) -> np.ndarray:
        """Return the items of users as an array of bool, of shape (n_users, n_items)."""
        counts = self.counts(users)
        rows = np.repeat(np.arange(len(users)), counts)
        places = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found = np.zeros((len(users), self.n_items), bool)
        found[rows, self.user_items[self.starts[users][rows] + places] - 1] = True
        return found

    def inputs(self, users: np.ndarray, items: np.ndarray, left_out: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Return the inputs of the network for pairs of integers, by name.

        Parameters
        ----------
        users, items : array of shape (n_samples,)
        left_out : array of shape (n_samples,), optional
            Items excluded from the history; by default those of the pairs.
        """
        made = {USER: lambda: users, ITEM: lambda: items, HISTORY: lambda: self._history(users, left_out, items)}
        return {name: made[name]() for name in self.shapes}

    def _history(self, users: np.ndarray, left_out: np.ndarray | None, items: np.ndarray) -> np.ndarray:
        """Return the last items of users without `left_out`, zero-padded: array of shape (n_samples, length), int32."""
        (length,) = self.shapes[HISTORY]
        back = self.starts[users + 1][:, None] - 1 - np.arange(length + 1)  # one more, for the excluded item
        found = np.where(back >= self.starts[users][:, None], np.append(self.user_items, 0)[np.maximum(back, 0)], 0)
        found[found == (items if left_out is None else left_out)[:, None]] = 0
        order = np.argsort(found == 0, axis=1, kind="stable")[:, :length]
        return np.take_along_axis(found, order, axis=1).astype("int32")

    def by_input(self, name: str) -> dict[str, InputPreparation]:
        """Return the preparation of each input of the network."""
        numbered = {USER: self.users, ITEM: self.items, HISTORY: self.items}
        return {part: replace(numbered[part], shape=shape) for part, shape in self.shapes.items()}

    def _any_item(self, count: int, rng: np.random.Generator) -> np.ndarray:
        return rng.integers(1, self.n_items + 1, count, dtype="int32")

    def _keys_of(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return an integer for each pair."""
        return users.astype("int64") * (self.n_items + 1) + items

    @cached_property
    def _keys(self) -> np.ndarray:
        users = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return np.sort(self._keys_of(users, self.user_items))

    def summary(self) -> list[str]:
        """Return a line that summarizes the preparation."""
        n_users = int((np.diff(self.starts) > 0).sum())
        return [f"{n_users} users, {self.n_items} items, {len(self.user_items)} interactions"]

    def to_dict(self) -> dict:
        """Return all fields except the arrays as JSON values."""
        shapes = {name: list(shape) for name, shape in self.shapes.items()}
        return {"users": self.users.to_dict(), "items": self.items.to_dict(), "shapes": shapes}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the ids and the interactions as numeric arrays."""
        ids = {USER: self.users.arrays(), ITEM: self.items.arrays()}
        named = {f"{name}/{key}": array for name, arrays in ids.items() for key, array in arrays.items()}
        return {**named, "starts": self.starts, "had": self.user_items}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> InteractionsPreparation:
        """Return the preparation from the checked results of `to_dict` and `arrays`."""
        users, items = (
            IdsPreparation.from_saved(fields[f"{name}s"], arrays_under(name, arrays)) for name in (USER, ITEM)
        )
        shapes = {name: tuple(shape) for name, shape in fields["shapes"].items()}
        return cls(users, items, arrays["starts"], arrays["had"], shapes)


@dataclass(frozen=True, eq=False)
class NegativeSampling:
    """Function for negative sampling: draws new items for half of the pairs in each epoch.

    Attributes
    ----------
    interactions : InteractionsPreparation
        All interactions. Negatives of pairs that are not in `training`, the validation set, are drawn outside of these.
    training : InteractionsPreparation
        Interactions of the training set, with the same integers of users and items. Histories contain only these, and
        negatives of its pairs are drawn outside of these.
    """

    interactions: InteractionsPreparation
    training: InteractionsPreparation

    def __call__(self, X: dict, y: dict, rng: np.random.Generator) -> tuple[dict, dict]:
        """Return pairs of integers, with a drawn item for each pair of target 0.

        The history excludes both the item and the drawn one; it would reveal the target.
        """
        (target,) = y.values()
        users, given, items = X[USER], X[ITEM], X[ITEM].copy()
        drawn = np.ravel(target) == 0
        # Training pairs may draw held-out items too: otherwise held-out items would be recognizable as positives.
        learned = self.training.contains(users, given)
        for rows, pairs in ((drawn & learned, self.training), (drawn & ~learned, self.interactions)):
            items[rows] = pairs.sample_negatives(users[rows], rng)
        return self.training.inputs(users, items, left_out=given), y
