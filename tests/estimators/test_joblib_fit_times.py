"""The joblib backend: "fit_time" of scikit-learn is the time of a fit without its wait for others."""

import time
from dataclasses import replace

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_validate

from estimators.joblib_fits import IRIS, quick, step, together, until_waiting
from nnbuild import stacked
from nnbuild.train import executor

pytestmark = pytest.mark.usefixtures("short_stacks", "no_leftovers")


@pytest.fixture
def clock(monkeypatch):
    """Clocks that a test can advance: a list with the seconds to add."""
    ahead, wall, counter = [0.0], time.time, time.perf_counter
    monkeypatch.setattr(time, "time", lambda: wall() + ahead[0])
    monkeypatch.setattr(time, "perf_counter", lambda: counter() + ahead[0])
    return ahead


@pytest.fixture
def shares(clock, monkeypatch):
    """Stacks that take 10,000 s more, of which 100 s are the share of each member."""

    def slow(*arguments, original=executor.train_stack):
        outcomes = original(*arguments)
        clock[0] += 10_000
        return [replace(one, history=replace(one.history, elapsed_s=100.0)) for one in outcomes]

    monkeypatch.setattr(executor, "train_stack", slow)


@pytest.mark.usefixtures("shares")
@pytest.mark.parametrize(
    "estimator, n_networks",
    [
        pytest.param(quick(n_members=3), 3, id="members"),
        pytest.param(
            BaggingClassifier(quick(), n_estimators=3, random_state=0), 3, id="bagging", marks=pytest.mark.slow
        ),
    ],
)
def test_fit_time_has_the_share_of_each_network(estimator, n_networks):
    found = together(lambda: cross_validate(estimator, *IRIS, cv=3, error_score="raise"))["fit_time"]
    assert all(100 * n_networks <= seconds < 1000 for seconds in found)


@pytest.mark.parametrize("engine", ["auto", "keras"], ids=["together", "alone"])
def test_fit_time_has_no_wait_for_other_estimators(engine, clock, meetings):
    class Slow(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            until_waiting(meetings, 3)
            clock[0] += 10_000
            self.classes_ = np.unique(y)
            return self

        def predict(self, X):
            return np.zeros(len(X), int)

    models = {"model": [quick(engine=engine), Slow()]}
    with stacked():
        search = GridSearchCV(step(quick()), models, cv=3, refit=False).fit(*IRIS)
    ours, slow = search.cv_results_["mean_fit_time"]
    assert ours < 1000
    assert slow >= 10_000


def test_other_results_are_unchanged():
    def task():
        quick().fit(*IRIS)
        return {"fit_time": 0.0}

    assert together(lambda: joblib.Parallel()([joblib.delayed(task)()])) == [{"fit_time": 0.0}]
