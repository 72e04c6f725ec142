"""Layer with the log variance of an output, which weights its loss."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from nnbuild.keras_layers.batch_ensembles import copy_member_predictions


@keras.saving.register_keras_serializable("nnbuild")
class LogVariance(keras.Layer):
    """Layer that returns its input, and weights the loss of its output by a trained log variance.

    Notes
    -----
    With the loss L of the output and the log variance s, which is 0 at the start, nnbuild trains with exp(-s) L + s / 2
    in place of L, and with exp(-s) L / 2 + s / 2 for losses of numbers: equations 7 and 10 of [1]_. Outputs whose loss
    is large, in comparison to what the network can reach, get a small weight. A batch without targets for the output
    does not change s. The layer must be the last one of an output. `Model.fit` of Keras computes the loss L.

    References
    ----------
    .. [1] Kendall, Gal and Cipolla, "Multi-task learning using uncertainty to weigh losses for scene geometry and
       semantics", CVPR 2018, arXiv:1705.07115.
    """

    def __init__(self, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)  # a cast would drop what preceding layers attach to tensors
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        self.log_variance = self.add_weight(shape=(), name="log_variance", initializer="zeros")

    def call(self, inputs: Any) -> Any:
        outputs = ops.copy(inputs)
        copy_member_predictions(inputs, outputs)
        setattr(outputs, _LOG_VARIANCE, self.log_variance.value)  # transported as Keras transports masks
        return outputs

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return tuple(input_shape)


def log_variance_of(outputs: Any) -> Any:
    """Return the log variance that a `LogVariance` has attached to its output; None for other tensors."""
    return getattr(outputs, _LOG_VARIANCE, None)


_LOG_VARIANCE = "_nnbuild_log_variance"
