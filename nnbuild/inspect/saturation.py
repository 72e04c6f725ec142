"""Share of saturated units of an activation."""

from __future__ import annotations

import numpy as np

from nnbuild.catalog.facts import activation_facts

LIMIT = 0.01


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
        None without an activation, and for a linear one.

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
    facts = activation_facts(activation)
    if not activation or not facts.saturates or not outputs.size:
        return None
    if facts.saturates == "samples":
        probabilities = np.exp(outputs) if facts.negative else outputs
        return float((probabilities.max(axis=-1) > 1 - LIMIT).mean())
    return None if derivative is None else float((np.abs(derivative) < LIMIT * facts.largest_derivative).mean())
