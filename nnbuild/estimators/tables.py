"""Tables in the estimators: X as a DataFrame, and the arrays that its preparation gives the network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import _check_sample_weight, check_array, validate_data

from nnbuild.features.frames import in_pandas
from nnbuild.features.preparation import TablePreparation, check_names, is_table
from nnbuild.plan.tables import codes_name


def checked_table(estimator: object, X: Any, reset: bool) -> pd.DataFrame:
    """X as a DataFrame, its columns compared as scikit-learn does.

    Raises
    ------
    ValueError
        In scikit-learn's words where it has some.
    """
    check_unclear(X)
    if is_table(X):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        if reset and not len(X):
            found = f"Found array with 0 sample(s) (shape={np.shape(X)}) while a minimum of 1 is required"
            raise ValueError(f"{found} by {type(estimator).__name__}.")
        return X
    array = validate_data(estimator, _rows(X), reset=reset, ensure_min_samples=int(reset), **AS_IT_IS)
    return pd.DataFrame(array, columns=getattr(estimator, "feature_names_in_", None))


def as_frame(part: Any) -> pd.DataFrame:
    """One of several inputs as a DataFrame, whose columns are compared once it is prepared."""
    check_unclear(part)
    if is_table(part):
        return part
    return pd.DataFrame(check_array(_rows(part), input_name="X", ensure_min_samples=0, **AS_IT_IS))


def check_unclear(X: Any) -> None:
    """Raise a ValueError for what scikit-learn would take without a word: masked values, columns of one name."""
    if is_table(X):
        check_names(X)
    else:
        refuse_masked(X, "X")


def refuse_masked(values: object, name: str) -> None:
    """Raise a ValueError for an array with masked values, which scikit-learn would take as if they were not masked."""
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked values: fill them first, or leave their rows out")


def checked_weights(weights: Any, rows: Any, ensure_non_negative: bool = False) -> np.ndarray | None:
    """Weights of rows as an array of shape (n_samples,), in scikit-learn's words where they are none; None stays so.

    Raises
    ------
    ValueError
        For masked weights, and weights of another shape.
    """
    weights = in_pandas(weights, "sample_weight")
    if weights is None:
        return None
    refuse_masked(weights, "sample_weight")
    shape = np.asarray(weights).shape
    if len(shape) > 1:  # scikit-learn's message for three axes does not say what has them
        found = f"sample_weight must be of shape ({len(rows)},), got {shape}"
        raise ValueError(f"{found}\n  hint: one weight for each sample")
    return _check_sample_weight(weights, rows, ensure_non_negative=ensure_non_negative)


def _rows(X: Any) -> Any:
    """Lists of rows as an array where numbers beside text stay numbers; others as they are."""
    return np.array(X, object) if isinstance(X, list | tuple) else X


def arrays_of(preparation: TablePreparation, frame: pd.DataFrame, name: str) -> dict[str, np.ndarray]:
    """The arrays that a network takes of a table, by the names of its inputs.

    Parameters
    ----------
    preparation : TablePreparation
        Fitted.
    frame : DataFrame of shape (n_samples, n_columns)
    name : str
        The recipe's input.
    """
    table = preparation.transformed(frame)
    codes = {codes_name(name, index): table.codes[column] for index, column in enumerate(preparation.embeddings)}
    return {name: table.numeric, **codes} if preparation.n_numeric else codes


# How scikit-learn looks at rows of a table: values of any kind, missing ones among them.
AS_IT_IS: dict[str, Any] = {"dtype": None, "ensure_all_finite": False}
