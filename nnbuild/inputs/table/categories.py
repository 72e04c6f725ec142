"""Prepare columns of text and categories: one-hot encoding, or codes for an embedding."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nnbuild.inputs.column_base import Column, note_suffix
from nnbuild.inputs.columns import ONE_VALUE, CategoryType, Dropped, Embedded, MissingIndicator, OneHot, SignedCategory
from nnbuild.inputs.table.notation import looks_numeric
from nnbuild.inputs.table.numeric import one_value
from nnbuild.inputs.table.reading import (
    as_categories,
    category_kind,
    check_categories,
    missing_of,
    place_of,
    shown,
)
from nnbuild.inputs.table.settings import TableSettings

MAX_CATEGORIES = 10_000  # of an embedding; rarer categories have code 0
MIN_ROWS = 2  # of a category with its own code or, if rare ones are grouped, its own output
MAX_DISTINCT_FRACTION = 0.9  # categories per row: a column with more is an id or free text
FEW_OTHERS = 0.1  # fraction of texts in a column of numbers, for a note


def write_one_hot(step: OneHot, column: pd.Series, out: np.ndarray) -> None:
    """Write 1 to the output of each row's category; see `write_column`."""
    check_categories(step.name, column, step.category_type)
    unseen = len(step.categories) if step.n_rare else -1
    missing = out.shape[1] - 1 if step.n_missing else unseen
    positions = _looked_up(step.name, column, step.positions, unseen, missing)
    rows = np.flatnonzero(positions >= 0)
    out[rows, positions[rows]] = 1


def write_signed(step: SignedCategory, column: pd.Series, out: np.ndarray) -> None:
    """Write 1 or -1, and 0 for unseen and missing values."""
    check_categories(step.name, column, step.category_type)
    out[:, 0] = _looked_up(step.name, column, step.signs, 0, 0)
    if step.has_indicator:
        out[:, 1] = missing_of(column)


def write_embedded(step: Embedded, column: pd.Series, out: np.ndarray) -> np.ndarray:
    """Return the codes of rows, and write the indicator of missing values to `out`."""
    check_categories(step.name, column, step.category_type)
    codes = _looked_up(step.name, column, step.codes, 0, -1)
    missing = codes < 0
    codes[missing] = 0
    if step.has_indicator:
        out[:, 0] = missing
    return codes


def fitted_category(name: str, column: pd.Series, settings: TableSettings) -> Column:
    """Fit a column of text or categories.

    Parameters
    ----------
    name : str
    column : Series of length n_samples
        Training set, with at least one value that is not missing.
    settings : TableSettings

    Returns
    -------
    Column
        OneHot for up to `max_onehot` categories; for more Embedded, or OneHot of the most frequent ones. SignedCategory
        for two categories if `signed_binary`. MissingIndicator or Dropped if there is only one category, or if almost
        every row has its own category.

    Raises
    ------
    DataError
        If it contains lists, dicts or the like.
    """
    counts = category_counts(name, column)
    n_present = sum(counts.values())
    n_missing = len(column) - n_present
    if len(counts) == 1:  # a missing value is a second category, with any settings
        return MissingIndicator(name, n_missing, ONE_VALUE) if n_missing else Dropped(name, ONE_VALUE)
    kind: CategoryType = category_kind(column)  # type: ignore[assignment]
    note = almost_numbers(column) if column.index.name != "line" else ""  # for files, all rows are reported together
    has_indicator = settings.indicators and n_missing > 0
    if len(counts) == 2 and settings.signed_binary:
        return SignedCategory(name, n_missing, has_indicator, tuple(counts), kind, note)
    fits = len(counts) <= settings.max_onehot
    if not fits and len(counts) > MAX_DISTINCT_FRACTION * n_present:
        reason = f"an id or free text, with {len(counts)} different values in {n_present} rows{note_suffix(note)}"
        return one_value(name, n_missing, settings, reason)
    if fits or settings.many_categories == "group":
        categories = _frequent(counts, settings, len(column))
        return OneHot(name, categories, len(counts) - len(categories), n_missing, kind, note)
    coded = [category for category, count in counts.items() if count >= MIN_ROWS][:MAX_CATEGORIES]
    return Embedded(
        name,
        n_missing,
        has_indicator,
        tuple(coded),
        n_rare=len(counts) - len(coded),
        category_type=kind,
        note=note,
    )


def almost_numbers(column: pd.Series) -> str:
    """Return a note for a column of text with almost only numbers; "" for other columns.

    Examples
    --------
    >>> almost_numbers(pd.Series(["22", "38", "forty"] + ["26"] * 9))
    "11 of 12 values are numbers; the first other one is 'forty' in row 2"
    """
    codes, categories = pd.factorize(column.astype(object))
    are_numbers = looks_numeric([str(category) for category in categories])
    n_present = int((codes >= 0).sum())
    others = (codes >= 0) & ~np.append(are_numbers, True)[codes]
    n_others = int(others.sum())
    if not n_others or n_others > FEW_OTHERS * n_present:
        return ""
    first = int(others.argmax())
    found = f"{n_present - n_others} of {n_present} values are numbers"
    return f"{found}; the first other one is {shown(column.iloc[first])} in {place_of(column, first)}"


def category_counts(name: str, column: pd.Series) -> dict[str, int]:
    """Return the number of rows of each category: most frequent category first, equally frequent ones by their text."""
    codes, categories = as_categories(name, column)
    counts: dict[str, int] = {}
    for category, count in zip(
        categories, np.bincount(codes[codes >= 0], minlength=len(categories)).tolist(), strict=True
    ):
        if count:  # the dtype of a categorical may list unused categories
            counts[category] = counts.get(category, 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _frequent(counts: dict[str, int], settings: TableSettings, n_samples: int) -> tuple[str, ...]:
    """Return the categories with their own one-hot output, at least one; the others are grouped as rare."""
    groups = settings.many_categories == "group"
    least = max(settings.rare_fraction * n_samples, MIN_ROWS if groups else 0)
    first, *others = counts
    frequent = [first, *(category for category in others if counts[category] >= least)]
    return tuple(frequent[: max(settings.max_onehot, 1)] if groups else frequent)


def _looked_up(name: str, column: pd.Series, known: dict[str, int], unseen: int, missing: int) -> np.ndarray:
    """Return the code of each row's category: array of shape (n_samples,), int32."""
    codes, categories = as_categories(name, column)
    found = [known.get(category, unseen) for category in categories]
    return np.array([*found, missing], "int32")[codes]  # code -1 (missing) selects the last
