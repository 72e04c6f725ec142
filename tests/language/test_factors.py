"""Factors of layers, weight decay and factor schedules in the network of a recipe, in addresses and as Python."""

import pytest

from cases import dense, net
from nnbuild import Recipe
from nnbuild.convert.python_reader import read_python
from nnbuild.convert.python_writer import python_form
from nnbuild.layers import Dense
from nnbuild.records import Node

SCHEDULES = {"learning_rate": {"type": "WarmupCosine", "warmup": "$warmup"}, "dropout": "flat_cosine"}


@pytest.fixture(scope="module")
def recipe():
    return Recipe.from_dict(
        net(
            dense(name="first", learning_rate_factor={"bias": "$slow"}),
            {"type": "Dropout", "rate": 0.5},
            dense(name="second", learning_rate_factor=3, weight_decay_factor={"kernel": 0.5}),
            params={"slow": 0.1, "warmup": 0.2},
            defaults={"weight_decay_factor": {"bias": 0}},
            training={"weight_decay": 0.02, "schedules": SCHEDULES},
        )
    )


def test_factors_are_not_arguments(recipe):
    first, dropout, second = recipe.network.nodes
    assert not [key for node in recipe.network.nodes for key in node.arguments if "factor" in key]
    assert (first.factors, dropout.factors) == ({"learning_rate_factor": {"bias": 0.1}}, {})
    assert second.factors == {"learning_rate_factor": 3, "weight_decay_factor": {"kernel": 0.5}}
    assert recipe.network.factors == {"weight_decay_factor": {"bias": 0}}


def test_only_nodes_with_factors_store_them():
    plain = {"name": "a", "type": "Dense", "inputs": ["input"], "arguments": {"units": 2}}
    with_factors = {**plain, "factors": {"learning_rate_factor": {"bias": 0.1}}}
    assert [Node.from_dict(values).to_dict() for values in (plain, with_factors)] == [plain, with_factors]


def test_addresses(recipe):
    assert [address for address in recipe.addresses if "factor" in address] == [
        "training__optimizer__loss_scale_factor",
        "layers__first__learning_rate_factor",
        "layers__first__learning_rate_factor__bias",
        "layers__first__weight_decay_factor",
        "layers__second__learning_rate_factor",
        "layers__second__weight_decay_factor",
        "layers__second__weight_decay_factor__kernel",
    ]
    assert [address for address in recipe.addresses if "schedules" in address] == [
        "training__schedules",
        "training__schedules__learning_rate",
        "training__schedules__learning_rate__warmup",
        "training__schedules__weight_decay",
        "training__schedules__dropout",
        "training__schedules__dropout__flat",
    ]
    changed = recipe.with_values(
        layers__first__weight_decay_factor=2,
        layers__first__learning_rate_factor__bias=0,
        training__weight_decay=0.5,
        training__schedules__dropout__flat=0.1,
        training__schedules__learning_rate="Cosine",
    )
    assert changed.network.nodes[0].factors == {"learning_rate_factor": {"bias": 0}, "weight_decay_factor": 2}
    assert changed.network.training == {
        "weight_decay": 0.5,
        "schedules": {"learning_rate": "Cosine", "dropout": {"type": "flat_cosine", "flat": 0.1}},
    }


def test_as_python(recipe):
    text = python_form(recipe)
    assert 'Dense(4, name="first", learning_rate_factor={"bias": "$slow"})' in text
    assert read_python(text.encode()) == recipe
    node = {"type": "Dense", "units": 4, "learning_rate_factor": 0}
    assert Dense(4, learning_rate_factor=0, weight_decay_factor=None) == node


def test_keras_code_lists_factors_in_comments(recipe):
    lines = [line.strip() for line in recipe.to_python().splitlines() if "factor" in line or "schedules" in line]
    assert lines == [
        '# Keras has no factors of rates; the recipe sets for all layers: weight_decay_factor={"bias": 0}',
        '# learning_rate_factor={"bias": 0.1}',
        '# learning_rate_factor=3, weight_decay_factor={"kernel": 0.5}',
        '# The recipe also sets: schedules={"learning_rate": {"type": "WarmupCosine", "warmup": 0.2},',
    ]
    assert "optimizer=keras.optimizers.Adam(weight_decay=0.02)" in recipe.to_python()
