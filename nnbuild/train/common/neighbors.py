"""Weighted means of the targets of training samples, by their distance in the outputs of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import tensorflow as tf

from nnbuild.keras_layers.neighbors import nearest_mean, squared_distances
from nnbuild.train.common.batches import MAX_BYTES
from nnbuild.train.common.device import on_device
from nnbuild.train.common.model_cache import MIN_ROWS, padded
from nnbuild.train.common.tracing import FlatFunction


class Keys:
    """Outputs of a layer for training samples, on the device, with which those of other samples are compared.

    Parameters
    ----------
    outputs : array of shape (n_training, n_units), float32
    device : {"cpu", "gpu"}, optional

    Attributes
    ----------
    center : array of shape (n_units,)
        Mean of the outputs. Distances do not change if it is subtracted, but their rounding errors are smaller.
    columns : tf.Tensor of shape (n_units, n_training)
        Outputs without their mean.
    variance : float
        Total variance of the outputs.
    """

    def __init__(self, outputs: np.ndarray, device: str | None = None):
        self.center = outputs.mean(axis=0, dtype="float64").astype("float32")
        self.variance = max(float(outputs.var(axis=0, dtype="float64").sum()), TINY)
        self.device = device
        with on_device(device, required=False):
            self.columns = tf.constant(np.ascontiguousarray((outputs - self.center).T))

    def means(
        self, queries: np.ndarray, values: np.ndarray, log_weights: np.ndarray, scales: Sequence[float]
    ) -> np.ndarray:
        """Return means of the targets of the training samples, see `nearest_mean`.

        Parameters
        ----------
        queries : array of shape (n_samples, n_units), float32
            Outputs of the layer.
        values : array of shape (n_training, n_values), float32
            Targets of the training samples.
        log_weights : array of shape (n_training,), float32
            Logarithm of the sample weights.
        scales : sequence of float
            Relative to the variance.

        Returns
        -------
        array of shape (n_scales, n_samples, n_values), float32
            A mean does not depend on other queries: batches are padded as in `Forward`.
        """
        n_training, n_values = values.shape
        size = max(MIN_ROWS, MAX_BYTES // (4 * n_training * len(scales)) // MIN_ROWS * MIN_ROWS)
        parts = []
        with on_device(self.device, required=False):
            program = _program(len(self.center), n_values, len(scales), self.device)
            squares = np.multiply(scales, self.variance).astype("float32")
            fixed = [self.columns, *map(tf.constant, (values, log_weights, squares))]
            for start in range(0, max(1, len(queries)), size):
                batch = queries[start : start + size] - self.center
                whole = padded(batch, -(-len(batch) // MIN_ROWS) * MIN_ROWS)
                parts.append(program(tf.constant(whole), *fixed)[0].numpy()[:, : len(batch)])
        return np.concatenate(parts, axis=1)


@cache
def _program(n_units: int, n_values: int, n_scales: int, device: str | None) -> FlatFunction:
    """Return the program for these sizes; a program stays on its device."""

    def means(
        queries: tf.Tensor, columns: tf.Tensor, values: tf.Tensor, log_weights: tf.Tensor, scales: tf.Tensor
    ) -> list[tf.Tensor]:
        distances = squared_distances(queries, columns)
        return [tf.stack([nearest_mean(distances, values, log_weights, scale) for scale in tf.unstack(scales)])]

    shapes = [(None, n_units), (n_units, None), (None, n_values), (None,), (n_scales,)]
    return FlatFunction(means, *(tf.TensorSpec(shape, tf.float32) for shape in shapes))


TINY = 1e-30  # least variance, of equal keys
