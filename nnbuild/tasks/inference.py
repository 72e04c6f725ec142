"""Infer from the values of target columns whether they are classes or numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nnbuild.errors import show
from nnbuild.inputs.table.reading import as_numbers, kind_of

MAX_WHOLE_CLASSES = 20  # integers with more distinct values are regression targets


def has_classes(name: str, column: pd.Series) -> tuple[bool, str]:
    """Return whether a column without missing values contains classes, and the reason.

    Parameters
    ----------
    name : str
        Name of the column, for the reason.
    column : Series of length n_samples
        Numbers, booleans or text.

    Returns
    -------
    bool
        True for text, booleans, and few different integers.
    str
        "because ...".
    """
    kind = kind_of(name, column)
    if kind == "text":
        return True, f"because {show(name)} is text"
    if kind == "flag":
        return True, f"because {show(name)} is boolean"
    numbers = as_numbers(name, column)
    n_values = len(np.unique(numbers))
    if (numbers != np.round(numbers)).any():
        return False, f"because {show(name)} has numbers with fractions"
    if n_values <= max(2, min(MAX_WHOLE_CLASSES, len(numbers) // 2)):
        return True, f"because {show(name)} has only {n_values} different integers"
    return False, f"because {show(name)} has {n_values} different numbers"


def has_labels(y: np.ndarray) -> bool:
    """Return whether several columns contain labels, which are 0 or 1: array of shape (n_samples, n_columns)."""
    return bool(np.isin(y, (0, 1)).all())
