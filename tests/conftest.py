"""Settings and fixtures that tests share."""

import gc
import os
import sys

import pytest
import tensorflow as tf
from hypothesis import settings

from nnbuild.train import rendezvous
from nnbuild.train.stacked import stackable

# The same examples in every run, and no limit on their time: a busy machine is no failure.
settings.register_profile("nnbuild", deadline=None, derandomize=True)
settings.load_profile("nnbuild")

# Tests compile their programs, and leave the folder of the user alone; so do the processes that they start.
os.environ["NNBUILD_CACHE"] = "off"

# `make test` compiles without optimizations, those of TensorFlow's graphs included: a training of few steps is quicker.
if "optimization_level=0" in os.environ.get("XLA_FLAGS", ""):
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def pytest_sessionstart():
    """Collect no garbage while tests are imported: nearly all objects stay, and each collection visits all of them."""
    gc.disable()


def pytest_collection_finish():
    """Collect garbage of tests only, not of the libraries and the tests themselves."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def same_chance():
    """Set the seed of unseeded draws, which are then equal in every run."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(1)


@pytest.fixture(autouse=True)
def own_classes_alone(request):
    """Classes that other test files register with Keras would be among the allowed names of messages."""
    if "keras" not in sys.modules:
        yield
        return
    own = getattr(request.node.getparent(pytest.Module), "name", "").removesuffix(".py").rpartition("/")[2]
    registered = sys.modules["keras"].saving.get_custom_objects()
    homes = {name: getattr(value, "__module__", "").rpartition(".")[2] for name, value in registered.items()}
    others = {name: registered.pop(name) for name, home in homes.items() if home.startswith("test_") and home != own}
    yield
    registered.update(others)


@pytest.fixture
def short_stacks(monkeypatch):
    """Fits train together however short they are, as those of tests are."""
    monkeypatch.setattr(stackable, "MANY_STEPS_STACKED", 0)


@pytest.fixture
def meetings(monkeypatch):
    """Every rendezvous that a test makes."""
    made = []

    class Watched(rendezvous.Rendezvous):
        def __init__(self, listener=None):
            super().__init__(listener)
            made.append(self)

    monkeypatch.setattr("nnbuild.estimators.joblib_backend.Rendezvous", Watched)
    return made
