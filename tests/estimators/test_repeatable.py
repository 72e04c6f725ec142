"""Equal seeds give equal bits, independent of other fits; no global setting or generator is changed."""

import hashlib
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import warnings
from contextlib import contextmanager
from functools import cache
from multiprocessing.pool import ThreadPool
from pathlib import Path

import keras
import numpy as np
import pytest
import sklearn
import tensorflow as tf
from keras.src.backend.common.global_state import get_global_attribute, set_global_attribute
from sklearn.base import clone
from tensorflow.python.eager import context

from few import few_of
from nnbuild import NNClassifier
from nnbuild.train.common import model_cache as pool
from nnbuild.train.common.program_cache import Store
from plain import PLAIN

ROOT = Path(__file__).parents[2]


def recipe(*layers):
    """A recipe with every random choice: validation rows, order of batches, initial weights, random layers."""
    training = {"epochs": 3, "batch_size": 8, "validation_fraction": 0.2, "early_stopping": {"patience": 2}}
    return {"nnbuild": 1, "layers": list(layers), "training": {**training, "optimizer": "adam"}}


NETWORKS = {
    "table": recipe(
        {"type": "GaussianNoise", "stddev": 0.1},
        {"type": "Dense", "units": 8, "activation": "relu"},
        {"type": "BatchNormalization"},
        {"type": "Dropout", "rate": 0.3},
    ),
    "image": recipe(
        {"type": "RandomFlip"},
        {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "gelu"},
        {"type": "SpatialDropout2D", "rate": 0.3},
        {"type": "GlobalAveragePooling2D"},
    ),
    "sequence": recipe({"type": "LSTM", "units": 5, "dropout": 0.2, "recurrent_dropout": 0.2}),
}
SHAPES = {"table": (6,), "image": (6, 6, 2), "sequence": (5, 3)}


def data(name, n=40):
    X = np.random.default_rng(0).normal(size=(n, *SHAPES[name]))
    return X, (X.reshape(n, -1)[:, :4].sum(axis=1) > 0).astype(int)


def fitted(name, seed=0, **params):
    return NNClassifier(NETWORKS[name], random_state=seed, **params).fit(*data(name))


def digest(estimator, X):
    """Hash of weights, curves and predictions."""
    found = hashlib.sha256(repr(dict(estimator.history_.curves)).encode())
    for values in [*estimator.model_.get_weights(), estimator.predict_proba(X)]:
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def outcome(name, seed=0):
    return digest(fitted(name, seed), data(name)[0])


@pytest.fixture(scope="module")
def alone():
    """Return the hash of a network in an ordinary fit."""
    return cache(outcome)


class TestSameBits:
    @pytest.mark.parametrize("name", few_of(NETWORKS, "table", "image"))
    def test_twice(self, name, alone):
        assert outcome(name) == alone(name) != outcome(name, seed=1)

    def test_by_a_reused_model(self, alone):
        """After fits on other samples with another optimizer, batch size and seed."""
        wanted, (X, y) = alone("table"), data("table", n=31)
        for params in ({"optimizer": "sgd", "learning_rate": 0.5}, {"batch_size": 3, "learning_rate": 0.1}):
            NNClassifier(NETWORKS["table"], random_state=7, **params).fit(10 * X, 1 - y)
        before = [model for _, model in pool._idle]
        assert outcome("table") == wanted
        assert [model for _, model in pool._idle] == before  # it was reused

    @pytest.mark.parametrize("name", few_of(["table", "sequence"], "table"))
    def test_by_a_new_model_after_global_seeds(self, name, alone, monkeypatch):
        wanted = alone(name)
        monkeypatch.setattr(pool, "_idle", [])
        monkeypatch.setattr(pool, "_programs", Store(pool.MAX_PROGRAMS))
        with kept_settings():
            keras.utils.set_random_seed(5)  # Python's, numpy's and TensorFlow's too
            random.seed(6)
            np.random.seed(7)  # noqa: NPY002
            assert outcome(name) == wanted

    @pytest.mark.slow
    def test_under_other_settings_of_keras(self, alone, monkeypatch):
        """Defaults of recipes do not depend on the configuration of Keras."""
        wanted = alone("image")
        monkeypatch.setattr(pool, "_idle", [])
        monkeypatch.setattr(pool, "_programs", Store(pool.MAX_PROGRAMS))
        with kept_settings():
            keras.config.set_image_data_format("channels_first")
            keras.config.set_dtype_policy("mixed_bfloat16")
            assert outcome("image") == wanted

    @pytest.mark.slow
    def test_after_a_fit_under_another_precision(self, alone):
        """Optimizers of Keras have learning rates in `floatx`: such models are not reused."""
        wanted = alone("table")
        with kept_settings():
            keras.config.set_floatx("float64")
            changed = outcome("table")
        assert outcome("table") == wanted != changed


@pytest.mark.slow
class TestProcesses:
    def test_another_process(self, alone):
        environment = {**os.environ, "PYTHONHASHSEED": "123", "PYTHONPATH": os.pathsep.join(map(str, PATHS))}
        command = [sys.executable, "-c", OTHER_PROCESS]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == list(map(alone, NETWORKS))

    def test_the_first_fit_of_a_process_prints_nothing(self):
        """TensorFlow writes to the file descriptors only until it has listed its devices."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PATHS))}
        command = [sys.executable, "-c", FIRST_FITS]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout == "from here\n"
        assert done.stderr.endswith("from here\n")


PATHS = ROOT, ROOT / "tests"
OTHER_PROCESS = """
import random, keras
random.seed(1)
keras.utils.set_random_seed(2)
from estimators.test_repeatable import NETWORKS, outcome
for name in reversed(NETWORKS):  # in another order, too
    outcome(name, seed=5)
print(*(outcome(name) for name in NETWORKS))
"""

FIRST_FITS = """
import os
import tensorflow as tf
from estimators.test_repeatable import NETWORKS, data, fitted
tf.config.list_logical_devices()
for descriptor in (1, 2):
    os.write(descriptor, b"from here\\n")
for name in NETWORKS:
    fitted(name, verbose=True).predict(data(name)[0])
"""


class TestThreads:
    @pytest.mark.slow
    def test_fits_at_once(self, alone):
        """Of the same network, whose model one of them uses, and of others."""
        wanted, tasks = list(map(alone, NETWORKS)), [(name, seed) for seed in (0, 1, 0) for name in NETWORKS]
        with ThreadPool(4) as threads:
            found = threads.starmap(outcome, tasks)
        assert found[:3] == found[6:] == wanted
        assert found[3:6] == [outcome(*task) for task in tasks[3:6]]


class TestNothingGlobal:
    @pytest.mark.parametrize("seed", [0, None])
    def test_settings_and_generators_are_unchanged(self, seed, monkeypatch):
        monkeypatch.setattr(pool, "_idle", [])
        monkeypatch.setattr(pool, "_programs", Store(pool.MAX_PROGRAMS))
        before = global_state()
        estimator = fitted("table", seed, class_weight="balanced", metrics=["accuracy"])
        estimator.predict(data("table")[0])
        clone(estimator).set_params(learning_rate=0.1).fit(*data("table"))
        assert repr(estimator.model_).startswith("<Functional")
        assert global_state() == before

    @pytest.mark.slow
    def test_fits_in_threads_change_nothing(self, monkeypatch):
        """The networks are new, and Keras draws a seed for each of their layers."""
        monkeypatch.setattr(pool, "_idle", [])
        before, interval = global_state(), sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            with ThreadPool(4) as threads:
                threads.map(lambda name: fitted(name, epochs=1), ["table", "image"] * 2)
        finally:
            sys.setswitchinterval(interval)
        assert global_state() == before

    @pytest.mark.slow
    def test_nothing_is_printed(self, capfd):
        """Also with many networks: TensorFlow warns of many traces of one function."""
        X, y = data("table")
        capfd.readouterr()
        for units in range(1, 8):
            estimator = NNClassifier(PLAIN, hidden=[units], epochs=1, random_state=None).fit(X, y)
            for n_rows in (1, 9, 40):
                estimator.predict(X[:n_rows])
        assert capfd.readouterr() == ("", "")

    def test_eager_functions_of_tensorflow_stay_on(self):
        tf.config.run_functions_eagerly(True)
        try:
            first = outcome("table")
            assert tf.config.functions_run_eagerly()
        finally:
            tf.config.run_functions_eagerly(False)
        assert first == outcome("table")


def _tensorflow_generator():
    """State of TensorFlow's own generator of seeds, which does not exist before a seed is set or drawn."""
    generator = getattr(context.context(), "_rng", None)
    return repr(generator and generator.getstate())


def global_state():
    """Global settings and states that a fit could change, in a comparable form."""
    loggers = [logging.getLogger(name) for name in (None, "tensorflow", "absl", "keras", "sklearn")]
    generator = get_global_attribute("global_seed_generator")
    return {
        "environment": dict(os.environ),
        "random": random.getstate(),
        "numpy": repr(np.random.get_state(legacy=False)),  # noqa: NPY002
        "keras seed": (get_global_attribute("global_random_seed"), generator and generator.get_config()),
        "tensorflow seed": (context.global_seed(), _tensorflow_generator()),
        "warnings": list(warnings.filters),
        "floating point": np.geterr(),
        "keras": (
            keras.config.floatx(),
            keras.config.epsilon(),
            keras.config.image_data_format(),
            keras.config.dtype_policy().name,
            keras.config.is_traceback_filtering_enabled(),
            keras.config.is_interactive_logging_enabled(),
            dict(get_global_attribute("object_name_uids") or {}),
        ),
        "custom objects": sorted(keras.saving.get_custom_objects()),
        "tensorflow": (
            tf.config.threading.get_intra_op_parallelism_threads(),
            tf.config.threading.get_inter_op_parallelism_threads(),
            tf.config.functions_run_eagerly(),
            tf.config.optimizer.get_jit(),
            tf.config.optimizer.get_experimental_options(),
            tf.config.experimental.tensor_float_32_execution_enabled(),
            context.context().soft_device_placement,
            tf.executing_eagerly(),
        ),
        "scikit-learn": sklearn.get_config(),
        "logging": [(logger.level, list(logger.handlers), list(logger.filters)) for logger in loggers],
        "streams": (sys.stdout, sys.stderr),
        "signals": signal.getsignal(signal.SIGINT),
        "directory": os.getcwd(),
        "threads": sorted(thread.name for thread in threading.enumerate() if "nnbuild" in thread.name),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval()),
    }


@contextmanager
def kept_settings():
    """A context in which Keras' settings and all seeds may be changed."""
    states = random.getstate(), np.random.get_state(), context.global_seed()  # noqa: NPY002
    before = keras.config.image_data_format(), keras.config.floatx(), keras.config.dtype_policy()
    seed = get_global_attribute("global_random_seed")
    try:
        yield
    finally:
        keras.config.set_image_data_format(before[0])
        keras.config.set_floatx(before[1])
        keras.config.set_dtype_policy(before[2])
        set_global_attribute("global_random_seed", seed)
        tf.random.set_seed(states[2])
        np.random.set_state(states[1])  # noqa: NPY002
        random.setstate(states[0])


def test_the_comparison_reports_changes():
    before = global_state()
    random.random()
    np.random.random()  # noqa: NPY002
    warnings.simplefilter("ignore")  # undone by pytest after each test
    changed = {name for name, value in global_state().items() if value != before[name]}
    assert changed == {"random", "numpy", "warnings"}
