"""Commands of forecasts: training on windows of a series, and forecasts of its next values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from nnbuild.errors import DataError
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import fit_of, keep_notations
from nnbuild.estimators.regressor import NNRegressor
from nnbuild.inputs.windows import seasonal_naive
from nnbuild.plan.settings import loss_of
from nnbuild.recipe import Recipe
from nnbuild.report.scores import Measured, Score, Scores
from nnbuild.runs.data.estimator import data_error, quantile_columns, training_and_validation_rows
from nnbuild.runs.data.windows import Forecast, Windows, read_new_series, read_new_windows
from nnbuild.runs.workflows.protocol import Predictions
from nnbuild.runs.workflows.supervised import with_quantiles

STEP = "step"  # column of the numbers of forecast rows without times


class ForecastWorkflow:
    """Workflow of forecasts."""

    def estimator(self, recipe: Recipe, data: Windows, **parameters: object) -> NNEstimator:
        """Return an unfitted regressor."""
        if len(recipe.network.inputs) > 1:
            names = ", ".join(recipe.network.inputs)
            raise DataError(f"the recipe has the inputs {names}, but windows of a series are only one")
        return NNRegressor(recipe, **parameters)

    def check(self, recipe: Recipe, data: Windows) -> None:
        """Accept all data: their reader has checked them."""

    def adapted(self, recipe: Recipe, data: Windows) -> Windows:
        """Return the windows."""
        return data

    def fit(self, estimator: Any, train: Windows) -> None:
        """Train on windows, and keep the notations of the columns."""
        estimator.fit(train.X, train.y)
        keep_notations(estimator, train.notations)

    def parts(self, estimator: Any, train: Any, seed: int) -> tuple[Any, int]:
        """Return the training set without the validation set, and the size of the validation set."""
        return training_and_validation_rows(estimator, train, train.X, train.y, seed)

    def scores(self, estimator: Any, data: Windows) -> Scores:
        """Return R2 and errors of all values of the horizon, with a naive forecast as the baseline."""
        one = data.forecast
        found = np.asarray(estimator.predict(data.X), "float64")
        naive = seasonal_naive(data.X, one.season, one.horizon, targets=one.places).reshape(data.y.shape)
        values = tuple(
            Score(name, score(data.y, found), score(data.y, naive))
            for name, score in (
                ("r2", _r2), ("mean_absolute_error", _mean_error), ("root_mean_squared_error", _squared_error),
            )
        )  # fmt: skip
        columns = (array.reshape(len(data) * one.horizon, -1).T.tolist() for array in (data.y, found))
        parts = zip(one.targets, *columns, strict=True)
        outcomes = tuple(Measured(name, tuple(true), tuple(own)) for name, true, own in parts)
        baseline = "the last value" if one.season == 1 else f"the value of the last season of {one.season} rows"
        return Scores(len(data), with_quantiles(values, estimator, data), baseline, outcomes)

    def columns(self, estimator: Any, data: Windows) -> list[tuple[str, str]]:
        """Return the use of each column of the file."""
        one = data.forecast
        time = [(one.time, f"times at steps of {one.step.text()}")] if one.time and one.step else []
        return [*time, *((name, "forecast" if name in one.targets else "input") for name in one.channels)]

    def new_data(self, estimator: Any, notes: Mapping, source: str, targets: tuple[str, ...] = ()) -> Windows:
        """Read a series with the columns of the training data."""
        if targets:
            raise DataError("--target is not supported for a model of forecasts, whose targets are also inputs")
        return read_new_windows(source, _forecast(estimator, notes))

    def predictions(self, estimator: Any, notes: Mapping, source: str, probabilities: bool) -> Predictions:
        """Return the next values after the last row of a file, with their times; then their quantiles."""
        one = _forecast(estimator, notes)
        series, ignored = read_new_series(source, one)
        X = series.values.to_numpy()[np.newaxis, -one.lags :]
        times = range(1, one.horizon + 1) if series.times is None else one.times_after(series.times[-1])
        with data_error(source):
            found = np.asarray(estimator.predict(X)).reshape(one.horizon, -1)
            table = pd.DataFrame(found, columns=list(one.targets))
            if hasattr(estimator, "predict_quantiles"):
                names = quantile_columns(one.targets, loss_of(estimator.recipe_))
                table = table.join(pd.DataFrame(estimator.predict_quantiles(X).reshape(one.horizon, -1), columns=names))
        table.insert(0, one.time or STEP, list(times), allow_duplicates=True)
        return Predictions(table, ignored)


def _forecast(estimator: Any, notes: Mapping) -> Forecast:
    return Forecast.of_notes(notes, fit_of(estimator).notations, "the model")


def _r2(y: np.ndarray, found: np.ndarray) -> float:
    return float(r2_score(y, found)) if len(y) > 1 else float("nan")


def _mean_error(y: np.ndarray, found: np.ndarray) -> float:
    return float(mean_absolute_error(y, found))


def _squared_error(y: np.ndarray, found: np.ndarray) -> float:
    return float(root_mean_squared_error(y, found))
