"""Recurrent layers in loops, depending on the layers of a network and the length of its series."""

import numpy as np
import pytest

from nnbuild import NNClassifier, Recipe, resolve
from nnbuild.catalog.facts import layer_facts
from nnbuild.train.stacked.layer_forms import LAYER_CLASSES, _Recurrent
from nnbuild.train.stacked.recurrent_loops import has_loop_after_layers, runs_in_loops

GRU, LSTM = ({"type": kind, "units": 3} for kind in ("GRU", "LSTM"))
STACKED = {**GRU, "return_sequences": True}
DENSE = {"type": "Dense", "units": 3}


def network(shape, *layers):
    return resolve(Recipe([*layers]), shape, task="multiclass", n_outputs=3)


@pytest.mark.parametrize(
    ("n_steps", "layers", "loops"),
    [
        (65, [GRU], True),
        (65, [DENSE, STACKED, {"type": "Dropout", "rate": 0.1}, {"type": "Bidirectional", "layer": GRU}], True),
        (64, [LSTM], False),
        (65, [STACKED, LSTM], True),
        (6, [{**GRU, "unroll": True}], False),
        (65, [{"type": "RNN", "cell": {"type": "GRUCell", "units": 3}}], True),
        (65, [{"type": "AveragePooling1D", "pool_size": 2}, LSTM], False),  # steps after pooling are not counted
        (65, [{"type": "Flatten"}, DENSE], False),
        (65, [{"type": "Conv1D", "filters": 2, "kernel_size": 2}, GRU], False),  # trains alone
        (65, [GRU, {"type": "AlphaDropout", "rate": 0.1}], False),
    ],
)
def test_runs_in_loops(n_steps, layers, loops):
    assert runs_in_loops(network((n_steps, 4), *layers), np.zeros((2, n_steps, 4))) == loops


def test_the_input_that_a_layer_reads_counts():
    inputs = {"short": {"shape": [9, 4]}, "long": {"shape": [90, 4]}, "table": {"shape": [5]}}
    layers = [
        {**LSTM, "name": "read", "inputs": ["long"]},
        {"type": "Concatenate", "inputs": ["read", "table"], "name": "both"},
        {"type": "Flatten", "inputs": ["short"], "name": "rest"},
        {"type": "Concatenate", "inputs": ["both", "rest"]},
    ]
    shapes = {name: tuple(spec["shape"]) for name, spec in inputs.items()}
    resolved = resolve(Recipe(layers, inputs=inputs), shapes, task="binary")
    X = {name: np.zeros((2, *shape)) for name, shape in shapes.items()}
    assert runs_in_loops(resolved, X)
    assert not runs_in_loops(resolved, {**X, "long": np.zeros((2, 9, 4))})


@pytest.mark.parametrize(
    ("n_steps", "layers", "behind"),
    [
        (65, [GRU], False),
        (65, [DENSE, GRU], True),
        (64, [DENSE, GRU], False),
        (65, [STACKED, {"type": "Bidirectional", "layer": LSTM}], True),
        pytest.param(65, [DENSE, {**GRU, "unroll": True}], False, marks=pytest.mark.slow),
        (65, [{"type": "AveragePooling1D", "pool_size": 2}, LSTM], True),  # steps after pooling are not counted
        (65, [{"type": "Flatten"}, DENSE], False),
    ],
)
def test_has_loop_after_layers(n_steps, layers, behind):
    assert has_loop_after_layers(network((n_steps, 4), *layers), np.zeros((2, n_steps, 4))) == behind


def test_members_with_such_loops_equal_separate_ones():
    """TensorFlow fails at several of them in one program."""
    X, y = np.random.default_rng(0).normal(size=(12, 65, 2)).astype("float32"), np.arange(12) % 2
    settings = {"epochs": 1, "batch_size": 6, "engine": "compiled"}
    recipe = {"nnbuild": 1, "layers": [DENSE, GRU]}
    several = NNClassifier(recipe, n_members=2, random_state=0, **settings).fit(X, y)
    for member in several.members_:
        alone = NNClassifier(recipe, random_state=member.random_state, **settings).fit(X, y)
        np.testing.assert_allclose(member.predict_proba(X), alone.predict_proba(X), rtol=1e-5)


def test_unrolled_layers_are_the_recurrent_ones():
    unrolled = [kind.__name__ for kind, form in LAYER_CLASSES.items() if issubclass(form, _Recurrent)]
    assert unrolled == ["GRU", "LSTM", "RNN", "SimpleRNN"]
    assert all(layer_facts(name).keeps_steps for name in unrolled)
