"""A network takes the first mode that all its layers have; the inner ones count too."""

import pytest

from nnbuild import Recipe, resolve
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.train.stacked.execution_modes import EXECUTION_MODES, every_layer, execution_mode
from nnbuild.train.stacked.stackable import obstacle_to_stacking
from train.test_stack import member

DENSE = {"type": "Dense", "units": 3}
CONVOLUTION = {"type": "Conv1D", "filters": 2, "kernel_size": 2}
LSTM = {"type": "LSTM", "units": 3}
ALPHA = {"type": "AlphaDropout", "rate": 0.5}
FLATTEN = {"type": "Flatten"}


def network(*layers):
    return resolve(Recipe([*layers]), (6, 4), task="multiclass", n_outputs=3)


@pytest.mark.parametrize(
    ("layers", "mode"),
    [
        ([DENSE, FLATTEN], "xla"),
        ([CONVOLUTION, FLATTEN], "xla"),
        ([LSTM], "vectorized"),
        ([{"type": "Bidirectional", "layer": LSTM}, DENSE], "vectorized"),
        ([CONVOLUTION, LSTM], None),
        ([{"type": "TimeDistributed", "layer": DENSE}, FLATTEN], "xla"),
        ([{"type": "SpectralNormalization", "layer": DENSE}, FLATTEN], None),
    ],
)
def test_execution_mode(layers, mode):
    assert execution_mode(network(*layers)) == mode


def test_every_layer_names_the_inner_ones():
    recurrent = {"type": "RNN", "cell": [{"type": "GRUCell", "units": 3}, {"type": "LSTMCell", "units": 3}]}
    found = [kind for kind, _ in every_layer(network({"type": "Bidirectional", "layer": recurrent}))]
    assert found == ["Bidirectional", "RNN", "GRUCell", "LSTMCell", "Dense"]


def test_every_entry_is_ways():
    assert all(set(facts.modes) <= set(EXECUTION_MODES) for facts in LAYERS.values())


@pytest.mark.parametrize(
    ("layers", "why"),
    [
        ([ALPHA, FLATTEN], "layers of type AlphaDropout"),
        ([{"type": "TimeDistributed", "layer": ALPHA}, FLATTEN], "layers of type AlphaDropout"),
        ([CONVOLUTION, LSTM], "layers of types Conv1D and LSTM in one network"),
        (
            [{"type": "Bidirectional", "layer": {**LSTM, "activity_regularizer": "l2"}}],
            "activity_regularizer of a layer of type LSTM",
        ),
    ],
)
def test_obstacles_to_stacking(layers, why):
    assert obstacle_to_stacking(member(network(*layers))) == why


def test_a_layer_without_a_way():
    assert layer_facts("ConvLSTM2D").modes == ()
