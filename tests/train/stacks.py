"""Members of stacks that tests of stacked training share, and comparisons with separate training."""

import numpy as np

from nnbuild import Recipe, resolve
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import Weights, borrowed
from nnbuild.train.common.splits import training_and_validation
from nnbuild.train.keras.trainer import train
from nnbuild.train.stacked.stack import train_stack
from train.nets import classes, settings

X, Y = classes(29)


DENSE = {"type": "Dense", "units": 5, "activation": "tanh"}


def network(*layers, task="multiclass", **inputs):
    return resolve(Recipe([*(layers or (DENSE,))]), (4,), task=task, n_outputs=3 if task == "multiclass" else 1)


def member(resolved=None, seed=0, rows=None, validation=None, weights=None, X=X, y=Y, **changes):
    """A training on some of the 29 rows; SGD, 3 epochs, batches of 8."""
    resolved = resolved or network()
    loss = next(iter(resolved.outputs.values()))["loss"]
    full = settings(**{"loss": loss, **changes})
    taken = slice(None) if rows is None else rows
    weights = None if weights is None else weights[taken]
    class_weight = dict.fromkeys(resolved.outputs, full["class_weight"]) if full["class_weight"] else None
    data = training_and_validation(list(resolved.outputs), X[taken], y[taken], class_weight, weights, validation)
    return Member(resolved, full, seed, *data)


RNG = np.random.default_rng(0)


IMAGES = RNG.normal(size=(29, 8, 8, 2)).astype("float32")


SERIES = RNG.normal(size=(29, 6, 3)).astype("float32")


SERIES[::3, 4:] = 0  # shorter ones for masks


WORDS = np.where(np.arange(7) < RNG.integers(2, 8, (29, 1)), RNG.integers(1, 9, (29, 7)), 0).astype("int32")


CONVOLUTION = {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"}


LSTM = {"type": "LSTM", "units": 4}


ATTENTION = {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 2, "dropout": 0.3}


EMBEDDING = {"type": "Embedding", "input_dim": 9, "output_dim": 4, "mask_zero": True}


POOLED = {"type": "GlobalAveragePooling1D"}


FLATTEN = {"type": "Flatten"}


NETWORKS = {
    "convolutions": (IMAGES, CONVOLUTION, {"type": "MaxPooling2D"}, {**CONVOLUTION, "padding": "same"}, FLATTEN),
    "separable": (IMAGES, {**CONVOLUTION, "type": "SeparableConv2D"}, {"type": "BatchNormalization"}, FLATTEN),
    "LSTM": (SERIES, {**LSTM, "return_sequences": True, "dropout": 0.3}, {**LSTM, "recurrent_dropout": 0.3}),
    "GRU": (SERIES, {"type": "GRU", "units": 4, "dropout": 0.3, "kernel_regularizer": "l2"}),
    "Bidirectional": (SERIES, {"type": "Bidirectional", "layer": LSTM}),
    "cells": (SERIES, {"type": "RNN", "cell": [{"type": "GRUCell", "units": 3}, {"type": "LSTMCell", "units": 3}]}),
    "attention": (SERIES, {"type": "Dense", "units": 4}, ATTENTION, {"type": "LayerNormalization"}, POOLED),
    "mask of words, mean": (WORDS, EMBEDDING, POOLED),
    "mask of words, LSTM": (WORDS, EMBEDDING, LSTM),
    "mask of words, attention": (WORDS, EMBEDDING, ATTENTION, POOLED),
    "mask of series": (SERIES, {"type": "Masking"}, {"type": "GRU", "units": 3}),
}


def trainings(name, seeds=(0, 1), **changes):
    """Members of one of the networks: 3 epochs at 1e-3, validated."""
    X, *layers = NETWORKS[name]
    resolved = resolve(Recipe(layers), X.shape[1:], dtype=str(X.dtype), task="multiclass", n_outputs=3)
    # By Adam, a bias that softmax takes away would be noise.
    optimizer = {"type": "SGD" if "attention" in name else "Adam", "learning_rate": 1e-3}
    changes = {"optimizer": optimizer, "validation": np.arange(0, 29, 4), **changes}
    return [member(resolved, seed, X=X, **changes) for seed in seeds]


def alone(one):
    """Weights and history of the same training by Keras' steps."""
    with borrowed(one.resolved, one.seed) as model:
        outcome = train(model, one.settings, one.seed, one.training, one.held_out)
        return Weights.of(model).values, outcome.history


def assert_like_separate(members, tolerance=1e-5):
    outcomes = train_stack(members)
    for one, outcome in zip(members, outcomes, strict=True):
        weights, history = alone(one)
        for here, there in zip(outcome.weights, weights, strict=True):
            np.testing.assert_allclose(here, there, rtol=0, atol=tolerance)
        assert outcome.history.curves.keys() == history.curves.keys()
        for name, curve in history.curves.items():
            np.testing.assert_allclose(outcome.history.curves[name], curve, rtol=0, atol=1e-4)
        assert (outcome.history.best_epoch, outcome.history.stopped) == (history.best_epoch, history.stopped)
    return outcomes


def assert_same_bits(outcomes, others):
    for one, other in zip(outcomes, others, strict=True):
        assert all(np.array_equal(*pair) for pair in zip(one.weights, other.weights, strict=True))
        assert (one.history.curves, one.history.stopped) == (other.history.curves, other.history.stopped)


TWO_VALUES = {"beta": (1e-3, 2e-3), "beta_2_decay": (-0.8, -0.5), "momentum": (0.5, 0.3), "rho": (0.5, 0.3)}


OPTIMIZER_ROWS = {
    "Nesterov": {"type": "SGD", "learning_rate": 1e-3, "momentum": 0.9, "nesterov": True},
    "scaled loss": {"type": "SGD", "learning_rate": 0.1, "loss_scale_factor": 8.0},
    "decay": {"type": "AdamW", "learning_rate": 1e-3, "weight_decay": 0.1},
    "clipped values": {"type": "Adam", "learning_rate": 1e-3, "clipvalue": 0.01, "amsgrad": True},
    "clipped together": {
        "type": "RMSprop", "learning_rate": 1e-3, "global_clipnorm": 0.01, "momentum": 0.5, "centered": True,
    },
    "cosine": {
        "type": "Adam", "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 1e-3, "decay_steps": 9},
    },
    "clipped sums": {
        "type": "AdamW", "learning_rate": 1e-3, "weight_decay": 0.1, "clipnorm": 0.01, "gradient_accumulation_steps": 3,
    },
    "sums of Nadam": {"type": "Nadam", "learning_rate": 1e-3, "gradient_accumulation_steps": 2},
    "averages": {
        "type": "Adam", "learning_rate": 1e-3, "gradient_accumulation_steps": 2, "use_ema": True, "ema_momentum": 0.8,
        "ema_overwrite_frequency": 2,
    },
}  # fmt: skip
