"""Quick fits of the iris data, and calls inside the joblib backend, for tests."""

import threading
import time

from sklearn.datasets import load_iris
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from nnbuild import NNClassifier, stacked
from plain import PLAIN

IRIS = load_iris(return_X_y=True)
GRID = {"nnclassifier__learning_rate": [1e-3, 3e-3], "nnclassifier__l2": [0.0, 1e-3]}


def quick(**params):
    return NNClassifier(
        PLAIN, **{"hidden": [6], "epochs": 2, "batch_size": 16, "dropout": 0.0, "random_state": 0, **params}
    )


def scaled(**params):
    return make_pipeline(StandardScaler(), quick(**params))


def step(estimator):
    """Return a pipeline with one step, which a search may replace."""
    return Pipeline([("model", estimator)])


def together(function, seconds=120):
    """Return the result of a function inside the backend; fail if it takes longer."""
    found = []

    def run():
        try:
            with stacked():
                found.append((function(), None))
        except BaseException as error:
            found.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "deadlock"
    result, error = found[0]
    if error is not None:
        raise error
    return result


def until_waiting(meetings, n_fits):
    """Return when so many fits wait in the last rendezvous, or when it is cancelled."""
    end = time.monotonic() + 60
    while not meetings or not (len(meetings[-1]._waiting) >= n_fits or meetings[-1].is_cancelled):
        assert time.monotonic() < end, "no fit waits"
        time.sleep(0.001)
