"""Prepare a table as arrays for a network: fit on the training set, then transform in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from nnbuild.errors import DataError, show
from nnbuild.inputs.column_base import Column
from nnbuild.inputs.columns import Embedded
from nnbuild.inputs.data_errors import check_names, check_unclear, rows_of_table
from nnbuild.inputs.frames import is_table
from nnbuild.inputs.notations import Notation
from nnbuild.inputs.protocol import InputPreparation
from nnbuild.inputs.table.column import fitted_columns, starts_of, write_columns
from nnbuild.inputs.table.drift import findings_of
from nnbuild.inputs.table.settings import TableSettings, table_settings
from nnbuild.language.sections import codes_name


@dataclass(frozen=True)
class PreparedTable:
    """Table as arrays.

    Attributes
    ----------
    numeric : array of shape (n_samples, n_numeric), float32
    codes : dict of str to array of shape (n_samples,), int32
        Codes of the columns that become embeddings.
    """

    numeric: np.ndarray
    codes: dict[str, np.ndarray]


@dataclass(frozen=True)
class TablePreparation(InputPreparation):
    """Fitted columns of a table.

    Medians, means and frequencies of categories do not depend on sample weights.

    Attributes
    ----------
    steps : tuple of Column
        Fitted columns, in the order of the table.
    named : bool
        Whether the columns had names (strings), which later tables must have too. Otherwise only the number is checked.
    """

    kind: ClassVar[str] = "table"

    steps: tuple[Column, ...]
    named: bool

    @classmethod
    def checked(cls, values: Any, name: str) -> pd.DataFrame:
        """Return a table; its columns are checked when it is transformed."""
        check_unclear(values)
        if is_table(values):
            return values
        return pd.DataFrame(
            _dense(check_array(rows_of_table(values), input_name="X", ensure_min_samples=0, **ANY_VALUES))
        )

    @classmethod
    def checked_whole_X(cls, estimator: object, X: Any, reset: bool) -> pd.DataFrame:
        check_unclear(X)
        if is_table(X):
            validate_data(estimator, X, reset=reset, skip_check_array=True)
            if reset and not len(X):
                found = f"Found array with 0 sample(s) (shape={np.shape(X)}) while a minimum of 1 is required"
                raise ValueError(f"{found} by {type(estimator).__name__}.")
            return X
        array = validate_data(estimator, rows_of_table(X), reset=reset, ensure_min_samples=int(reset), **ANY_VALUES)
        return pd.DataFrame(_dense(array), columns=getattr(estimator, "feature_names_in_", None))

    @classmethod
    def fitted(cls, frame: pd.DataFrame, settings: Mapping | TableSettings | None = None) -> TablePreparation:
        """Fit the preparation of a table.

        Parameters
        ----------
        frame : DataFrame of shape (n_samples, n_columns)
            Training set.
        settings : mapping of str to JSON value, optional
            See `TableSettings`.

        Raises
        ------
        RecipeError
            If the settings have problems.
        DataError
            For infinite values, repeated column names, and tables without a usable column.

        Notes
        -----
        By the kind of a column:

        - numbers and durations (in seconds) are imputed and scaled;
        - booleans become 0 and 1, missing ones 0.5;
        - text and categories are one-hot encoded, or embedded if there are many; they are compared as text;
        - dates and times are split into parts;
        - missing values have an indicator, if the training set has any;
        - columns with one value or none, and text that differs in almost every row, are dropped.
        """
        settings = table_settings(settings)
        names = _column_names(frame)
        _check_size(frame)
        columns = TableColumns()
        validate_data(columns, frame, skip_check_array=True)
        preparation = cls(fitted_columns(names, frame, settings), named=hasattr(columns, "feature_names_in_"))
        if not preparation.n_numeric and not preparation.embeddings:
            summary = "".join(f"\n  {line}" for line in preparation.summary())
            raise DataError(f"X has no usable column in {len(frame)} sample(s){summary}")
        return preparation

    def transformed(self, frame: pd.DataFrame) -> PreparedTable:
        """Return a table as arrays; it must have the columns of fit, in the same order.

        Parameters
        ----------
        frame : DataFrame of shape (n_samples, n_columns)
            May have no rows.

        Raises
        ------
        ValueError
            If columns are missing, new, or in another order, with scikit-learn's message.
        DataError
            If a column contains another kind of values than in fit, or infinite values.
        """
        self._check_columns(frame)
        numeric = np.zeros((len(frame), self.n_numeric), "float32")
        codes = write_columns(self.steps, frame, numeric)
        return PreparedTable(numeric, codes)

    def fitted_again(self, name: str, values: pd.DataFrame, settings: Mapping) -> TablePreparation:
        """Return the same preparation, which does not depend on later samples."""
        return self

    def as_inputs(self, name: str, values: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the numeric outputs, if any, and the codes of each column that becomes an embedding."""
        table = self.transformed(values)
        codes = {codes_name(name, index): table.codes[column] for index, column in enumerate(self.embeddings)}
        return {name: table.numeric, **codes} if self.n_numeric else codes

    def findings(self, name: str, values: pd.DataFrame, includes_first_fit: bool, constants: dict) -> Iterator:
        for step, (_, column) in zip(self.steps, values.items(), strict=True):
            yield from findings_of(step, column, includes_first_fit, constants)

    @property
    def shape(self) -> tuple[int]:
        """Shape of the numeric outputs of one sample."""
        return (self.n_numeric,)

    @property
    def notations(self) -> dict[str, Notation | None]:
        return {step.name: step.notation for step in self.steps}

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns in the table, in order."""
        return tuple(step.name for step in self.steps)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the numeric outputs, in order."""
        return tuple(name for step in self.steps for name in step.feature_names)

    @property
    def n_numeric(self) -> int:
        """Number of numeric outputs."""
        return len(self.feature_names)

    @property
    def numeric_columns(self) -> tuple[int, ...]:
        """Indices of the numeric outputs that are numbers on a scale, not indicators or categories, in order."""
        starts = zip(self.steps, starts_of(self.steps).tolist(), strict=False)
        return tuple(index for step, start in starts for index in range(start, start + step.n_numbers))

    @property
    def embeddings(self) -> dict[str, tuple[int, int]]:
        """Number of codes and embedding length of each column that becomes an embedding, in order."""
        return {step.name: (step.n_codes, step.size) for step in self.steps if isinstance(step, Embedded)}

    def summary(self) -> list[str]:
        """Return a summary of each column, a line each."""
        return [f"{step.name if step.name.isprintable() else show(step.name)}: {step.summary()}" for step in self.steps]

    def by_column(self, name: str) -> list[tuple[str, str]]:
        return [(step.name, step.summary()) for step in self.steps]

    def to_dict(self) -> dict:
        """Return the columns as JSON values."""
        return {"named": self.named, "columns": [step.to_dict() for step in self.steps]}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> TablePreparation:
        """Return the preparation from the checked result of `to_dict`."""
        return cls(tuple(fields["columns"]), fields["named"])

    def _check_columns(self, frame: pd.DataFrame) -> None:
        _column_names(frame)
        columns = TableColumns()
        columns.n_features_in_ = len(self.steps)
        if self.named:
            columns.feature_names_in_ = np.array(self.columns, object)
        validate_data(columns, frame, reset=False, skip_check_array=True)


def _dense(array: Any) -> np.ndarray:
    """Return a sparse matrix as an array, because the prepared columns are not sparse; other arrays unchanged."""
    if not issparse(array):
        return array
    n_rows, n_columns = array.shape
    if n_rows * n_columns > MAX_DENSE:
        found = f"X is a sparse matrix of shape {array.shape}, and an input of kind 'table' converts it to an array"
        hint = "use a recipe with a numeric input, such as 'mlp', or pass fewer rows at once"
        raise DataError(f"{found}\n  allowed: at most {MAX_DENSE} values\n  hint: {hint}")
    return array.toarray()


class TableColumns(BaseEstimator):
    """Estimator for scikit-learn's comparison of columns."""


def _column_names(frame: pd.DataFrame) -> list[str]:
    if not is_table(frame):
        raise DataError(f"X must be a pandas DataFrame, got {type(frame).__name__}")
    check_names(frame)
    return [str(name) for name in frame.columns]


def _check_size(frame: pd.DataFrame) -> None:
    """Raise a `DataError` for an empty table, with scikit-learn's message."""
    for size, what in zip(frame.shape, ("sample(s)", "feature(s)"), strict=True):
        if not size:
            raise DataError(f"Found array with 0 {what} (shape={frame.shape}) while a minimum of 1 is required.")


# Options of scikit-learn's checks of tables: values of any kind, missing values allowed.
ANY_VALUES: dict[str, Any] = {"accept_sparse": "csr", "dtype": None, "ensure_all_finite": False}
MAX_DENSE = 2**26  # values of a sparse matrix: 256 MB in float32
