"""`make_windows`: which values a window holds, which are its targets, and that training sees none of the test's."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import TimeSeriesSplit

from nnbuild import DataError, make_windows, seasonal_naive

HOURS = pd.date_range("2024-01-01", periods=9, freq="h")


@pytest.mark.parametrize(("lags", "horizon", "gap", "step"), [(1, 1, 0, 1), (3, 2, 0, 1), (4, 3, 2, 1), (2, 1, 1, 3)])
def test_each_window_is_followed_by_its_targets(lags, horizon, gap, step):
    X, y = make_windows(np.arange(30), lags, horizon, gap=gap, step=step)
    starts = range(0, 30 - lags - gap - horizon + 1, step)
    assert X[..., 0].tolist() == [list(range(start, start + lags)) for start in starts]
    firsts = [start + lags + gap for start in starts]
    assert y.reshape(len(y), -1).tolist() == [list(range(first, first + horizon)) for first in firsts]
    assert X.shape == (len(starts), lags, 1)
    assert y.shape == ((len(starts),) if horizon == 1 else (len(starts), horizon))


@pytest.mark.parametrize(
    ("targets", "horizon", "shape", "first"),
    [
        (None, 1, (7, 2), [2, 102]),
        (None, 2, (6, 2, 2), [2, 102, 3, 103]),
        ("load", 1, (7,), [2]),
        ("sun", 2, (6, 2), [102, 103]),
        (["load"], 1, (7, 1), [2]),
        (np.array(["load"]), 1, (7, 1), [2]),
        (pd.Index(["sun", "load"]), 2, (6, 2, 2), [102, 2, 103, 3]),
        (["load"], 2, (6, 2, 1), [2, 3]),
        (("sun", "load"), 2, (6, 2, 2), [102, 2, 103, 3]),
    ],
)
def test_targets_are_chosen_by_name(targets, horizon, shape, first):
    frame = pd.DataFrame({"load": np.arange(9.0), "sun": np.arange(9.0) + 100}, HOURS)
    X, y = make_windows(frame, 2, horizon, targets=targets)
    assert X.shape == (shape[0], 2, 2)
    assert y.shape == shape
    assert np.ravel(y[0]).tolist() == first


def test_an_array_and_a_series_give_what_a_frame_gives():
    frame = pd.DataFrame({"load": np.arange(9.0), "sun": np.arange(9.0) ** 2}, HOURS)
    for wanted, got in zip(make_windows(frame, 3), make_windows(frame.to_numpy(), 3), strict=True):
        assert np.array_equal(wanted, got)
    for wanted, got in zip(make_windows(frame["sun"], 3), make_windows(frame[["sun"]], 3), strict=True):
        assert np.array_equal(wanted, got)
    assert np.array_equal(make_windows(frame, 3, targets="sun")[1], make_windows(frame.to_numpy(), 3, targets=1)[1])


def test_channels_of_one_name_are_all_there():
    frame = pd.DataFrame([[1, 10], [2, 20], [3, 30]], columns=["a", "a"])
    assert make_windows(frame, 2)[1].tolist() == [[3, 30]]


def test_the_series_is_neither_changed_nor_held():
    series = np.arange(6, dtype="float32")
    X, y = make_windows(series, 2)
    assert X.dtype == y.dtype == np.float32
    X[:], y[:] = -1, -1
    assert series.tolist() == [0, 1, 2, 3, 4, 5]
    assert make_windows(range(6), 2)[0].dtype == np.float64


@pytest.mark.parametrize(("horizon", "gap", "step"), [(1, 0, 1), (4, 0, 1), (3, 2, 1), (4, 1, 2), (5, 0, 3), (1, 5, 4)])
def test_training_sees_no_value_that_a_test_forecasts(horizon, gap, step):
    lags, n_left_out = 4, math.ceil((gap + horizon) / step) - 1
    X, y = make_windows(np.arange(200), lags, horizon, gap=gap, step=step)
    last_targets = y.reshape(len(y), -1)[:, -1]
    for train, test in TimeSeriesSplit(3, gap=n_left_out).split(X):
        assert last_targets[train].max() <= X[test].max(axis=(1, 2)).min()
    if n_left_out:  # one row fewer would be too few
        for train, test in TimeSeriesSplit(3, gap=n_left_out - 1).split(X):
            assert last_targets[train].max() > X[test].max(axis=(1, 2)).min()


@pytest.mark.parametrize(("period", "horizon", "gap"), [(1, 1, 0), (1, 3, 2), (4, 1, 0), (4, 9, 0), (4, 3, 5)])
def test_a_seasonal_series_is_forecast_without_error(period, horizon, gap):
    series = np.tile(np.arange(period), 30)
    for values, targets in (
        (series, None),
        (np.stack([series, -series], 1), None),
        (np.stack([series, -series], 1), 1),
    ):
        X, y = make_windows(values, period + 1, horizon, gap=gap, targets=targets)
        assert np.array_equal(seasonal_naive(X, period, horizon, gap=gap, targets=targets), y)


def test_a_season_is_the_last_one_that_the_window_holds():
    X, _ = make_windows([1, 2, 3, 10, 20, 30, 0], lags=6)
    assert seasonal_naive(X, 3, 4).tolist() == [[10, 20, 30, 10]]
    assert seasonal_naive(X, 3, 2, gap=2).tolist() == [[30, 10]]


@pytest.mark.parametrize(
    ("series", "parameters", "message"),
    [
        (
            [1, 2, 3],
            {"lags": 3, "horizon": 2},
            "the series has 3 time steps, but one window requires 5: lags=3 + horizon=2",
        ),
        (
            [1, 2, 3],
            {"lags": 3, "gap": 1},
            "the series has 3 time steps, but one window requires 5: lags=3 + gap=1 + horizon=1",
        ),
        (
            [1, None, 3],
            {"lags": 1},
            "the series contains NaN or infinity at time step 1\n"
            "  hint: impute such time steps, or split the series there",
        ),
        (
            pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, np.inf]}),
            {"lags": 1},
            "the series contains NaN or infinity at time step 2 of channel 'b'\n"
            "  hint: impute such time steps, or split the series there",
        ),
        (
            pd.Series([1.0, 2.0, 3.0], pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-01"])),
            {"lags": 1},
            "the index must be strictly increasing, but 2024-01-03 00:00:00 is followed by 2024-01-01 00:00:00\n"
            "  hint: call series.sort_index(), and remove duplicate times",
        ),
        (
            pd.Series([1.0, 2.0, 3.0], pd.to_datetime(["2024-01-01", None, "2024-01-03"])),
            {"lags": 1},
            "the index must be strictly increasing, but 2024-01-01 00:00:00 is followed by NaT\n"
            "  hint: call series.sort_index(), and remove duplicate times",
        ),
        (
            np.ma.masked_array([1, 2, 3], [False, True, False]),
            {"lags": 1},
            "the series has masked values\n  hint: impute such time steps, or split the series there",
        ),
        ([], {"lags": 1}, "the series has no values, got shape (0,)"),
        (pd.DataFrame({"a": [], "b": []}), {"lags": 1}, "the series has no values, got shape (0, 2)"),
        (
            pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]),
            {"lags": 1, "targets": "a"},
            "targets: 2 channels have the name 'a'\n  hint: rename them",
        ),
        (
            np.zeros((2, 3, 4)),
            {"lags": 1},
            "the series must be numeric, of shape (n_times,) or (n_times, n_channels), "
            "got dtype float64 of shape (2, 3, 4)",
        ),
        (
            ["a", "b"],
            {"lags": 1},
            "the series must be numeric: could not convert string to float: 'a'",
        ),
        ([1, 2, 3], {"lags": 0}, "lags must be an integer of at least 1, got 0"),
        ([1, 2, 3], {"lags": 1, "horizon": 1.5}, "horizon must be an integer of at least 1, got 1.5"),
        ([1, 2, 3], {"lags": 1, "step": True}, "step must be an integer of at least 1, got true"),
        ([1, 2, 3], {"lags": 1, "gap": -1}, "gap must be an integer of at least 0, got -1"),
        ([1, 2, 3], {"lags": 1, "targets": 1}, "targets: no channel 1\n  allowed: 0"),
        ([1, 2, 3], {"lags": 1, "targets": []}, "targets must contain at least one channel, got []"),
        (
            pd.DataFrame({"load": [1, 2, 3]}),
            {"lags": 1, "targets": "laod"},
            "targets: no channel 'laod'\n  allowed: load\n  hint: did you mean 'load'?",
        ),
    ],
    ids=lambda value: value.replace("\n", " ")[:40] if isinstance(value, str) else "",
)
def test_mistakes_are_reported(series, parameters, message):
    with pytest.raises(DataError) as caught:
        make_windows(series, **parameters)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("X", "period", "message"),
    [
        (
            np.zeros((5, 3, 1)),
            4,
            "X has windows of 3 time steps, fewer than period=4\n  hint: call make_windows with lags=4 or more",
        ),
        (np.zeros((5, 3)), 2, "X must be windows of shape (n_windows, lags, n_channels), got (5, 3)"),
        (np.zeros((5, 3, 1)), 0, "period must be an integer of at least 1, got 0"),
    ],
    ids=["too short", "no windows", "no period"],
)
def test_mistakes_in_a_season_are_reported(X, period, message):
    with pytest.raises(DataError) as caught:
        seasonal_naive(X, period)
    assert str(caught.value) == message
