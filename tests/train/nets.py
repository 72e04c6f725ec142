"""Tiny networks and data that the tests of training share."""

from dataclasses import replace

import keras
import numpy as np
from keras import layers

import nnbuild
from nnbuild.train.common.batches import Drawing, class_labels, fresh_seed
from nnbuild.train.common.model_cache import forward, network_key
from nnbuild.train.common.splits import split_rows, training_and_validation
from nnbuild.train.common.stopping import report_divergence
from nnbuild.train.keras import trainer

N_CLASSES = 3
N_FEATURES = 4


def settings(**changes):
    """A resolved `training` section: plain SGD on class labels, one batch size that leaves a short last batch."""
    plain = {
        "optimizer": {"type": "SGD", "learning_rate": 0.1},
        "learning_rate": None,
        "loss": "sparse_categorical_crossentropy",
        "loss_weights": None,
        "metrics": [],
        "epochs": 3,
        "batch_size": 8,
        "shuffle": True,
        "validation_fraction": 0.0,
        "validation": "random",
        "early_stopping": False,
        "class_weight": None,
        "label_smoothing": 0.0,
        "precision": "float32",
        "gradient_accumulation": None,
    }
    assert set(changes) <= set(plain)
    return {**plain, **changes}


def classes(n=29, seed=0):
    """Inputs of shape (n, 4) and labels 0, 1, 2 that depend on them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, N_FEATURES)).astype(np.float32)
    return X, np.argmax(X[:, :N_CLASSES] + 0.5 * rng.normal(size=(n, N_CLASSES)), axis=1)


def softmax_net(seed=0, **dense):
    """One Dense layer: small enough that its gradient is a line of numpy."""
    start = keras.initializers.GlorotUniform(seed=seed)
    layer = layers.Dense(N_CLASSES, activation="softmax", kernel_initializer=start, **dense)
    return keras.Sequential([keras.Input((N_FEATURES,)), layer])


def deep_net(seed=0, dropout=0.0):
    """Dense, BatchNormalization, Dropout, Dense, every random part seeded."""
    starts = [keras.initializers.GlorotUniform(seed=seed + number) for number in range(2)]
    return keras.Sequential(
        [
            keras.Input((N_FEATURES,)),
            layers.Dense(5, activation="tanh", kernel_initializer=starts[0]),
            layers.BatchNormalization(),
            layers.Dropout(dropout, seed=seed),
            layers.Dense(N_CLASSES, activation="softmax", kernel_initializer=starts[1]),
        ]
    )


def regression_net(seed=0, **dense):
    start = keras.initializers.GlorotUniform(seed=seed)
    return keras.Sequential([keras.Input((N_FEATURES,)), layers.Dense(1, kernel_initializer=start, **dense)])


def train(model, X, y, settings, seed=None, sample_weight=None, validation=None, draw=None, **others):
    """Train a model on arrays, held-out rows included, as estimators do it."""
    seed = fresh_seed() if seed is None else seed
    if validation is None and settings["validation_fraction"]:
        validation = _held_out_rows(y, settings, seed, sample_weight)
    names = output_names(model)
    class_weight = dict.fromkeys(names, settings["class_weight"]) if settings["class_weight"] else None
    data = training_and_validation(names, X, y, class_weight, sample_weight, validation)
    if draw:
        data = [part and replace(part, drawing=Drawing(draw, seed)) for part in data]
    outcome = trainer.train(model, settings, seed, *data, **others)
    if outcome.divergence_message:
        report_divergence(outcome.divergence_message, outcome.history.best_epoch)
    return outcome.history


def _held_out_rows(y, settings, seed, sample_weight):
    several = isinstance(y, dict)
    n_rows = len(next(iter(y.values())) if several else y)
    rows = np.arange(n_rows) if sample_weight is None else np.flatnonzero(sample_weight)
    labels = None if several or "mean" in str(settings["loss"]) else class_labels(np.asarray(y)[rows])
    return rows[split_rows(len(rows), settings["validation_fraction"], settings["validation"], seed, labels)[1]]


def output_names(model):
    """Names of a model's outputs: keys of a dict, else the names of their layers."""
    output = getattr(model, "output", None)
    return list(output) if isinstance(output, dict) else list(getattr(model, "output_names", None) or ["output"])


def same_bits(first, second):
    """Whether two models, or lists of arrays, have equal weights to the last bit."""
    first, second = (values.get_weights() if hasattr(values, "get_weights") else values for values in (first, second))
    return len(first) == len(second) and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


HIDDEN = {"type": "Dense", "units": 3, "activation": "relu"}


def resolved(*layers, shape=(4,), **keys):
    """A resolved network with two numbers as output."""
    recipe = {"nnbuild": 1, "layers": list(layers) or [HIDDEN], **keys}
    return nnbuild.resolve(recipe, shape, task="regression", n_outputs=2)


def predict(network, weights, X):
    return forward(network, network_key(network))(weights, X)
