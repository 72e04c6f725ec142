"""Fit and transform one column of a table, by the kind of its values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.inputs.columns import (
    NO_VALUES,
    Boolean,
    Column,
    Dates,
    Dropped,
    Embedded,
    MissingIndicator,
    Number,
    OneHot,
)
from nnbuild.inputs.table.categories import fitted_category, write_embedded, write_one_hot
from nnbuild.inputs.table.dates import fitted_dates, write_dates
from nnbuild.inputs.table.numeric import (
    fitted_boolean,
    fitted_duration,
    fitted_number,
    write_boolean,
    write_missing_indicator,
    write_number,
)
from nnbuild.inputs.table.reading import kind_of
from nnbuild.inputs.table.settings import TableSettings


def fitted_column(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """Fit a column to the training rows."""
    kind = kind_of(name, column)
    return Dropped(name, NO_VALUES) if column.isna().all() else FITTING[kind](name, column, settings)


def write_column(step: Column, column: pd.Series, out: np.ndarray) -> np.ndarray | None:
    """Write outputs to `out`, float32 zeros of shape (n_samples, n_outputs); return the codes of an embedding."""
    return WRITING[type(step)](step, column, out)


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
    Embedded: write_embedded,
    MissingIndicator: write_missing_indicator,
    Dropped: lambda step, column, out: None,
}
