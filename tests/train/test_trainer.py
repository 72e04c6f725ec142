"""Training against loops written by hand, its history, and its side effects."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import nnbuild
from nnbuild.records import History
from nnbuild.train.common.batches import epoch_order, make_data
from train.nets import classes, deep_net, same_bits, settings, softmax_net, train

SEED = 7
NETWORK = {
    "nnbuild": 1,
    "layers": [
        {"type": "Reshape", "target_shape": [2, 2]},
        {"type": "LSTM", "units": 3, "return_sequences": True, "dropout": 0.5},
        {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3, "dropout": 0.5},
        {"type": "Flatten"},
        {"type": "BatchNormalization"},
        {"type": "Dropout", "rate": 0.5},
    ],
}
ROOT = Path(__file__).parents[2]


def by_hand(model, X, y, weights, chosen, targets):
    """Softmax regression by SGD in float64: its kernel, bias and loss per epoch."""
    kernel, bias = (values.astype(np.float64) for values in model.get_weights())
    data = make_data(X, y, weights, ["output"])
    curve = []
    for epoch in range(1, chosen["epochs"] + 1):
        order = epoch_order(data, True, SEED, epoch)
        total = 0.0
        for start in range(0, len(order), chosen["batch_size"]):
            rows = order[start : start + chosen["batch_size"]]
            w = weights[rows] / weights[rows].sum()
            scores = np.exp(X[rows] @ kernel + bias)
            p = scores / scores.sum(axis=1, keepdims=True)
            total += weights[rows].sum() * (w @ -(targets[rows] * np.log(p)).sum(axis=1))
            gradient = w[:, None] * (p - targets[rows])
            kernel = kernel - 0.1 * X[rows].T @ gradient
            bias = bias - 0.1 * gradient.sum(axis=0)
        curve.append(total / weights.sum())
    return kernel, bias, curve


def one_hot(y, smoothing=0.0):
    return (1 - smoothing) * np.eye(3)[y] + smoothing / 3


@pytest.fixture(scope="module")
def data():
    return classes()


@pytest.fixture(scope="module")
def weights(data):
    return np.random.default_rng(1).integers(1, 5, len(data[1])).astype(float)


class TestAgainstHand:
    @pytest.mark.parametrize(("is_weighted", "smoothing"), [(False, 0.0), (True, 0.2)], ids=["plain", "weighted"])
    def test_softmax_regression(self, data, weights, is_weighted, smoothing):
        X, y = data
        sample_weight = weights if is_weighted else None
        class_weight = {"0": 2.0, "2": 0.5} if is_weighted else None
        w = weights * np.array([2.0, 1.0, 0.5])[y] if is_weighted else np.ones(len(y))
        chosen = settings(class_weight=class_weight, label_smoothing=smoothing)
        model = softmax_net()
        kernel, bias, curve = by_hand(model, X, y, w, chosen, one_hot(y, smoothing))
        history = train(model, X, y, chosen, seed=SEED, sample_weight=sample_weight)
        np.testing.assert_allclose(model.get_weights()[0], kernel, atol=1e-6)
        np.testing.assert_allclose(model.get_weights()[1], bias, atol=1e-6)
        np.testing.assert_allclose(history.curves["loss"], curve, atol=1e-6)

    @pytest.mark.slow
    def test_kerass_own_step_on_the_same_batches(self, data):
        X, y = data
        chosen = settings(optimizer="adam", learning_rate=0.01)
        model, other = deep_net(dropout=0.3), deep_net(dropout=0.3)
        other.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
        rows = make_data(X, y, None, ["output"])
        for epoch in (1, 2, 3):
            order = epoch_order(rows, True, SEED, epoch)
            for start in range(0, len(order), 8):
                other.train_on_batch(X[order[start : start + 8]], y[order[start : start + 8]])
        train(model, X, y, chosen, seed=SEED)
        for ours, kerass in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(ours, kerass, atol=1e-6)

    def test_rows_of_weight_zero_change_nothing(self, data, weights):
        X, y = data
        models = deep_net(), deep_net()
        chosen = settings(validation_fraction=0.2, metrics=["accuracy"], class_weight="balanced")
        junk = np.full((5, 4), np.nan, np.float32)
        first = train(models[0], X, y, chosen, seed=0, sample_weight=weights)
        second = train(
            models[1],
            np.concatenate([X, junk]),
            np.concatenate([y, [0] * 5]),
            chosen,
            seed=0,
            sample_weight=np.concatenate([weights, np.zeros(5)]),
        )
        assert same_bits(*models)
        assert first.curves == second.curves

    def test_penalties_are_added_to_the_loss(self, data):
        X, y = data
        model = softmax_net(kernel_regularizer=keras.regularizers.L2(0.1), bias_regularizer=keras.regularizers.L1(0.3))
        bare = softmax_net(seed=0)
        kernel, bias = model.get_weights()
        chosen = settings(optimizer={"type": "SGD", "learning_rate": 1e-9}, epochs=1, validation_fraction=0.2)
        extra = 0.1 * (kernel**2).sum() + 0.3 * np.abs(bias).sum()
        first, second = (train(net, X, y, chosen, seed=0).curves for net in (model, bare))
        assert first["loss"][0] == pytest.approx(second["loss"][0] + extra, abs=1e-6)
        assert first["val_loss"][0] == pytest.approx(second["val_loss"][0] + extra, abs=1e-6)

    def test_gradients_of_several_batches_are_one_update(self, data):
        X, y = data[0][:24], data[1][:24]
        models = softmax_net(), softmax_net()
        train(models[0], X, y, settings(batch_size=8, gradient_accumulation=3, shuffle=False))
        train(models[1], X, y, settings(batch_size=24, gradient_accumulation=1, shuffle=False))
        np.testing.assert_allclose(models[0].get_weights()[0], models[1].get_weights()[0], atol=1e-6)

    def test_the_learning_rate_setting_overrides_the_optimizers(self, data):
        X, y = data
        models = softmax_net(), softmax_net(), softmax_net()
        schedule = {"type": "PiecewiseConstantDecay", "boundaries": [1000], "values": [0.1, 0.0]}
        train(models[0], X, y, settings(optimizer={"type": "SGD", "learning_rate": 9.0}, learning_rate=0.1), seed=0)
        train(models[1], X, y, settings(optimizer="sgd", learning_rate=schedule), seed=0)
        train(models[2], X, y, settings(), seed=0)
        assert same_bits(models[0], models[1])
        assert same_bits(models[0], models[2])


class TestSameBits:
    def test_a_training_depends_on_its_seed_only(self):
        X, y = classes()
        chosen = settings(optimizer="adam", validation_fraction=0.2, metrics=["accuracy"])
        first = deep_net(dropout=0.5)
        history = train(first, X, y, chosen, seed=3)
        train(deep_net(seed=9, dropout=0.2), X, y, chosen, seed=4)
        np.random.seed(0)  # noqa: NPY002  (the global state must not matter)
        second = deep_net(dropout=0.5)
        again = train(second, X, y, chosen, seed=3)
        assert same_bits(first, second)
        assert history.curves == again.curves
        train(other := deep_net(dropout=0.5), X, y, chosen, seed=4)
        assert not same_bits(first, other)

    @pytest.mark.slow
    def test_another_process_builds_and_trains_the_same_bits(self):
        code = (
            "import nnbuild\n"
            "from train.nets import *\n"
            "for seed in range(6): train(softmax_net(seed), *classes(), settings(epochs=1))\n"
            "model = nnbuild.build(NETWORK, (4,), n_outputs=3, seed=11)\n"
            "print([[float(v).hex() for v in w.ravel()] for w in model.get_weights()])\n"
            "train(model, *classes(), settings(optimizer='adam'), seed=3)\n"
            "print([[float(v).hex() for v in w.ravel()] for w in model.get_weights()])"
        ).replace("NETWORK", repr(NETWORK))
        path = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]\n"
        environment = {**os.environ, "PYTHONHASHSEED": "123"}
        command = [sys.executable, "-c", path + code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert "retracing" not in done.stderr  # TensorFlow's warning where many functions are traced
        model = nnbuild.build(NETWORK, (4,), n_outputs=3, seed=11)
        initial, trained = done.stdout.splitlines()
        assert initial == str([[float(v).hex() for v in w.ravel()] for w in model.get_weights()])
        train(model, *classes(), settings(optimizer="adam"), seed=3)
        assert trained == str([[float(v).hex() for v in w.ravel()] for w in model.get_weights()])

    def test_global_settings_and_output_do_not_change(self, capfd):
        X, y = classes()
        before = np.random.get_state()[1].tolist(), keras.config.floatx(), keras.config.dtype_policy().name  # noqa: NPY002
        train(deep_net(), X, y, settings(validation_fraction=0.2, metrics=["accuracy"]), seed=0)
        after = np.random.get_state()[1].tolist(), keras.config.floatx(), keras.config.dtype_policy().name  # noqa: NPY002
        assert before == after
        assert capfd.readouterr() == ("", "")


class TestHistory:
    def test_validation_that_is_given(self):
        X, y = classes()
        X_val, y_val = classes(11, seed=5)
        model, other = softmax_net(), softmax_net()
        chosen = settings(validation_fraction=0.5, class_weight={"0": 5.0}, metrics=["accuracy"])
        history = train(model, X, y, chosen, validation=(X_val, y_val, np.arange(11.0)), seed=0)
        assert isinstance(history, History)
        assert list(history.curves) == ["loss", "accuracy", "val_loss", "val_accuracy"]
        assert (history.n_epochs, history.best_epoch, history.stopped) == (3, 3, "epochs")
        assert history.elapsed_s > 0
        losses = -np.log(np.array(model(X_val))[np.arange(11), y_val])
        weights = np.arange(11.0) * np.where(y_val == 0, 5.0, 1.0)
        assert history.curves["val_loss"][-1] == pytest.approx(np.average(losses, weights=weights), abs=1e-6)
        train(other, X, y, settings(class_weight={"0": 5.0}), seed=0)
        assert same_bits(model, other)  # all rows of X were trained on


def test_a_compiled_model_is_trained_and_can_be_evaluated_and_saved(tmp_path):
    X, y = classes()
    model = softmax_net()
    model.compile("rmsprop", "kl_divergence")
    train(model, X, y, settings(metrics=["accuracy"], label_smoothing=0.1), seed=0)
    assert isinstance(model.optimizer, keras.optimizers.SGD)
    scores = model.evaluate(X, y, verbose=0, return_dict=True)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.evaluate(X, y, verbose=0, return_dict=True) == pytest.approx(scores, abs=1e-6)


def test_no_epochs():
    X, y = classes()
    model = softmax_net()
    before = model.get_weights()
    history = train(model, X, y, settings(epochs=0, early_stopping=True))
    assert (dict(history.curves), history.best_epoch, history.stopped) == ({"loss": ()}, 0, "epochs")
    assert same_bits(before, model)


class TestDrawnRows:
    """Rows that are drawn in each epoch."""

    def drawn(self, data, seed, **changes):
        """Random number and rows of each draw, and the final weights."""
        X, y = data
        calls = []

        def draw(X, y, rng):
            calls.append((rng.random(), X[""].copy()))
            return {"": X[""] + rng.normal(size=X[""].shape).astype("float32")}, y

        model = softmax_net()
        train(model, X, y, settings(batch_size=64, validation_fraction=0.3, **changes), seed=seed, draw=draw)
        return calls, model.get_weights()

    def test_each_epoch_has_its_own_and_validation_the_same(self, data):
        calls, _ = self.drawn(data, SEED)
        numbers = [number for number, rows in calls if len(rows) > 1]  # one row is drawn for the shapes of metrics
        training, validation = numbers[::2], numbers[1::2]
        assert len(training) == len(set(training)) == 3
        assert len(validation) == 3
        assert len(set(validation)) == 1

    def test_the_seed_determines_the_draws(self, data):
        (first, weights), (second, same), (third, _) = (self.drawn(data, seed) for seed in (SEED, SEED, 8))
        assert [number for number, _ in first] == [number for number, _ in second]
        assert not {number for number, _ in first} & {number for number, _ in third}
        assert all(map(np.array_equal, weights, same))
