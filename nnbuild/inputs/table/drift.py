"""Detect differences of later values of a column from its fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from nnbuild.errors import show
from nnbuild.inputs.column_base import Column
from nnbuild.inputs.columns import (
    NO_VALUES,
    ONE_VALUE,
    Dates,
    Dropped,
    Embedded,
    MissingIndicator,
    Number,
    OneHot,
    SignedCategory,
)
from nnbuild.inputs.protocol import UNSEEN_SHARE, Difference
from nnbuild.inputs.table.column import write_column
from nnbuild.inputs.table.reading import as_categories, as_numbers, missing_of

FAR = 10.0  # scales from the center: by Chebyshev's inequality, at most a hundredth of the training set is beyond
FAR_SHARE = 0.05  # of values that far: a larger share is more than outliers
MIN_VALUES = 3  # far or unseen values: fewer are not reported


def findings_of(
    step: Column, column: pd.Series, includes_first_fit: bool, constants: dict
) -> Iterator[tuple[str, Difference]]:
    """Yield findings about a column, with its name.

    Parameters
    ----------
    step : Column
        The fitted column.
    column : Series of length n_samples
        At least one row.
    includes_first_fit : bool
        Whether the samples of the first fit were compared too.
    constants : dict of str to str
        Values of columns with a single value, by name; new ones are added.
    """
    place = f"column {show(step.name)}"
    yield from ((place, one) for one in _found(step, column, place, includes_first_fit, constants))


def _found(
    step: Column, column: pd.Series, place: str, includes_first_fit: bool, constants: dict
) -> Iterator[Difference]:
    if isinstance(step, Dropped | MissingIndicator):
        yield from _dropped(step, column, place, constants)
    elif isinstance(step, OneHot | SignedCategory | Embedded):
        if includes_first_fit or not step.n_rare:  # unseen categories are encoded as rare ones
            yield from _unseen_categories(step, column)
    elif isinstance(step, Dates) or (isinstance(step, Number) and _has_scale(step, includes_first_fit)):
        yield from _far(step, column)
    n_missing = int(missing_of(column).sum())
    if n_missing and getattr(step, "n_missing", 1) == 0:
        text = f"{n_missing} of {len(column)} values are missing, but none was before; there is no indicator"
        yield Difference("missing", text)


def _has_scale(step: Number, includes_first_fit: bool) -> bool:
    """Return whether a column's scale bounds the share of far values; quartiles do so only for the first samples."""
    return step.scaled_by in ("standard", "normal") or (step.scaled_by in ("robust", "range") and includes_first_fit)


def _dropped(step: Dropped | MissingIndicator, column: pd.Series, place: str, constants: dict) -> Iterator[Difference]:
    """Yield findings about a column with one value, or none, in fit."""
    if step.reason not in (ONE_VALUE, NO_VALUES):
        return
    codes, categories = as_categories(step.name, column)
    values = {categories[code] for code in np.unique(codes[codes >= 0])}
    if not values:
        return
    if step.reason == NO_VALUES:
        yield Difference(
            "present", "all values were missing before, but some are present now; the column is still dropped"
        )
    elif len(values | {constants.setdefault(place, min(values))}) > 1:
        yield Difference("varies", "it was constant before, but varies now; its values are still dropped")


def _far(step: Number | Dates, column: pd.Series) -> Iterator[Difference]:
    """Yield a finding about values far from the center; a few are tolerated."""
    present = _scaled(step, column)[~missing_of(column)]
    if (n_far := int((np.abs(present) > FAR).sum())) >= MIN_VALUES:
        share = n_far / len(present)
        center = CENTERS[step.scaled_by if isinstance(step, Number) else "standard"]
        text = f"{share:.0%} of the values are more than {FAR:g} {center}; the scaling does not change"
        yield Difference("range", text, share, FAR_SHARE)


def _scaled(step: Number | Dates, column: pd.Series) -> np.ndarray:
    """Return the first output of a column before it is clipped or transformed to a normal distribution."""
    if isinstance(step, Number):
        with np.errstate(over="ignore"):
            return (as_numbers(step.name, column, step.value_type) - step.center) / step.scale
    out = np.zeros((len(column), len(step.feature_names)), "float32")
    write_column(replace(step, clip=None), column, out)
    return out[:, 0]


def _unseen_categories(step: OneHot | SignedCategory | Embedded, column: pd.Series) -> Iterator[Difference]:
    codes, categories = as_categories(step.name, column)
    known = set(step.categories)
    is_new = np.array([category not in known for category in categories], bool)
    present = codes[codes >= 0]
    if (n_new := int(is_new[present].sum())) >= MIN_VALUES:
        share = n_new / len(present)
        text = f"{share:.0%} of the values are unseen or rare categories, which are all encoded alike"
        yield Difference("categories", text, share, UNSEEN_SHARE)


CENTERS = {
    "standard": "standard deviations from the mean",
    "normal": "standard deviations from the mean",
    "robust": "interquartile ranges from the median",
    "range": "half ranges from the median",
}
