"""Measure the time of an epoch in nnbuild and in `Model.fit` of Keras, for `gallery.py`."""

import time
from collections.abc import Callable

import keras
import numpy as np
from gallery_sets import Split

from nnbuild import NNClassifier, build
from nnbuild.inputs.text import TextPreparation
from nnbuild.language.input_kinds import INPUT_KINDS

ROUNDS = 3  # of all methods in turn; the minimum counts


def epoch_costs(estimator: NNClassifier, split: Split, n_epochs: int) -> dict[str, float]:
    """Return the CPU time of an epoch, by training method.

    Measures complete fits, and divides by the number of epochs. The process has trained the network before, so
    building, tracing and compilation are not included.
    """
    estimator = estimator.set_params(epochs=n_epochs)
    ways = {"nnbuild": lambda: estimator.fit(split.X_train, split.y_train)}
    resolved = ways["nnbuild"]().recipe_
    for name, compiled in KERAS.items():
        ways[name] = model_fit(build(resolved, seed=0, compile=True), split, estimator, compiled)
        ways[name]()
    costs: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, train in ways.items():
            costs[name].append(computing_s(train) / n_epochs)
    return {name: min(values) for name, values in costs.items()}


def model_fit(model: keras.Model, split: Split, estimator: NNClassifier, compiled: bool) -> Callable:
    """Return a function that trains a Keras model as in its guides, with `TextVectorization` for texts."""
    model.compile(optimizer=model.optimizer, loss=model.loss, jit_compile=compiled)
    training, texts = estimator.recipe_.training, estimator.preparation_
    settings = {"batch_size": training["batch_size"], "epochs": training["epochs"], "verbose": 0}

    def train() -> None:
        X = vectorized(split.X_train, texts) if split.of_texts else split.X_train
        model.fit(X, split.y_train, **settings)

    return train


def vectorized(texts: np.ndarray, preparation: TextPreparation) -> np.ndarray:
    """Return texts converted by an adapted `TextVectorization` layer of Keras."""
    settings = {name: getattr(preparation, name) or None for name in INPUT_KINDS["text"].settings}
    layer = keras.layers.TextVectorization(**settings)
    layer.adapt(texts.tolist())
    return np.asarray(layer(texts.tolist()))


def computing_s(call: Callable) -> float:
    """Return the CPU time of a call in seconds. Other processes affect it less than wall time."""
    start = time.process_time()
    call()
    return time.process_time() - start


KERAS = {"Model.fit": False, "Model.fit, jit_compile=True": True}
