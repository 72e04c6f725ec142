"""Errors for data that scikit-learn would accept silently, or reject with an unclear message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, name_list, show
from nnbuild.inputs.frames import is_table

TABLE = "an input of kind 'table'"
TEXT_INPUT = 'set "inputs": {"text": {"kind": "text"}} in the recipe to convert text to token ids'


def check_supported(X: Any, spec: Mapping) -> None:
    """Raise a ValueError for data that scikit-learn would accept silently, or reject with an unclear message."""
    check_unclear(X)
    if spec.get("dtype") != "string":
        check_not_texts(X)
        check_equal_lengths(X)


def check_unclear(X: Any) -> None:
    """Raise a ValueError for masked values and repeated column names, which scikit-learn would accept silently."""
    if is_table(X):
        check_names(X)
    else:
        check_not_masked(X, "X")


def check_names(frame: pd.DataFrame) -> None:
    """Raise a `DataError` for repeated column names: later tables could not be compared with X by name."""
    if twice := list(map(show, repeated(map(str, frame.columns)))):
        hint = "rename these columns, or drop all but one of each name"
        raise DataError(f"X has duplicate column names: {name_list(twice)}\n  hint: {hint}")


def check_not_masked(values: object, name: str) -> None:
    """Raise a ValueError for an array with masked values, whose mask scikit-learn would ignore."""
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked values\n  hint: fill them, or drop their rows")


def rows_of_table(X: Any) -> Any:
    """Return lists of rows as an object array, which keeps numbers next to text; other values unchanged.

    Raises
    ------
    ValueError
        For texts, series and images.
    """
    check_not_texts(X, TABLE, "use recipe='auto' or 'text_mlp', or pass categories as a DataFrame")
    check_equal_lengths(X)
    rows = np.array(X, object) if isinstance(X, list | tuple) else X
    if len(shape := getattr(rows, "shape", ())) > 2:
        raise ValueError(
            f"X has samples of shape {shape[1:]}, but the recipe has {TABLE}\n"
            "  allowed: a DataFrame, or an array of shape (n_samples, n_columns)\n"
            "  hint: use recipe='auto', or a recipe for images, such as 'small_cnn', or for series, such as 'gru'"
        )
    return rows


def check_not_texts(X: object, needed: str = "a numeric input", hint: str = TEXT_INPUT) -> None:
    """Raise a ValueError for a list or column of texts if the recipe has another input."""
    first = None
    if isinstance(X, list | tuple):
        first = X[0] if X else None
    elif getattr(X, "ndim", 0) == 1 and len(X):  # type: ignore[arg-type]
        first = X.iloc[0] if hasattr(X, "iloc") else X[0]  # type: ignore[index]
    if isinstance(first, str):
        found = f"X contains text, such as {show(str(first))}"
        raise ValueError(f"{found}, but the recipe has {needed}\n  hint: {hint}")


def check_equal_lengths(X: object) -> None:
    """Raise a ValueError for rows of different lengths if the recipe has an input of arrays of one shape."""
    is_array = isinstance(X, np.ndarray | pd.Series) and X.ndim == 1 and X.dtype.kind == "O"
    rows: list = list(X) if is_array or isinstance(X, list | tuple) else []  # type: ignore[call-overload]
    lengths = [len(row) for row in rows if hasattr(row, "__len__") and not isinstance(row, str | Mapping)]
    if len(lengths) < len(rows) or len(set(lengths)) < 2:
        return
    row = next(row for row, length in enumerate(lengths) if length != lengths[0])
    found = f"X has rows of different lengths: {lengths[0]} in row 0, {lengths[row]} in row {row}"
    raise ValueError(
        f"{found}, but the recipe requires arrays of one shape\n"
        "  allowed: series of any length for an input of kind 'series', as in the recipes lstm and gru\n"
        '  hint: for recurrent layers, set "inputs": {"input": {"kind": "series", "masked": true}} to mask padding'
        "; otherwise pad or truncate the rows to one length"
    )


def check_not_times(values: np.ndarray, name: str) -> None:
    """Raise a ValueError for a NumPy array of dates or durations, which networks do not support."""
    if values.dtype.kind in "Mm":
        found = f"{name} has dtype {values.dtype}, which networks do not support"
        raise ValueError(f"{found}\n  hint: convert it to numbers, such as days since a fixed date")


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, without repetitions.

    Examples
    --------
    >>> repeated(["b", "a", "b", "c", "a", "b"])
    ['b', 'a']
    """
    return [name for name, count in Counter(names).items() if count > 1]
