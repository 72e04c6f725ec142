"""Make forecasting samples of a time series: windows of its past, and the values that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.catalog.kinds import is_integer
from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.inputs.frames import in_pandas, is_table

LISTS = list | tuple | np.ndarray | pd.Index  # of targets, such as `frame.columns[:2]`


def make_windows(
    series: Any, lags: int, horizon: int = 1, *, gap: int = 0, step: int = 1, targets: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return windows of a series and the values that follow them, in order of time.

    Parameters
    ----------
    series : array of shape (n_times,) or (n_times, n_channels), Series or DataFrame of any package
        Values at equal time steps, the earliest first. An index of times must be strictly increasing.
    lags : int
        Time steps in a window.
    horizon : int, default=1
        Time steps to forecast.
    gap : int, default=0
        Time steps between a window and the first step to forecast, in neither of them.
    step : int, default=1
        Time steps between the starts of two windows.
    targets : str, int or list of them, optional
        Channels to forecast: columns of a DataFrame by name, of an array by position. By default all. A single
        target outside a list adds no axis to `y`.

    Returns
    -------
    X : array of shape (n_windows, lags, n_channels)
        Input for layers such as LSTM, GRU and Conv1D. float32 is kept; other dtypes become float64.
    y : array of shape (n_windows,) or (n_windows, horizon), with a further axis for several targets
        The axis of a horizon of 1 is dropped, and that of a single target outside a list.

    Raises
    ------
    DataError
        For a series that is too short, has missing or masked values, or goes back in time, and for invalid
        parameters.

    Notes
    -----
    With windows numbered from 0, window i contains the time steps from i * step on, and its last target is at
    i * step + lags + gap + horizon - 1. At the end of window j, the targets of window i are known if
    (j - i) * step >= gap + horizon. So leave out the last windows before those of a test set::

        TimeSeriesSplit(gap=math.ceil((gap + horizon) / step) - 1)

    Otherwise training uses values that the test has to forecast. Inputs of a test may contain values that were
    targets of training: these are past by then.

    Examples
    --------
    >>> X, y = make_windows([1, 2, 3, 4, 5, 6], lags=3, horizon=2)
    >>> X[..., 0].tolist(), y.tolist()
    ([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], [[4.0, 5.0], [5.0, 6.0]])
    """
    lags, horizon, step = (_count(*pair, 1) for pair in (("lags", lags), ("horizon", horizon), ("step", step)))
    gap = _count("gap", gap, 0)
    table, names = _table(series)
    chosen, length = _places(targets, names), lags + gap + horizon
    if len(table) < length:
        parts = f"lags={lags}" + f" + gap={gap}" * bool(gap) + f" + horizon={horizon}"
        raise DataError(f"the series has {len(table)} time steps, but one window requires {length}: {parts}")
    # (n_windows, n_channels, length), without a copy
    windows = np.lib.stride_tricks.sliding_window_view(table, length, axis=0)[::step].swapaxes(1, 2)
    return windows[:, :lags].copy(), _squeezed(windows[:, lags + gap :, chosen], targets)


def seasonal_naive(X: Any, period: int, horizon: int = 1, *, gap: int = 0, targets: Any = None) -> np.ndarray:
    """Return the seasonal naive forecast, a baseline: each value equals that of the last known season.

    Parameters
    ----------
    X : array of shape (n_windows, lags, n_channels)
        Windows of `make_windows`, with `lags` of at least `period`.
    period : int
        Time steps in a season; 1 repeats the last value.
    horizon, gap, targets
        As for `make_windows`; channels by position.

    Returns
    -------
    array of the shape of `y` of `make_windows`

    References
    ----------
    Hyndman & Athanasopoulos, "Forecasting: principles and practice", 3rd edition, section 5.2.

    Examples
    --------
    >>> X, y = make_windows([1, 2, 3, 1, 2, 3, 1, 2], lags=3, horizon=4)
    >>> seasonal_naive(X, period=3, horizon=4).tolist() == y.tolist()
    True
    """
    period, horizon, gap = _count("period", period, 1), _count("horizon", horizon, 1), _count("gap", gap, 0)
    windows = np.asarray(X)
    if windows.ndim != 3:
        raise DataError(f"X must be windows of shape (n_windows, lags, n_channels), got {windows.shape}")
    lags, n_channels = windows.shape[1:]
    if lags < period:
        hint = f"call make_windows with lags={period} or more"
        raise DataError(f"X has windows of {lags} time steps, fewer than period={period}\n  hint: {hint}")
    times = lags - period + (gap + np.arange(horizon)) % period
    return _squeezed(windows[:, times][..., _places(targets, range(n_channels))], targets)


def _table(series: Any) -> tuple[np.ndarray, Sequence]:
    """Return values of shape (n_times, n_channels), and the names of the channels."""
    series = in_pandas(series, "the series")
    if isinstance(getattr(series, "index", None), pd.DatetimeIndex | pd.PeriodIndex | pd.TimedeltaIndex):
        _check_order(series.index)
    if np.ma.is_masked(series):
        raise DataError("the series has masked values\n  hint: impute such time steps, or split the series there")
    try:
        values = np.asarray(series, None if hasattr(series, "dtype") else "float64")
    except (TypeError, ValueError) as error:
        raise DataError(f"the series must be numeric: {error}") from error
    if values.ndim not in (1, 2) or values.dtype.kind not in "biuf":
        wanted = "the series must be numeric, of shape (n_times,) or (n_times, n_channels)"
        raise DataError(f"{wanted}, got dtype {values.dtype} of shape {values.shape}")
    if not values.size:
        raise DataError(f"the series has no values, got shape {values.shape}")
    table = values.reshape(len(values), -1).astype("float32" if values.dtype == "float32" else "float64")
    names = series.columns if is_table(series) else range(table.shape[1])
    if len(rows := np.argwhere(~np.isfinite(table))):
        row, column = rows[0].tolist()
        where = f"at time step {row}" + f" of channel {show(names[column])}" * (table.shape[1] > 1)
        raise DataError(
            f"the series contains NaN or infinity {where}\n  hint: impute such time steps, or split the series there"
        )
    return table, names


def _check_order(index: pd.Index) -> None:
    """Raise a `DataError` unless times increase strictly."""
    wrong = np.flatnonzero(~(index[1:] > index[:-1]))  # a missing time is not later
    if len(wrong):
        first, then = index[wrong[0]], index[wrong[0] + 1]
        found = f"the index must be strictly increasing, but {first} is followed by {then}"
        raise DataError(f"{found}\n  hint: call series.sort_index(), and remove duplicate times")


def _places(targets: Any, names: Sequence) -> list[int]:
    """Return the positions of the target channels."""
    known = list(names)
    if targets is None:
        return list(range(len(known)))
    wanted = list(targets) if isinstance(targets, LISTS) else [targets]
    for name in wanted:
        if name not in known:
            near = did_you_mean(str(name), map(str, known))
            hint = f"\n  hint: {near}" if near else ""
            raise DataError(f"targets: no channel {show(name)}\n  allowed: {name_list(map(str, known))}{hint}")
        if known.count(name) > 1:
            raise DataError(f"targets: {known.count(name)} channels have the name {show(name)}\n  hint: rename them")
    if not wanted:
        raise DataError("targets must contain at least one channel, got []")
    return [known.index(name) for name in wanted]


def _squeezed(y: np.ndarray, targets: Any) -> np.ndarray:
    """Drop axes of length 1 from values of shape (n_windows, horizon, n_targets), except the axis of listed targets."""
    is_single = (y.shape[1] == 1, y.shape[2] == 1 and not isinstance(targets, LISTS))
    return y.squeeze(tuple(axis for axis, single in zip((1, 2), is_single, strict=True) if single))


def _count(name: str, value: Any, least: int) -> int:
    value = value.item() if isinstance(value, np.integer) else value
    if not is_integer(value) or value < least:
        raise DataError(f"{name} must be an integer of at least {least}, got {show(value)}")
    return int(value)
