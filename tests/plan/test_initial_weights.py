"""First weights: the same seed gives the same bits, whatever ran before; other seeds and other arrays differ."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import nnbuild
from layer_cases import LAYERS, ROWS, batches, by_layer, network
from nnbuild.plan.initial_weights import derived_seed

ROOT = Path(__file__).parents[2]
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


def values(model):
    """Every variable of a model by its path, sources of random numbers among them."""
    return {f"{index} {variable.path}": variable.numpy() for index, variable in enumerate(model.variables)}


def digest(model):
    """A checksum of all bits of a model."""
    return hashlib.sha256(b"".join(variable.numpy().tobytes() for variable in model.variables)).hexdigest()


def assert_same(first, second):
    assert digest(first) == digest(second)


# --- The same seed

# AugMix chooses its operations by Python's global generator, whatever its seed.
UNSEEDED = {"AugMix"}


@pytest.mark.parametrize("type_name, row", by_layer(ROWS))
def test_every_layer_starts_with_the_same_bits_and_draws_the_same_numbers(type_name, row):
    models = []
    for noise in (1, 2):
        keras.utils.set_random_seed(noise)
        models.append(nnbuild.build(network(type_name, row), seed=3))
    assert all(variable._value is not None for variable in models[0].variables)
    assert_same(*models)
    if type_name not in UNSEEDED:
        results = [np.asarray(model(batches(row), training=True)) for model in models]
        np.testing.assert_array_equal(*results)


def test_what_keras_can_not_seed():
    for name in UNSEEDED:
        results = []
        for noise in range(8):
            random.seed(noise)
            layer = getattr(keras.layers, name)(seed=1)
            results.append(np.asarray(layer(batches(LAYERS[name]), training=True)))
        assert any(not np.array_equal(results[0], result) for result in results[1:])


OTHER_PROCESS = """
import random, sys
import keras
sys.path.insert(0, "tests/plan")
keras.utils.set_random_seed(7)
random.seed(8)
import nnbuild
from test_initial_weights import MIXED, digest
keras.layers.Dense(3).build((None, 2))
print(digest(nnbuild.build(MIXED, (6, 4), n_outputs=3, seed=11)))
"""


def test_another_process_gives_the_same_bits():
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "123"}
    command = [sys.executable, "-c", OTHER_PROCESS]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [digest(nnbuild.build(MIXED, (6, 4), n_outputs=3, seed=11))]


def test_what_ran_before_does_not_matter():
    first = nnbuild.build(MIXED, (6, 4), n_outputs=3, seed=0)
    random.seed(1)
    np.random.default_rng(1).random()
    keras.utils.set_random_seed(2)
    keras.Sequential([keras.layers.Dense(3), keras.layers.Dropout(0.5)]).build((None, 4))
    nnbuild.build(MIXED, (6, 4), n_outputs=3, seed=1)
    assert_same(first, nnbuild.build(MIXED, (6, 4), n_outputs=3, seed=0))


def test_other_seeds_give_other_numbers():
    first, second = (values(nnbuild.build(MIXED, (6, 4), n_outputs=3, seed=seed)) for seed in (0, 1))
    same = [name for name in first if np.array_equal(first[name], second[name])]
    # Biases, and the scales and statistics of BatchNormalization, start the same.
    assert all(name.endswith(("/bias", "/gamma", "/beta", "/moving_mean", "/moving_variance")) for name in same)
    assert sum(name.endswith(("kernel", "seed_generator_state")) for name in first.keys() - set(same)) > 8


def test_without_a_seed_each_model_is_another():
    assert digest(built(DENSE, seed=None)) != digest(built(DENSE, seed=None))


def test_a_layer_added_at_the_end_changes_nothing_before_it():
    first = built(DENSE)
    second = built(DENSE, {"type": "Dense", "units": 4}, {"type": "Dropout", "rate": 0.5})
    for one, other in zip(first.get_layer("first").weights, second.get_layer("first").weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_a_layer_keeps_its_numbers_where_it_keeps_its_name():
    later = {"type": "Dense", "units": 4, "name": "second"}
    first, second = built(DENSE, later), built({"type": "Dropout", "rate": 0.5}, DENSE, {"type": "ReLU"}, later)
    for name in ("first", "second", "output"):
        np.testing.assert_array_equal(first.get_layer(name).kernel.numpy(), second.get_layer(name).kernel.numpy())


# --- Unlike arrays


def test_layers_and_turns_differ():
    model = built({"type": "Repeat", "times": 3, "layers": [{"type": "Dense", "units": 4}]})
    kernels = [layer.kernel.numpy() for layer in model.layers[1:4]]
    assert_all_differ(kernels)


def assert_all_differ(arrays):
    assert len({array.tobytes() for array in arrays}) == len(arrays)


def test_query_key_and_value_differ():
    attention = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3, "name": "attention"}
    layer = built(attention, {"type": "Flatten"}, shape=(5, 4)).get_layer("attention")
    parts = [layer.query_dense, layer.key_dense, layer.value_dense]
    assert_all_differ([part.kernel.numpy() for part in parts])


def test_both_ways_and_all_cells_differ():
    both = built({"type": "Bidirectional", "layer": {"type": "GRU", "units": 4}, "name": "both"}, shape=(5, 4))
    layers = [both.get_layer("both").forward_layer, both.get_layer("both").backward_layer]
    assert_all_differ([layer.cell.kernel.numpy() for layer in layers])
    assert_all_differ([layer.cell.recurrent_kernel.numpy() for layer in layers])
    cells = [{"type": "GRUCell", "units": 4}] * 3
    stacked = built({"type": "RNN", "cell": {"type": "StackedRNNCells", "cells": cells}, "name": "rnn"}, shape=(5, 4))
    assert_all_differ([cell.kernel.numpy() for cell in stacked.get_layer("rnn").cell.cells])


def test_arrays_of_one_layer_differ():
    layer = {"type": "SimpleRNN", "units": 4, "recurrent_initializer": "glorot_uniform", "name": "rnn"}
    cell = built(layer, shape=(5, 4)).get_layer("rnn").cell
    assert_all_differ([cell.kernel.numpy(), cell.recurrent_kernel.numpy()])


def test_the_forget_gate_starts_open():
    bias = built({"type": "LSTM", "units": 2, "name": "rnn"}, shape=(5, 4)).get_layer("rnn").cell.bias.numpy()
    np.testing.assert_array_equal(bias, [0, 0, 1, 1, 0, 0, 0, 0])
    closed = {"type": "LSTM", "units": 2, "unit_forget_bias": False, "name": "rnn"}
    np.testing.assert_array_equal(built(closed, shape=(5, 4)).get_layer("rnn").cell.bias.numpy(), np.zeros(8))


# --- Seeds of the recipe


@pytest.mark.parametrize("name", ["GlorotUniform", "Orthogonal"])
def test_a_seed_of_the_recipe_holds(name):
    layer = {**DENSE, "kernel_initializer": {"type": name, "seed": 7}, "bias_initializer": "random_normal"}
    kernels, biases = zip(*(built(layer, seed=seed).get_layer("first").get_weights() for seed in (0, 1)), strict=True)
    expected = getattr(keras.initializers, name)(seed=7)((4, 5))
    np.testing.assert_array_equal(kernels[0], expected)
    np.testing.assert_array_equal(kernels[1], expected)
    assert not np.array_equal(*biases)


def test_a_seed_of_the_recipe_holds_for_dropout():
    data = np.ones((4, 50), "float32")
    expected = keras.layers.Dropout(0.5, seed=7)(data, training=True)
    for seed in (0, 1):
        dropout = {"type": "Dropout", "rate": 0.5, "seed": 7, "name": "drop"}
        layer = built(dropout, shape=(50,), seed=seed).get_layer("drop")
        np.testing.assert_array_equal(layer(data, training=True), expected)


def test_dropout_follows_the_seed():
    data = np.ones((4, 50), "float32")
    two = [{"type": "Dropout", "rate": 0.5, "name": name} for name in ("one", "two")]
    masks = {
        (seed, name): np.asarray(built(*two, shape=(50,), seed=seed).get_layer(name)(data, training=True))
        for seed in (0, 1)
        for name in ("one", "two")
    }
    assert_all_differ(list(masks.values()))
    again = built(*two, shape=(50,)).get_layer("one")
    np.testing.assert_array_equal(again(data, training=True), masks[0, "one"])


def test_derived_seeds():
    seeds = {derived_seed(seed, name, index) for seed in range(20) for name in ("a", "b", "a1") for index in range(12)}
    assert len(seeds) == 20 * 3 * 12
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert derived_seed(1, "a") != derived_seed(1, "a", "") != derived_seed(11, "a")


# --- Sizes of the numbers

FAN_IN, FAN_OUT = 300, 200
TRUNCATED = 0.87962566  # standard deviation of a normal distribution that is cut at two of its own
DEVIATIONS = {
    "GlorotNormal": (2 / (FAN_IN + FAN_OUT)) ** 0.5,
    "GlorotUniform": (2 / (FAN_IN + FAN_OUT)) ** 0.5,
    "HeNormal": (2 / FAN_IN) ** 0.5,
    "HeUniform": (2 / FAN_IN) ** 0.5,
    "LecunNormal": (1 / FAN_IN) ** 0.5,
    "LecunUniform": (1 / FAN_IN) ** 0.5,
    "RandomNormal": 0.05,
    "RandomUniform": 0.1 / 12**0.5,
    "TruncatedNormal": 0.05 * TRUNCATED,
    "VarianceScaling": (1 / FAN_IN) ** 0.5,
}


def kernel_of(initializer, **arguments):
    layer = {"type": "Dense", "units": FAN_OUT, "kernel_initializer": initializer, "name": "first", **arguments}
    return built(layer, shape=(FAN_IN,)).get_layer("first").kernel.numpy()


@pytest.mark.parametrize("name", DEVIATIONS)
def test_deviations_of_initializers(name):
    kernel = kernel_of(name)
    assert kernel.std() == pytest.approx(DEVIATIONS[name], rel=0.01)
    assert abs(kernel.mean()) < 4 * kernel.std() / kernel.size**0.5
    assert np.abs(kernel).max() < (5 if name == "RandomNormal" else 2.3) * kernel.std()


@pytest.mark.parametrize(
    "activation, deviation",
    [
        ("relu", (2 / FAN_IN) ** 0.5),
        ("gelu", (2 / FAN_IN) ** 0.5),
        ({"type": "LeakyReLU"}, (2 / FAN_IN) ** 0.5),
        ("selu", (1 / FAN_IN) ** 0.5),
        ("tanh", (2 / (FAN_IN + FAN_OUT)) ** 0.5),
        (None, (2 / (FAN_IN + FAN_OUT)) ** 0.5),
    ],
    ids=str,
)
def test_auto_suits_the_activation(activation, deviation):
    assert kernel_of("auto", activation=activation).std() == pytest.approx(deviation, rel=0.01)


def test_auto_looks_behind_normalization():
    layers = [{**DENSE, "units": 300, "kernel_initializer": "auto"}, {"type": "BatchNormalization"}, {"type": "ReLU"}]
    kernel = built(*layers, shape=(FAN_IN,)).get_layer("first").kernel.numpy()
    assert kernel.std() == pytest.approx((2 / FAN_IN) ** 0.5, rel=0.01)


def test_orthogonal_and_plain_initializers():
    kernel = kernel_of("Orthogonal")
    np.testing.assert_allclose(kernel.T @ kernel, np.eye(FAN_OUT), atol=1e-5)
    np.testing.assert_array_equal(kernel_of("Identity"), np.eye(FAN_IN, FAN_OUT))
    np.testing.assert_array_equal(kernel_of({"type": "Constant", "value": 0.5}), np.full((FAN_IN, FAN_OUT), 0.5))
    np.testing.assert_array_equal(kernel_of("Ones"), np.ones((FAN_IN, FAN_OUT)))
    np.testing.assert_array_equal(kernel_of("Zeros"), np.zeros((FAN_IN, FAN_OUT)))
