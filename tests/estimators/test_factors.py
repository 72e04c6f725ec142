"""Factors and schedules of a recipe in estimators: engines, files, searches and warm starts."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV

import nnbuild
from estimators.samples import classes
from nnbuild import NNClassifier

RECIPE = {
    "nnbuild": 1,
    "params": {"slow": 0.1},
    "defaults": {"weight_decay_factor": {"bias": 0}},
    "layers": [
        {"type": "Dense", "units": 8, "activation": "relu", "learning_rate_factor": {"bias": "$slow"}},
        {"type": "Dropout", "rate": 0.2},
    ],
    "training": {
        "learning_rate": 0.02,
        "epochs": 4,
        "batch_size": 16,
        "schedules": {"learning_rate": "WarmupCosine", "weight_decay": "Cosine", "dropout": "FlatCosine"},
    },
}
X, Y = classes()


def classifier(**params):
    return NNClassifier(RECIPE, **{"weight_decay": 0.1, "random_state": 0, **params})


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(X, Y)


def test_engines_give_the_same_network(fitted):
    compiled = classifier(engine="compiled").fit(X, Y)
    np.testing.assert_allclose(compiled.predict_proba(X), fitted.predict_proba(X), rtol=0, atol=1e-5)


def test_a_file_restores_factors_and_schedules(fitted, tmp_path):
    fitted.save(tmp_path / "model.nnb")
    loaded = nnbuild.load(tmp_path / "model.nnb")
    assert np.array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
    assert loaded._fitted.resolved == fitted._fitted.resolved
    loaded.save(tmp_path / "again.nnb")
    assert (tmp_path / "again.nnb").read_bytes() == (tmp_path / "model.nnb").read_bytes()


@pytest.mark.slow
def test_a_search_in_a_stack_equals_separate_fits():
    grid = [{"weight_decay": [0.0], "slow": [0.0]}, {"weight_decay": [0.5], "slow": [1.0]}]
    scores = []
    for backend, engine in (("sequential", "keras"), ("nnbuild", "compiled")):
        with parallel_config(backend=backend):
            search = GridSearchCV(classifier(engine=engine), grid, cv=2, scoring="neg_log_loss", refit=False)
            scores.append(search.fit(X, Y).cv_results_["mean_test_score"])
    np.testing.assert_allclose(*scores, rtol=1e-4)
    assert scores[0][0] != scores[0][1]


def test_a_warm_start_repeats_the_schedules(fitted):
    again = classifier(warm_start=True).fit(X, Y)
    assert np.array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert np.abs(again.fit(X, Y).predict_proba(X) - fitted.predict_proba(X)).max() > 0.01
