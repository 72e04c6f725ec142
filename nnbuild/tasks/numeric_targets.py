"""Scaling of regression targets, and checks of their values, by the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnbuild.catalog.json_form import type_of
from nnbuild.errors import show
from nnbuild.tasks.losses import head_of
from nnbuild.tasks.transforms import Transform

TOLERANCE = 1e-3  # of the sum of a distribution, which should be 1


def checked_scaling(scale_target: object, loss: str | Mapping | None) -> str:
    """Return the scaling of a target: "standard", "divided" or "none".

    Raises
    ------
    ValueError
        If `scale_target` is not "auto", True or False, or is True while the loss does not allow standardized values.
    """
    allowed = head_of(loss).scaling
    if isinstance(scale_target, str) and scale_target == "auto":
        return allowed
    if not isinstance(scale_target, bool | np.bool_):
        raise ValueError(f"scale_target must be 'auto', True or False, got {scale_target!r}")
    if scale_target and allowed != "standard":
        assert loss is not None
        found = f"scale_target=True standardizes y, but loss {show(type_of(loss))} requires y in its original units"
        raise ValueError(f"{found}\n  hint: pass scale_target='auto' for the scaling that the loss allows")
    return "standard" if scale_target else "none"


def check_previous_scaling(
    mean: np.ndarray, scale: np.ndarray, loss: str | Mapping | None, transforms: Sequence[Transform] = ()
) -> None:
    """Raise a `ValueError` if the previous fit scaled y in a way that a loss does not allow.

    Parameters
    ----------
    mean, scale : array of shape (n_outputs,)
        The previous fit scales y as (y - mean) / scale.
    loss : str, mapping or None
        Loss of the new fit.
    transforms : sequence of Transform, default=()
        Transforms of y in the previous fit.
    """
    allowed = head_of(loss).scaling
    changed = mean.any() or (allowed == "none" and (scale != 1).any()) or any(one.kind != "none" for one in transforms)
    if allowed == "standard" or not changed:
        return
    assert loss is not None
    found = f"loss {show(type_of(loss))} requires y in its original units, but the previous fit scaled y"
    raise ValueError(f"{found}\n  hint: pass warm_start=False to start again with the scaling that the loss allows")


def check_values(y: np.ndarray, loss: str | Mapping | None, name: str = "y", numbers: np.ndarray | None = None) -> None:
    """Raise a `ValueError` for values that a loss does not allow, with the first such value and its row.

    Parameters
    ----------
    y : array of shape (n_samples,) or (n_samples, n_outputs)
    loss : str, mapping or None
    name : str, default="y"
        Name of `y` in error messages.
    numbers : array of shape (n_samples,), optional
        Row of each sample in the original data, counted from 0; by default its position in `y`.
    """
    if isinstance(loss, Mapping) and loss.get("from_logits"):
        found = f"loss {show(type_of(loss))} with from_logits predicts logits, but predict must return values of {name}"
        raise ValueError(f"{found}\n  hint: remove from_logits; the output layer then has a matching activation")
    values = head_of(loss).values
    if values == "any":
        return
    assert loss is not None
    columns = y.reshape(len(y), -1)
    allowed, hint = _ALLOWED[values]
    start = f"loss {show(type_of(loss))} requires {name} with {allowed}"
    if values in ("distributions", "directions"):
        if columns.shape[1] < 2:
            raise ValueError(f"{start}, got one column\n  hint: {hint}")
        if values == "directions":
            return
    good = _good(columns, values)
    if good.all():
        return
    row, column = np.argwhere(~good)[0]
    if values == "distributions" and (columns[row] >= 0).all():
        found = f"a sum of {columns[row].sum():g}"
    else:
        found = f"{columns[row, column]:g}"
    where = place_in(y, row, None if values == "distributions" else column, numbers)
    if values == "positive" and columns[row, column] < 0:
        hint = _SIGNED
    raise ValueError(f"{start}, got {found} in {where}\n  hint: {hint}")


def place_in(y: np.ndarray, row: int, column: int | None, numbers: np.ndarray | None) -> str:
    """Return the place of a target for messages: its row, and its column if `y` has several axes."""
    number = int(row if numbers is None else numbers[row])
    return f"row {number} (counted from 0)" + (f", column {column}" if y.ndim > 1 and column is not None else "")


def _good(columns: np.ndarray, values: str) -> np.ndarray:
    """Return which values are allowed; for distributions, which rows, as one column."""
    if values == "not negative":
        return columns >= 0
    if values == "positive":
        return columns > 0
    if values == "not zero":
        return columns != 0
    if values == "shares":
        return (columns >= 0) & (columns <= 1)
    good = (columns >= 0).all(axis=1) & (np.abs(columns.sum(axis=1) - 1) <= TOLERANCE)
    return good[:, np.newaxis]


_SIGNED = "use mean_squared_error, mean_absolute_error or huber for numbers of any sign"
_ALLOWED = {
    "not negative": ("numbers of 0 or more", _SIGNED),
    "not zero": ("numbers other than 0", "use mean_absolute_error or mean_squared_logarithmic_error for zeros"),
    "positive": ("numbers above 0", "use poisson, tweedie or mean_squared_logarithmic_error for zeros"),
    "shares": ("shares from 0 to 1", "use mean_squared_error for any numbers"),
    "distributions": (
        "a distribution in each row: columns of 0 or more with a sum of 1",
        "divide each row by its sum, or use mean_squared_error for any numbers",
    ),
    "directions": ("two or more columns, because it compares directions", "use mean_squared_error for one column"),
}
