"""Keras layers of nnbuild for tables: formulas, learned edges, gradients and saving."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import nnbuild
from messages import node, problem
from nnbuild.keras_layers import (
    BatchEnsembleDense,
    NTPDense,
    ParametricActivation,
    PeriodicEmbedding,
    PiecewiseLinearEncoding,
    Scale,
)
from nnbuild.keras_layers.tables import bin_edges

X = np.random.default_rng(0).normal(size=(40, 3)).astype("float32")


# --- Formulas


def test_ntp_dense_divides_by_the_root_of_the_inputs():
    layer = NTPDense(5, activation="tanh", bias_initializer="random_normal")
    found = layer(X)
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(found, np.tanh(X @ kernel / np.sqrt(3) + bias), rtol=1e-5, atol=1e-6)
    assert NTPDense(400)(X).numpy().std() == pytest.approx(np.sqrt((X**2).mean()), rel=0.1)  # weights of variance 1


def test_scale_multiplies_each_feature():
    layer = Scale("random_normal")
    np.testing.assert_array_equal(layer(X), X * layer.get_weights()[0])


def test_a_parametric_activation_lies_between_identity_and_activation():
    layer = ParametricActivation("relu")
    np.testing.assert_array_equal(layer(X), np.maximum(X, 0))
    layer.set_weights([np.array([0, 0.5, 2], "float32")])
    wanted = X + np.array([0, 0.5, 2]) * (np.maximum(X, 0) - X)
    np.testing.assert_allclose(layer(X), wanted, rtol=1e-6)


@pytest.mark.parametrize("columns", [None, [2, 0]])
def test_a_periodic_embedding_of_each_column(columns):
    layer = PeriodicEmbedding(n_frequencies=4, units=2, sigma=1.5, columns=columns)
    found = np.asarray(layer(X)).reshape(40, -1, 3)
    frequencies, phases, kernel, bias = layer.get_weights()
    for place, column in enumerate(columns or range(3)):
        x = X[:, column]
        cosines = np.cos(2 * np.pi * x[:, None] * frequencies[place, 0] + phases[place, 0])
        np.testing.assert_allclose(found[:, place, :2], cosines @ kernel[place] + bias[place, 0], atol=1e-5)
        np.testing.assert_array_equal(found[:, place, 2], x)


def test_initial_frequencies_have_the_given_deviation():
    layer = PeriodicEmbedding(n_frequencies=1000, sigma=2.5)
    layer(X)
    frequencies, phases, kernel, _ = layer.get_weights()
    assert frequencies.std() == pytest.approx(2.5, rel=0.05)
    assert np.abs(phases).max() == pytest.approx(np.pi, rel=0.01)
    assert np.abs(kernel).max() == pytest.approx(1 / np.sqrt(1000), rel=0.01)


# --- Piecewise-linear encoding


def test_an_encoding_follows_its_formula():
    layer = PiecewiseLinearEncoding(n_bins=4)
    layer.adapt(np.array([[0.0], [1], [3], [4]]))
    found = np.asarray(layer(np.array([[-2.0], [0.5], [2], [9]], "float32")))
    # Edges 0, 1, 3, 4: the first bin goes down to -1, the last one up to 2; the fourth bin is not used.
    wanted = [[-1, 0, 0, 0], [0.5, 0, 0, 0], [1, 0.5, 0, 0], [1, 1, 2, 0]]
    np.testing.assert_allclose(found, np.array(wanted) * np.sqrt(4 / 3), rtol=1e-6)


def test_edges_before_adapt_are_even():
    layer = PiecewiseLinearEncoding(n_bins=4)
    layer.build((None, 2))
    np.testing.assert_array_equal(layer.edges, [[-1, -0.5, 0, 0.5, 1]] * 2)
    assert not layer.trainable_weights


def test_few_values_are_edges_themselves():
    np.testing.assert_array_equal(bin_edges(np.array([3.0, 1, 1, 7, 3]), 2), [1, 3, 7])


def test_edges_are_quantiles():
    values = np.arange(101.0)
    np.testing.assert_array_equal(bin_edges(values, 4), [0, 25, 50, 75, 100])


def test_frequent_values_are_edges():
    values = np.append(np.arange(101.0), [33.5] * 99)  # of 200 samples, more than one eighth
    np.testing.assert_allclose(bin_edges(values, 8), np.sort([33.5, *np.linspace(0, 100, 8)]))


def test_edges_are_not_more_than_bins():
    frequent = np.repeat(np.arange(10.0), [30, 20, 20, 20, 20, 20, 20, 20, 20, 20])
    values = np.append(frequent, np.linspace(20, 30, 7))
    edges = bin_edges(values, 12)
    assert len(edges) <= 13
    assert {0.0, 1.0, 7.0} <= set(edges)  # the eight most frequent values
    assert edges[-1] == 30


def test_columns_of_two_values_are_not_encoded():
    data = np.stack([np.arange(9.0), np.arange(9) % 2, np.ones(9)], axis=1)
    layer = PiecewiseLinearEncoding(n_bins=4)
    layer.adapt(data)
    found = np.asarray(layer(data.astype("float32"))).reshape(9, 3, 4)
    assert (found[:, 1:] == 0).all()
    np.testing.assert_allclose(found[-1, 0], [np.sqrt(3)] * 4, rtol=1e-6)  # 12 outputs, 4 bins in use


@pytest.mark.parametrize(("n_columns", "n_bins"), [(1, 32), (20, 32), (40, 16), (200, 6)])
def test_a_limit_of_features(n_columns, n_bins):
    layer = PiecewiseLinearEncoding(n_bins=32, max_features=640)
    assert layer.compute_output_shape((None, n_columns)) == (None, n_columns * n_bins)


def test_some_columns_are_encoded():
    layer, alone = PiecewiseLinearEncoding(4, columns=[2]), PiecewiseLinearEncoding(4)
    layer.adapt(X)
    alone.adapt(X[:, 2:])
    np.testing.assert_array_equal(layer(X), alone(X[:, 2:]))


def test_no_column_is_a_column_of_zeros():
    layer = PiecewiseLinearEncoding(4, columns=[])
    layer.adapt(X)
    np.testing.assert_array_equal(layer(X), np.zeros((40, 4)))


def test_half_precision_does_not_merge_edges():
    layer = PiecewiseLinearEncoding(4, dtype="mixed_float16")
    layer.adapt(1000 + np.arange(5.0)[:, None] / 100)
    found = layer(np.array([[1000.02]], "float32"))
    assert found.dtype == "float16"
    np.testing.assert_allclose(found, [[1, 1, 0, 0]], atol=0.01)


# --- All of them


LAYERS = [
    NTPDense(4),
    Scale(),
    ParametricActivation("selu"),
    PeriodicEmbedding(n_frequencies=3),
    PiecewiseLinearEncoding(6, max_features=20, columns=[0, 2]),
    BatchEnsembleDense(4, n_members=2, activation="tanh", input_scale_initializer="random_normal"),
    BatchEnsembleDense(4, n_members=2, share_kernel=False, use_bias=False, kernel_regularizer="l2"),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_gradients_reach_inputs_and_weights(layer):
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(layer(x) ** 2)
    weights = [variable.value for variable in layer.trainable_variables]
    gradients = tape.gradient(loss, [x, *weights])
    assert all(np.isfinite(gradient).all() and np.any(gradient) for gradient in gradients)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_a_layer_is_saved_with_its_model(layer, tmp_path):
    model = keras.Sequential([keras.Input((3,)), type(layer).from_config(layer.get_config())])
    if isinstance(layer, PiecewiseLinearEncoding):
        model.layers[0].adapt(X)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(X), model(X))
    assert again.layers[0].get_config() == model.layers[0].get_config()


# --- In recipes


def recipe(*layers, **keys):
    return {"nnbuild": 1, "layers": list(layers), **keys}


def test_the_automatic_initializer_of_ntp_dense_is_its_default():
    resolved = nnbuild.resolve(
        recipe({"type": "NTPDense", "units": 2}, {"type": "ReLU"}, defaults={"kernel_initializer": "auto"}),
        (3,),
        n_outputs=1,
    )
    assert resolved.nodes[0].arguments["kernel_initializer"] is None


def test_columns_of_a_table_are_its_numbers():
    encoding = {"type": "PiecewiseLinearEncoding", "columns": "auto"}
    found = [
        nnbuild.resolve(recipe(encoding), (5,), n_outputs=1, numeric_columns=columns).nodes[0].arguments["columns"]
        for columns in ({"input": (1, 3)}, {"input": ()}, None)
    ]
    assert found == [[1, 3], [], None]


def test_automatic_columns_after_a_layer():
    layers = [node("Dense", units=3), node("PiecewiseLinearEncoding", columns="auto")]
    assert problem(layers, (3,)) == (
        "layers[1].columns: columns 'auto' requires an input of the network, got 'dense_1'"
    )


def test_a_column_that_is_not_there():
    assert problem([node("PiecewiseLinearEncoding", columns=[3])], (3,)) == (
        "layers[0]: Keras can't apply PiecewiseLinearEncoding 'piecewise_linear_encoding_1' here: "
        "PiecewiseLinearEncoding takes column 3, but its input has 3 columns\n  shapes: input (3,)"
    )
