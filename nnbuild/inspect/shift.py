"""Columns of two sets of samples that are distributed differently: two-sample tests of each column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, ks_2samp

from nnbuild.diagnosis.sample_evidence import Shift
from nnbuild.inputs.frames import is_table

MIN_ROWS = 20  # of each set
ERROR = 0.001  # probability that any column of equally distributed sets is reported
MIN_DISTANCE = 0.15  # between distribution functions, or shares of categories
MAX_ROWS = 20_000  # of each set
MIN_EXPECTED = 5  # values of a category in each set; rarer categories are counted together


def shifts(first: Any, second: Any) -> list[Shift]:
    """Return the columns that are distributed differently in two sets of samples, largest difference first.

    Parameters
    ----------
    first, second : DataFrame or array of shape (n_samples, n_features)
        Arrays with more axes have no columns: the result is empty.

    Notes
    -----
    Numbers are compared by the test of Kolmogorov and Smirnov, categories by that of chi-squared. With n columns, the
    limit of each test is 0.001 / n (Bonferroni). Differences with a distance below 0.15 are left out, however certain.
    """
    if len(first) < MIN_ROWS or len(second) < MIN_ROWS:
        return []
    pairs = list(_columns(first, second))
    found = [_compared(name, a, b) for name, a, b in pairs]
    kept = [one for one in found if one and one.probability < ERROR / len(pairs) and one.distance >= MIN_DISTANCE]
    return sorted(kept, key=lambda one: -one.distance)


def _columns(first: Any, second: Any) -> Iterator[tuple[str, pd.Series, pd.Series]]:
    """Yield name and values of each column, without missing values."""
    one, other = (X.iloc[:MAX_ROWS] if is_table(X) else _as_table(X) for X in (first, second))
    if one is not None and other is not None:
        for name in one.columns:
            yield str(name), _values(one[name]), _values(other[name])


def _values(column: pd.Series) -> pd.Series:
    """Return the values that are not missing; times as numbers."""
    present = column.dropna()
    return present.astype("int64") if pd.api.types.is_datetime64_any_dtype(present.dtype) else present


def _as_table(X: Any) -> pd.DataFrame | None:
    array = np.asarray(X)[:MAX_ROWS] if isinstance(X, np.ndarray | list) else np.empty(0)
    return pd.DataFrame(array).infer_objects() if array.ndim == 2 else None


def _compared(name: str, first: pd.Series, second: pd.Series) -> Shift | None:
    if len(first) < MIN_ROWS or len(second) < MIN_ROWS:
        return None
    is_number = all(pd.api.types.is_numeric_dtype(part.dtype) for part in (first, second))
    return (_numbers if is_number else _categories)(name, first, second)


def _numbers(name: str, first: pd.Series, second: pd.Series) -> Shift:
    values = [part.to_numpy("float64") for part in (first, second)]
    distance, probability = ks_2samp(*values, method="asymp")
    medians = (f"{np.median(part):.4g}" for part in values)
    return Shift(name, float(distance), float(probability), *(f"median {median}" for median in medians))


def _categories(name: str, first: pd.Series, second: pd.Series) -> Shift | None:
    counts = pd.concat([part.astype(str).value_counts() for part in (first, second)], axis=1).fillna(0).to_numpy()
    expected = counts.sum(axis=1) * min(len(first), len(second)) / counts.sum()
    counts = np.vstack([counts[expected >= MIN_EXPECTED], counts[expected < MIN_EXPECTED].sum(axis=0)])
    counts = counts[counts.any(axis=1)]
    if len(counts) < 2:
        return None
    shares = counts / counts.sum(axis=0)
    distance, probability = np.abs(shares[:, 0] - shares[:, 1]).sum() / 2, chi2_contingency(counts).pvalue
    return Shift(name, float(distance), float(probability), *(_most_frequent(part) for part in (first, second)))


def _most_frequent(column: pd.Series) -> str:
    counts = column.astype(str).value_counts(normalize=True)
    return f"{counts.index[0]} {counts.iloc[0]:.0%}"
