"""Which networks run their recurrent layers in loops, by their layers and by the length of what they are given."""

import numpy as np
import pytest

from nnbuild import Recipe, resolve
from nnbuild.train.layer_forms import FORMS, _Unrolled
from nnbuild.train.loops import KEEP_STEPS, LEAST, runs_in_loops

GRU, LSTM = ({"type": kind, "units": 3} for kind in ("GRU", "LSTM"))
STACKED = {**GRU, "return_sequences": True}
DENSE = {"type": "Dense", "units": 3}


def network(shape, *layers):
    return resolve(Recipe([*layers]), shape, task="multiclass", n_outputs=3)


@pytest.mark.parametrize(
    ("n_steps", "layers", "loops"),
    [
        (6, [GRU], False),
        (65, [GRU], True),
        (65, [DENSE, STACKED, {"type": "Dropout", "rate": 0.1}, {"type": "Bidirectional", "layer": GRU}], True),
        (64, [LSTM], False),
        (65, [LSTM], True),
        (65, [STACKED, LSTM], True),
        (6, [STACKED, LSTM], False),
        (6, [{**GRU, "unroll": True}], False),
        (65, [{"type": "RNN", "cell": {"type": "GRUCell", "units": 3}}], True),
        (65, [{"type": "AveragePooling1D", "pool_size": 2}, LSTM], False),  # how many steps are left, nobody counts
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


def test_all_that_is_unrolled_has_its_least_length():
    unrolled = {kind.__name__ for kind, form in FORMS.items() if issubclass(form, _Unrolled)}
    assert unrolled == {kind for kind, least in LEAST.items() if least > 1}
    assert LEAST.keys() <= KEEP_STEPS
