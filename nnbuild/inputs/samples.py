"""Values of one column -> an array with one object for each sample; helpers of the checks of each kind of input."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from nnbuild.errors import show
from nnbuild.inputs.frames import in_pandas, is_table


def samples_of(values: Any, name: str, what: str) -> np.ndarray:
    """Whole numbers or objects of any kind: array of shape (n_samples, ...), a single column as (n_samples,).

    Parameters
    ----------
    values : list, Series, array or DataFrame of one column
    name : str
        What the user calls them.
    what : str
        What a sample is, such as "a text".

    Raises
    ------
    ValueError
        For values that are no samples, and tables of several columns.
    """
    values = in_pandas(values, name)
    if issparse(values) or not hasattr(values, "__len__"):
        raise ValueError(f"{name} must hold {what} for each sample, got {type(values).__name__}")
    whole = isinstance(values, np.ndarray) and values.dtype.kind in "iu"  # they need not be looked at one by one
    array = values if whole else np.asarray(values, object)
    if is_table(values) and array.shape[1] > 1:
        hint = "'column' of the input, in the recipe, names the column that it takes"
        raise ValueError(f"{name} has {array.shape[1]} columns, and the input takes one\n  hint: {hint}")
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def described(value: Any) -> str:
    """A value in a few words."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else show(plain(value))


def plain(value: Any) -> object:
    """A value as messages show it."""
    return value.item() if isinstance(value, np.generic) else value
