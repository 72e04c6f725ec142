"""Layer of exported ensembles that averages the targets of the nearest training samples, and its formula."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

MAX_TERMS = 512  # of the sums in a product


def squared_distances(queries: Any, keys: Any) -> Any:
    """Return squared Euclidean distances: tensor of shape (n_samples, n_training).

    Parameters
    ----------
    queries : tensor of shape (n_samples, n_units)
    keys : tensor of shape (n_units, n_training)
        One column for each training sample.

    Notes
    -----
    The result for a sample does not depend on others: products with transposed rows, and sums of many terms, would be
    rounded in another way for few samples than for many.
    """
    parts = [slice(start, start + MAX_TERMS) for start in range(0, keys.shape[0], MAX_TERMS)]
    products = sum(ops.matmul(queries[:, part], keys[part]) for part in parts)
    squares = ops.sum(ops.square(queries), axis=1, keepdims=True) + ops.sum(ops.square(keys), axis=0)
    return ops.maximum(squares - 2 * products, 0.0)


def nearest_mean(distances: Any, values: Any, log_weights: Any, scale: Any) -> Any:
    """Return the mean of targets, weighted by w exp(-distance / scale): tensor of shape (n_samples, n_values).

    Parameters
    ----------
    distances : tensor of shape (n_samples, n_training)
        Squared distances.
    values : tensor of shape (n_training, n_values)
        Targets of the training samples.
    log_weights : tensor of shape (n_training,)
        Logarithm of the sample weights w.
    scale : float or tensor of shape ()

    References
    ----------
    Khandelwal et al., "Generalization through memorization: nearest neighbor language models", arXiv:1911.00172,
    equation 2.
    """
    return ops.matmul(ops.softmax(log_weights - distances / scale, axis=-1), values)


@keras.saving.register_keras_serializable("nnbuild")
class NeighborMean(keras.Layer):
    """Layer that returns the mean of the targets of training samples, weighted by exp(-d^2 / scale).

    d is the distance of the input from the same layer's output for a training sample. The layer is appended to exported
    ensembles whose predictions depend on the nearest training samples. Its weights are the mean of these outputs
    (center), the centered outputs (keys), targets and logarithms of the sample weights.

    Parameters
    ----------
    n_samples, n_values : int
        Number of training samples, and of values for each target.
    scale : float
        Squared distance at which the weight of a training sample is 1 / e.
    """

    def __init__(self, n_samples: int, n_values: int, scale: float, **kwargs: Any):
        super().__init__(trainable=False, **kwargs)
        self.n_samples = n_samples
        self.n_values = n_values
        self.scale = scale

    def build(self, input_shape: tuple) -> None:
        n_units, n_samples = input_shape[-1], self.n_samples
        shapes = {"center": (n_units,), "keys": (n_units, n_samples), "values": (n_samples, self.n_values)}
        for name, shape in {**shapes, "log_weights": (n_samples,)}.items():
            setattr(self, name, self.add_weight(name=name, shape=shape, initializer="zeros", trainable=False))

    def call(self, inputs: Any) -> Any:
        distances = squared_distances(inputs - self.center, self.keys)
        return nearest_mean(distances, self.values, self.log_weights, self.scale)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], self.n_values)

    def get_config(self) -> dict:
        sizes = {"n_samples": self.n_samples, "n_values": self.n_values, "scale": self.scale}
        return {**{key: value for key, value in super().get_config().items() if key != "trainable"}, **sizes}
