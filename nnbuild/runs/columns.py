"""What became of the columns of a table, and of other inputs that were prepared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnbuild.errors import show
from nnbuild.estimators.base import NNEstimator
from nnbuild.inputs.protocol import Preparation
from nnbuild.language.sections import own_inputs


def column_rows(estimator: NNEstimator, remarks: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Name of each column of a table, or of another input, and what the network takes of it.

    Parameters
    ----------
    estimator : NNClassifier or NNRegressor
        Fitted.
    remarks : mapping of str to str, optional
        What else there is to report of columns.
    """
    found: Any = estimator.preparation_
    if found is None:
        return []
    inputs = own_inputs(estimator.recipe_.inputs)
    parts: Mapping[str, Preparation] = found if isinstance(found, Mapping) else dict.fromkeys(inputs, found)
    more = {name: [f"written as {one.example()}"] for name, one in estimator._fitted.notations.items() if one.example()}
    for name, remark in (remarks or {}).items():
        more.setdefault(name, []).append(f"text, though {remark}")
    return [row for name, part in parts.items() for row in _rows(inputs[name].get("column", name), part, more)]


def axes_note(X: Any) -> str:
    """A note where X of shape (n_samples, 1, n) may have its steps and channels exchanged; else empty.

    Examples
    --------
    >>> axes_note(np.zeros((5, 1, 150)))
    'X has 1 step of 150 channels; if these are 150 steps of 1 channel, save X.transpose(0, 2, 1)'
    >>> axes_note(np.zeros((5, 150, 1)))
    ''
    """
    if not isinstance(X, np.ndarray) or X.ndim != 3 or X.shape[1] != 1 or X.shape[2] == 1:
        return ""
    n = X.shape[2]
    return f"X has 1 step of {n} channels; if these are {n} steps of 1 channel, save X.transpose(0, 2, 1)"


def _rows(name: str, preparation: Preparation, more: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    rows = preparation.by_column(name)
    return [(_name(column), "; ".join([line, *more.get(column, [])])) for column, line in rows]


def _name(name: str) -> str:
    return name if name.isprintable() else show(name)
