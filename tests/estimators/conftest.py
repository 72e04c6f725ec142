"""Fixtures of tests of estimators."""

import threading
import warnings

import numpy as np
import pytest
import sklearn

from estimators.samples import classes, classifier, quantities, regressor
from nnbuild.train import executor


@pytest.fixture
def no_leftovers():
    """No thread, warning filter or setting outlives a test."""
    filters, content = warnings.filters, list(warnings.filters)
    configuration, shown = sklearn.get_config(), warnings.showwarning
    yield
    assert warnings.filters == content
    assert warnings.filters is filters
    assert warnings.showwarning is shown
    assert sklearn.get_config() == configuration
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("nnbuild")]
    for thread in ours:
        thread.join(10)  # Ctrl-C while a pool starts a thread: the thread is not in the pool, and ends later
    assert not [thread for thread in ours if thread.is_alive()]


@pytest.fixture
def stacks(monkeypatch):
    """Sizes of the trained stacks."""
    sizes = []

    def watched(members, *others, original=executor.train_stack):
        sizes.append(len(members))
        return original(members, *others)

    monkeypatch.setattr(executor, "train_stack", watched)
    return sizes


@pytest.fixture(scope="session")
def data():
    return quantities()


@pytest.fixture(scope="session")
def three(data):
    # for little data, "auto" does not compile
    return regressor(n_members=3, engine="compiled").fit(*data)


@pytest.fixture(scope="session")
def labelled():
    X, y = classes()
    return classifier(n_members=2, bootstrap=True, engine="compiled").fit(X, np.array(["a", "b", "c"])[y])
