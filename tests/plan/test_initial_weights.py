"""Initial weights: the same seed gives the same bits, other seeds and other arrays differ.

That holds for every layer: `TestStart` of `tests/train/test_model_cache.py`.
"""

import hashlib
import random

import keras
import numpy as np
import pytest

import nnbuild
from nnbuild.plan.initial_weights import derived_seed

DENSE = {"type": "Dense", "units": 5, "name": "first"}
MIXED = {
    "nnbuild": 1,
    "layers": [
        {"type": "Bidirectional", "layer": {"type": "LSTM", "units": 3, "return_sequences": True, "dropout": 0.5}},
        {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3, "dropout": 0.5},
        {"type": "Flatten"},
        {"type": "BatchNormalization"},
        {"type": "Dropout", "rate": 0.5},
    ],
}


def built(*layers, shape=(4,), seed=0, **parts):
    return nnbuild.build({"nnbuild": 1, "layers": list(layers), **parts}, shape, n_outputs=3, seed=seed)


def digest(model):
    """A checksum of all bits of a model."""
    return hashlib.sha256(b"".join(variable.numpy().tobytes() for variable in model.variables)).hexdigest()


# --- The seed of a build


def test_a_build_depends_on_its_seed_only():
    """Builds before it and the global generators have no effect."""
    first = nnbuild.build(MIXED, (6, 4), n_outputs=3, seed=0)
    random.seed(1)
    keras.utils.set_random_seed(2)
    other = nnbuild.build(MIXED, (6, 4), n_outputs=3, seed=1)
    assert digest(first) == digest(nnbuild.build(MIXED, (6, 4), n_outputs=3, seed=0))
    same = [one.path for one, two in zip(first.variables, other.variables, strict=True) if np.array_equal(one, two)]
    # Biases, and the scales and statistics of BatchNormalization, start the same.
    assert all(path.endswith(("/bias", "/gamma", "/beta", "/moving_mean", "/moving_variance")) for path in same)


def test_without_a_seed_each_model_is_another():
    assert digest(built(DENSE, seed=None)) != digest(built(DENSE, seed=None))


def test_a_layer_keeps_its_numbers_where_it_keeps_its_name():
    later = {"type": "Dense", "units": 4, "name": "second"}
    first, second = built(DENSE, later), built({"type": "Dropout", "rate": 0.5}, DENSE, {"type": "ReLU"}, later)
    for name in ("first", "second", "output"):
        np.testing.assert_array_equal(first.get_layer(name).kernel.numpy(), second.get_layer(name).kernel.numpy())


def test_all_arrays_of_a_model_differ():
    """Layers, iterations of a Repeat, parts of an attention, both directions, stacked cells, and sources of dropout."""
    cells = [{"type": "GRUCell", "units": 4}] * 3
    layers = [
        {"type": "Repeat", "times": 3, "layers": [{"type": "Dense", "units": 4}, {"type": "Dropout", "rate": 0.5}]},
        {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 2},
        {"type": "Bidirectional", "layer": {"type": "GRU", "units": 2, "return_sequences": True}},
        {"type": "RNN", "cell": {"type": "StackedRNNCells", "cells": cells}, "return_sequences": True},
        {"type": "SimpleRNN", "units": 4, "recurrent_initializer": "glorot_uniform"},
    ]
    variables = built(*layers, shape=(5, 4)).variables
    arrays = [variable.numpy() for variable in variables if variable.path.endswith(("kernel", "generator_state"))]
    assert len(arrays) > 20
    assert len({array.tobytes() for array in arrays}) == len(arrays)


def test_the_bias_of_a_forget_gate_starts_at_one():
    bias = built({"type": "LSTM", "units": 2, "name": "rnn"}, shape=(5, 4)).get_layer("rnn").cell.bias.numpy()
    np.testing.assert_array_equal(bias, [0, 0, 1, 1, 0, 0, 0, 0])


def test_derived_seeds():
    seeds = {derived_seed(seed, name, index) for seed in range(20) for name in ("a", "b", "a1") for index in range(12)}
    assert len(seeds) == 20 * 3 * 12
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert derived_seed(1, "a") != derived_seed(1, "a", "") != derived_seed(11, "a")


# --- Seeds of the recipe


def test_a_seed_of_an_initializer_takes_precedence():
    layer = {**DENSE, "kernel_initializer": {"type": "Orthogonal", "seed": 7}, "bias_initializer": "random_normal"}
    kernels, biases = zip(*(built(layer, seed=seed).get_layer("first").get_weights() for seed in (0, 1)), strict=True)
    expected = keras.initializers.Orthogonal(seed=7)((4, 5))
    np.testing.assert_array_equal(kernels[0], expected)
    np.testing.assert_array_equal(kernels[1], expected)
    assert not np.array_equal(*biases)


def test_a_seed_of_dropout_takes_precedence():
    data = np.ones((4, 50), "float32")
    expected = keras.layers.Dropout(0.5, seed=7)(data, training=True)
    for seed in (0, 1):
        dropout = {"type": "Dropout", "rate": 0.5, "seed": 7, "name": "drop"}
        layer = built(dropout, shape=(50,), seed=seed).get_layer("drop")
        np.testing.assert_array_equal(layer(data, training=True), expected)


# --- The distribution of the numbers


@pytest.mark.parametrize(
    ("initializer", "activation", "variance"),
    [
        ("HeNormal", None, 2 / 300),
        ("auto", "relu", 2 / 300),
        ("auto", {"type": "LeakyReLU"}, 2 / 300),
        ("auto", "selu", 1 / 300),
        ("auto", None, 2 / (300 + 200)),
    ],
    ids=str,
)
def test_deviations_of_initializers(initializer, activation, variance):
    layer = {
        "type": "Dense",
        "units": 200,
        "kernel_initializer": initializer,
        "activation": activation,
        "name": "first",
    }
    kernel = built(layer, shape=(300,)).get_layer("first").kernel.numpy()
    assert kernel.std() == pytest.approx(variance**0.5, rel=0.01)
    assert abs(kernel.mean()) < 4 * kernel.std() / kernel.size**0.5
