"""Weighted means and smoothed labels."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from nnbuild.keras_losses import SmoothedSparseCategoricalCrossentropy
from nnbuild.train.common.losses import make_losses, weighted_mean
from train.nets import settings

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 3, 6)
P = RNG.dirichlet(np.ones(3), 6).astype(np.float32)
W = np.array([1, 2, 0.5, 3, 1, 4], np.float32)


def mean_of(loss, y, p, w=W):
    return float(weighted_mean(loss, tf.constant(y), tf.constant(p), tf.constant(w)))


class TestWeightedMean:
    def test_divides_by_the_sum_of_weights(self):
        rows = -np.log(P[np.arange(6), Y])
        loss = keras.losses.SparseCategoricalCrossentropy()
        assert mean_of(loss, Y, P) == pytest.approx(np.average(rows, weights=W), abs=1e-6)

    @pytest.mark.parametrize("name", ["CategoricalCrossentropy", "Dice"])
    def test_is_kerass_own_loss_where_all_weights_are_one(self, name):
        loss = getattr(keras.losses, name)()
        y = np.eye(3, dtype=np.float32)[Y]
        assert mean_of(loss, y, P, np.ones(6, np.float32)) == pytest.approx(float(loss(y, P)), abs=1e-6)

    def test_masked_steps_count_nothing(self):
        y, p = RNG.normal(size=(2, 6, 4, 2)).astype(np.float32)
        mask = np.arange(4) < np.array([1, 2, 3, 4, 4, 1])[:, None]
        prediction = tf.constant(p)
        prediction._keras_mask = tf.constant(mask)
        steps = ((y - p) ** 2).mean(axis=2)
        found = weighted_mean(keras.losses.MeanSquaredError(), tf.constant(y), prediction, tf.constant(W))
        assert float(found) == pytest.approx(np.average(steps, weights=mask * W[:, None]), abs=1e-6)

    def test_a_sum_is_not_divided(self):
        rows = ((P - 0.5) ** 2).mean(axis=1)
        loss = keras.losses.MeanSquaredError(reduction="sum")
        assert mean_of(loss, np.full_like(P, 0.5), P) == pytest.approx(W @ rows, abs=1e-5)


class TestSmoothing:
    @pytest.mark.parametrize("from_logits", [False, True])
    def test_integer_labels_are_smoothed_as_one_hot_ones(self, from_logits):
        ours = SmoothedSparseCategoricalCrossentropy(0.2, from_logits=from_logits)
        kerass = keras.losses.CategoricalCrossentropy(label_smoothing=0.2, from_logits=from_logits)
        expected = float(kerass(np.eye(3, dtype=np.float32)[Y], P))
        assert float(ours(Y, P)) == pytest.approx(expected, abs=1e-6)
        assert float(ours(Y[:, None], P)) == pytest.approx(expected, abs=1e-6)

    def test_an_ignored_class_counts_nothing(self):
        loss = SmoothedSparseCategoricalCrossentropy(0.2, ignore_class=1)
        plain = SmoothedSparseCategoricalCrossentropy(0.2)
        kept = Y != 1
        assert mean_of(loss, Y, P) == pytest.approx(mean_of(plain, Y[kept], P[kept], W[kept]), abs=1e-6)

    def test_it_is_saved_with_a_model(self):
        loss = SmoothedSparseCategoricalCrossentropy(0.2, ignore_class=1)
        again = keras.losses.deserialize(keras.losses.serialize(loss))
        assert again.get_config() == loss.get_config()

    @pytest.mark.parametrize("written", ["binary_crossentropy", {"type": "BinaryCrossentropy", "label_smoothing": 0.0}])
    def test_kerass_own_losses_smooth_themselves(self, written):
        loss = make_losses(["o"], settings(loss=written, label_smoothing=0.1), "float32")["o"]
        assert loss.get_config()["label_smoothing"] == 0.1

    def test_only_cross_entropies_are_smoothed(self):
        chosen = settings(loss={"a": "mse", "b": "sparse_categorical_crossentropy"}, label_smoothing=0.1)
        losses = make_losses(["a", "b"], chosen, "float32")
        assert [type(loss).__name__ for loss in losses.values()] == [
            "MeanSquaredError",
            "SmoothedSparseCategoricalCrossentropy",
        ]


class TestMakeLosses:
    def test_one_loss_for_all_outputs(self):
        losses = make_losses(["a", "b"], settings(loss={"type": "Huber", "delta": 2.0}), "float32")
        assert [float(loss([[0.0]], [[10.0]])) for loss in losses.values()] == [18.0, 18.0]
        assert losses["a"] is not losses["b"]

    def test_outputs_without_a_loss(self):
        assert list(make_losses(["a", "b"], settings(loss={"b": "mse"}), "float32")) == ["b"]

    def test_float64(self):
        assert make_losses(["o"], settings(), "float64")["o"].dtype == "float64"
        assert make_losses(["o"], settings(label_smoothing=0.1), "float64")["o"].dtype == "float64"

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"loss": None}, "training needs a loss: set training.loss"),
            ({"loss": {"c": "mse"}}, "loss has 'c', which is not an output; outputs: a, b"),
            ({"loss": "mse", "label_smoothing": 0.1}, "label_smoothing requires a cross-entropy loss, got 'mse'"),
            ({"loss": {"type": "BinaryCrossentropy", "label_smoothing": 0.2}, "label_smoothing": 0.1},
             "label_smoothing is 0.1, but 0.2 in loss 'BinaryCrossentropy'"),
            ({"loss": {"type": "Huber", "reduction": "none"}},
             "loss 'Huber' has no reduction: training needs one number per batch"),
        ],
    )  # fmt: skip
    def test_refused_losses(self, changes, message):
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            make_losses(["a", "b"], settings(**changes), "float32")
