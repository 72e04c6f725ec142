"""Samples as passed by users: X, y, sample weights and groups for the validation set."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.inputs.data_errors import check_not_masked
from nnbuild.inputs.frames import in_pandas
from nnbuild.private.sklearn import check_sample_weight
from nnbuild.report.units import counted


@dataclass(frozen=True, eq=False)
class Given:
    """Arguments of `fit`, not checked yet.

    Attributes
    ----------
    X, y, sample_weight : object or None
    validation_groups : object or None
        Group of each sample; the validation set consists of whole groups.
    suffix : str
        Suffix of the names in messages: "_val" for X_val.
    """

    X: Any = None
    y: Any = None
    sample_weight: Any = None
    validation_groups: Any = None
    suffix: str = ""

    def in_pandas(self) -> Given:
        """Return the same with tables and columns of other packages as pandas."""
        return replace(self, **{name: in_pandas(value, f"{name}{self.suffix}") for name, value in self._values()})

    @property
    def is_empty(self) -> bool:
        """Whether all arguments are None."""
        return all(value is None for _, value in self._values())

    def _values(self) -> list[tuple[str, Any]]:
        return [(one.name, getattr(self, one.name)) for one in fields(self) if one.name != "suffix"]


def checked_groups(groups: Any, rows: Any) -> np.ndarray | None:
    """Return groups of samples as integers, in order of first appearance: array of shape (n_samples,), or None.

    Parameters
    ----------
    groups : array-like of shape (n_samples,) or None
        Numbers or text.
    rows : array or DataFrame
        The samples.

    Raises
    ------
    ValueError
        For another shape or length, and for missing or masked values.
    """
    if groups is None:
        return None
    check_not_masked(groups, "validation_groups")
    values = groups if isinstance(groups, pd.Series) else np.asarray(groups)
    if values.ndim != 1:
        found = f"validation_groups must be of shape (n_samples,), got {values.shape}"
        raise ValueError(f"{found}\n  hint: pass one group for each sample")
    if len(values) != (n_rows := np.shape(rows)[0]):
        raise ValueError(
            f"validation_groups has {counted(len(values), 'value')}, but X has {counted(n_rows, 'sample')}"
        )
    codes, _ = pd.factorize(values)
    if n_missing := int((codes < 0).sum()):
        found = f"validation_groups has {counted(n_missing, 'missing value')}, the first in row {int(codes.argmin())}"
        raise ValueError(f"{found}\n  hint: assign a group to these samples")
    return codes


def checked_weights(weights: Any, rows: Any, ensure_non_negative: bool = False) -> np.ndarray | None:
    """Return sample weights as an array of shape (n_samples,), or None; scikit-learn checks the values.

    Raises
    ------
    ValueError
        For masked weights, and weights of another shape.
    """
    weights = in_pandas(weights, "sample_weight")
    if weights is None:
        return None
    check_not_masked(weights, "sample_weight")
    shape = np.asarray(weights).shape
    if len(shape) > 1:  # scikit-learn's message for three axes does not name the argument
        found = f"sample_weight must be of shape ({len(rows)},), got {shape}"
        raise ValueError(f"{found}\n  hint: pass one weight for each sample")
    return check_sample_weight(weights, rows, ensure_non_negative=ensure_non_negative)


NO_SAMPLES = Given()
