"""Map ids of users, items and the like to integers, learned from the training set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from nnbuild.catalog.kinds import is_integer
from nnbuild.errors import DataError, show
from nnbuild.inputs.protocol import Difference, InputPreparation
from nnbuild.inputs.samples import plain, samples_of
from nnbuild.inputs.vocabulary import packed_terms, unpacked_terms, unseen_terms
from nnbuild.language.vocabulary_inputs import rounded_up
from nnbuild.report.units import counted

UNKNOWN = 0


@dataclass(frozen=True)
class IdsPreparation(InputPreparation):
    """Fitted mapping of ids to integers from 1.

    Attributes
    ----------
    ids : tuple of int or str
        Known ids, in order: the first becomes 1. Unknown ids become 0.
    shape : tuple of int
        Shape of a sample: ``()`` for one id, ``(n,)`` for n ids.
    max_tokens : int or None
        Maximum vocabulary size, 0 included.
    """

    kind: ClassVar[str] = "ids"

    ids: tuple[int, ...] | tuple[str, ...]
    shape: tuple[int, ...] = ()
    max_tokens: int | None = None

    @classmethod
    def checked(cls, values: Any, name: str) -> np.ndarray:
        """Return ids as an array.

        Parameters
        ----------
        values : list, Series, array of shape (n_samples,) or (n_samples, n), or DataFrame of one column
            Integers or text.
        name : str
            Name of the data in messages.

        Returns
        -------
        array of int64, or of str with dtype object, of shape (n_samples,) or (n_samples, n)

        Raises
        ------
        ValueError
            For values that are not ids, or are missing.
        """
        ids = samples_of(values, name, "an id")
        if ids.ndim not in (1, 2):
            raise ValueError(
                f"{name} must contain one or several ids for each sample, got an array of shape {ids.shape}"
            )
        if ids.dtype.kind in "iu":
            return ids.astype("int64")
        flat = pd.Series(ids.reshape(-1))
        if n_missing := int(flat.isna().sum()):
            row = int(flat.isna().to_numpy().argmax()) // (ids.shape[1] if ids.ndim == 2 else 1)
            hint = "replace missing ids, for example by -1 or ''"
            raise ValueError(f"{name} has {counted(n_missing, 'missing id')}, the first in row {row}\n  hint: {hint}")
        held = pd.api.types.infer_dtype(flat, skipna=False)
        if held not in ("string", "empty") and not (held in NUMBERS and all(map(is_integer, map(plain, flat)))):
            fits = is_integer if held in NUMBERS else lambda value: isinstance(value, str)
            wrong = next(value for value in map(plain, flat) if not fits(value))
            found = f"{name} must contain ids that are all integers or all text, got {show(wrong)}"
            raise ValueError(found + (" and text" if held == "mixed-integer" else ""))
        return ids if held == "string" else ids.astype("int64")

    @classmethod
    def fitted(cls, values: np.ndarray, settings: Mapping) -> IdsPreparation:
        """Learn the ids in some samples.

        Parameters
        ----------
        values : array of int64 or of str, of shape (n_samples,) or (n_samples, n)
            Training set.
        settings : mapping of str to JSON value
            `max_tokens`, as in a recipe: only the most frequent ids are kept; of equally frequent ids, the first.
        """
        most = settings.get("max_tokens")
        codes, found = pd.factorize(values.reshape(-1), sort=True)
        if most is not None and len(found) >= most:
            counts = np.bincount(codes, minlength=len(found))
            found = found[np.sort(np.argsort(-counts, kind="stable")[: most - 1])]
        return cls(tuple(found.tolist()), values.shape[1:], most)

    def transformed(self, values: np.ndarray) -> np.ndarray:
        """Return ids as integers: array of the shape of `values`, int32.

        Raises
        ------
        DataError
            If samples have another shape than in fit.
        """
        if values.shape[1:] != self.shape:
            raise DataError(f"X has samples of shape {values.shape[1:]}, but in fit their shape was {self.shape}")
        flat = values.reshape(-1)
        as_text = self.are_texts or values.dtype == object  # ids in a later file are texts
        if as_text and values.dtype != object:
            flat = flat.astype(str).astype(object)
        places = (self._texts if as_text else self._numbers).get_indexer(pd.Index(flat))  # -1 for unknown ids
        return (places + 1).astype(self.dtype).reshape(values.shape)

    def fitted_again(self, name: str, values: np.ndarray, settings: Mapping) -> IdsPreparation:
        """Return the preparation for other samples: ids keep their integers, samples may have another shape."""
        return replace(self, shape=values.shape[1:])

    def findings(
        self, name: str, values: Any, includes_first_fit: bool, constants: dict
    ) -> Iterator[tuple[str, Difference]]:
        if not self.is_cut:  # ids beyond the limit are meant to be unknown
            yield unseen_terms(name, float((self.transformed(values) == UNKNOWN).mean()), "ids")

    @property
    def dtype(self) -> str:
        """Dtype of the integers."""
        return "int32"

    @property
    def are_texts(self) -> bool:
        """Whether ids are text, not integers."""
        return bool(self.ids) and isinstance(self.ids[0], str)

    @property
    def is_cut(self) -> bool:
        """Whether `max_tokens` excluded ids of the training set."""
        return self.max_tokens is not None and len(self.ids) + 1 >= self.max_tokens

    @property
    def vocabulary_size(self) -> int:
        """Vocabulary size for the next layer: rounded up from the number of ids, so that folds agree."""
        most = rounded_up(len(self.ids) + 1)
        return most if self.max_tokens is None else min(most, self.max_tokens)

    def summary(self) -> list[str]:
        """Return a line that summarizes the preparation."""
        return [f"ids as integers, {len(self.ids)} known"]

    def to_dict(self) -> dict:
        """Return all fields except the ids as JSON values."""
        return {"max_tokens": self.max_tokens, "shape": list(self.shape), "of": "text" if self.are_texts else "numbers"}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the ids as numeric arrays."""
        return packed_terms(self.ids) if self.are_texts else {"ids": np.array(self.ids, "int64")}  # type: ignore[arg-type]

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> IdsPreparation:
        """Return the preparation from the checked results of `to_dict` and `arrays`."""
        ids = unpacked_terms(arrays) if fields["of"] == "text" else tuple(arrays["ids"].tolist())
        return cls(ids, tuple(fields["shape"]), fields["max_tokens"])

    @cached_property
    def _texts(self) -> pd.Index:
        return pd.Index([str(one) for one in self.ids], dtype=object)

    @cached_property
    def _numbers(self) -> pd.Index:
        return pd.Index(self.ids, dtype="int64")


# Names of numeric types in pandas.
NUMBERS = ("integer", "floating", "mixed-integer-float")
