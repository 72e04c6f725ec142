"""The compiled program: kept with its model, reset for each fit, correct in every precision."""

import keras
import numpy as np
import pytest
from keras import layers

from few import few_of
from nnbuild import catalog
from nnbuild.train.common.batches import make_data
from nnbuild.train.keras.program import program_for
from train.nets import classes, deep_net, same_bits, settings, softmax_net, train

DATA = make_data(*classes(), None, ["output"])


class TestReuse:
    @pytest.mark.parametrize("optimizer", few_of(catalog.class_names("optimizers"), "Adam", "Adafactor", "Nadam"))
    def test_an_optimizer_is_reset(self, optimizer):
        """The second fit of a model is the fit of a new one, and nothing is compiled again."""
        X, y = classes()
        model = softmax_net()
        start = model.get_weights()
        train(model, X, y, settings(optimizer=optimizer), seed=0)
        first = model.get_weights()
        own = model.optimizer
        model.set_weights(start)
        train(model, X, y, settings(optimizer=optimizer), seed=0)
        assert model.optimizer is own
        assert same_bits(model, first)

    def test_a_callback_that_changed_the_learning_rate_is_forgotten(self):
        X, y = classes()
        model, other = softmax_net(), softmax_net()
        start = model.get_weights()
        schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.5)
        train(model, X, y, settings(), seed=0, callbacks=[schedule])
        model.set_weights(start)
        train(model, X, y, settings(), seed=0)
        train(other, X, y, settings(), seed=0)
        assert same_bits(model, other)

    def test_values_need_no_new_program(self):
        model = softmax_net()
        program = program_for(model, settings(), DATA)
        changes = {"epochs": 9, "batch_size": 3, "validation_fraction": 0.5, "class_weight": "balanced"}
        assert program_for(model, settings(**changes, learning_rate=1), DATA) is program
        assert float(model.optimizer.learning_rate) == 1.0

    @pytest.mark.parametrize(
        "changes",
        [
            {"optimizer": "adam"},
            {"loss": {"type": "SparseCategoricalCrossentropy", "ignore_class": 1}},
            {"metrics": ["accuracy"]},
            {"label_smoothing": 0.1},
            {"gradient_accumulation": 2},
            {"learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.1, "decay_steps": 5}},
        ],
    )
    def test_other_settings_need_a_new_program(self, changes):
        model = softmax_net()
        program = program_for(model, settings(), DATA)
        assert program_for(model, settings(**changes), DATA) is not program

    def test_frozen_layers_and_compiled_models_need_a_new_program(self):
        model = deep_net()
        program = program_for(model, settings(), DATA)
        model.layers[0].trainable = False
        other = program_for(model, settings(), DATA)
        assert other is not program
        model.compile("sgd", "mse")
        assert program_for(model, settings(), DATA) is not other

    def test_nothing_is_traced_twice(self):
        """The lengths of calls, of the last batch and of the validation are values."""
        traces = []

        class Counting(layers.Layer):
            def call(self, inputs):
                traces.append(inputs.shape)
                return inputs

        model = keras.Sequential([keras.Input((4,)), Counting(), layers.Dense(3, activation="softmax")])
        train(model, *classes(29), settings(validation_fraction=0.2), seed=0)
        traces.clear()
        train(model, *classes(50), settings(validation_fraction=0.3, batch_size=7, learning_rate=0.3), seed=0)
        assert traces == []


def test_mixed_float16_scales_the_loss_and_trains():
    start, policy = keras.initializers.GlorotUniform(seed=0), "mixed_float16"
    hidden = layers.Dense(5, activation="tanh", dtype=policy, kernel_initializer=start)
    last = layers.Dense(3, activation="softmax", dtype=policy, kernel_initializer=start)
    model = keras.Sequential([keras.Input((4,)), hidden, last])
    model.dtype_policy = keras.DTypePolicy(policy)
    chosen = settings(optimizer="adam", learning_rate=0.05, epochs=20, validation_fraction=0.2)
    history = train(model, *classes(), chosen, seed=0)
    assert history.curves["loss"][-1] < 0.8 * history.curves["loss"][0]
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert np.isfinite(train(model, *classes(), chosen, seed=0).curves["loss"]).all()


def test_a_float64_model_is_trained_in_float64():
    X, y = classes()
    X = X.astype(np.float64)
    layer = layers.Dense(3, activation="softmax", dtype="float64")
    model = keras.Sequential([keras.Input((4,), dtype="float64"), layer])
    scores = X @ model.get_weights()[0]
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    history = train(model, X, y, settings(batch_size=100, epochs=1))
    assert history.curves["loss"][0] == pytest.approx(-log_p[np.arange(29), y].mean(), abs=1e-14)


def test_averaged_weights_are_kept():
    X, y = classes()
    models = softmax_net(), softmax_net()
    average = {"type": "SGD", "learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.5}
    train(models[0], X, y, settings(optimizer=average), seed=0)
    train(models[1], X, y, settings(), seed=0)
    kept = models[0].optimizer._model_variables_moving_average[0].numpy()
    np.testing.assert_array_equal(models[0].get_weights()[0], kept)
    assert not same_bits(*models)


def test_masked_sequences():
    X = np.array([[1, 2, 0, 0], [3, 1, 2, 0], [2, 0, 0, 0]])
    y = np.array([[0, 1, 2, 2], [1, 1, 0, 2], [2, 2, 2, 2]])
    inputs = keras.Input((4,), dtype="int32")
    outputs = layers.Dense(3, activation="softmax")(layers.Embedding(4, 5, mask_zero=True)(inputs))
    model = keras.Model(inputs, outputs)
    steps = -np.log(np.take_along_axis(np.array(model(X)), y[..., None], axis=2)[..., 0])
    history = train(model, X, y, settings(epochs=1, batch_size=3))
    assert history.curves["loss"][0] == pytest.approx(steps[X > 0].mean(), abs=1e-6)


def test_a_scaled_loss_trains_an_embedding():
    """A factor of 2 is exact: the weights are those without one, up to how the sums of rows are rounded."""
    X, y = np.arange(24).reshape(8, 3) % 5, np.arange(8) % 2
    weights = []
    for factor in (None, 2.0):
        model = keras.Sequential([keras.Input((3,)), layers.Embedding(5, 4), layers.Flatten(), layers.Dense(2)])
        model.set_weights([np.linspace(-1, 1, w.size).reshape(w.shape).astype("float32") for w in model.get_weights()])
        optimizer = {"type": "SGD", "learning_rate": 0.1, "loss_scale_factor": factor}
        train(model, X, y, settings(optimizer=optimizer), seed=0)
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)
