"""Private names of Keras that nnbuild/private uses: dropout, attention and optimizers.

A failure names the function and what to check at an update; CONTRIBUTING has the procedure.
"""

from contextlib import nullcontext

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

import nnbuild.private.keras as of_keras
import nnbuild.private.keras_layers as of_layers
from private_api import relies_on

# --- Keras: layers that drop


@relies_on(of_layers.DropsScores, "keras.layers.Attention.call, and where it applies dropout")
@pytest.mark.parametrize("kind", [keras.layers.Attention, keras.layers.AdditiveAttention])
def test_drops_scores(kind):
    class Dropping(of_layers.DropsScores, kind):
        def dropped(self, x, rate):
            assert rate == 0.25
            return x * 0.0

    x, plain, dropping = ops.ones((1, 3, 2)), kind(dropout=0.25), Dropping(dropout=0.25)
    np.testing.assert_array_equal(dropping([x, x]), plain([x, x]))
    assert not np.any(dropping([x, x], training=True))


@relies_on(of_layers.DropsStates, "keras.src.layers.rnn.dropout_rnn_cell, and the call context of keras.Layer")
@pytest.mark.parametrize("kind", [keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell])
def test_drops_states(kind):
    class Dropping(of_layers.DropsStates, kind):
        def dropped(self, x, rate):
            rates.add(rate)
            return x * 0.0

    rates, x = set(), ops.ones((1, 3, 2))
    keras.utils.set_random_seed(0)
    plain, dropping = keras.layers.RNN(kind(2)), keras.layers.RNN(Dropping(2, dropout=0.25, recurrent_dropout=0.5))
    plain.build(x.shape)
    dropping.build(x.shape)
    for variable, value in zip(dropping.trainable_variables, plain.trainable_variables, strict=True):
        variable.assign(value)
    np.testing.assert_array_equal(dropping(x), plain(x))
    assert rates == set()
    first = plain(x * 0.0, initial_state=None)
    if kind is keras.layers.SimpleRNNCell:  # others pass some of the state on
        np.testing.assert_array_equal(dropping(x, training=True), first)
    else:
        assert not np.array_equal(dropping(x, training=True), plain(x))
    assert rates == {0.25, 0.5}


# --- Keras: attention

ATTENTION = [(keras.layers.MultiHeadAttention, (2, 3)), (keras.layers.GroupQueryAttention, (3, 4, 2))]


@relies_on(of_layers.projections_of, "the dense layers of attention; whether GroupQueryAttention has public ones now")
@pytest.mark.parametrize(("kind", "heads"), ATTENTION)
def test_projections_of(kind, heads):
    layer, x = kind(*heads), ops.ones((1, 5, 6))
    layer(x, x)
    found = of_layers.projections_of(layer)
    assert [type(part) for part in found] == [keras.layers.EinsumDense] * 4
    names = ["query", "key", "value", "attention_output"]
    assert [part.name for part in found] == names
    assert hasattr(layer, "query_dense") is (kind is keras.layers.MultiHeadAttention)


@relies_on(of_layers.attended, "the order of steps in call of attention layers")
@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize(("kind", "heads"), ATTENTION)
def test_attended(kind, heads, dropout):
    layer = kind(*heads, dropout=dropout)
    query, value = (keras.random.normal((2, n_steps, 6), seed=n_steps) for n_steps in (3, 5))
    seen = ops.convert_to_tensor(np.random.default_rng(0).random((2, 3, 5)) < 0.7)
    expected = layer(query, value, attention_mask=seen)
    dense, n_repeats = of_layers.projections_of(layer), getattr(layer, "num_repeats", 1)
    keys, values = (ops.repeat(part(value), n_repeats, axis=2) for part in (dense.key, dense.value))
    found = dense.output(of_layers.attended(layer, dense.query(query), keys, values, seen))
    np.testing.assert_array_equal(found, expected)


# --- Keras: optimizers


def variable(value: float = 1.0) -> keras.Variable:
    return keras.Variable([value], name="weight")


def gradient(value: float) -> tf.Tensor:
    return tf.constant([value])


@relies_on(of_keras.learning_rate_slot, "the setter of learning_rate in keras.optimizers.Optimizer")
def test_learning_rate_slot():
    optimizer, weight = keras.optimizers.SGD(0.5), variable()
    holder, key = of_keras.learning_rate_slot(optimizer)
    assert float(holder[key].numpy()) == 0.5
    holder[key] = tf.constant(0.25)
    optimizer.apply([gradient(1.0)], [weight])
    assert weight.numpy().tolist() == [0.75]


@relies_on(of_keras.identify_variables_by, "how keras.src.backend.tensorflow.optimizer_distribute identifies variables")
def test_identify_variables_by():
    seen, weight, optimizer = [], variable(), keras.optimizers.SGD()
    of_keras.identify_variables_by(optimizer, lambda one: seen.append(one) or id(one))
    optimizer.build([weight])
    assert any(one is weight for one in seen)


def common(optimizer: keras.Optimizer, *weights: keras.Variable, noted: list | None = None) -> keras.Optimizer:
    def apply(optimizer, gradients, variables):
        of_keras.update_variables(optimizer, gradients, variables)
        (noted if noted is not None else []).append("applied")

    def update(optimizer):
        (noted if noted is not None else []).append("updated")

    optimizer.__class__ = of_keras.common_optimizer(type(optimizer), apply, update)
    optimizer.build(list(weights))
    return optimizer


@relies_on(of_keras.common_optimizer, "keras.src.optimizers.base_optimizer beside its form for TensorFlow")
def test_common_optimizer():
    noted, weight = [], variable()
    optimizer = common(keras.optimizers.SGD(0.5), weight, noted=noted)
    with keras.StatelessScope() as scope:
        optimizer.apply([gradient(1.0)])
    assert noted == ["updated", "applied"]
    assert scope.get_current_value(weight).numpy().tolist() == [0.5]
    assert weight.numpy().tolist() == [1.0]


@relies_on(of_keras.update_variables, "the steps of apply in keras.src.optimizers.base_optimizer")
def test_update_variables():
    weight = variable()
    optimizer = common(keras.optimizers.SGD(0.5, clipvalue=0.5, weight_decay=0.25), weight)
    of_keras.update_variables(optimizer, [gradient(8.0)], [weight])
    assert weight.numpy().tolist() == [1.0 - 0.5 * 0.25 - 0.5 * 0.5]  # decay, then a clipped gradient


@relies_on(of_keras.with_rates_by_variable, "update_step and weight decay in keras.src.optimizers.base_optimizer")
@pytest.mark.parametrize("made", [lambda optimizer, *_: optimizer, common], ids=["TensorFlow", "common"])
def test_with_rates_by_variable(made):
    weights = [variable(), variable()]
    optimizer = made(keras.optimizers.SGD(0.5, weight_decay=0.25), *weights)
    update, decay = [1.0, 0.5].__getitem__, [1.0, 0.0].__getitem__
    optimizer.__class__ = of_keras.with_rates_by_variable(type(optimizer), update, decay)
    with keras.StatelessScope() if made is common else nullcontext() as scope:
        optimizer.apply([gradient(1.0), gradient(1.0)], weights)
    values = [scope.get_current_value(weight) if scope else weight for weight in weights]
    assert [value.numpy().tolist() for value in values] == [[1.0 - 0.5 * 0.25 - 0.5], [1.0 - 0.25]]
    assert float(optimizer.learning_rate) == 0.5


@relies_on(of_keras.trained_variables, "build in keras.src.optimizers.base_optimizer")
def test_trained_variables():
    weights = [variable(), variable()]
    optimizer = common(keras.optimizers.Adam(), *weights)
    assert list(map(id, of_keras.trained_variables(optimizer))) == list(map(id, weights))


@relies_on(of_keras.n_applied, "iterations in keras.src.optimizers.base_optimizer")
def test_n_applied():
    optimizer = keras.optimizers.SGD(gradient_accumulation_steps=2)
    for _ in range(3):
        optimizer.apply([gradient(1.0)], None if optimizer.built else [variable()])
    assert (int(of_keras.n_applied(optimizer)), int(optimizer.iterations)) == (3, 1)


@relies_on(of_keras.accumulated, "gradient accumulation in keras.src.optimizers.base_optimizer")
def test_accumulated():
    one, other = variable(), keras.Variable([1.0, 2.0])
    optimizer = keras.optimizers.SGD(gradient_accumulation_steps=2)
    optimizer.apply([gradient(3.0), tf.constant([4.0, 5.0])], [one, other])
    assert [place.numpy().tolist() for place in of_keras.accumulated(optimizer, [other, one])] == [[4.0, 5.0], [3.0]]


@relies_on(of_keras.moving_averages, "use_ema in keras.src.optimizers.base_optimizer")
def test_moving_averages():
    weight, optimizer = variable(), keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.5)
    for _ in range(2):
        optimizer.apply([gradient(1.0)], None if optimizer.built else [weight])
    (average,) = of_keras.moving_averages(optimizer)
    assert (weight.numpy().tolist(), average.numpy().tolist()) == ([0.0], [0.25])


@relies_on(of_keras.update_moving_averages, "use_ema in keras.src.optimizers.base_optimizer")
def test_update_moving_averages():
    weight = variable(2.0)
    optimizer = common(keras.optimizers.SGD(use_ema=True, ema_momentum=0.5), weight)
    of_keras.update_moving_averages(optimizer)  # before the first step, of which nothing is kept
    assert [average.numpy().tolist() for average in of_keras.moving_averages(optimizer)] == [[2.0]]


@relies_on(of_keras.momentum_product, "build of keras.optimizers.Nadam")
def test_momentum_product():
    optimizer = keras.optimizers.Nadam()
    optimizer.build([variable()])
    product = of_keras.momentum_product(optimizer)
    assert float(product.numpy()) == 1.0
    assert any(one is product for one in optimizer.variables)
    assert of_keras.momentum_product(keras.optimizers.SGD()) is None
