"""Forecast the next year of two monthly series: ``python benchmarks/forecasting.py``.

The series are from statsmodels, which is installed in its own environment. In the last ten years, each month is the
start of a forecast of one year. Hyperparameters are selected by time series cross-validation on the years before. All
times are CPU times.
"""

import argparse
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from contract import CACHE, peer_result
from gallery import lined, machine
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from nnbuild import NNRegressor, make_windows, seasonal_naive

PERIOD, LAGS, HORIZON, TEST = 12, 24, 12, 120


class Parts(NamedTuple):
    """Windows and targets of the training set and of the test set, the last years."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--seeds", type=int, default=5, help="number of fits per recipe")
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the environment")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = []
    for name, values in peer_result("statsmodels", "forecasting_series.py", cache=options.cache).items():
        parts = parted(np.array(values))
        for title, way in WAYS.items():
            started = time.process_time()
            errors, chosen = way(parts, HAS_TREND[name], options.seeds)
            seconds = (time.process_time() - started) / len(errors)
            rows.append([name, title, shown(errors), chosen, f"{seconds:.1f}"])
            print(rows[-1], flush=True)
    print("\n".join([*lined(["series", "forecast", "mean absolute error", "chosen", "s"], rows), "", machine()]))


def parted(series: np.ndarray) -> Parts:
    """Split windows: the last ones are the test set. Training targets precede all test targets."""
    X, y = make_windows(series, LAGS, HORIZON)
    return Parts(X[: -TEST - HORIZON + 1], y[: -TEST - HORIZON + 1], X[-TEST:], y[-TEST:])


def naive(parts: Parts, trend: bool, n_seeds: int) -> tuple[list[float], str]:
    return [error(seasonal_naive(parts.X_test, PERIOD, HORIZON), parts)], ""


def linear(parts: Parts, trend: bool, n_seeds: int) -> tuple[list[float], str]:
    """Forecast by a ridge regression on the lags, for each month of the horizon."""
    X, y = relative(parts.X_train, parts.y_train, trend)
    search = GridSearchCV(Ridge(), {"alpha": [0.01, 0.1, 1, 10, 100, 1000]}, cv=SPLIT, scoring=SCORING)
    search.fit(X[..., 0], y)
    found = search.predict(relative(parts.X_test, None, trend)[0][..., 0])
    return [error(found + last(parts.X_test, trend), parts)], f"alpha={search.best_params_['alpha']}"


def network(recipe: str):
    """Return a function that forecasts by a recipe with 30 epochs; its size is selected with seed 0."""

    def forecast(parts: Parts, trend: bool, n_seeds: int) -> tuple[list[float], str]:
        X, y = relative(parts.X_train, parts.y_train, trend)
        single = NNRegressor(recipe, epochs=30, random_state=0)
        search = GridSearchCV(single, {"units": [8, 16, 32]}, cv=SPLIT, scoring=SCORING, refit=False)
        best = search.fit(X, y).best_params_
        X_test = relative(parts.X_test, None, trend)[0]
        errors = []
        for seed in range(n_seeds):
            regressor = NNRegressor(recipe, epochs=30, random_state=seed, **best).fit(X, y)
            errors.append(error(regressor.predict(X_test) + last(parts.X_test, trend), parts))
        return errors, ", ".join(f"{name}={value}" for name, value in best.items())

    return forecast


def relative(X: np.ndarray, y: np.ndarray | None, trend: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """Return windows and targets minus the last value of each window, for a series with a trend."""
    if not trend:
        return X, y
    return X - X[:, -1:], None if y is None else y - X[:, -1]


def last(X: np.ndarray, trend: bool) -> np.ndarray | float:
    """Return the value to add to forecasts made by `relative`."""
    return X[:, -1] if trend else 0.0


def error(found: np.ndarray, parts: Parts) -> float:
    return float(np.abs(found - parts.y_test).mean())


def shown(errors: list[float]) -> str:
    if len(errors) == 1:
        return f"{errors[0]:.3f}"
    return f"{np.mean(errors):.3f} ± {np.std(errors, ddof=1) / np.sqrt(len(errors)):.3f}"


SPLIT, SCORING = TimeSeriesSplit(3, gap=HORIZON - 1), "neg_mean_absolute_error"
HAS_TREND = {"elnino": False, "co2": True}  # forecasts are then relative to the last value
WAYS = {
    "seasonal naive": naive,
    "ridge regression on lags": linear,
    "`forecast_gru`": network("forecast_gru"),
    "`forecast_lstm`": network("forecast_lstm"),
}


if __name__ == "__main__":
    main()
