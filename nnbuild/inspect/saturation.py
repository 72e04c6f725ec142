"""Share of saturated units of an activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

LIMIT = 0.01
# Largest derivative of an activation, if it is not about 1.
LARGEST_DERIVATIVE = {"sigmoid": 1 / 4, "hard_sigmoid": 1 / 6, "sparse_sigmoid": 1 / 2}
# Activations of several units together: the probabilities of a sample, from the outputs.
PROBABILITIES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "softmax": np.asarray,
    "sparsemax": np.asarray,
    "log_softmax": np.exp,
}
NOT_DEFINED = ("linear", "glu")


def saturated(activation: str, outputs: np.ndarray, derivative: np.ndarray | None) -> float | None:
    """Return the share of saturated units, over all samples and positions.

    Parameters
    ----------
    activation : str
        Name of the activation; "" if there is none.
    outputs : array of shape (n_samples, ...)
        Outputs of the activation.
    derivative : array of shape (n_samples, ...) or None
        Derivative of each output by the value before the activation.

    Returns
    -------
    float or None
        None without an activation, for a linear one, and for one that halves the number of units ("glu").

    Notes
    -----
    A unit is saturated for a sample if the derivative of its activation is less than 1 % of the largest derivative:

    - relu: z <= 0. relu6: z <= 0 or z >= 6
    - sigmoid: |z| > 5.99 (below 0.0025 or above 0.9975). tanh: |a| > 0.995
    - elu, selu with derivative alpha exp(z): z < -4.6. leaky_relu: never, with a slope above 0.01

    For softmax, sparsemax and log_softmax, the outputs of a sample are saturated if a probability exceeds 0.99.

    Examples
    --------
    >>> saturated("relu", np.array([[0.0, 2.0]]), np.array([[0.0, 1.0]]))
    0.5
    >>> saturated("softmax", np.array([[0.995, 0.005], [0.5, 0.5]]), None)
    0.5
    """
    if not activation or activation in NOT_DEFINED or not outputs.size:
        return None
    if activation in PROBABILITIES:
        return float((PROBABILITIES[activation](outputs).max(axis=-1) > 1 - LIMIT).mean())
    if derivative is None:
        return None
    return float((np.abs(derivative) < LIMIT * LARGEST_DERIVATIVE.get(activation, 1.0)).mean())
