"""Ids of users, items and the like -> whole numbers: those that are known are learned from the rows of the training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd

from nnbuild.errors import DataError
from nnbuild.features.vocabulary import packed_terms, saved_fields, unpacked_terms
from nnbuild.recipe.ids import rounded_up
from nnbuild.recipe.kinds import Choice, Kind, ListOf, Whole, optional

UNKNOWN = 0


@dataclass(frozen=True)
class IdsPreparation:
    """How ids become whole numbers, as fitted: data only.

    Attributes
    ----------
    ids : tuple of int or str
        Those that have a number, in order: the first is 1, and 0 stands for all others.
    shape : tuple of int
        What there is of each sample: ``()`` for one id, ``(n,)`` for n of them.
    max_tokens : int or None
        Most numbers, 0 among them.
    """

    kind: ClassVar[str] = "ids"
    dtype: ClassVar[str] = "int32"

    ids: tuple[int, ...] | tuple[str, ...]
    shape: tuple[int, ...] = ()
    max_tokens: int | None = None

    @classmethod
    def fitted(cls, values: np.ndarray, settings: Mapping) -> IdsPreparation:
        """The numbers of the ids in some rows.

        Parameters
        ----------
        values : array of int64 or of str, of shape (n_samples,) or (n_samples, n)
            Rows of the training, and no others.
        settings : mapping of str to JSON value
            `max_tokens`, as in a recipe: the most frequent ids have numbers then, of equally frequent ones the first.
        """
        most = settings.get("max_tokens")
        codes, found = pd.factorize(values.reshape(-1), sort=True)
        if most is not None and len(found) >= most:
            counts = np.bincount(codes, minlength=len(found))
            found = found[np.sort(np.argsort(-counts, kind="stable")[: most - 1])]
        return cls(tuple(found.tolist()), values.shape[1:], most)

    def transformed(self, values: np.ndarray) -> np.ndarray:
        """Ids as whole numbers: array of the shape of `values`, int32.

        Raises
        ------
        DataError
            For samples of another shape than in fit.
        """
        if values.shape[1:] != self.shape:
            raise DataError(f"X has samples of shape {values.shape[1:]}, and in fit they had {self.shape}")
        flat = values.reshape(-1)
        as_text = self.are_texts or values.dtype == object  # in a file that comes later, ids are texts
        if as_text and values.dtype != object:
            flat = flat.astype(str).astype(object)
        places = (self._texts if as_text else self._numbers).get_indexer(pd.Index(flat))  # -1 for unknown ones
        return (places + 1).astype(self.dtype).reshape(values.shape)

    @property
    def are_texts(self) -> bool:
        """Whether ids are text, not whole numbers."""
        return bool(self.ids) and isinstance(self.ids[0], str)

    @property
    def is_cut(self) -> bool:
        """Whether `max_tokens` left ids of the training out."""
        return self.max_tokens is not None and len(self.ids) + 1 >= self.max_tokens

    @property
    def n_ids(self) -> int:
        """How many numbers a layer behind it is made for: a little more than there are ids, so that folds agree."""
        most = rounded_up(len(self.ids) + 1)
        return most if self.max_tokens is None else min(most, self.max_tokens)

    def told(self) -> list[str]:
        """What was done, in a line."""
        return [f"ids as numbers, {len(self.ids)} of them known"]

    def to_dict(self) -> dict:
        """All but the ids as JSON values."""
        return {"max_tokens": self.max_tokens, "shape": list(self.shape), "of": "text" if self.are_texts else "numbers"}

    def arrays(self) -> dict[str, np.ndarray]:
        """The ids as arrays of numbers."""
        return packed_terms(self.ids) if self.are_texts else {"ids": np.array(self.ids, "int64")}  # type: ignore[arg-type]

    @classmethod
    def from_saved(cls, values: Mapping, arrays: Mapping[str, np.ndarray]) -> IdsPreparation:
        """The preparation that `to_dict` and `arrays` gave.

        Raises
        ------
        DataError
            If they did not give this.
        """
        fields = saved_fields(values, FIELDS)
        ids = unpacked_terms(arrays) if fields["of"] == "text" else _saved_numbers(arrays)
        if not ids or len(fields["shape"]) > 1:
            raise DataError("there are no ids, or a sample has more than a list of them")
        return cls(ids, tuple(fields["shape"]), fields["max_tokens"])

    @cached_property
    def _texts(self) -> pd.Index:
        return pd.Index([str(one) for one in self.ids], dtype=object)

    @cached_property
    def _numbers(self) -> pd.Index:
        return pd.Index(self.ids, dtype="int64")


def _saved_numbers(arrays: Mapping[str, np.ndarray]) -> tuple[int, ...]:
    """Ids that are whole numbers, each of them once."""
    if {name: (array.dtype.name, array.ndim) for name, array in arrays.items()} != {"ids": ("int64", 1)}:
        raise DataError("has other arrays than the ids")
    if len(np.unique(arrays["ids"])) < len(arrays["ids"]):
        raise DataError("an id stands twice")
    return tuple(arrays["ids"].tolist())


# What is saved besides the ids.
FIELDS: dict[str, Kind] = {
    "max_tokens": optional(Whole(3)),
    "shape": ListOf(Whole(1)),
    "of": Choice("numbers", "text"),
}
