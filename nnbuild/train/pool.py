"""Models that were built before, kept by what they are: the next fit of the same network builds and traces nothing.

A Keras model built and compiled anew for each fit leaves memory behind that nothing gives back, so models are reused. A
fit borrows a model alone; predictions go through a program that takes the weights as arguments, so that any number
of threads and estimators share it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from nnbuild.builder.model import build, skeleton
from nnbuild.builder.weights import initialize
from nnbuild.recipe.values import canonical
from nnbuild.records import Resolved

MOST_MODELS = 16  # idle ones; the least recently used go first
MOST_PROGRAMS = 32
FEWEST_ROWS = 8  # of a batch in prediction: matrix products of fewer rows take other ways, and give other bits
MOST_BYTES = 2**25  # of the inputs of one call in prediction

_lock = threading.Lock()
_models: OrderedDict[str, list[keras.Model]] = OrderedDict()
_programs: OrderedDict[str, Forward] = OrderedDict()


@contextmanager
def borrowed(resolved: Resolved, seed: int) -> Iterator[keras.Model]:
    """A model of a network, with first weights from `seed`, for the time of one fit.

    Parameters
    ----------
    resolved : Resolved
        The network.
    seed : int
        As for `nnbuild.build`: the weights are the same whether the model is new or was used before.
    """
    key = network_key(resolved)
    with _lock:
        idle = _models.get(key)
        model = idle.pop() if idle else None
    if model is None:
        model = build(resolved, seed=seed)
    else:
        initialize(model, resolved.nodes, seed)
    yield model
    # Not given back where the fit failed: nobody knows in which state it left the model.
    with _lock:
        _models.setdefault(key, []).append(model)
        _models.move_to_end(key)
        while sum(map(len, _models.values())) > MOST_MODELS:
            oldest = next(name for name, models in _models.items() if models)
            _models[oldest].pop()
            if not _models[oldest]:
                del _models[oldest]


def forward(resolved: Resolved) -> Forward:
    """The program that predicts with a network."""
    key = network_key(resolved)
    with _lock:
        if key in _programs:
            _programs.move_to_end(key)
            return _programs[key]
    program = Forward(resolved)
    with _lock:
        program = _programs.setdefault(key, program)
        while len(_programs) > MOST_PROGRAMS:
            _programs.popitem(last=False)
    return program


def network_key(resolved: Resolved) -> str:
    """Text that is the same for networks that build the same model."""
    values = resolved.to_dict()
    ends = {name: output["node"] for name, output in values["outputs"].items()}
    precision = values["training"]["precision"]
    return canonical([values["inputs"], values["nodes"], ends, precision])


class Weights:
    """Values of a model's variables, in its order; they pickle, and are placed on the device when first used.

    Parameters
    ----------
    values : iterable of array
    """

    def __init__(self, values: Iterable[np.ndarray]):
        self.values = tuple(values)
        self._placed: tuple[tf.Tensor, ...] | None = None

    def placed(self) -> tuple[tf.Tensor, ...]:
        """The values on the device."""
        if self._placed is None:
            self._placed = tuple(tf.constant(value) for value in self.values)
        return self._placed

    def __reduce__(self):
        return Weights, (self.values,)


class Forward:
    """Prediction with one network, whichever its weights.

    Parameters
    ----------
    resolved : Resolved
        The network.
    """

    def __init__(self, resolved: Resolved):
        self._model = skeleton(resolved)
        place = {id(variable): index for index, variable in enumerate(self._model.variables)}
        self._trained = [place[id(variable)] for variable in self._model.trainable_variables]
        self._others = [place[id(variable)] for variable in self._model.non_trainable_variables]
        self._run = tf.function(self._forward, autograph=False, reduce_retracing=True)

    def __call__(self, weights: Weights, X: np.ndarray | Mapping[str, np.ndarray]) -> object:
        """Outputs for all rows of `X`: an array, or a dict of arrays for several outputs.

        Weights stay on the device for the next call as long as somebody keeps `weights`. Rows go in batches of bounded memory, padded to a multiple of eight, so that the result of a row does not
        depend on the rows around it.
        """
        inputs = X if isinstance(X, Mapping) else {"": X}
        placed = weights.placed()
        n_rows = len(next(iter(inputs.values())))
        row_bytes = sum(array.nbytes // max(1, len(array)) for array in inputs.values())
        size = max(FEWEST_ROWS, MOST_BYTES // max(1, row_bytes) // FEWEST_ROWS * FEWEST_ROWS)
        parts = []
        for start in range(0, max(1, n_rows), size):
            batch = {name: array[start : start + size] for name, array in inputs.items()}
            n_here = min(size, n_rows - start)
            padded = {name: _padded(array, -(-n_here // FEWEST_ROWS) * FEWEST_ROWS) for name, array in batch.items()}
            output = self._run(placed, padded if isinstance(X, Mapping) else padded[""])
            parts.append(tf.nest.map_structure(lambda tensor, n=n_here: tensor.numpy()[:n], output))
        return tf.nest.map_structure(lambda *arrays: np.concatenate(arrays), *parts) if len(parts) > 1 else parts[0]

    def _forward(self, weights, X):
        trained = [weights[index] for index in self._trained]
        others = [weights[index] for index in self._others]
        return self._model.stateless_call(trained, others, X, training=False)[0]


def _padded(array: np.ndarray, n_rows: int) -> np.ndarray:
    """`array` with its first row repeated up to `n_rows` rows."""
    missing = n_rows - len(array)
    return np.concatenate([array, np.repeat(array[:1], missing, axis=0)]) if missing and len(array) else array
