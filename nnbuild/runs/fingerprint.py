"""The rows of a search -> a short text that other rows do not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import joblib
import numpy as np
import pandas as pd

TABLE = "table "


def fingerprint(X: Any, y: np.ndarray) -> str:
    """A hash of the values of X and y.

    Parameters
    ----------
    X : DataFrame or array of shape (n_samples, ...)
        A table counts by the names, dtypes and values of its columns, not by its index or by how pandas arranges it.
    y : array of shape (n_samples, ...)
    """
    if not isinstance(X, pd.DataFrame):
        return joblib.hash((X, y))
    columns = [(str(name), str(column.dtype), column.to_numpy()) for name, column in X.items()]
    return TABLE + joblib.hash((columns, y))


def is_former(kept: Mapping, about: Mapping) -> bool:
    """Whether a journal has a table's fingerprint of an earlier version, which depended on pandas' memory."""
    return about["data"].startswith(TABLE) and not str(kept.get("data")).startswith(TABLE)
