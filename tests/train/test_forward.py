"""Programs that predict and their functions: equal results, bounded number and memory, garbage collection."""

import gc
import pickle
import weakref

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.eager import context
from tensorflow.python.framework.ops import gradient_registry

import nnbuild
from nnbuild.private import tensorflow as adapter
from nnbuild.train.common import model_cache
from nnbuild.train.common.model_cache import Weights, forward
from nnbuild.train.common.tracing import FlatFunction, traced
from train.nets import HIDDEN as DENSE
from train.nets import predict, resolved

pytestmark = pytest.mark.usefixtures("empty_pool")


class TestForward:
    def test_results_equal_those_of_keras(self):
        layers = [DENSE, {"type": "BatchNormalization"}, {"type": "Dropout", "rate": 0.5}, {"type": "LSTM", "units": 3}]
        recipe = resolved(*layers, shape=(6, 4))
        model = nnbuild.build(recipe, seed=0)
        X = np.random.default_rng(0).normal(size=(21, 6, 4)).astype("float32")
        expected = np.array(model(X))
        np.testing.assert_allclose(predict(recipe, Weights.of(model), X), expected, atol=1e-6)

    @pytest.mark.parametrize("name", ["dense", "wide", "image", "sequence", "attention"])
    def test_a_row_does_not_depend_on_the_rows_around_it(self, name):
        shape, layers = SIZES[name]
        recipe = resolved(*layers, shape=shape)
        weights = Weights.of(nnbuild.build(recipe, seed=0))
        X = np.random.default_rng(0).normal(size=(1000, *shape)).astype("float32")
        together = predict(recipe, weights, X)
        for size in (1, 13):
            parts = [predict(recipe, weights, X[start : start + size]) for start in range(0, 200, size)]
            np.testing.assert_array_equal(np.concatenate(parts)[:200], together[:200])

    def test_rows_that_need_several_calls(self, monkeypatch):
        recipe = resolved()
        weights = Weights.of(nnbuild.build(recipe, seed=0))
        X = np.random.default_rng(0).normal(size=(101, 4)).astype("float32")
        together = predict(recipe, weights, X)
        monkeypatch.setattr(model_cache, "MAX_BYTES", 16 * 4 * (4 + 3 + 2))
        np.testing.assert_array_equal(predict(recipe, weights, X), together)
        assert predict(recipe, weights, X[:0]).shape == (0, 2)

    def test_one_program_for_all_weights_and_numbers_of_rows(self):
        program = forward(resolved(), "key")
        for seed in range(2):
            weights = Weights.of(nnbuild.build(resolved(), seed=seed))
            for n_rows in (1, 8, 1000):
                program(weights, np.ones((n_rows, 4), "float32"))
        assert len(program._functions) == 1

    def test_a_call_takes_bounded_memory(self, monkeypatch):
        """In all layers together, and for sequences as long as they are."""
        monkeypatch.setattr(model_cache, "MAX_BYTES", 2**20)
        program = forward(resolved({**DENSE, "units": 1000}), "wide")
        assert program._rows_in_a_call({"": np.empty((10, 4))}) == 256  # of 4 * (4 + 1000 + 2) bytes
        program = forward(resolved({"type": "GlobalMaxPooling1D"}, shape=(None, 4)), "long")
        assert program._rows_in_a_call({"": np.empty((10, 1000, 4))}) == 24  # of 1000 * 4 * (4 + 4 + 2) bytes at most

    def test_sparse_rows(self, monkeypatch):
        monkeypatch.setattr(model_cache, "MAX_BYTES", 16 * 4 * (4 + 3 + 2))
        weights = Weights.of(nnbuild.build(resolved(), seed=0))
        X = np.random.default_rng(0).binomial(1, 0.3, size=(50, 4)).astype("float32")
        np.testing.assert_array_equal(
            predict(resolved(), weights, sparse.csr_array(X)), predict(resolved(), weights, X)
        )

    def test_several_inputs_and_outputs(self):
        recipe = nnbuild.resolve(TWO_ENDS)
        model = nnbuild.build(recipe, seed=0)
        rng = np.random.default_rng(0)
        X = {"a": rng.normal(size=(30, 3)).astype("float32"), "b": rng.normal(size=(30, 2)).astype("float32")}
        found = predict(recipe, Weights.of(model), X)
        expected = model(X)
        assert list(found) == ["left", "right"]
        for name in found:
            np.testing.assert_allclose(found[name], expected[name], atol=1e-6)
            alone = predict(recipe, Weights.of(model), {key: value[4:5] for key, value in X.items()})
            np.testing.assert_array_equal(alone[name], found[name][4:5])


def test_weights_pickle_without_their_tensors_on_the_device():
    weights = Weights.of(nnbuild.build(resolved(), seed=0))
    before = len(pickle.dumps(weights))
    predict(resolved(), weights, np.ones((1, 4), "float32"))
    assert len(pickle.dumps(weights)) == before
    for one, other in zip(pickle.loads(pickle.dumps(weights)).values, weights.values, strict=True):
        np.testing.assert_array_equal(one, other)


class TestTraced:
    def test_the_graph_is_collected_with_its_function(self):
        """TensorFlow keeps one with a custom gradient in a loop."""
        of_another = tf.function(powers).get_concrete_function(tf.TensorSpec((None,), tf.float32))
        before = set(gradient_registry.list())
        function = traced(powers, tf.TensorSpec((None,), tf.float32))
        assert set(gradient_registry.list()) == before
        np.testing.assert_allclose(function(tf.constant([1.0, 3.0])), [3 * 7, 3 * 7])
        graph = weakref.ref(function.graph)
        del function
        gc.collect()
        assert graph() is None
        with tf.GradientTape() as tape:
            x = tf.constant([2.0])
            tape.watch(x)
            y = of_another(x)
        assert y.shape == tape.gradient(y, x).shape  # gradients of other functions remain


class TestFlatFunction:
    def test_it_runs_as_the_user_has_set_tensorflow(self, monkeypatch):
        """The options of functions are read in each call, as in TensorFlow's own calls."""
        given, function, options = [], FlatFunction(two_sums, *SUMS), tf.config.optimizer.get_experimental_options()
        monkeypatch.setattr(adapter, "quick_execute", lambda *call: given.append(call[3][1]))
        was_disabled = options.get("disable_meta_optimizer", False)
        function(tf.ones((8, 50)), tf.ones((50, 30)))
        try:
            tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": not was_disabled})
            function(tf.ones((8, 50)), tf.ones((50, 30)))
        finally:
            tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False, **options})
        before, after = (config_pb2.ConfigProto.FromString(values) for values in given)
        assert before.graph_options.rewrite_options.disable_meta_optimizer == was_disabled
        assert after.graph_options.rewrite_options.disable_meta_optimizer != was_disabled

    def test_the_graph_is_collected_with_it(self):
        function = FlatFunction(two_sums, *SUMS)
        function(tf.ones((8, 50)), tf.ones((50, 30)))
        graph, name = weakref.ref(function._concrete.graph), function._name
        assert context.context().has_function(name)
        del function
        gc.collect()
        assert graph() is None
        assert not context.context().has_function(name)


SUMS = (tf.TensorSpec((None, 50), tf.float32), tf.TensorSpec((50, 30), tf.float32))


def two_sums(x, y):
    return [tf.nn.softmax(x @ y), tf.reduce_sum(x, axis=1)]


@tf.custom_gradient
def sevenfold(x):
    return x, lambda upstream: 7 * upstream


def powers(x):
    """The gradient of a function with a gradient of its own, summed up in a loop."""

    def body(index, total):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = sevenfold(x)
        return index + 1, total + tape.gradient(y, x)

    return tf.while_loop(lambda index, _: index < 3, body, (0, tf.zeros_like(x)))[1]


SIZES = {
    "dense": ((10,), [{**DENSE, "units": 65}, {"type": "LayerNormalization"}, {**DENSE, "units": 33}]),
    "wide": ((3000,), [{**DENSE, "units": 5}]),
    "image": (
        (8, 8, 2),
        [{"type": "Conv2D", "filters": 5, "kernel_size": 3}, {"type": "GlobalAveragePooling2D"}],
    ),
    "sequence": ((6, 3), [{"type": "LSTM", "units": 7}]),
    "attention": ((6, 4), [{"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3}, {"type": "Flatten"}]),
}


TWO_ENDS = {
    "nnbuild": 1,
    "inputs": {"a": {"shape": [3]}, "b": {"shape": [2]}},
    "layers": [
        {"type": "Concatenate", "inputs": ["a", "b"]},
        {"type": "Dense", "units": 4, "name": "left"},
        {"type": "Dense", "units": 2, "name": "right", "inputs": ["left"]},
    ],
    "outputs": {
        "left": {"node": "left", "loss": "mean_squared_error"},
        "right": {"node": "right", "loss": "mean_squared_error"},
    },
}
