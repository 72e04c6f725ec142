"""Random numbers by counting: their distribution and independence, and layers that draw them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nnbuild.train.common.counter_based_random import COUNTED, _Noise, count_random, normal, uniform

SEED = tf.constant([12345, 0], tf.int64)


def test_uniform():
    values = uniform((1000, 200), SEED).numpy()
    assert values.min() >= 0
    assert values.max() < 1
    counts, _ = np.histogram(values, 50, (0, 1))
    assert ((counts - 4000) ** 2 / 4000).sum() < 95  # chi-squared of 49 degrees: 1 in 10,000
    rows = np.corrcoef(values[:100])
    assert np.abs(rows[np.triu_indices(100, 1)]).max() < 0.35  # 5 deviations


def test_draws_of_other_seeds_and_counts_are_independent():
    draws = [uniform((4000,), tf.constant(seed, tf.int64)).numpy() for seed in ([0, 0], [0, 1], [1, 0], [1, 1], [2, 5])]
    assert np.abs(np.corrcoef(draws) - np.eye(5)).max() < 0.08  # 5 deviations


def test_normal():
    values = normal((200, 500), SEED).numpy()
    assert abs(values.mean()) < 0.016
    assert abs(values.std() - 1) < 0.012
    assert abs((values**4).mean() - 3) < 0.16
    assert np.isfinite(values).all()


NOISE = [kind for kind, counted in COUNTED.items() if issubclass(counted, _Noise)]


@pytest.mark.parametrize("kind", NOISE, ids=lambda kind: kind.__name__)
def test_layers_of_noise_equal_those_of_keras_on_average(kind):
    """The same values of the same shape stay or change, on average as in Keras' own layer, and none in prediction."""
    n_axes = int(kind.__name__[-2]) if kind.__name__.startswith("Spatial") else 1
    x = np.ones((400, *[6] * n_axes, 8), "float32")
    plain = keras.Sequential([keras.Input(x.shape[1:]), kind(0.3, seed=1)])
    counted = keras.models.clone_model(plain)
    count_random(counted)
    assert type(counted.layers[0]) is COUNTED[kind]
    here, there = counted(x, training=True).numpy(), plain(x, training=True).numpy()
    assert abs(here.mean() - there.mean()) < 0.06
    assert abs(here.std() - there.std()) < 0.06
    inner = tuple(range(1, here.ndim - 1))
    assert (np.ptp(here, axis=inner) > 0).any() == (np.ptp(there, axis=inner) > 0).any()
    assert not np.array_equal(here, counted(x, training=True).numpy())
    assert np.array_equal(counted(x, training=False), x)


ATTENTION = {kind: {"dropout": 0.3, "seed": 1} for kind in (keras.layers.Attention, keras.layers.AdditiveAttention)}
CELLS = {
    kind: {"units": 4, "dropout": 0.3, "recurrent_dropout": 0.3, "seed": 1}
    for kind in (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN)
}


@pytest.mark.parametrize(("kind", "arguments"), [*ATTENTION.items(), *CELLS.items()])
def test_layers_with_inner_dropout(kind, arguments):
    """Equal to Keras' own layer on average, different in each call, and equal in prediction."""
    query, keys = keras.Input((1, 4)), keras.Input((6, 4))
    layer = kind(**arguments)
    inputs = [query, keys] if kind in ATTENTION else keys
    plain = keras.Model(inputs, layer(inputs))
    counted = keras.models.clone_model(plain)
    rng = np.random.default_rng(0)
    weights = [0.5 * rng.uniform(size=weight.shape) for weight in plain.get_weights()]  # far from saturated
    plain.set_weights(weights)
    counted.set_weights(weights)
    count_random(counted)
    x = [rng.uniform(size=(3200, *tensor.shape[1:])).astype("float32") for tensor in plain.inputs]
    x = x if kind in ATTENTION else x[0]
    here, again, there = (model(x, training=True).numpy() for model in (counted, counted, plain))
    assert not np.array_equal(here, again)
    exact = plain(x).numpy()
    spread = (there - exact).std()
    assert spread > 0.01
    assert abs((here - exact).mean() - (there - exact).mean()) < 0.1 * spread  # 5 deviations
    assert abs((here - exact).std() - spread) < 0.1 * spread
    np.testing.assert_array_equal(counted(x), exact)
