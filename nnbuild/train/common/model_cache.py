"""Cache of models and prediction programs, so that fits of the same network build and trace it only once.

Each fit has its own model. A prediction program takes the weights as arguments, so threads and estimators share it.
"""

from __future__ import annotations

import gc
import math
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnbuild.catalog.registered import registered_among
from nnbuild.language.analysis import Network
from nnbuild.language.values import canonical
from nnbuild.plan.describe import assembled
from nnbuild.plan.initial_weights import initialize
from nnbuild.plan.model import build
from nnbuild.plan.symbolic import itemsize
from nnbuild.private.keras import calls_of
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.batches import MAX_BYTES, dense_rows
from nnbuild.train.common.counter_based_random import count_random
from nnbuild.train.common.outputs import float_dtype
from nnbuild.train.common.program_cache import Store
from nnbuild.train.common.tracing import FlatFunction, refused_rows

MAX_MODELS = 16  # idle models; the least recently used are dropped first
MAX_MODEL_BYTES = 2**28  # of idle models, including the state of their optimizers
MUCH_BYTES = 2**24  # of dropped models, after which garbage is collected
GRAPH_BYTES = 2**22  # approximate memory of a model's compiled programs
MAX_PROGRAMS = 32  # for prediction
MAX_KINDS = 16  # compiled functions per program: one for each combination of dtypes and shapes of inputs
MIN_ROWS = 8  # prediction batches are padded to a multiple: matrix products of fewer rows are rounded differently

_lock = threading.Lock()
_idle: list[tuple[str, keras.Model]] = []  # least recently used first
_programs: Store[Forward] = Store(MAX_PROGRAMS)
_dropped_bytes = 0  # of models dropped since the last garbage collection


@contextmanager
def borrowed(resolved: ResolvedNetwork, seed: int, device: str | None = None) -> Iterator[keras.Model]:
    """Borrow a model of a network for one fit, with initial weights from `seed`.

    Parameters
    ----------
    resolved : ResolvedNetwork
        The network.
    seed : int
        As for `nnbuild.build`. The weights of a cached model are the same as those of a new one.
    device : {"cpu", "gpu"}, optional
        Device of the enclosing `on_device`. A model stays on the device on which it was created.
    """
    key = f"{environment_key(resolved)} {device} {network_key(resolved)}"
    model = _take(key)
    if model is None:
        model = model_to_train(resolved, seed)
    else:
        initialize(model, resolved.nodes, seed)
    n_trained = len(model.trainable_variables)
    yield model
    # This line is not reached after a failed fit: the model is dropped, because its state is unknown. A model in which
    # a callback froze layers is also dropped.
    if len(model.trainable_variables) == n_trained:
        _give_back(key, model)


def model_to_train(resolved: ResolvedNetwork, seed: int) -> keras.Model:
    """Return a new model whose random layers draw the same numbers in a stack and alone."""
    model = build(resolved, seed=seed)
    count_random(model)
    return model


def forward(resolved: ResolvedNetwork, key: str, layers: tuple[str, ...] = ()) -> Forward:
    """Return the prediction program of a network, or of some of its layers; `key` identifies network and device."""
    return _programs.get(f"{environment_key(resolved)} {key} {layers}", lambda: Forward(resolved, layers))


def network_key(resolved: ResolvedNetwork) -> str:
    """Return a key that is equal for networks with the same model."""
    values = resolved.to_dict()
    ends = {name: output["node"] for name, output in values["outputs"].items()}
    precision = values["training"]["precision"]
    nodes = [{key: value for key, value in node.items() if key != "factors"} for node in values["nodes"]]
    return canonical([values["inputs"], nodes, ends, precision])


class Weights:
    """Values of a model's variables, in its order. They can be pickled, and are copied to the device at first use.

    Parameters
    ----------
    values : iterable of array
    """

    def __init__(self, values: Iterable[np.ndarray]):
        self.values = tuple(values)
        self._placed: tuple[tf.Tensor, ...] | None = None

    @classmethod
    def of(cls, model: keras.Model) -> Weights:
        """Return the current values of a model."""
        return cls(np.array(variable.value.numpy()) for variable in model.variables)

    def place_in(self, model: keras.Model) -> None:
        """Assign the values to a model of the same network."""
        for variable, value in zip(model.variables, self.values, strict=True):
            variable.assign(value)

    def placed(self) -> tuple[tf.Tensor, ...]:
        """Return the values on the device."""
        if self._placed is None:
            self._placed = tuple(tf.constant(value) for value in self.values)
        return self._placed

    def __reduce__(self):
        return Weights, (self.values,)


class Forward:
    """Prediction program of one network, which takes the weights as arguments.

    Parameters
    ----------
    resolved : ResolvedNetwork
        The network.
    layers : tuple of str, default=()
        Names of inputs and layers whose values are returned in place of the network's outputs.

    Attributes
    ----------
    outputs : dict of str to KerasTensor
        Symbolic values of `layers`.
    """

    def __init__(self, resolved: ResolvedNetwork, layers: tuple[str, ...] = ()):
        assembly = assembled(resolved)
        whole = assembly.model
        self.outputs = {name: assembly.tensors[name] for name in layers}
        self._model = keras.Model(whole.input, self.outputs, name=whole.name) if layers else whole
        self._float_dtype = float_dtype(whole)
        self._input_size = sum(_size(tensor) for tensor in self._model.inputs)
        calls = [call for layer in self._model.layers for call in calls_of(layer)]  # several for a shared layer
        outputs = keras.tree.flatten([call.output_tensors for call in calls])
        self._row_bytes = sum(_size(tensor) * itemsize(tensor.dtype) for tensor in outputs)
        place = {id(variable): index for index, variable in enumerate(whole.variables)}
        self._trained = [place[id(variable)] for variable in self._model.trainable_variables]
        self._others = [place[id(variable)] for variable in self._model.non_trainable_variables]
        output = self._model.output
        self._names = list(output) if isinstance(output, Mapping) else None
        self._functions: Store[FlatFunction] = Store(MAX_KINDS)
        self._tracing = threading.Lock()

    def __call__(self, weights: Weights, X: Any) -> Any:
        """Return outputs for all samples in `X`: an array, or a dict of arrays for several outputs.

        Parameters
        ----------
        weights : Weights
            Their copy on the device is kept as long as the object exists.
        X : array or sparse matrix of shape (n_samples, ...), or mapping of str to either
            Samples are predicted in dense batches of limited memory, padded to a multiple of `MIN_ROWS`. Therefore the
            result for a sample does not depend on other samples.
        """
        inputs = dict(sorted(X.items())) if isinstance(X, Mapping) else {"": X}
        n_rows = next(iter(inputs.values())).shape[0]
        size = self._rows_in_a_call(inputs)
        placed = weights.placed()
        parts = [self._run(placed, inputs, slice(start, start + size)) for start in range(0, max(1, n_rows), size)]
        outputs = parts[0] if len(parts) == 1 else [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        return outputs[0] if self._names is None else dict(zip(self._names, outputs, strict=True))

    def _rows_in_a_call(self, inputs: Mapping[str, Any]) -> int:
        # `_row_bytes` counts an axis of unknown length as one element, so it is scaled by the size of these inputs.
        scale = sum(math.prod(array.shape[1:]) for array in inputs.values()) / self._input_size
        n_in_memory = int(MAX_BYTES / (self._row_bytes * scale))
        return max(MIN_ROWS, n_in_memory // MIN_ROWS * MIN_ROWS)

    def _run(self, weights: tuple[tf.Tensor, ...], inputs: Mapping[str, Any], rows: slice) -> list[np.ndarray]:
        """Return the outputs for one batch, after compilation for the first batch of these dtypes and shapes."""
        arrays = [dense_rows(array, rows, self._float_dtype) for array in inputs.values()]
        n_rows = len(arrays[0])
        batch = [tf.constant(padded(array, -(-n_rows // MIN_ROWS) * MIN_ROWS)) for array in arrays]
        kind = tuple((name, x.dtype, array.shape[1:]) for name, x, array in zip(inputs, batch, arrays, strict=True))
        with refused_rows(self._model, batch):
            function = self._functions.get(kind, lambda: self._compiled(weights, dict(zip(inputs, batch, strict=True))))
            return [output.numpy()[:n_rows] for output in function(*weights, *batch)]

    def _compiled(self, weights: tuple[tf.Tensor, ...], batch: Mapping[str, tf.Tensor]) -> FlatFunction:
        """Compile the program for inputs with the dtypes and shapes of a batch."""

        def outputs(*tensors: tf.Tensor) -> list[tf.Tensor]:
            X = dict(zip(batch, tensors[len(weights) :], strict=True))
            trained = [tensors[place] for place in self._trained]
            others = [tensors[place] for place in self._others]
            found = self._model.stateless_call(trained, others, X.get("", X), training=False)[0]
            found = [found] if self._names is None else [found[name] for name in self._names]
            return [keras.ops.convert_to_tensor(value, sparse=False) for value in found]

        shapes = [tf.TensorSpec(value.shape, value.dtype) for value in weights]
        shapes += [tf.TensorSpec((None, *x.shape[1:]), x.dtype) for x in batch.values()]
        with self._tracing:
            return FlatFunction(outputs, *shapes)


def environment_key(network: ResolvedNetwork | Network) -> str:
    """Return a key of the settings of Keras, and of the registered classes and functions that a network uses."""
    classes = {name: id(found) for name, found in registered_among(network.strings).items()}
    return f"{keras.config.floatx()} {keras.config.epsilon()} {classes}"


def _take(key: str) -> keras.Model | None:
    """Remove the most recently used idle model with this key, and return it; None if there is none."""
    with _lock:
        place = next((place for place, (name, _) in reversed(list(enumerate(_idle))) if name == key), None)
        return None if place is None else _idle.pop(place)[1]


def _give_back(key: str, model: keras.Model) -> None:
    global _dropped_bytes
    with _lock:
        _idle.append((key, model))
        while len(_idle) > MAX_MODELS or sum(_n_bytes(model) for _, model in _idle) > MAX_MODEL_BYTES:
            _dropped_bytes += _n_bytes(_idle.pop(0)[1]) + GRAPH_BYTES
        should_collect = _dropped_bytes > MUCH_BYTES
        if should_collect:
            _dropped_bytes = 0
    if should_collect:
        gc.collect()  # models contain reference cycles, and the next automatic collection may be much later


def _n_bytes(model: keras.Model) -> int:
    """Return the memory of a model's weights and its optimizer's state, in bytes."""
    variables = [*model.variables, *getattr(getattr(model, "optimizer", None), "variables", ())]
    return sum(math.prod(variable.shape) * itemsize(variable.dtype) for variable in variables)


def _size(tensor: keras.KerasTensor) -> int:
    """Return the number of elements of one sample; an axis of unknown length counts as one."""
    return math.prod(length or 1 for length in tensor.shape[1:])


def padded(array: np.ndarray, n_rows: int) -> np.ndarray:
    """Repeat the first row of `array` up to `n_rows` rows."""
    missing = n_rows - len(array)
    return np.concatenate([array, np.repeat(array[:1], missing, axis=0)]) if missing and len(array) else array
