"""The execution mode of a network is the first one that all its layers have, inner ones included."""

import pytest

from nnbuild import Recipe, resolve
from nnbuild.train.stacked.execution_modes import every_layer, execution_mode

DENSE = {"type": "Dense", "units": 3}
CONVOLUTION = {"type": "Conv1D", "filters": 2, "kernel_size": 2}
LSTM = {"type": "LSTM", "units": 3}
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


def test_every_layer_lists_the_inner_ones():
    recurrent = {"type": "RNN", "cell": [{"type": "GRUCell", "units": 3}, {"type": "LSTMCell", "units": 3}]}
    found = [kind for kind, _ in every_layer(network({"type": "Bidirectional", "layer": recurrent}))]
    assert found == ["Bidirectional", "RNN", "GRUCell", "LSTMCell", "Dense"]
