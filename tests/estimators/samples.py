"""Small data and quick estimators, shared by tests: one network for each task, which is built once."""

import re

import numpy as np
import pytest

from nnbuild import NNClassifier, NNRegressor
from plain import PLAIN

N_FEATURES = 4
QUICK = {"hidden": [8], "epochs": 4, "batch_size": 16, "learning_rate": 0.02, "random_state": 0}


def classifier(**params):
    return NNClassifier(**{"recipe": PLAIN, **QUICK, **params})


def regressor(**params):
    return NNRegressor(**{"recipe": PLAIN, **QUICK, **params})


def features(n=60, seed=0):
    return np.random.default_rng(seed).normal(size=(n, N_FEATURES))


def classes(n=60, n_classes=3, seed=0):
    """Features, and labels from 0 that depend on the features."""
    X = features(n, seed)
    return X, X[:, :n_classes].argmax(axis=1)


def quantities(n=60, seed=0):
    """Features, and a linear target of mean 100 and standard deviation 20."""
    X = features(n, seed)
    return X, 100 + 10 * X @ np.array([1.0, -1.0, 0.5, 1.5])


def same_bits(first, second, X):
    """Whether predictions of two fitted estimators are bit-identical."""
    method = "predict_proba" if hasattr(first, "predict_proba") else "predict"
    return np.array_equal(getattr(first, method)(X), getattr(second, method)(X))


def exactly(message):
    """Return a pattern for `match` that accepts exactly this message."""
    return f"^{re.escape(message)}$"


def message_of(function, kind=ValueError):
    """Return the whole message of the error that a function raises."""
    with pytest.raises(kind) as caught:
        function()
    return str(caught.value)
