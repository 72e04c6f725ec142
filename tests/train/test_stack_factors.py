"""Factors by weight and by step in stacks: each member trains as alone, and numbers and schedules are data."""

import numpy as np
import pytest

from few import few_of
from nnbuild import Recipe, resolve
from nnbuild.train.common.member import Member
from nnbuild.train.common.settings import settings_of
from nnbuild.train.common.splits import training_and_validation
from nnbuild.train.stacked.stack import program_key
from nnbuild.train.stacked.stackable import obstacle_to_stacking
from train.stacks import SERIES, X, Y, alone, assert_like_separate

DENSE = {"type": "Dense", "units": 5, "activation": "tanh"}
OUTPUT = {"type": "Dense", "units": 3, "activation": "softmax", "name": "last"}


def member(*layers, seed=0, rows=slice(None), X=X, defaults=None, **training):
    """A training on some of the 29 rows, in batches of 8."""
    training = {"epochs": 3, "batch_size": 8, "weight_decay": 0.1, **training}
    recipe = Recipe([*(layers or [DENSE]), OUTPUT], defaults=defaults, outputs="last", training=training)
    resolved = resolve(recipe, X.shape[1:], task="multiclass", n_outputs=3)
    data = training_and_validation(["output"], X[rows], Y[rows], None, None, np.arange(0, len(Y[rows]), 5))
    return Member(resolved, settings_of(resolved), seed, *data)


def factors(rate=0.1, decay=0.0):
    return {"learning_rate_factor": {"bias": rate}, "weight_decay_factor": {"bias": decay}}


OPTIMIZERS = {
    "Adam": {"type": "Adam", "learning_rate": 1e-2},
    "SGD": {"type": "SGD", "learning_rate": 1e-2, "momentum": 0.9},
    "Nadam": {"type": "Nadam", "learning_rate": 1e-3, "gradient_accumulation_steps": 2},
    "Lamb": {"type": "Lamb", "learning_rate": 1e-3, "use_ema": True, "ema_momentum": 0.8},
    "Lion": {"type": "Lion", "learning_rate": 1e-3, "clipnorm": 0.1},
    "RMSprop": {"type": "RMSprop", "learning_rate": 1e-3, "momentum": 0.5},
    "cosine": {
        "type": "AdamW", "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 1e-2, "decay_steps": 9},
    },
}  # fmt: skip
SCHEDULES = {"learning_rate": "WarmupCosine", "weight_decay": "FlatCosine", "dropout": "Cosine"}


@pytest.mark.parametrize("name", few_of(OPTIMIZERS, "Adam"))
def test_factors_by_weight(name):
    members = [member(seed=seed, optimizer=OPTIMIZERS[name], defaults=factors()) for seed in (0, 1)]
    assert not any(map(obstacle_to_stacking, members))
    assert_like_separate(members)


def test_numbers_schedules_epochs_and_folds_differ_in_one_program():
    dropout = {"type": "Dropout", "rate": 0.2}
    first = member(
        DENSE, dropout, learning_rate=1e-2, defaults=factors(),
        schedules=SCHEDULES, early_stopping={"patience": 1},
    )  # fmt: skip
    second = member(
        DENSE, {**dropout, "rate": 0.5}, learning_rate=3e-2, weight_decay=0.3, defaults=factors(0.0, 2.0),
        schedules={**SCHEDULES, "learning_rate": {"type": "CosLog", "cycles": 2}}, epochs=5, rows=slice(0, 20),
        early_stopping={"patience": 5},
    )  # fmt: skip
    assert program_key(first) == program_key(second)
    outcomes = assert_like_separate([first, second])
    assert outcomes[1].history.n_epochs > 3
    assert not outcomes[1].weights[1].any()  # a bias with factor 0


def test_values_without_a_schedule_need_another_program():
    assert program_key(member(schedules={"learning_rate": "Cosine"})) != program_key(member())
    assert program_key(member(defaults=factors())) != program_key(member())


@pytest.mark.slow
def test_whole_batches():
    norm = {"type": "BatchNormalization", "learning_rate_factor": {"gamma": 2}}
    members = [member(DENSE, norm, seed=seed, schedules={"learning_rate": "Cosine"}) for seed in (0, 1)]
    assert_like_separate(members)


POOLED = {"type": "GlobalAveragePooling1D"}
RANDOM = {
    "dropout": (X, DENSE, {"type": "Dropout", "rate": 0.4}),
    "gaussian": (X, DENSE, {"type": "GaussianDropout", "rate": 0.4}),
    "spatial": (SERIES, {"type": "SpatialDropout1D", "rate": 0.4}, POOLED),
    "LSTM": (SERIES, {"type": "LSTM", "units": 4, "dropout": 0.3, "recurrent_dropout": 0.2}),
    "GRU": (SERIES, {"type": "Bidirectional", "layer": {"type": "GRU", "units": 3, "dropout": 0.3}}),
    "SimpleRNN": (SERIES, {"type": "RNN", "cell": {"type": "SimpleRNNCell", "units": 3, "recurrent_dropout": 0.3}}),
    "attention": (SERIES, {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 2, "dropout": 0.3}, POOLED),
    "scores": (SERIES, DENSE, {"type": "Attention", "dropout": 0.3, "inputs": ["dense_1", "dense_1"]}, POOLED),
}


@pytest.mark.parametrize("name", few_of(RANDOM))
def test_dropout_of_a_schedule(name):
    X, *layers = RANDOM[name]
    schedules = {"dropout": {"type": "FlatCosine", "flat": 0.0}}
    optimizer = {"type": "SGD", "learning_rate": 1e-2}
    members = [member(*layers, X=X, seed=seed, schedules=schedules, optimizer=optimizer) for seed in (0, 1)]
    outcomes = assert_like_separate(members)
    constant, _ = alone(member(*layers, X=X, optimizer=optimizer))
    assert any(not np.array_equal(*pair) for pair in zip(outcomes[0].weights, constant, strict=True))
