"""What each kind of input brings along: checks, what is learned from rows, arrays, the saved form, a summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from nnbuild.inputs.notations import Notation

UNSEEN_SHARE = 0.1  # of levels, ids and tokens that fit did not see: more is a contradiction


@dataclass(frozen=True)
class Finding:
    """What some rows have and the first ones had not.

    Attributes
    ----------
    reason : str
        A word for it.
    text : str
        The sentence that reports it.
    share : float, default=1.0
        Of the rows.
    least : float, default=0.0
        Share that is no contradiction, besides a multiple of the share of the first rows.
    """

    reason: str
    text: str
    share: float = 1.0
    least: float = 0.0


class Preparation:
    """How inputs become arrays, as fitted: data only. Its subclasses are frozen dataclasses.

    Attributes
    ----------
    kind : str
        That of its document in a model file.
    """

    kind: ClassVar[str]

    def by_input(self, name: str) -> dict[str, InputPreparation]:
        """What prepares each input alone."""
        raise NotImplementedError

    @property
    def read_as(self) -> dict[str, Notation | None]:
        """How later files of text are read, by column; see `nnbuild.inputs.columns.Column`."""
        return {}

    def summary(self) -> list[str]:
        """What was done, in lines."""
        raise NotImplementedError

    def by_column(self, name: str) -> list[tuple[str, str]]:
        """Names of columns, and what was done to each."""
        return [(name, line) for line in self.summary()]

    def to_dict(self) -> dict:
        """All but the arrays as JSON values: the fields that its row has as `saved`."""
        raise NotImplementedError

    def arrays(self) -> dict[str, np.ndarray]:
        """What is saved as arrays, by name."""
        return {}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> Self:
        """The preparation that `to_dict` and `arrays` gave; `nnbuild.saved` has checked them."""
        raise NotImplementedError


class InputPreparation(Preparation):
    """How one input becomes arrays: a subclass for each kind of input.

    Each kind has `checked`, `fitted`, `transformed`, `summary`, `to_dict` and `from_saved`; the rest has defaults.

    Attributes
    ----------
    kind : str
        Its row in `nnbuild.language.input_kinds`.
    n_axes : int or None
        Axes of arrays of numbers that contain samples as a network takes them; None where no array does.
    resizes : bool
        Whether such arrays may have samples of other shapes than the network takes.
    shape : tuple of int or None
        Of one sample, as the network takes it.
    """

    n_axes: ClassVar[int | None] = None
    resizes: ClassVar[bool] = False

    shape: Any

    @classmethod
    def checked(cls, values: Any, name: str) -> Any:
        """Values as users have them, as an array or table whose rows can be taken.

        Raises
        ------
        ValueError
            For values of another kind; the message names the data `name`.
        """
        raise NotImplementedError

    @classmethod
    def checked_alone(cls, estimator: object, X: Any, reset: bool) -> Any:
        """X of an estimator whose only input takes all columns; they are compared as scikit-learn does."""
        raise NotImplementedError

    @classmethod
    def as_numbers(cls, values: Any) -> np.ndarray | None:
        """Values that are such an array as `n_axes` describes; None for others."""
        is_array = isinstance(values, np.ndarray) and values.dtype.kind in "biuf"
        return values if is_array and values.ndim == cls.n_axes else None

    @classmethod
    def is_needed(cls, values: Any, said: Mapping) -> bool:
        """Whether values are prepared at all, by what a recipe has of the input."""
        return True

    @classmethod
    def fitted(cls, values: Any, settings: Mapping) -> Self:
        """The preparation that suits checked rows of the training."""
        raise NotImplementedError

    def fitted_again(self, name: str, values: Any, settings: Mapping) -> Self:
        """The preparation of other rows, in which what was learned before keeps its numbers and places.

        Raises
        ------
        DataError
            For settings that contradict this; the message names the input.
        """
        return type(self).fitted(values, settings)

    def transformed(self, values: Any) -> Any:
        """Checked rows as an array."""
        raise NotImplementedError

    def as_inputs(self, name: str, values: Any) -> dict[str, Any]:
        """Checked rows as arrays, by the names of the inputs of the network."""
        return {name: self.transformed(values)}

    @property
    def dtype(self) -> str | None:
        """Of the array; None for that of the network."""
        return None

    @property
    def n_ids(self) -> int | None:
        """Number of ids that a layer behind the input is made for; None where it gives none."""
        return None

    @property
    def embeddings(self) -> Mapping[str, tuple[int, int]] | None:
        """Columns that become embeddings: numbers of codes, lengths of vectors. None for what has no columns."""
        return None

    @property
    def mask(self) -> float | None:
        """Value of steps that a mask behind the input leaves out; None for no mask."""
        return None

    def by_input(self, name: str) -> dict[str, InputPreparation]:
        """This alone."""
        return {name: self}

    def findings(self, name: str, values: Any, is_based: bool, constants: dict) -> Iterator[tuple[str, Finding]]:
        """What checked rows contradict, with the input or column; see `nnbuild.inputs.drift.Watch`."""
        return iter(())
