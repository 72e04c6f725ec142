"""Fit and transform the columns of a table by the kind of their values; plain numbers as one array."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.inputs.column_base import Column
from nnbuild.inputs.columns import (
    NO_VALUES,
    Boolean,
    Dates,
    Dropped,
    Embedded,
    MissingIndicator,
    Number,
    OneHot,
    SignedCategory,
)
from nnbuild.inputs.table.categories import fitted_category, write_embedded, write_one_hot, write_signed
from nnbuild.inputs.table.dates import fitted_dates, write_dates
from nnbuild.inputs.table.numeric import (
    fitted_boolean,
    fitted_duration,
    fitted_number,
    fitted_numbers,
    write_boolean,
    write_missing_indicator,
    write_number,
    write_numbers,
)
from nnbuild.inputs.table.reading import kind_of, too_large
from nnbuild.inputs.table.scaling import robust_scaling, smoothly_clipped
from nnbuild.inputs.table.settings import TableSettings

BLOCK = 2**23  # values: columns of plain numbers are prepared together in arrays of about this size


def fitted_columns(names: Sequence[str], frame: pd.DataFrame, settings: TableSettings) -> tuple[Column, ...]:
    """Fit the columns of a table, in their order, to the training rows."""
    steps: dict[int, Column] = {}
    for places in _blocks(_plain(frame), len(frame)):
        block_names = [names[place] for place in places]
        found = fitted_numbers(block_names, _numbers(block_names, frame, places), settings)
        steps |= zip(places, found, strict=True)
    for place, name in enumerate(names):
        if place not in steps:
            steps[place] = _fitted_column(name, frame.iloc[:, place], settings)
    fitted = [steps[place] for place in range(len(names))]
    return tuple(_with_scaled_categories(fitted, frame, settings) if settings.scale_categories else fitted)


def write_columns(steps: Sequence[Column], frame: pd.DataFrame, numeric: np.ndarray) -> dict[str, np.ndarray]:
    """Write the numeric outputs of all columns, and return the codes of each embedding by its column.

    Parameters
    ----------
    steps : sequence of Column
        Fitted columns, in the order of the table.
    frame : DataFrame of shape (n_samples, n_columns)
    numeric : array of shape (n_samples, n_numeric), float32
        Zeros, which are overwritten.
    """
    codes: dict[str, np.ndarray] = {}
    starts = starts_of(steps)
    plain = [place for place in _plain(frame) if _is_number(steps[place])]
    for places in _blocks(plain, len(frame)):
        block: list[Any] = [steps[place] for place in places]
        values = _numbers([step.name for step in block], frame, places)
        write_numbers(block, values, numeric, starts[places])
    done = set(plain)
    for place, step in enumerate(steps):
        if place not in done:
            found = write_column(step, frame.iloc[:, place], numeric[:, starts[place] : starts[place + 1]])
            codes |= {} if found is None else {step.name: found}
    _scale_categories(steps, starts, numeric)
    return codes


def write_column(step: Column, column: pd.Series, out: np.ndarray) -> np.ndarray | None:
    """Write the outputs of one column, without the scaling of indicators and categories.

    Parameters
    ----------
    step : Column
    column : Series of length n_samples
    out : array of shape (n_samples, n_outputs), float32
        Zeros, which are overwritten.

    Returns
    -------
    array of shape (n_samples,), int32, or None
        Codes of an embedding.
    """
    return WRITING[type(step)](step, column, out)


def starts_of(steps: Sequence[Column]) -> np.ndarray:
    """Return the index of the first numeric output of each column, and the number of outputs: (n_columns + 1,)."""
    return np.cumsum([0, *(len(step.feature_names) for step in steps)])


def _fitted_column(name: str, column: pd.Series, settings: TableSettings) -> Column:
    kind = kind_of(name, column)
    return Dropped(name, NO_VALUES) if column.isna().all() else FITTING[kind](name, column, settings)


def _with_scaled_categories(steps: list[Column], frame: pd.DataFrame, settings: TableSettings) -> list[Column]:
    """Return columns with the scaling of their indicators and categories, by the robust rule."""
    places = [place for place, step in enumerate(steps) if len(step.feature_names) > step.n_numbers]
    chosen = [steps[place] for place in places]
    starts = starts_of(chosen)
    numeric = np.zeros((len(frame), starts[-1]), "float32")
    write_columns(chosen, frame.iloc[:, places], numeric)
    for place, step, start, stop in zip(places, chosen, starts, starts[1:], strict=False):
        center, scale, _ = robust_scaling(numeric[:, start + step.n_numbers : stop].T)
        steps[place] = replace(step, centers=tuple(center.tolist()), scales=tuple(scale.tolist()), clip=settings.clip)
    return steps


def _scale_categories(steps: Sequence[Column], starts: np.ndarray, numeric: np.ndarray) -> None:
    """Scale and clip the outputs of indicators and categories in place."""
    for step, start, stop in zip(steps, starts, starts[1:], strict=False):
        if step.centers:
            outputs = numeric[:, start + step.n_numbers : stop]
            outputs[:] = (outputs - np.array(step.centers)) / np.array(step.scales)
            if step.clip:
                outputs[:] = smoothly_clipped(outputs, step.clip)


def _is_number(step: Column) -> bool:
    return isinstance(step, Number) and step.value_type == "number"


def _plain(frame: pd.DataFrame) -> list[int]:
    """Return the positions of columns of numbers with a dtype of NumPy."""
    return [place for place, dtype in enumerate(frame.dtypes) if isinstance(dtype, np.dtype) and dtype.kind in "iuf"]


def _blocks(places: Sequence[int], n_samples: int) -> Iterator[list[int]]:
    """Yield parts of columns, each of about `BLOCK` values."""
    width = max(1, BLOCK // max(1, n_samples))
    for start in range(0, len(places), width):
        yield list(places[start : start + width])


def _numbers(names: Sequence[str], frame: pd.DataFrame, places: list[int]) -> np.ndarray:
    """Return columns as an array of shape (n_columns, n_samples), float64; raise a `DataError` for infinite values."""
    part = frame if len(places) == frame.shape[1] else frame.iloc[:, places]
    values = np.ascontiguousarray(part.to_numpy("float64").T)
    infinite = np.isinf(values).any(axis=1)
    if infinite.any():
        raise too_large(names[int(infinite.argmax())])
    return values


# By the kind of the values.
FITTING: dict[str, Callable[[str, pd.Series, TableSettings], Column]] = {
    "number": fitted_number,
    "flag": fitted_boolean,
    "duration": fitted_duration,
    "time": fitted_dates,
    "text": fitted_category,
}
WRITING: dict[type[Column], Callable[[Any, pd.Series, np.ndarray], np.ndarray | None]] = {
    Number: write_number,
    Boolean: write_boolean,
    Dates: write_dates,
    OneHot: write_one_hot,
    SignedCategory: write_signed,
    Embedded: write_embedded,
    MissingIndicator: write_missing_indicator,
    Dropped: lambda step, column, out: None,
}
