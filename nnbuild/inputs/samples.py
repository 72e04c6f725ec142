"""Helpers for checks of inputs: values of one column as an array with one object per sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse

from nnbuild.errors import show
from nnbuild.inputs.frames import in_pandas, is_table


def samples_of(values: Any, name: str, what: str) -> np.ndarray:
    """Return integers or objects as an array of shape (n_samples, ...); (n_samples,) for a single column.

    Parameters
    ----------
    values : list, Series, array or DataFrame of one column
    name : str
        Name of the data in messages.
    what : str
        Noun for a sample, such as "a text".

    Raises
    ------
    ValueError
        For values that are not samples, and tables of several columns.
    """
    values = in_pandas(values, name)
    if issparse(values) or not hasattr(values, "__len__"):
        raise ValueError(f"{name} must contain {what} for each sample, got {type(values).__name__}")
    whole = isinstance(values, np.ndarray) and values.dtype.kind in "iu"  # integers need no check of each value
    array = values if whole else np.asarray(values, object)
    if is_table(values) and array.shape[1] > 1:
        hint = "set 'column' of the input in the recipe"
        raise ValueError(f"{name} has {array.shape[1]} columns, but the input requires a single column\n  hint: {hint}")
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def described(value: Any) -> str:
    """Return a short description of a value."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else show(plain(value))


def plain(value: Any) -> object:
    """Return a value as a Python object, for messages."""
    return value.item() if isinstance(value, np.generic) else value
