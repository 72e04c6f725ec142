"""A series in the order of time -> windows of its past and what comes after each: rows to learn a forecast from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from nnbuild.catalog.kinds import is_whole
from nnbuild.errors import DataError, did_you_mean, name_list, show
from nnbuild.inputs.frames import in_pandas, is_table

LISTS = list | tuple | np.ndarray | pd.Index  # of targets, such as `frame.columns[:2]`


def make_windows(
    series: Any, lags: int, horizon: int = 1, *, gap: int = 0, step: int = 1, targets: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Windows of a series and the values that follow them, in the order of time.

    Parameters
    ----------
    series : array of shape (n_times,) or (n_times, n_channels), Series or DataFrame of any package
        Values at equal distances, the earliest first. An index of times must not go back.
    lags : int
        Times in a window.
    horizon : int, default=1
        Times to forecast.
    gap : int, default=0
        Times between a window's last and the first to forecast, that neither holds.
    step : int, default=1
        Times from the begin of a window to that of the next.
    targets : str, int or list of them, optional
        Which channels are forecast: columns of a DataFrame by their names, of an array by their places. By default
        all of them. One that is not in a list takes no axis of `y`.

    Returns
    -------
    X : array of shape (n_windows, lags, n_channels)
        What layers such as LSTM, GRU and Conv1D take. float32 stays so; everything else becomes float64.
    y : array of shape (n_windows,) or (n_windows, horizon), with a further axis for several targets
        Axes of length 1 are there only for `targets` in a list.

    Raises
    ------
    DataError
        For a series that is too short, holds missing or masked values, or goes back in time, and for other parameters
        than these.

    Notes
    -----
    With windows numbered from 0, window i holds the times from i * step on, and its last target is at
    i * step + lags + gap + horizon - 1. When window j is all that is known, the targets of window i are known too
    where (j - i) * step >= gap + horizon. So the last windows before those of a test have to be left out::

        TimeSeriesSplit(gap=math.ceil((gap + horizon) / step) - 1)

    Without that, training sees values that the test has to forecast. Inputs of a test may hold values that were
    targets of training: those are past by then.

    Examples
    --------
    >>> X, y = make_windows([1, 2, 3, 4, 5, 6], lags=3, horizon=2)
    >>> X[..., 0].tolist(), y.tolist()
    ([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], [[4.0, 5.0], [5.0, 6.0]])
    """
    lags, horizon, step = (_count(*said, 1) for said in (("lags", lags), ("horizon", horizon), ("step", step)))
    gap = _count("gap", gap, 0)
    table, names = _table(series)
    chosen, length = _places(targets, names), lags + gap + horizon
    if len(table) < length:
        parts = f"lags={lags}" + f" + gap={gap}" * bool(gap) + f" + horizon={horizon}"
        raise DataError(f"the series has {len(table)} times, and one window needs {length}: {parts}")
    # (n_windows, n_channels, length), without a copy
    windows = np.lib.stride_tricks.sliding_window_view(table, length, axis=0)[::step].swapaxes(1, 2)
    return windows[:, :lags].copy(), _squeezed(windows[:, lags + gap :, chosen], targets)


def seasonal_naive(X: Any, period: int, horizon: int = 1, *, gap: int = 0, targets: Any = None) -> np.ndarray:
    """The forecast that every other has to beat: each value as it was one season before, or the last such season seen.

    Parameters
    ----------
    X : array of shape (n_windows, lags, n_channels)
        Of `make_windows`, with `lags` of at least `period`.
    period : int
        Times in a season; 1 repeats the last value.
    horizon, gap, targets
        As for `make_windows`; channels go by their places.

    Returns
    -------
    array of the shape of `y` of `make_windows`

    References
    ----------
    .. [1] Hyndman & Athanasopoulos, "Forecasting: principles and practice", 3rd edition, section 5.2.

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
        hint = f"make_windows with lags={period} or more"
        raise DataError(f"windows of {lags} times hold no season of period={period}\n  hint: {hint}")
    times = lags - period + (gap + np.arange(horizon)) % period
    return _squeezed(windows[:, times][..., _places(targets, range(n_channels))], targets)


def _table(series: Any) -> tuple[np.ndarray, Sequence]:
    """Values of shape (n_times, n_channels), and the names of the channels."""
    series = in_pandas(series, "the series")
    if isinstance(getattr(series, "index", None), pd.DatetimeIndex | pd.PeriodIndex | pd.TimedeltaIndex):
        _check_order(series.index)
    if np.ma.is_masked(series):
        raise DataError("the series has masked values\n  hint: fill such times, or cut the series there")
    try:
        values = np.asarray(series, None if hasattr(series, "dtype") else "float64")
    except (TypeError, ValueError) as error:
        raise DataError(f"the series must hold numbers: {error}") from error
    if values.ndim not in (1, 2) or values.dtype.kind not in "biuf":
        wanted = "the series must hold numbers, of shape (n_times,) or (n_times, n_channels)"
        raise DataError(f"{wanted}, got dtype {values.dtype} of shape {values.shape}")
    if not values.size:
        raise DataError(f"the series has no values, got shape {values.shape}")
    table = values.reshape(len(values), -1).astype("float32" if values.dtype == "float32" else "float64")
    names = series.columns if is_table(series) else range(table.shape[1])
    if len(rows := np.argwhere(~np.isfinite(table))):
        row, column = rows[0].tolist()
        where = f"at time {row}" + f" of channel {show(names[column])}" * (table.shape[1] > 1)
        raise DataError(f"the series has no finite number {where}\n  hint: fill such times, or cut the series there")
    return table, names


def _check_order(index: pd.Index) -> None:
    """Raise a `DataError` for times that go back, or stand twice."""
    wrong = np.flatnonzero(~(index[1:] > index[:-1]))  # a missing time is not later
    if len(wrong):
        first, then = index[wrong[0]], index[wrong[0] + 1]
        found = f"the series goes from {first} to {then}, and times must go forward"
        raise DataError(f"{found}\n  hint: series.sort_index(), and one value for each time")


def _places(targets: Any, names: Sequence) -> list[int]:
    """The channels that are targets, by their places."""
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
            raise DataError(f"targets: {known.count(name)} channels are called {show(name)}\n  hint: rename them")
    if not wanted:
        raise DataError("targets must name one channel or more, got []")
    return [known.index(name) for name in wanted]


def _squeezed(y: np.ndarray, targets: Any) -> np.ndarray:
    """Values of shape (n_windows, horizon, n_targets) without axes that nobody asked for."""
    is_alone = (y.shape[1] == 1, y.shape[2] == 1 and not isinstance(targets, LISTS))
    return y.squeeze(tuple(axis for axis, alone in zip((1, 2), is_alone, strict=True) if alone))


def _count(name: str, value: Any, least: int) -> int:
    value = value.item() if isinstance(value, np.integer) else value
    if not is_whole(value) or value < least:
        raise DataError(f"{name} must be a whole number of {least} or more, got {show(value)}")
    return int(value)
