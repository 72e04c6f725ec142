"""Factors of layers, resolved by weight, and those that no weight or optimizer takes."""

import pytest

import nnbuild
from nnbuild import Recipe
from nnbuild.saved.network import read_network

DENSE = {"type": "Dense", "units": 3}
CONV = {"type": "Conv1D", "filters": 2, "kernel_size": 1}


def resolve(*layers, shape=(4,), **keys):
    return nnbuild.resolve(Recipe(list(layers), **keys), shape, task="multiclass", n_outputs=3)


def factors(*layers, key="learning_rate_factor", **keys):
    return [dict(node.factors.get(key, {})) for node in resolve(*layers, **keys).nodes]


def test_own_factors_precede_defaults_weight_by_weight():
    nodes = [DENSE, {**DENSE, "learning_rate_factor": 2}, {**DENSE, "learning_rate_factor": {"kernel": 3}}]
    assert factors(*nodes, defaults={"learning_rate_factor": {"bias": 0}}) == [
        {"bias": 0.0},
        {"kernel": 2.0, "bias": 2.0},
        {"kernel": 3.0, "bias": 0.0},
        {"bias": 0.0},  # the output layer
    ]
    assert factors(nodes[2], defaults={"learning_rate_factor": 0.5})[0] == {"kernel": 3.0, "bias": 0.5}


def test_defaults_apply_to_all_layers_with_the_weight():
    body = {"type": "Residual", "layers": [{**CONV, "use_bias": False}]}
    found = factors(
        body, {"type": "BatchNormalization"}, {"type": "Dropout", "rate": 0.5}, {"type": "Flatten"},
        shape=(5, 3), key="weight_decay_factor", defaults={"weight_decay_factor": {"kernel": 2, "gamma": 0}},
    )  # fmt: skip
    # The projection of the Residual has a kernel, too.
    assert found == [{"kernel": 2.0}, {"kernel": 2.0}, {}, {"gamma": 0.0}, {}, {}, {"kernel": 2.0}]


def test_weights_of_inner_and_frozen_layers():
    recurrent = {"type": "Bidirectional", "layer": {"type": "LSTM", "units": 2}}
    frozen = {**DENSE, "trainable": False, "learning_rate_factor": {"bias": 2}}
    found = factors({**recurrent, "learning_rate_factor": {"recurrent_kernel": 0.1}}, frozen, shape=(5, 3))
    assert found == [{"recurrent_kernel": 0.1}, {"bias": 2.0}, {}]


def test_resolved_factors_and_schedules_are_restored():
    training = {"weight_decay": 0.1, "schedules": {"learning_rate": "cosine", "dropout": "FlatCosine"}}
    resolved = resolve({**DENSE, "learning_rate_factor": 2}, training=training)
    assert "weight_decay" not in resolved.training
    assert resolved.training["optimizer"]["weight_decay"] == 0.1
    assert resolved.training["schedules"] == {
        "learning_rate": {"type": "Cosine"},
        "dropout": {"type": "FlatCosine", "flat": 0.5},
    }
    assert read_network(resolved.to_dict()) == resolved
    assert nnbuild.describe(resolved).n_parameters == 27
    assert "schedules" not in resolve(DENSE).training


BAD = {
    "unknown weight": (
        ({**DENSE, "learning_rate_factor": {"kernl": 2}},), {},
        "layers[0].learning_rate_factor.kernl: Dense 'dense_1' has no weight 'kernl'\n  shapes: input (4,)\n"
        "  allowed: bias, kernel\n  hint: did you mean 'kernel'?",
    ),
    "bias without use_bias": (
        ({**DENSE, "use_bias": False, "weight_decay_factor": {"bias": 0}},), {},
        "layers[0].weight_decay_factor.bias: Dense 'dense_1' has no weight 'bias'\n  shapes: input (4,)\n"
        "  allowed: kernel",
    ),
    "no weights": (
        ({"type": "Dropout", "rate": 0.5, "learning_rate_factor": 2},), {},
        "layers[0].learning_rate_factor: Dropout 'dropout_1' has no weights to train, so it has no "
        "learning_rate_factor\n  shapes: input (4,)\n  hint: remove it",
    ),
    "only statistics": (
        ({"type": "BatchNormalization", "center": False, "scale": False, "weight_decay_factor": 0},), {},
        "layers[0].weight_decay_factor: BatchNormalization 'batch_normalization_1' has no weights to train, so it has "
        "no weight_decay_factor\n  shapes: input (4,)\n  hint: remove it",
    ),
    "default of no layer": (
        (DENSE,), {"defaults": {"weight_decay_factor": {"gama": 0}}},
        "defaults.weight_decay_factor.gama: no layer has a weight 'gama'\n  allowed: bias, kernel",
    ),
    "schedule of no weight decay": (
        (DENSE,), {"training": {"schedules": {"weight_decay": "Cosine"}}},
        "training.schedules.weight_decay: there is no weight decay to multiply\n  hint: set training.weight_decay",
    ),
    "schedule of fixed rates": (
        (
            {"type": "Bidirectional", "layer": {"type": "ConvLSTM1D", "filters": 2, "kernel_size": 1, "dropout": 0.1}},
            {"type": "Flatten"},
        ),
        {"shape": (3, 4, 2), "training": {"schedules": {"dropout": "Cosine"}}},
        "layers[0]: the dropout rates of Bidirectional 'bidirectional_1' can't change during training\n"
        "  hint: use Dropout layers, or remove training.schedules.dropout",
    ),
    "factor with Ftrl": (
        ({**DENSE, "learning_rate_factor": 2},), {"training": {"optimizer": "ftrl"}},
        "training.optimizer: Ftrl computes weights from sums over all steps, which factors and schedules of rates do "
        "not suit\n  hint: use another optimizer, such as Adam",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_messages(name):
    layers, keys, message = BAD[name]
    with pytest.raises(nnbuild.RecipeError) as caught:
        resolve(*layers, **keys)
    assert str(caught.value) == message


def test_dropout_may_be_scheduled_with_any_optimizer():
    resolve(DENSE, training={"optimizer": "ftrl", "schedules": {"dropout": "Cosine"}})
