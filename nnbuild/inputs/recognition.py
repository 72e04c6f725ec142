"""Recognize the kinds of the inputs in X, for estimators without a recipe."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from os import PathLike, fspath
from pathlib import PurePath
from statistics import fmean, median
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from scipy.sparse import issparse

from nnbuild.errors import DataError, show
from nnbuild.inputs.frames import is_table
from nnbuild.inputs.images import DAMAGE, SUFFIXES
from nnbuild.inputs.split_inputs import is_by_name
from nnbuild.language.expressions import NAME
from nnbuild.language.input_kinds import TABLE
from nnbuild.report.units import counted

TEXT, SERIES, IMAGE = "text", "series", "image"
MIN_WORDS = 5  # mean words per text beside other columns; names and addresses have fewer
MAX_SIDE = 64  # of images from files, in pixels
N_SEEN = 100  # values of a column, or image files, that are read


@dataclass(frozen=True)
class Found:
    """An input in X.

    Attributes
    ----------
    kind : {"table", "text", "series", "image"}
    words : str
        Description of the values: a sentence without its subject.
    settings : mapping of str to JSON value
        Keys that the input requires in a recipe, such as `shape`.
    shape : sequence of int
        Height, width and channels of images; empty for other kinds.
    """

    kind: str
    words: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    shape: Sequence[int] = ()


def inputs_in(X: Any) -> dict[str, Found]:
    """Return the inputs in X, by name.

    Parameters
    ----------
    X : array-like, DataFrame of pandas, sparse matrix, list, or dict of them
        As passed by the user, after `in_pandas`. A dict has a value for each input. In a DataFrame, each column of
        texts, image files or series is an input, and all other columns are one table.

    Raises
    ------
    DataError
        For arrays of no known kind.
    """
    if is_by_name(X):
        return {name: _found(part, f"X[{name!r}]") for name, part in X.items()}
    return _in_columns(X) if is_table(X) else {"X": _found(X, "X")}


def _in_columns(X: pd.DataFrame) -> dict[str, Found]:
    """Return the inputs in the columns of a table."""
    is_single = len(X.columns) == 1
    columns = [] if X.columns.has_duplicates else [(name, _in_column(X[name], is_single)) for name in X.columns]
    own = {name: found for name, found in columns if found is not None}
    if not own or is_single:
        return {"X": next(iter(own.values()), _table(f"a table of {counted(len(X.columns), 'column')}"))}
    if wrong := [name for name in own if not isinstance(name, str)]:
        raise DataError(
            f"column {wrong[0]!r} of X {own[wrong[0]].words}, but its name is not a string\n"
            "  hint: name the columns, for example with X.columns = X.columns.astype(str)"
        )
    inputs = {
        name: replace(found, settings={**found.settings, "column": column})
        for name, (column, found) in zip(_input_names(own), own.items(), strict=True)
    }
    n_others = len(X.columns) - len(own)
    return inputs | ({TABLE: _table(f"a table of {counted(n_others, 'column')}")} if n_others else {})


def _input_names(columns: Iterable[str]) -> list[str]:
    """Return the name of the input for each column: that of the column if a recipe may contain it."""
    columns = list(columns)
    own = {column for column in columns if NAME.match(column)} - {TABLE}
    names: list[str] = []
    for number, column in enumerate(columns, 1):
        free = (name for i in count(number) if (name := f"column_{i}") not in own.union(names))
        names.append(column if column in own else next(free))
    return names


def _in_column(column: pd.Series, is_single: bool) -> Found | None:
    """Return the input in a column of a table; None for numbers, categories, dates and short texts."""
    if isinstance(column.dtype, pd.CategoricalDtype) or not pd.api.types.is_object_dtype(column) | _is_str(column):
        return None
    present = column[column.notna()].to_list()
    if not present or not isinstance(present[0], str | PathLike | list | tuple | np.ndarray):
        return None
    found = _found(present, f"column {show(str(column.name))} of X")
    return found if found.kind != TEXT or _are_texts(present, is_single) else None


def _is_str(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.StringDtype)


def _are_texts(values: Sequence[Any], is_single: bool) -> bool:
    """Return whether strings are texts, not categories: most of them differ, and beside other columns are long."""
    if not all(isinstance(value, str) for value in values) or 2 * len(set(values)) <= len(values):
        return False
    return is_single or fmean(map(_n_words, _some(values))) >= MIN_WORDS


def _n_words(text: str) -> float:
    """Return how many words a text has; two characters count as one in scripts without spaces."""
    return max(len(text.split()), len(CHINESE.findall(text)) / 2)


def _found(values: Any, name: str) -> Found:
    """Return the input in values other than the columns of a table."""
    if is_table(values):
        return _table(f"a table of {counted(len(values.columns), 'column')}")
    if issparse(values):
        return _table(f"a sparse matrix of {counted(values.shape[1], 'column')}")
    texts = [values] if isinstance(values, str) else _flat(values)
    if isinstance(next((value for value in texts if not _is_missing(value)), None), str | PathLike):
        some = [value for value in _some(texts) if not _is_missing(value)]
        return _files(some) if all(map(_is_file, some)) else _texts(some)
    shapes = _shapes(values)
    if len(shapes) == 1:
        return _array(shapes.pop(), name)
    if {len(shape) for shape in shapes} <= {1, 2}:
        return Found(SERIES, "contains series of different lengths", {"kind": SERIES})
    raise _unknown(name, f"samples of different shapes, such as {' and '.join(map(str, sorted(shapes)[:2]))}")


def _flat(values: Any) -> Sequence[Any]:
    """Return the values of a list or of an array of one column; none of other arrays."""
    if isinstance(values, list | tuple):
        return values
    array = np.asarray(values) if isinstance(values, np.ndarray | pd.Series | pd.Index) else np.zeros(0)
    is_flat = array.dtype.kind in "OU" and (array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1))
    return array.ravel().tolist() if is_flat else ()


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))


def _shapes(values: Any) -> set[tuple[int, ...]]:
    """Return the distinct shapes of the samples."""
    if isinstance(values, np.ndarray | pd.Series) and values.dtype.kind == "O" and values.ndim == 1:
        values = list(values)
    if isinstance(values, list | tuple):
        return {_shape(value) for value in values} or {(0,)}
    return {np.shape(values)[1:]}


def _shape(sample: Any) -> tuple[int, ...]:
    try:
        return np.shape(sample)
    except ValueError:  # a list of lists of different lengths
        return (0, 0, 0, 0)


def _array(shape: tuple[int, ...], name: str) -> Found:
    """Return the input in samples of one shape."""
    match shape:
        case () | (_,):  # scikit-learn's checks raise an error for samples of no axis
            return _table(f"an array of {counted(sum(shape), 'column')}")
        case (n_steps, n_channels):
            return Found(SERIES, f"contains series of {counted(n_steps, 'step')} and {counted(n_channels, 'channel')}")
        case (_, _, _):
            return Found(IMAGE, f"contains images of {'x'.join(map(str, shape))}", shape=shape)
    raise _unknown(name, f"samples of shape {shape}")


def _table(words: str) -> Found:
    return Found(TABLE, f"is {words}", {"kind": TABLE})


def _texts(texts: Sequence[Any]) -> Found:
    """Return the input of texts; those without spaces between words are split into characters."""
    present = [text for text in texts if isinstance(text, str)]
    n_characters = sum(len(CHINESE.findall(text)) for text in present)
    if 2 * n_characters <= sum(len("".join(text.split())) for text in present):
        return Found(TEXT, "contains texts", {"kind": TEXT})
    return Found(TEXT, "contains texts without spaces between words", {"kind": TEXT, "split": "character"})


def _is_file(value: Any) -> bool:
    return isinstance(value, str | PathLike) and PurePath(value).suffix.lower() in SUFFIXES


def _files(values: Sequence[str | PathLike]) -> Found:
    """Return the input of image files, with one shape for all: the median size, scaled down to `MAX_SIDE`."""
    sizes, is_grey = [], True
    for value in values:
        try:
            with Image.open(fspath(value)) as image:
                sizes.append(image.size)
                is_grey &= image.mode in GREY
        except DAMAGE:
            continue  # `ImagePreparation` raises an error
    width, height = (median(side) for side in zip(*sizes or [(MAX_SIDE, MAX_SIDE)], strict=True))
    scale = min(1.0, MAX_SIDE / max(width, height))
    shape = [max(round(height * scale), 1), max(round(width * scale), 1), 1 if is_grey and sizes else 3]
    words = f"contains names of image files, resized to {'x'.join(map(str, shape))}"
    return Found(IMAGE, words, {"kind": IMAGE, "shape": shape}, shape)


def _some(values: Sequence[Any]) -> Sequence[Any]:
    """Return values at equal distances."""
    return values[:: max(len(values) // N_SEEN, 1)]


def _unknown(name: str, what: str) -> DataError:
    return DataError(
        f"{name} has {what}, for which recipe='auto' has no recipe\n"
        "  allowed: tables, texts, series of shape (n_steps, n_channels), images of shape (height, width, channels), "
        "names of image files; and several of them in a DataFrame or a dict\n"
        "  hint: pass a recipe with layers for this shape"
    )


CHINESE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")  # characters of Chinese and Japanese
GREY = ("1", "L", "I;16", "I;16B", "I;16L")  # modes of Pillow
