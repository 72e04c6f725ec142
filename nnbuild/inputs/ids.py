"""Ids of users, items and the like -> whole numbers: those that are known are learned from the rows of the training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from nnbuild.catalog.kinds import is_whole
from nnbuild.errors import DataError, show
from nnbuild.inputs.protocol import Finding, InputPreparation
from nnbuild.inputs.samples import plain, samples_of
from nnbuild.inputs.vocabulary import packed_terms, unpacked_terms, unseen_terms
from nnbuild.language.vocabulary_inputs import rounded_up
from nnbuild.report.units import counted

UNKNOWN = 0


@dataclass(frozen=True)
class IdsPreparation(InputPreparation):
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

    ids: tuple[int, ...] | tuple[str, ...]
    shape: tuple[int, ...] = ()
    max_tokens: int | None = None

    @classmethod
    def checked(cls, values: Any, name: str) -> np.ndarray:
        """Ids as an array.

        Parameters
        ----------
        values : list, Series, array of shape (n_samples,) or (n_samples, n), or DataFrame of one column
            Whole numbers, or text.
        name : str
            What the user calls them.

        Returns
        -------
        array of int64, or of str with dtype object, of shape (n_samples,) or (n_samples, n)

        Raises
        ------
        ValueError
            For values that are no ids, or missing.
        """
        ids = samples_of(values, name, "an id")
        if ids.ndim not in (1, 2):
            raise ValueError(f"{name} must hold an id, or some, for each sample, got an array of shape {ids.shape}")
        if ids.dtype.kind in "iu":
            return ids.astype("int64")
        flat = pd.Series(ids.reshape(-1))
        if n_missing := int(flat.isna().sum()):
            row = int(flat.isna().to_numpy().argmax()) // (ids.shape[1] if ids.ndim == 2 else 1)
            hint = "give these samples an id of their own, such as -1 or ''"
            raise ValueError(f"{name} has {counted(n_missing, 'missing id')}, the first in row {row}\n  hint: {hint}")
        held = pd.api.types.infer_dtype(flat, skipna=False)
        if held not in ("string", "empty") and not (held in NUMBERS and all(map(is_whole, map(plain, flat)))):
            fits = is_whole if held in NUMBERS else lambda value: isinstance(value, str)
            wrong = next(value for value in map(plain, flat) if not fits(value))
            found = f"{name} must hold ids: whole numbers, or text; got {show(wrong)}"
            raise ValueError(found + (" beside text" if held == "mixed-integer" else ""))
        return ids if held == "string" else ids.astype("int64")

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

    def fitted_again(self, name: str, values: np.ndarray, settings: Mapping) -> IdsPreparation:
        """The preparation of other rows, in which ids keep their numbers; samples may have another shape."""
        return replace(self, shape=values.shape[1:])

    def findings(self, name: str, values: Any, is_based: bool, constants: dict) -> Iterator[tuple[str, Finding]]:
        if not self.is_cut:  # ids beyond the limit are unknown by choice
            yield unseen_terms(name, float((self.transformed(values) == UNKNOWN).mean()), "ids")

    @property
    def dtype(self) -> str:
        """Of its numbers."""
        return "int32"

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

    def summary(self) -> list[str]:
        """What was done, in a line."""
        return [f"ids as numbers, {len(self.ids)} of them known"]

    def to_dict(self) -> dict:
        """All but the ids as JSON values."""
        return {"max_tokens": self.max_tokens, "shape": list(self.shape), "of": "text" if self.are_texts else "numbers"}

    def arrays(self) -> dict[str, np.ndarray]:
        """The ids as arrays of numbers."""
        return packed_terms(self.ids) if self.are_texts else {"ids": np.array(self.ids, "int64")}  # type: ignore[arg-type]

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> IdsPreparation:
        """The preparation of checked fields and arrays, as `to_dict` and `arrays` gave them."""
        ids = unpacked_terms(arrays) if fields["of"] == "text" else tuple(arrays["ids"].tolist())
        return cls(ids, tuple(fields["shape"]), fields["max_tokens"])

    @cached_property
    def _texts(self) -> pd.Index:
        return pd.Index([str(one) for one in self.ids], dtype=object)

    @cached_property
    def _numbers(self) -> pd.Index:
        return pd.Index(self.ids, dtype="int64")


# What pandas calls numbers.
NUMBERS = ("integer", "floating", "mixed-integer-float")
