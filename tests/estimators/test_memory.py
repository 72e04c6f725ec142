"""Fits leave nothing in memory after the first few."""

import gc
import json
import os
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from estimators.samples import classes, classifier

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from Linux")
class TestGrowth:
    """Resident memory of a new process, in MB; a new Keras model for each fit would leave 3 to 5."""

    def test_fits_of_one_network(self):
        """Other rows, seeds, learning rates and batches each time."""
        resident = measured(FITS, n_fits=60, first=20)
        assert resident[-1] - resident[0] < 3

    def test_fits_of_different_networks(self):
        """TensorFlow keeps about 30 kB for each operation on a new shape."""
        resident = measured(NETWORKS, n_fits=48, first=24)
        assert (resident[-1] - resident[0]) / 24 < 1.5

    def test_one_search_of_a_thousand_fits(self):
        """Compared with one of 100, which has compiled the program."""
        few, many = measured(ONE_SEARCH, n_fits=2, first=1)
        assert many - few < 60, (few, many)

    def test_predictions_of_many_rows(self):
        """A million samples of 8 features: 32 MB of float32 in, 8 MB out."""
        resident = measured(ROWS, n_fits=4, first=1)
        assert resident[-1] - resident[0] < 100

    def test_sparse_columns(self):
        """Two gigabytes if dense; fit and predict need a tenth of it."""
        before, peak = measured(SPARSE, n_fits=2, first=1)
        assert peak - before < 250


def test_data_is_not_kept_alive():
    estimator, (X, y) = classifier(), classes()
    X_val, y_val, weights = X[:20].copy(), y[:20].copy(), np.ones(len(y))
    estimator.fit(X, y, sample_weight=weights, X_val=X_val, y_val=y_val)
    estimator.predict(X)
    given = [weakref.ref(array) for array in (X, y, X_val, y_val, weights)]
    del X, y, X_val, y_val, weights
    gc.collect()
    assert [reference() for reference in given] == [None] * 5


def test_weights_are_released_with_the_estimator():
    estimator = classifier().fit(*classes())
    estimator.predict(classes()[0])
    weights = [weakref.ref(value) for value in estimator._fitted.weights.values]
    copied = clone(estimator)
    del estimator
    gc.collect()
    assert {reference() for reference in weights} == {None}
    assert copied.random_state == 0


def measured(code: str, n_fits: int, first: int) -> list[float]:
    """Resident memory after the first few fits, and after the last one, of a process that runs `code`, in MB."""
    script = START + RESIDENT + code + END.format(n_fits=n_fits, first=first)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


START = """
import gc, json, resource
import numpy as np
from nnbuild import NNClassifier
from nnbuild.train.common import model_cache as pool

pool.MAX_MODELS = pool._programs.most = 4  # full after a few
rng = np.random.default_rng(0)

def data(n_features=6):
    n_rows = int(rng.integers(40, 120))
    X = rng.normal(size=(n_rows, n_features))
    return X, (X[:, 0] > 0).astype(int)
"""

RESIDENT = """
def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20
"""

FITS = """
def work(number):
    params = {"learning_rate": float(rng.uniform(1e-3, 1e-1)), "batch_size": int(rng.integers(4, 40))}
    X, y = data()
    fitted = NNClassifier("mlp", hidden=[8], epochs=2, random_state=number, **params).fit(X, y)
    fitted.predict(X[:int(rng.integers(1, 40))])
"""


NETWORKS = """
def work(number):
    X, y = data()
    NNClassifier("mlp", hidden=[8 + number], activation="silu", epochs=2, random_state=0).fit(X, y).predict(X)
"""


ONE_SEARCH = """
from sklearn.model_selection import GridSearchCV
from nnbuild import stacked
X, y = data()
def work(number):
    rates = rng.uniform(1e-3, 1e-1, 200 if number else 20).tolist()
    classifier = NNClassifier("mlp", hidden=[8], epochs=2, engine="compiled")
    with stacked():
        GridSearchCV(classifier, {"learning_rate": rates}, cv=5, refit=False).fit(X, y)
"""

ROWS = """
X, y = data(8)
many = rng.normal(size=(1_000_000, 8)).astype("float32")
fitted = NNClassifier("mlp", hidden=[32], epochs=1, random_state=0).fit(X, y)
def work(number):
    assert fitted.predict(many[:1000] if number == 0 else many).shape == (1000 if number == 0 else 1_000_000,)
"""

SPARSE = """
from scipy import sparse
X = sparse.random_array((10_000, 50_000), density=1e-4, rng=rng, format="csr", dtype="float32")
y = rng.integers(0, 2, 10_000)
def work(number):
    rows = slice(0, 64 if number == 0 else None)
    NNClassifier("mlp", hidden=[8], epochs=1, batch_size=64, random_state=0).fit(X[rows], y[rows]).predict(X[rows])
def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
"""

END = """
found = []
for number in range({n_fits}):
    work(number)
    if number + 1 in ({first}, {n_fits}):
        found.append(resident())
print(json.dumps(found))
"""
