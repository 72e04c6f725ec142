"""Samples of all members of a stack, on the device and without duplicates."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from nnbuild.train.common.batches import TrainingData


class StackRows:
    """Samples of several members.

    Each array ends with a padding row: a copy of a sample, with weight 0. A row of zeros could have an infinite
    gradient, and weight 0 times infinity is NaN.

    Parameters
    ----------
    parts : sequence of TrainingData
    float_dtype : {"float32", "float64"}
        Dtype of floats.

    Attributes
    ----------
    tensors : tuple of (X, y, weights, sample weights)
        Tensors of shape (n_rows, ...), or structures of them.
    """

    def __init__(self, parts: Sequence[TrainingData], float_dtype: str):
        self._contents = _Contents()
        distinct = {self._contents.of(data): data for data in parts}
        arrays_of = [_arrays(data, float_dtype) for data in distinct.values()]
        ends = np.cumsum([data.n_rows + 1 for data in distinct.values()]).tolist()
        self._starts = dict(zip(distinct, [0, *ends[:-1]], strict=True))
        missing = size_class(ends[-1]) - ends[-1]
        self.tensors = tf.nest.map_structure(lambda *arrays: _concatenate(arrays, missing), *arrays_of)

    def start_of(self, data: TrainingData) -> int:
        """Return the index of the first row of `data`."""
        return self._starts[self._contents.of(data)]

    def padding_of(self, data: TrainingData) -> int:
        """Return the index of the padding row of `data`."""
        return self.start_of(data) + data.n_rows


def size_class(n: int) -> int:
    """Return the size to which `n` is padded: four sizes per power of two, to limit the number of programs.

    Examples
    --------
    >>> [size_class(n) for n in (1, 7, 8, 9, 100, 1000)]
    [1, 7, 8, 10, 112, 1024]
    """
    step = max(1, 2 ** (n.bit_length() - 3))
    return -(-n // step) * step


class _Contents:
    """Digests of arrays, to detect equal arrays: scikit-learn passes a copy of the samples to each fit."""

    def __init__(self) -> None:
        self._digests: dict[int, bytes] = {}

    def of(self, data: TrainingData) -> tuple[bytes, ...]:
        """Return a key that is equal for data with equal arrays, whatever their `rows`."""
        inputs = data.X.values() if isinstance(data.X, dict) else [data.X]
        weights = (*data.weights.values(), *data.sample_weights.values())
        return tuple(map(self._digest, (*inputs, *data.y.values(), *weights)))

    def _digest(self, array: np.ndarray) -> bytes:
        if id(array) not in self._digests:
            content = np.ascontiguousarray(array).view(np.uint8).data
            self._digests[id(array)] = hashlib.blake2b(
                content, digest_size=16, person=str(array.dtype).encode()[:16]
            ).digest()
        return self._digests[id(array)]


def _arrays(data: TrainingData, float_dtype: str) -> tuple:
    """Return X, y, weights and sample weights, each with the padding row at the end."""
    rows = np.append(np.arange(data.n_rows), data.rows[0])
    X, y, weights = data.take(rows, float_dtype)
    sample_weights = data.take_sample_weights(rows, float_dtype)
    for array in (*weights.values(), *sample_weights.values()):
        array[-1] = 0
    return X, y, weights, sample_weights


def _concatenate(arrays: Sequence[np.ndarray], n_missing: int) -> tf.Tensor:
    unused = np.zeros((n_missing, *arrays[0].shape[1:]), arrays[0].dtype)
    return tf.constant(np.concatenate([*arrays, unused]))
