"""Layer of exported ensembles that averages the targets of the nearest training samples."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("nnbuild")
class NeighborMean(keras.Layer):
    """Layer that returns the mean of the targets of training samples, weighted by exp(-d^2 / scale).

    d is the distance of the input from the same layer's output for a training sample. The layer is appended to exported
    ensembles whose predictions depend on the nearest training samples. Its weights are the outputs (keys), targets and
    logarithms of the sample weights.

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
        axes = {"keys": (input_shape[-1],), "values": (self.n_values,), "log_weights": ()}
        for name, shape in ((name, (self.n_samples, *own)) for name, own in axes.items()):
            setattr(self, name, self.add_weight(name=name, shape=shape, initializer="zeros", trainable=False))

    def call(self, inputs: Any) -> Any:
        # Distances do not change if the mean is subtracted, but their rounding errors are smaller.
        center = ops.mean(self.keys, axis=0)
        queries, keys = inputs - center, self.keys - center
        squares = [ops.sum(ops.square(rows), axis=1) for rows in (queries, keys)]
        distances = squares[0][:, None] + squares[1] - 2 * ops.matmul(queries, ops.transpose(keys))
        weights = ops.softmax(self.log_weights - ops.maximum(distances, 0.0) / self.scale, axis=-1)
        return ops.matmul(weights, self.values)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], self.n_values)

    def get_config(self) -> dict:
        sizes = {"n_samples": self.n_samples, "n_values": self.n_values, "scale": self.scale}
        return {**{key: value for key, value in super().get_config().items() if key != "trainable"}, **sizes}
