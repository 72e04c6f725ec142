"""Texts, ids, images and series as users have them -> arrays whose rows can be taken, before anything is learned."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.errors import show
from nnbuild.features.frames import in_pandas
from nnbuild.features.preparation import is_table
from nnbuild.recipe.kinds import is_number, is_whole
from nnbuild.report.units import counted
from nnbuild.train.batches import is_sparse


def checked_texts(values: Any, name: str) -> np.ndarray:
    """Texts as an array.

    Parameters
    ----------
    values : list, Series, array or DataFrame of one column
    name : str
        What the user calls them.

    Returns
    -------
    array of str, of shape (n_samples,), dtype object

    Raises
    ------
    ValueError
        For values that are no text, or missing.
    """
    if isinstance(values, str):
        raise ValueError(f"{name} must hold a text for each sample, got one text\n  hint: put it into a list")
    column = _samples(values, name, "a text")
    if column.ndim != 1:
        raise ValueError(f"{name} must hold a text for each sample, got an array of shape {column.shape}")
    wrong = (row for row, value in enumerate(column) if not isinstance(value, str))
    if (row := next(wrong, None)) is not None:
        raise ValueError(_no_text(column, row, name))
    return column


def refuse_texts(X: object) -> None:
    """Raise a ValueError for a list or column of texts, where the recipe has an input of numbers."""
    first = None
    if isinstance(X, list | tuple):
        first = X[0] if X else None
    elif getattr(X, "ndim", 0) == 1 and len(X):  # type: ignore[arg-type]
        first = X.iloc[0] if hasattr(X, "iloc") else X[0]  # type: ignore[index]
    if isinstance(first, str):
        hint = '"inputs": {"text": {"kind": "text"}} in the recipe makes numbers of words'
        raise ValueError(f"X holds text, such as {show(str(first))}, and the recipe takes numbers\n  hint: {hint}")


def refuse_unequal(X: object) -> None:
    """Raise a ValueError for rows of different lengths, where the recipe has an input of arrays of one shape."""
    is_array = isinstance(X, np.ndarray | pd.Series) and X.ndim == 1 and X.dtype.kind == "O"
    rows: list = list(X) if is_array or isinstance(X, list | tuple) else []  # type: ignore[call-overload]
    lengths = [len(row) for row in rows if hasattr(row, "__len__") and not isinstance(row, str | Mapping)]
    if len(lengths) < len(rows) or len(set(lengths)) < 2:
        return
    row = next(row for row, length in enumerate(lengths) if length != lengths[0])
    found = f"X has rows of different lengths: {lengths[0]} in row 0, {lengths[row]} in row {row}"
    raise ValueError(
        f"{found}, and the recipe takes arrays of one shape\n"
        "  allowed: series of any length for an input of kind 'series', as the recipes lstm and gru have one\n"
        '  hint: "inputs": {"input": {"kind": "series", "masked": true}} in a recipe of recurrent layers masks padding'
        "; for others, pad or cut the rows to one length"
    )


def checked_ids(values: Any, name: str) -> np.ndarray:
    """Ids as an array.

    Parameters
    ----------
    values : list, Series, array of shape (n_samples,) or (n_samples, n), or DataFrame of one column
        Whole numbers, or text.
    name : str
        What the user calls them.

    Returns
    -------
    array of int64, or of str with dtype object, of shape (n_samples,) or (n_samples, n)

    Raises
    ------
    ValueError
        For values that are no ids, or missing.
    """
    ids = _samples(values, name, "an id")
    if ids.ndim not in (1, 2):
        raise ValueError(f"{name} must hold an id, or some, for each sample, got an array of shape {ids.shape}")
    if ids.dtype.kind in "iu":
        return ids.astype("int64")
    flat = pd.Series(ids.reshape(-1))
    if n_missing := int(flat.isna().sum()):
        row = int(flat.isna().to_numpy().argmax()) // (ids.shape[1] if ids.ndim == 2 else 1)
        hint = "give these samples an id of their own, such as -1 or ''"
        raise ValueError(f"{name} has {counted(n_missing, 'missing id')}, the first in row {row}\n  hint: {hint}")
    held = pd.api.types.infer_dtype(flat, skipna=False)
    if held not in ("string", "empty") and not (held in NUMBERS and all(map(is_whole, map(_plain, flat)))):
        fits = is_whole if held in NUMBERS else lambda value: isinstance(value, str)
        wrong = next(value for value in map(_plain, flat) if not fits(value))
        found = f"{name} must hold ids: whole numbers, or text; got {show(wrong)}"
        raise ValueError(found + (" beside text" if held == "mixed-integer" else ""))
    return ids if held == "string" else ids.astype("int64")


def checked_images(values: Any, name: str) -> np.ndarray:
    """Names of image files as an array.

    Parameters
    ----------
    values : list, Series, array or DataFrame of one column, of str or path
    name : str
        What the user calls them.

    Returns
    -------
    array of str of shape (n_samples,), dtype object

    Raises
    ------
    ValueError
        For values that are no names of files that are there.
    """
    files = _samples(values, name, "an image")
    if files.ndim != 1:
        found = f"{name} must hold an image for each sample, got an array of shape {files.shape}"
        raise ValueError(f"{found}\n  hint: images as arrays have the axes height, width and channels")
    wrong = (row for row, value in enumerate(files) if not isinstance(value, str | PathLike))
    if (row := next(wrong, None)) is not None:
        found = f"got {_described(files[row])} in row {row}"
        raise ValueError(f"{name} must hold names of image files, or images as arrays of one size, {found}")
    missing = [row for row, value in enumerate(files) if not os.path.isfile(value)]
    if missing:
        first = f"{show(str(files[missing[0]]), 200)} in row {missing[0]}"
        what = f"an image file that is not there, {first}"
        if len(missing) > 1:
            what = f"{len(missing)} image files that are not there, the first {first}"
        raise ValueError(f"{name} names {what}\n  hint: names are taken from the folder {os.getcwd()}")
    return np.array([os.fspath(value) for value in files], object)


def checked_series(values: Any, name: str) -> np.ndarray:
    """Series of any length as an array of arrays.

    Parameters
    ----------
    values : list, Series or array of arrays of shape (n_steps, n_channels), or (n_steps,) for one channel
    name : str
        What the user calls them.

    Returns
    -------
    array of shape (n_samples,), dtype object
        Of arrays of shape (n_steps, n_channels), float32 or float64.

    Raises
    ------
    ValueError
        For values that are no series of finite numbers, or have different numbers of channels.
    """
    if is_table(values):
        values = _samples(values, name, "a series")
    if isinstance(values, str) or not hasattr(values, "__len__") or is_sparse(values):
        raise ValueError(f"{name} must hold a series for each sample, got {type(values).__name__}")
    series = np.empty(len(values), object)
    for row, value in enumerate(values):
        series[row] = _series(value, f"{name}, row {row}:")
        if series[row].shape[1] != series[0].shape[1]:
            found = f"{series[row].shape[1]} in row {row}, {series[0].shape[1]} in row 0"
            raise ValueError(f"{name} has series of different numbers of channels: {found}")
    return series


def as_numbers(values: Any, kind: str | None) -> np.ndarray | None:
    """An array of numbers that holds what a kind needs already; None for other values."""
    n_axes = N_AXES.get(kind or "")
    if kind == "image" and isinstance(values, list | tuple) and values and isinstance(values[0], np.ndarray):
        one_size = len({np.shape(value) for value in values}) == 1
        values = np.stack(values) if one_size else values
    is_array = isinstance(values, np.ndarray) and values.dtype.kind in "biuf"
    return values if is_array and values.ndim == n_axes else None


def _series(value: Any, where: str) -> np.ndarray:
    """One series as an array of shape (n_steps, n_channels)."""
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "biuf" or array.ndim not in (1, 2):
        wanted = "must be a series of numbers of shape (n_steps, n_channels), or (n_steps,)"
        raise ValueError(f"{where} {wanted}, got {_described(value)}")
    if not array.size:
        raise ValueError(f"{where} is empty, of shape {array.shape}")
    array = array.astype(
        "float32" if array.dtype.itemsize < 4 else array.dtype if array.dtype.kind == "f" else "float64"
    )
    if not np.isfinite(array).all():
        step = int(np.argwhere(~np.isfinite(array))[0][0])
        raise ValueError(f"{where} is not a finite number at step {step}\n  hint: fill or leave out such steps first")
    return array if array.ndim == 2 else array[:, None]


def _described(value: Any) -> str:
    """A value in a few words."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else show(_plain(value))


def _samples(values: Any, name: str, what: str) -> np.ndarray:
    """Whole numbers or objects of any kind: array of shape (n_samples, ...), a single column as (n_samples,)."""
    values = in_pandas(values, name)
    if is_sparse(values) or not hasattr(values, "__len__"):
        raise ValueError(f"{name} must hold {what} for each sample, got {type(values).__name__}")
    whole = isinstance(values, np.ndarray) and values.dtype.kind in "iu"  # they need not be looked at one by one
    array = values if whole else np.asarray(values, object)
    if is_table(values) and array.shape[1] > 1:
        hint = "'column' of the input, in the recipe, names the column that it takes"
        raise ValueError(f"{name} has {array.shape[1]} columns, and the input takes one\n  hint: {hint}")
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _no_text(column: np.ndarray, row: int, name: str) -> str:
    """What is wrong with the value of a row that is no text."""
    value = column[row]
    if pd.isna(column[row : row + 1])[0]:  # a list is none of its values
        found = f"{name} has {counted(int(pd.isna(column).sum()), 'missing text')}, the first in row {row}"
        return f"{found}\n  hint: fill them first: '' is no text at all"
    found = f"{name} must hold text, got {show(_plain(value))} in row {row}"
    if isinstance(value, bytes):
        return f"{found}\n  hint: decode bytes first"
    return found + ("\n  hint: the recipe's input of kind 'text' takes no numbers" if is_number(_plain(value)) else "")


def _plain(value: Any) -> object:
    """A value as messages show it."""
    return value.item() if isinstance(value, np.generic) else value


# What checks the values of each kind.
CHECKS: dict[str, Callable[[Any, str], np.ndarray]] = {
    "text": checked_texts,
    "ids": checked_ids,
    "image": checked_images,
    "series": checked_series,
}
# Axes of arrays that hold what a kind needs already.
N_AXES = {"image": 4, "series": 3}
# What pandas calls numbers.
NUMBERS = ("integer", "floating", "mixed-integer-float")
