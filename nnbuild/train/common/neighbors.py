"""Weighted means of the targets of training samples, by their distance in the outputs of a layer."""

from __future__ import annotations

from functools import cache

import numpy as np
import tensorflow as tf

from nnbuild.train.common.batches import MAX_BYTES
from nnbuild.train.common.model_cache import MIN_ROWS, padded
from nnbuild.train.common.tracing import FlatFunction


def neighbor_means(
    queries: np.ndarray, keys: np.ndarray, values: np.ndarray, log_weights: np.ndarray, scale: float
) -> np.ndarray:
    """Return the mean of the targets of training samples, weighted by exp(-d^2 / s), d the distance of outputs.

    Parameters
    ----------
    queries : array of shape (n_samples, n_units)
        Outputs of a layer.
    keys : array of shape (n_training, n_units)
        Outputs for the training samples.
    values : array of shape (n_training, n_values)
        Targets of the training samples.
    log_weights : array of shape (n_training,)
        Logarithm of the sample weights.
    scale : float
        s, relative to the total variance of the keys.

    Returns
    -------
    array of shape (n_samples, n_values), float32
        A mean does not depend on other queries: batches are padded as in `Forward`.

    References
    ----------
    Khandelwal et al., "Generalization through memorization: nearest neighbor language models", arXiv:1911.00172,
    equation 2.
    """
    # Distances do not change if the mean is subtracted, but their rounding errors are smaller.
    center = keys.mean(axis=0, dtype="float64").astype("float32")
    fixed = [
        tf.constant(array, tf.float32) for array in (keys - center, values, log_weights, squared_distance(keys, scale))
    ]
    size = max(MIN_ROWS, MAX_BYTES // (4 * len(keys)) // MIN_ROWS * MIN_ROWS)
    parts = [_means(queries[start : start + size] - center, fixed) for start in range(0, max(1, len(queries)), size)]
    return np.concatenate(parts)


def squared_distance(keys: np.ndarray, scale: float) -> float:
    """Return the squared distance at which a weight is 1 / e: the total variance of the keys times `scale`."""
    return scale * max(float(keys.var(axis=0, dtype="float64").sum()), TINY)


def _means(queries: np.ndarray, fixed: list[tf.Tensor]) -> np.ndarray:
    n_rows = len(queries)
    batch = tf.constant(padded(queries, -(-n_rows // MIN_ROWS) * MIN_ROWS), tf.float32)
    return _program(queries.shape[1], fixed[1].shape[1])(batch, *fixed)[0].numpy()[:n_rows]


@cache
def _program(n_units: int, n_values: int) -> FlatFunction:
    def means(
        queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, log_weights: tf.Tensor, scale: tf.Tensor
    ) -> list[tf.Tensor]:
        squares = [tf.reduce_sum(rows**2, axis=1) for rows in (queries, keys)]
        distances = squares[0][:, None] + squares[1] - 2 * tf.matmul(queries, keys, transpose_b=True)
        return [tf.matmul(tf.nn.softmax(log_weights - tf.maximum(distances, 0.0) / scale), values)]

    shapes = [(None, n_units), (None, n_units), (None, n_values), (None,), ()]
    return FlatFunction(means, *(tf.TensorSpec(shape, tf.float32) for shape in shapes))


TINY = 1e-30  # least variance, of equal keys
