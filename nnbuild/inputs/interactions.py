"""Pairs of a user and an item -> the numbers that a network takes, and who had what: known from the rows of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from nnbuild.inputs.ids import UNKNOWN, IdsPreparation
from nnbuild.inputs.protocol import InputPreparation, Preparation

USER, ITEM, HISTORY = "user", "item", "history"  # the inputs that a recipe may have
PAIRS = "interactions"  # what the pairs of X are called among the preparations of a fit
MOST_TRIES = 20  # of drawing an item that a user did not have; who had nearly all of them gets one that is looked up


@dataclass(frozen=True, eq=False)
class InteractionsPreparation(Preparation):
    """Which users and items have numbers, and who had what: data only.

    Attributes
    ----------
    users, items : IdsPreparation
        Their numbers, from 1; 0 stands for all others.
    starts : array of shape (n_users + 2,), int64
        Where in `had` the items of each user begin, and where the last ones end; user 0 has none.
    had : array of int32
        Numbers of items: each once for a user, in the order of the interactions.
    shapes : mapping of str to tuple of int
        What the network takes of a pair, by input: any of "user", "item", and "history" with a length.
    """

    kind: ClassVar[str] = "interactions"

    users: IdsPreparation
    items: IdsPreparation
    starts: np.ndarray
    had: np.ndarray
    shapes: Mapping[str, tuple[int, ...]]

    @classmethod
    def fitted(cls, users: np.ndarray, items: np.ndarray, inputs: Mapping[str, Mapping]) -> InteractionsPreparation:
        """What some interactions say.

        Parameters
        ----------
        users, items : array of shape (n_samples,), of int64 or str
        inputs : mapping of str to mapping
            Inputs of the recipe: `max_tokens`, and the `shape` of a history.
        """
        user, item = (IdsPreparation.fitted(ids, inputs.get(name, {})) for name, ids in ((USER, users), (ITEM, items)))
        shapes = {name: tuple(said.get("shape", ())) for name, said in inputs.items()}
        nothing = np.zeros(len(user.ids) + 2, "int64"), np.zeros(0, "int32")
        return cls(user, item, *nothing, shapes).with_pairs(users, items)

    def with_pairs(self, users: np.ndarray, items: np.ndarray) -> InteractionsPreparation:
        """The same numbers, and what other interactions say of who had what."""
        user, item = self.numbers(users, items)
        known = (user != UNKNOWN) & (item != UNKNOWN)
        keys = self._keys_of(user[known], item[known])
        first = np.sort(np.unique(keys, return_index=True)[1])  # of each pair, in the order of the rows
        user, item = user[known][first], item[known][first]
        counts = np.bincount(user, minlength=len(self.users.ids) + 1)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype("int64")
        return replace(self, starts=starts, had=item[np.argsort(user, kind="stable")])

    @property
    def n_items(self) -> int:
        """How many items have a number."""
        return len(self.items.ids)

    def numbers(self, users: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pairs as numbers, 0 for what has none: two arrays of shape (n_samples,), int32."""
        return self.users.transformed(users), self.items.transformed(items)

    def counts(self, users: np.ndarray) -> np.ndarray:
        """How many items users had, by their numbers."""
        return self.starts[users + 1] - self.starts[users]

    def contains(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Whether users had items, by their numbers: array of bool."""
        keys, wanted = self._keys, self._keys_of(users, items)
        places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return keys[places] == wanted if len(keys) else np.zeros(np.shape(wanted), bool)

    def popularity(self) -> np.ndarray:
        """The share of users who had each item: array of shape (n_items,), by numbers from 1."""
        counts = np.bincount(self.had, minlength=self.n_items + 1)[1:]
        return counts / max(1, (np.diff(self.starts) > 0).sum())

    def not_had(self, users: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """An item for each of some users that the user did not have, all of those as likely: array of int32.

        Users must have one left.
        """
        items = self._any_item(len(users), rng)
        for _ in range(MOST_TRIES):
            wrong = np.flatnonzero(self.contains(users, items))
            if not len(wrong):
                return items
            items[wrong] = self._any_item(len(wrong), rng)
        for place in np.flatnonzero(self.contains(users, items)):
            items[place] = rng.choice(self.left(users[place]))
        return items

    def left(self, user: int) -> np.ndarray:
        """The items that a user did not have, by numbers."""
        return np.setdiff1d(np.arange(1, self.n_items + 1, dtype="int32"), self.of(user))

    def of(self, user: int) -> np.ndarray:
        """The items that a user had, by numbers."""
        return self.had[self.starts[user] : self.starts[user + 1]]

    def table(self, users: np.ndarray) -> np.ndarray:
        """Which items users had, by their numbers: array of bool, of shape (n_users, n_items)."""
        counts = self.counts(users)
        rows = np.repeat(np.arange(len(users)), counts)
        places = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        found = np.zeros((len(users), self.n_items), bool)
        found[rows, self.had[self.starts[users][rows] + places] - 1] = True
        return found

    def inputs(self, users: np.ndarray, items: np.ndarray, left_out: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """What the network takes of pairs, given as numbers: by input.

        Parameters
        ----------
        users, items : array of shape (n_samples,)
        left_out : array of shape (n_samples,), optional
            Items that are no part of the history; by default those of the pairs.
        """
        made = {USER: lambda: users, ITEM: lambda: items, HISTORY: lambda: self._history(users, left_out, items)}
        return {name: made[name]() for name in self.shapes}

    def _history(self, users: np.ndarray, left_out: np.ndarray | None, items: np.ndarray) -> np.ndarray:
        """The last items of users, but for one, in front of zeros: array of shape (n_samples, length), int32."""
        (length,) = self.shapes[HISTORY]
        back = self.starts[users + 1][:, None] - 1 - np.arange(length + 1)  # one more than stays
        found = np.where(back >= self.starts[users][:, None], np.append(self.had, 0)[np.maximum(back, 0)], 0)
        found[found == (items if left_out is None else left_out)[:, None]] = 0
        order = np.argsort(found == 0, axis=1, kind="stable")[:, :length]
        return np.take_along_axis(found, order, axis=1).astype("int32")

    def by_input(self, name: str) -> dict[str, InputPreparation]:
        """What prepares each input of the network alone."""
        numbered = {USER: self.users, ITEM: self.items, HISTORY: self.items}
        return {part: replace(numbered[part], shape=shape) for part, shape in self.shapes.items()}

    def _any_item(self, count: int, rng: np.random.Generator) -> np.ndarray:
        return rng.integers(1, self.n_items + 1, count, dtype="int32")

    def _keys_of(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """A number for each pair."""
        return users.astype("int64") * (self.n_items + 1) + items

    @cached_property
    def _keys(self) -> np.ndarray:
        users = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return np.sort(self._keys_of(users, self.had))

    def summary(self) -> list[str]:
        """What was learned, in a line."""
        n_users = int((np.diff(self.starts) > 0).sum())
        return [f"{n_users} users who had {self.n_items} items, {len(self.had)} pairs"]

    def to_dict(self) -> dict:
        """All but the arrays as JSON values."""
        shapes = {name: list(shape) for name, shape in self.shapes.items()}
        return {"users": self.users.to_dict(), "items": self.items.to_dict(), "shapes": shapes}

    def arrays(self) -> dict[str, np.ndarray]:
        """The ids, and who had what, as arrays of numbers."""
        ids = {USER: self.users.arrays(), ITEM: self.items.arrays()}
        named = {f"{name}/{key}": array for name, arrays in ids.items() for key, array in arrays.items()}
        return {**named, "starts": self.starts, "had": self.had}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> InteractionsPreparation:
        """The preparation of checked fields and arrays, as `to_dict` and `arrays` gave them."""
        users, items = (IdsPreparation.from_saved(fields[f"{name}s"], _under(name, arrays)) for name in (USER, ITEM))
        shapes = {name: tuple(shape) for name, shape in fields["shapes"].items()}
        return cls(users, items, arrays["starts"], arrays["had"], shapes)


@dataclass(frozen=True, eq=False)
class NegativeSampling:
    """What makes rows for a network of pairs, half known and half drawn, anew each time.

    Attributes
    ----------
    had : InteractionsPreparation
        What users had. Nothing of it is drawn for pairs that are not in `seen`: those to validate on.
    seen : InteractionsPreparation
        What there is to learn from, with the same numbers: the history of a user holds nothing else, and nothing of it
        is drawn.
    """

    had: InteractionsPreparation
    seen: InteractionsPreparation

    def __call__(self, X: dict, y: dict, rng: np.random.Generator) -> tuple[dict, dict]:
        """Pairs, given as numbers, with another item in place of each whose target is 0.

        Neither the item nor what is drawn in its place is in the history, so that this tells nothing of the target.
        """
        (target,) = y.values()
        users, given, items = X[USER], X[ITEM], X[ITEM].copy()
        drawn = np.ravel(target) == 0
        # For pairs to learn from, what is held out is drawn as all else: what never is would show as not drawn.
        learned = self.seen.contains(users, given)
        for rows, pairs in ((drawn & learned, self.seen), (drawn & ~learned, self.had)):
            items[rows] = pairs.not_had(users[rows], rng)
        return self.seen.inputs(users, items, left_out=given), y


def _under(name: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {key.partition("/")[2]: array for key, array in arrays.items() if key.partition("/")[0] == name}
