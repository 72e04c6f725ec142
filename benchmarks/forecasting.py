"""Forecasts of the next year of two monthly series: ``python benchmarks/forecasting.py``.

The series come with statsmodels, which is installed into an environment of its own. The last ten years are forecast, a
year from each month on; settings are chosen by cross-validation in the order of time on what comes before. All seconds
are those of the processors.
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
    """Windows and what follows them: those to learn from, and those of the last years."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each recipe")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where the environment is kept")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rows = []
    for name, values in peer_result("statsmodels", "forecasting_series.py", cache=options.cache).items():
        parts = parted(np.array(values))
        for title, way in WAYS.items():
            started = time.process_time()
            errors, chosen = way(parts, LEVELS[name], options.seeds)
            seconds = (time.process_time() - started) / len(errors)
            rows.append([name, title, shown(errors), chosen, f"{seconds:.1f}"])
            print(rows[-1], flush=True)
    print("\n".join([*lined(["series", "forecast", "mean absolute error", "chosen", "s"], rows), "", machine()]))


def parted(series: np.ndarray) -> Parts:
    """The last windows for the test, and before them those whose targets lie before any of the test's."""
    X, y = make_windows(series, LAGS, HORIZON)
    return Parts(X[: -TEST - HORIZON + 1], y[: -TEST - HORIZON + 1], X[-TEST:], y[-TEST:])


def naive(parts: Parts, level: bool, n_seeds: int) -> tuple[list[float], str]:
    return [error(seasonal_naive(parts.X_test, PERIOD, HORIZON), parts)], ""


def linear(parts: Parts, level: bool, n_seeds: int) -> tuple[list[float], str]:
    """A ridge regression on the lags, for each of the months to come."""
    X, y = relative(parts.X_train, parts.y_train, level)
    search = GridSearchCV(Ridge(), {"alpha": [0.01, 0.1, 1, 10, 100, 1000]}, cv=SPLIT, scoring=SCORING)
    search.fit(X[..., 0], y)
    found = search.predict(relative(parts.X_test, None, level)[0][..., 0])
    return [error(found + last(parts.X_test, level), parts)], f"alpha={search.best_params_['alpha']}"


def network(recipe: str):
    """What forecasts by a recipe of 30 epochs, whose size is chosen with seed 0."""

    def forecast(parts: Parts, level: bool, n_seeds: int) -> tuple[list[float], str]:
        X, y = relative(parts.X_train, parts.y_train, level)
        single = NNRegressor(recipe, epochs=30, random_state=0)
        search = GridSearchCV(single, {"units": [8, 16, 32]}, cv=SPLIT, scoring=SCORING, refit=False)
        best = search.fit(X, y).best_params_
        X_test = relative(parts.X_test, None, level)[0]
        errors = []
        for seed in range(n_seeds):
            regressor = NNRegressor(recipe, epochs=30, random_state=seed, **best).fit(X, y)
            errors.append(error(regressor.predict(X_test) + last(parts.X_test, level), parts))
        return errors, ", ".join(f"{name}={value}" for name, value in best.items())

    return forecast


def relative(X: np.ndarray, y: np.ndarray | None, level: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """Windows and targets less the last value of each window, for a series whose level changes."""
    if not level:
        return X, y
    return X - X[:, -1:], None if y is None else y - X[:, -1]


def last(X: np.ndarray, level: bool) -> np.ndarray | float:
    """What has to be added to a forecast."""
    return X[:, -1] if level else 0.0


def error(found: np.ndarray, parts: Parts) -> float:
    return float(np.abs(found - parts.y_test).mean())


def shown(errors: list[float]) -> str:
    if len(errors) == 1:
        return f"{errors[0]:.3f}"
    return f"{np.mean(errors):.3f} ± {np.std(errors, ddof=1) / np.sqrt(len(errors)):.3f}"


SPLIT, SCORING = TimeSeriesSplit(3, gap=HORIZON - 1), "neg_mean_absolute_error"
LEVELS = {"elnino": False, "co2": True}  # whether forecasts are relative to the last value
WAYS = {
    "season before": naive,
    "ridge regression on lags": linear,
    "`forecast_gru`": network("forecast_gru"),
    "`forecast_lstm`": network("forecast_lstm"),
}


if __name__ == "__main__":
    main()
