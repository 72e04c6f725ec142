"""Layers in the forms for many members: values and gradients equal those of Keras' own layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nnbuild.train.stacked.layer_forms import LAYER_CLASSES, REGULARIZER_CLASSES, prepare, row_bytes

L = keras.layers
SIZES = (7, 8, 5)  # of images and volumes: strides leave rows over


def values_and_gradients(model, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x, training=True)
        weights = np.random.default_rng(1).normal(size=y.shape).astype("float32")
        total = tf.reduce_sum(y * weights)
    return [y, *tape.gradient(total, [x, *model.trainable_variables])]


def assert_like_keras(layer, shape):
    """The same on values of which many are alike, where pooling has to choose."""
    x = tf.constant(np.random.default_rng(0).integers(-3, 4, (2, *shape)) / 2, tf.float32)
    model = keras.Sequential([keras.Input(shape), layer])
    there = values_and_gradients(model, x)
    prepare(model)
    assert type(layer) in LAYER_CLASSES.values()
    for mine, keras_own in zip(values_and_gradients(model, x), there, strict=True):
        np.testing.assert_allclose(mine, keras_own, rtol=1e-4, atol=1e-4)


def n_axes(kind):
    return int(kind.__name__[-2])


def by_kind(kinds, windows):
    """Parameters of a test of sliding windows: all windows along one axis, the first two along several."""
    return [
        pytest.param(kind, *window, id=f"{kind.__name__} {window}")
        for kind in kinds
        for window in (windows if n_axes(kind) == 1 else windows[:2])
    ]


# Padding, stride, dilation.
WINDOWS = [("same", 2, 1), ("valid", 1, 2), ("same", 1, 2), ("valid", 3, 1)]
CONVOLUTIONS = (L.Conv1D, L.Conv2D, L.Conv3D, L.SeparableConv1D, L.SeparableConv2D)


@pytest.mark.parametrize(("kind", "padding", "stride", "dilation"), by_kind(CONVOLUTIONS, WINDOWS))
def test_convolutions(kind, padding, stride, dilation):
    for length in (1, 2, 3) if kind is L.Conv1D else (3,):
        layer = kind(
            4, length, stride, padding, dilation_rate=dilation, activation="tanh", bias_initializer="random_normal"
        )
        assert_like_keras(layer, (*SIZES[: n_axes(kind)], 3))


@pytest.mark.parametrize(
    ("kind", "padding", "stride", "dilation"), by_kind((L.DepthwiseConv1D, L.DepthwiseConv2D), WINDOWS[:2])
)
def test_depthwise_convolutions(kind, padding, stride, dilation):
    layer = kind(2, stride, padding, depth_multiplier=2, dilation_rate=dilation)
    assert_like_keras(layer, (*SIZES[: n_axes(kind)], 3))


# Padding, length, stride.
POOLS = [("same", 3, 2), ("valid", 3, 1), ("same", 2, 3)]


@pytest.mark.parametrize(
    ("kind", "padding", "length", "stride"), by_kind([kind for kind in LAYER_CLASSES if "Pool" in kind.__name__], POOLS)
)
def test_pooling(kind, padding, length, stride):
    assert_like_keras(kind(length, stride, padding), (*SIZES[: n_axes(kind)], 3))


def test_windows_of_other_lengths_on_each_axis():
    assert_like_keras(L.Conv2D(4, (3, 2), (2, 1), "same"), (7, 8, 3))
    assert_like_keras(L.MaxPooling2D((2, 3), (1, 2)), (7, 8, 3))


def test_causal_padding_and_groups():
    assert_like_keras(L.Conv1D(4, 3, padding="causal", dilation_rate=2), (7, 3))
    assert_like_keras(L.Conv1D(6, 3, groups=2), (8, 4))
    assert_like_keras(L.Conv2D(6, 3, groups=2, activation="relu"), (7, 8, 4))


def test_channels_first():
    """Keras computes these on a GPU only; results must equal those of channels_last."""
    x = np.random.default_rng(0).normal(size=(2, 7, 8, 3)).astype("float32")
    last = keras.Sequential([keras.Input(x.shape[1:]), L.Conv2D(4, 3), L.MaxPooling2D(2)])
    axes = {"data_format": "channels_first"}
    first = keras.Sequential([keras.Input((3, 7, 8)), L.Conv2D(4, 3, **axes), L.MaxPooling2D(2, **axes)])
    first.set_weights(last.get_weights())
    prepare(first)
    found = np.moveaxis(first(np.moveaxis(x, -1, 1)).numpy(), 1, -1)
    np.testing.assert_allclose(found, last(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", [L.LSTM, L.GRU, L.SimpleRNN, lambda units: L.RNN(L.GRUCell(units))])
def test_recurrent_layers_are_unrolled(kind):
    layer = kind(3)
    assert_like_keras(layer, (6, 2))
    assert layer.unroll


def test_long_series_are_not_unrolled():
    layer = L.LSTM(3)
    assert_like_keras(layer, (65, 2))
    assert not layer.unroll


@pytest.mark.parametrize("shape", [(), (3,), (5, 4), (2, 3, 4, 5)])
@pytest.mark.parametrize("kind", ["L1", "L2", "L1L2"])
def test_penalties_and_their_gradients(kind, shape):
    penalty = getattr(keras.regularizers, kind)(**{name.lower(): 0.3 for name in ("L1", "L2") if name in kind})
    weight = tf.Variable(tf.random.stateless_normal(shape, (1, 2)))
    expected = penalized(penalty, weight)
    penalty.__class__ = REGULARIZER_CLASSES[type(penalty)]
    for found, wanted in zip(penalized(penalty, weight), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def penalized(penalty, weight):
    with tf.GradientTape() as tape:
        value = penalty(weight)
    return value, tape.gradient(value, weight)


def test_row_bytes():
    model = keras.Sequential([keras.Input((8, 8, 2)), L.Conv2D(4, 3), L.Flatten(), L.Dense(5)])
    prepare(model)
    outputs, windows = 6 * 6 * 4 + 144 + 5, 6 * 6 * (3 * 3 * 2)
    assert row_bytes(model) == 4 * (outputs + windows)
