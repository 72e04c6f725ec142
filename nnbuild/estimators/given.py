"""Samples as users give them: X, y, sample weights and the groups to validate by."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from nnbuild.estimators.tables import refuse_masked
from nnbuild.features.frames import in_pandas
from nnbuild.report.units import counted


class Given(NamedTuple):
    """What a user passes to `fit`, not checked yet.

    Attributes
    ----------
    X, y, sample_weight : object or None
    validation_groups : object or None
        Group of each sample, of which the validation set gets whole ones.
    """

    X: Any = None
    y: Any = None
    sample_weight: Any = None
    validation_groups: Any = None

    def in_pandas(self, suffix: str = "") -> Given:
        """The same with tables and columns of other packages as pandas; messages name the data with the suffix."""
        named = zip(self._fields, self, strict=True)
        return Given(*(in_pandas(value, f"{name}{suffix}") for name, value in named))


def checked_groups(groups: Any, rows: Any) -> np.ndarray | None:
    """Numbers of the groups of rows, in order of first appearance: array of shape (n_samples,); None stays so.

    Parameters
    ----------
    groups : array-like of shape (n_samples,) or None
        Numbers or text.
    rows : array or DataFrame
        The samples.

    Raises
    ------
    ValueError
        For another shape or length, and missing or masked values.
    """
    if groups is None:
        return None
    refuse_masked(groups, "validation_groups")
    values = groups if isinstance(groups, pd.Series) else np.asarray(groups)
    if values.ndim != 1:
        found = f"validation_groups must be of shape (n_samples,), got {values.shape}"
        raise ValueError(f"{found}\n  hint: one group for each sample")
    if len(values) != (n_rows := np.shape(rows)[0]):
        raise ValueError(
            f"validation_groups has {counted(len(values), 'value')}, and X has {counted(n_rows, 'sample')}"
        )
    codes, _ = pd.factorize(values)
    if n_missing := int((codes < 0).sum()):
        found = f"validation_groups has {counted(n_missing, 'missing value')}, the first in row {int(codes.argmin())}"
        raise ValueError(f"{found}\n  hint: give these samples a group of their own")
    return codes


NO_ROWS = Given()
