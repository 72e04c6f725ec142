"""What an epoch of one network costs, by nnbuild and by Keras' `Model.fit`; `gallery.py` asks."""

import time
from collections.abc import Callable

import keras
import numpy as np
from gallery_sets import Split

from nnbuild import NNClassifier, build
from nnbuild.inputs.text import TextPreparation
from nnbuild.language.input_kinds import INPUT_KINDS

ROUNDS = 3  # each way in turn, and of each the least counts


def epoch_costs(estimator: NNClassifier, split: Split, n_epochs: int) -> dict[str, float]:
    """Seconds of the processors for an epoch, by each way to train.

    Whole trainings of some epochs are measured and divided by their number, in a process that has trained so before:
    with all that a fit does around its epochs, but for building, tracing and compiling.
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
    """A training of a plain Keras model as Keras' guides have it; texts go through Keras' own layer first."""
    model.compile(optimizer=model.optimizer, loss=model.loss, jit_compile=compiled)
    training, texts = estimator.recipe_.training, estimator.preparation_
    settings = {"batch_size": training["batch_size"], "epochs": training["epochs"], "verbose": 0}

    def train() -> None:
        X = vectorized(split.X_train, texts) if split.of_texts else split.X_train
        model.fit(X, split.y_train, **settings)

    return train


def vectorized(texts: np.ndarray, preparation: TextPreparation) -> np.ndarray:
    """Texts as what Keras' TextVectorization makes of them, once it has learned their words."""
    settings = {name: getattr(preparation, name) or None for name in INPUT_KINDS["text"].settings}
    layer = keras.layers.TextVectorization(**settings)
    layer.adapt(texts.tolist())
    return np.asarray(layer(texts.tolist()))


def computing_s(call: Callable) -> float:
    """Seconds that a call takes on all processors: other work beside it changes them less than those of the clock."""
    start = time.process_time()
    call()
    return time.process_time() - start


KERAS = {"Model.fit": False, "Model.fit, jit_compile=True": True}
