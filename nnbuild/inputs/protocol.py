"""Protocol of the kinds of input: check, fit, transform, save and summarize."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from nnbuild.inputs.notations import Notation

UNSEEN_SHARE = 0.1  # of unseen categories, ids and tokens; a larger share is reported


@dataclass(frozen=True)
class Difference:
    """Difference between samples and those of the first fit.

    Attributes
    ----------
    reason : str
        Short name of the finding.
    text : str
        Text of the report.
    share : float, default=1.0
        Share of the values that differ; 1.0 for a difference that is always reported.
    tolerance : float, default=0.0
        A difference is reported if `share` exceeds `tolerance` plus `FACTOR` times the share in the samples of the
        first fit (`nnbuild.inputs.drift`).
    """

    reason: str
    text: str
    share: float = 1.0
    tolerance: float = 0.0


class Preparation:
    """Fitted preparation of inputs. Subclasses are frozen dataclasses.

    Attributes
    ----------
    kind : str
        Kind in a model file.
    """

    kind: ClassVar[str]

    def by_input(self, name: str) -> dict[str, InputPreparation]:
        """Return the preparation of each input, by name."""
        raise NotImplementedError

    @property
    def notations(self) -> dict[str, Notation | None]:
        """Notation of each column in text files; see `nnbuild.inputs.columns.Column`."""
        return {}

    def summary(self) -> list[str]:
        """Return lines that summarize the preparation."""
        raise NotImplementedError

    def by_column(self, name: str) -> list[tuple[str, str]]:
        """Return names of columns, with a summary of each."""
        return [(name, line) for line in self.summary()]

    def to_dict(self) -> dict:
        """Return all fields except the arrays, as JSON values.

        `saved` in `nnbuild.language.input_kinds` lists them for each kind.
        """
        raise NotImplementedError

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the fields that are saved as arrays, by name."""
        return {}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> Self:
        """Return the preparation from the results of `to_dict` and `arrays`, checked by `nnbuild.saved`."""
        raise NotImplementedError


class InputPreparation(Preparation):
    """Fitted preparation of one input, with a subclass for each kind of input.

    Each subclass has `checked`, `fitted`, `transformed`, `summary`, `to_dict` and `from_saved`; the rest has defaults.

    Attributes
    ----------
    kind : str
        Kind in a recipe: a key of `INPUT_KINDS` in `nnbuild.language.input_kinds`.
    unprepared_ndim : int or None
        Numeric arrays with this number of axes, including that of the samples, are not prepared. None if all values are
        prepared.
    resizes : bool
        Whether samples in such arrays may have other shapes than the input of the network.
    shape : tuple of int or None
        Shape of one sample for the network.
    """

    unprepared_ndim: ClassVar[int | None] = None
    resizes: ClassVar[bool] = False

    shape: Any

    @classmethod
    def checked(cls, values: Any, name: str) -> Any:
        """Check values of the user, and return them as an array or table with rows.

        Raises
        ------
        ValueError
            For values of another kind; the message contains `name`.
        """
        raise NotImplementedError

    @classmethod
    def checked_whole_X(cls, estimator: object, X: Any, reset: bool) -> Any:
        """Check X for an estimator whose only input takes all columns.

        Unless `reset`, their number and names are compared with those in `fit`, as in scikit-learn.
        """
        raise NotImplementedError

    @classmethod
    def as_numbers(cls, values: Any) -> np.ndarray | None:
        """Return `values` if they are an array with `unprepared_ndim` axes, else None."""
        is_array = isinstance(values, np.ndarray) and values.dtype.kind in "biuf"
        return values if is_array and values.ndim == cls.unprepared_ndim else None

    @classmethod
    def is_needed(cls, values: Any, spec: Mapping) -> bool:
        """Return whether values are prepared, for an input with the settings `spec`."""
        return True

    @classmethod
    def fitted(cls, values: Any, settings: Mapping) -> Self:
        """Fit a preparation on checked samples of the training set."""
        raise NotImplementedError

    def fitted_again(self, name: str, values: Any, settings: Mapping) -> Self:
        """Fit to other samples, but keep the integer of each category, id or token, and the position of each column.

        Raises
        ------
        DataError
            If `settings` would change them; the message contains the input.
        """
        return type(self).fitted(values, settings)

    def transformed(self, values: Any) -> Any:
        """Return checked samples as an array."""
        raise NotImplementedError

    def as_inputs(self, name: str, values: Any) -> dict[str, Any]:
        """Return checked samples as arrays, by the input names of the network."""
        return {name: self.transformed(values)}

    @property
    def dtype(self) -> str | None:
        """Dtype of the array; None for that of the network."""
        return None

    @property
    def vocabulary_size(self) -> int | None:
        """Vocabulary size for the next layer; None if the input has no vocabulary."""
        return None

    @property
    def embeddings(self) -> Mapping[str, tuple[int, int]] | None:
        """Number of codes and embedding length of columns that become embeddings; None for inputs without columns."""
        return None

    @property
    def numeric_columns(self) -> tuple[int, ...] | None:
        """Indices of the outputs that are numbers on a scale; None for inputs without columns."""
        return None

    @property
    def mask(self) -> float | None:
        """Value of the steps that are masked; None for no mask."""
        return None

    def by_input(self, name: str) -> dict[str, InputPreparation]:
        """Return this preparation, by name."""
        return {name: self}

    def findings(
        self, name: str, values: Any, includes_first_fit: bool, constants: dict
    ) -> Iterator[tuple[str, Difference]]:
        """Yield findings about checked samples, with their input or column; see `nnbuild.inputs.drift.Watch`."""
        return iter(())
