"""Predictions of fitted estimators: programs are shared, and each row is independent of others."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from estimators.samples import classes, classifier, features
from nnbuild import stacked
from nnbuild.train.common import model_cache as pool
from nnbuild.train.common.program_cache import Store
from nnbuild.train.common.tracing import FlatFunction, traced
from nnbuild.train.keras import program

pytestmark = pytest.mark.usefixtures("short_stacks")


@pytest.fixture
def compiled(monkeypatch):
    """Programs of predictions, in a store that was empty."""
    made = []
    monkeypatch.setattr(pool, "FlatFunction", lambda *parts: made.append(FlatFunction(*parts)) or made[-1])
    monkeypatch.setattr(pool, "_programs", Store(pool.MAX_PROGRAMS))
    return made


def test_no_number_of_rows_compiles_again(compiled):
    estimator, X = classifier().fit(*classes()), features(300)
    for n_rows in (1, 2, 7, 8, 9, 64, 100, 300):
        estimator.predict(X[:n_rows])
    assert len(compiled) == 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_prediction_does_not_depend_on_other_rows(dtype):
    estimator, X = classifier(hidden=[128, 64]).fit(*classes()), features(100).astype(dtype)
    alone = np.concatenate([estimator.predict_proba(X[row : row + 1]) for row in range(100)])
    assert np.array_equal(alone, estimator.predict_proba(X))
    assert np.array_equal(alone[40:53], estimator.predict_proba(X[40:53]))


@pytest.mark.slow
def test_members_of_a_search_and_the_refit_share_a_program(compiled, monkeypatch):
    """One for each architecture; the refit trains with a program without XLA, which the next refit uses."""
    training = []
    monkeypatch.setattr(program, "traced", lambda *parts: training.append(parts) or traced(*parts))
    monkeypatch.setattr(pool, "_idle", [])
    grid = {"hidden": [[8], [6]], "learning_rate": [0.01, 0.02, 0.05]}
    search, (X, y) = GridSearchCV(classifier(), grid, cv=2), classes()
    with stacked():
        first = clone(search).fit(X, y)
        n_compiled, n_traced = len(compiled), len(training)
        assert n_compiled == 2
        assert n_traced > 0
        assert np.array_equal(first.predict(X), clone(search).fit(X, y).predict(X))
    assert (len(compiled), len(training)) == (n_compiled, n_traced)
