"""Models and programs that are reused: results equal those of new ones, and memory is bounded."""

import gc
import weakref

import keras
import numpy as np
import pytest

import nnbuild
from layer_cases import ROWS, batches, by_layer, network
from nnbuild.train.common import model_cache
from nnbuild.train.common.model_cache import Forward, Weights, borrowed, forward, model_to_train
from nnbuild.train.common.settings import settings_of
from nnbuild.train.common.tracing import FlatFunction
from train.nets import HIDDEN as DENSE
from train.nets import predict, resolved, train

pytestmark = pytest.mark.usefixtures("empty_pool")

# Layers with weights, statistics, vocabularies or random numbers, in the fast suite.
STATES = {"BatchNormalization", "Dense", "Dropout", "LSTM", "Normalization", "RandomFlip", "StringLookup"}
# Keras draws its numbers from Python's global generator.
UNSEEDED = ("AugMix",)


class TestBorrowed:
    def test_the_next_fit_of_the_network_gets_the_same_model(self):
        with borrowed(resolved(), 0) as first:
            pass
        settings = {"epochs": 7, "optimizer": "sgd", "early_stopping": True}
        for other in (resolved(), resolved(name="other", description="same network"), resolved(training=settings)):
            with borrowed(other, 1) as second:
                assert second is first

    def test_fits_at_the_same_time_get_different_models(self):
        with borrowed(resolved(), 0) as first, borrowed(resolved(), 0) as second:
            assert first is not second
        assert len(model_cache._idle) == 2

    @pytest.mark.parametrize(
        "other",
        [
            resolved({**DENSE, "units": 4}),
            resolved({**DENSE, "name": "stem"}),
            resolved(training={"precision": "float64"}),
        ],
    )
    def test_another_network_gets_another_model(self, other):
        with borrowed(resolved(), 0) as first:
            pass
        with borrowed(other, 0) as second:
            assert second is not first

    @pytest.mark.parametrize("setting, value", [("floatx", "float64"), ("epsilon", 1e-5)])
    def test_settings_of_keras_matter(self, setting, value, monkeypatch):
        with borrowed(resolved(), 0) as first:
            program = forward(resolved(), "key")
        monkeypatch.setattr(keras.config, setting, lambda: value)
        with borrowed(resolved(), 0) as second:
            assert second is not first
            assert forward(resolved(), "key") is not program

    @pytest.mark.parametrize(
        "node",
        [
            {"type": "Scaled"},
            {"type": "Pipeline", "layers": [{"type": "Scaled"}]},
            {"type": "Activation", "activation": "Scaled"},
        ],
        ids=["layer", "inside", "activation"],
    )
    def test_a_class_that_is_registered_again_matters(self, node):
        """In a notebook, a cell with a layer is changed and run again."""
        for factor in (2.0, 3.0):

            class Scaled(keras.layers.Layer):
                factor_now = factor

                def call(self, inputs):
                    return self.factor_now * inputs

            with keras.saving.custom_object_scope({"Scaled": Scaled}):
                network = nnbuild.resolve({"nnbuild": 1, "layers": [node], "outputs": "last"}, (4,))
                X = np.ones((8, 4), "float32")
                with borrowed(network, 0) as model:
                    assert float(model(X)[0, 0]) == factor
                assert float(predict(network, Weights([]), X)[0, 0]) == factor

    def test_devices_have_models_of_their_own(self):
        with borrowed(resolved(), 0) as first:
            pass
        with borrowed(resolved(), 0, device="cpu") as second:
            assert second is not first

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
    def test_the_model_of_a_failed_fit_is_not_kept(self, error):
        def fail():
            with borrowed(resolved(), 0):
                raise error

        with pytest.raises(error):
            fail()
        assert model_cache._idle == []

    def test_a_model_with_frozen_layers_is_not_kept(self):
        with borrowed(resolved(), 0) as model:
            model.layers[1].trainable = False
        assert model_cache._idle == []


class TestStart:
    @pytest.mark.parametrize("type_name, row", by_layer(ROWS, STATES))
    def test_a_used_model_starts_as_a_fresh_one(self, type_name, row):
        """Weights, statistics and the sources of random numbers of every layer."""
        recipe, X = nnbuild.resolve(network(type_name, row)), batches(row)
        with borrowed(recipe, 7) as used:
            used(X, training=True)
            for variable in used.variables:
                variable.assign(keras.ops.ones_like(variable))
        with borrowed(recipe, 3) as again:
            assert again is used
            fresh = model_to_train(recipe, 3)
            for one, other in zip(again.variables, fresh.variables, strict=True):
                np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=one.path)
            if type_name not in UNSEEDED:
                results = [np.asarray(model(X, training=True)) for model in (again, fresh)]
                np.testing.assert_array_equal(*results)

    def test_a_seed_of_the_recipe_takes_precedence(self):
        recipe = resolved({"type": "Dropout", "rate": 0.5, "seed": 5}, {**DENSE, "units": 64})
        X, results = np.ones((50, 4), "float32"), []
        for seed in (0, 1, 0):
            with borrowed(recipe, seed) as model:
                results.append(np.asarray(model.layers[1](X, training=True)))
        np.testing.assert_array_equal(results[0], results[1])
        np.testing.assert_array_equal(results[0], results[2])

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "training",
        [
            {"optimizer": {"type": "Adam", "use_ema": True, "learning_rate": {
                "type": "ExponentialDecay", "initial_learning_rate": 0.1, "decay_steps": 2, "decay_rate": 0.5}},
             "gradient_accumulation": 2},
            {"precision": "mixed_float16", "metrics": ["mean_absolute_error", "R2Score"], "validation_fraction": 0.2,
             "early_stopping": True},
        ],
    )  # fmt: skip
    def test_a_fit_is_the_fit_of_a_fresh_model(self, training):
        """The fit before it has other rows and another seed."""
        recipe = resolved(DENSE, {"type": "Dropout", "rate": 0.2}, {"type": "BatchNormalization"}, training=training)
        rng = np.random.default_rng(0)
        X, y = rng.normal(size=(50, 4)).astype("float32"), rng.normal(size=(50, 2)).astype("float32")
        settings = {**settings_of(recipe), "epochs": 3, "batch_size": 8}
        fresh = model_to_train(recipe, 1)
        curves = train(fresh, X, y, settings, seed=1).curves
        with borrowed(recipe, 0) as used:
            train(used, 3 * X[:31], y[:31], {**settings, "epochs": 1}, seed=5)
        with borrowed(recipe, 1) as again:
            assert again is used
            assert train(again, X, y, settings, seed=1).curves == curves
            for one, other in zip(again.variables, fresh.variables, strict=True):
                np.testing.assert_array_equal(one.numpy(), other.numpy(), err_msg=one.path)


class TestBounds:
    def test_the_least_recently_used_models_are_dropped_first(self, monkeypatch):
        monkeypatch.setattr(model_cache, "MAX_MODELS", 2)
        networks = [resolved({**DENSE, "units": units}) for units in (1, 2, 3)]
        models = []
        for recipe in [networks[0], networks[1], networks[0], networks[2]]:
            with borrowed(recipe, 0) as model:
                models.append(model)
        assert models[2] is models[0]
        assert [model for _, model in model_cache._idle] == [models[0], models[3]]

    @pytest.mark.slow
    def test_idle_models_take_bounded_memory(self, monkeypatch):
        n_bytes = 4 * 3 * (4 * 100 + 100 + 100 * 2 + 2)  # weights, and two arrays of Adam for each
        monkeypatch.setattr(model_cache, "MAX_MODEL_BYTES", 2 * n_bytes + 1000)
        X, y = np.ones((8, 4), "float32"), np.ones((8, 2), "float32")
        for name in "abc":
            recipe = resolved({**DENSE, "units": 100, "name": name})
            with borrowed(recipe, 0) as model:
                train(model, X, y, {**settings_of(recipe), "epochs": 1}, seed=0)
        assert [model.layers[1].name for _, model in model_cache._idle] == ["b", "c"]
        monkeypatch.setattr(model_cache, "MAX_MODEL_BYTES", 10)
        with borrowed(recipe, 0):
            pass
        assert model_cache._idle == []

    @pytest.mark.slow
    @pytest.mark.parametrize("much", [0, 2**40])
    def test_dropped_models_are_collected(self, monkeypatch, much):
        """At once where they are large, else by the next garbage collection of Python."""
        monkeypatch.setattr(model_cache, "MAX_MODELS", 0)
        monkeypatch.setattr(model_cache, "MUCH_BYTES", much)
        recipe = resolved({**DENSE, "activation": "silu"})
        X, y = np.ones((8, 4), "float32"), np.ones((8, 2), "float32")
        with borrowed(recipe, 0) as model:
            train(model, X, y, {**settings_of(recipe), "epochs": 1}, seed=0)
        gone = weakref.ref(model)
        del model
        with borrowed(recipe, 0):
            pass
        if much:
            gc.collect()
        assert gone() is None

    def test_kinds_of_rows_of_a_program_are_bounded(self, monkeypatch):
        """For example sequences of many lengths, each with a graph of its own."""
        traces = []
        monkeypatch.setattr(model_cache, "MAX_KINDS", 2)
        monkeypatch.setattr(model_cache, "FlatFunction", lambda *parts: traces.append(parts) or FlatFunction(*parts))
        program = Forward(resolved({"type": "GlobalMaxPooling1D"}, shape=(None, 4)))
        for length in (3, 4, 5, 4, 3):
            program(Weights.of(program._model), np.ones((2, length, 4), "float32"))
        assert len(traces) == 4
