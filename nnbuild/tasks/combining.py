"""Weights of groups of networks in their mean prediction, and the temperature of probabilities.

Both are computed from predictions for samples that the networks were not trained on.
"""

from __future__ import annotations

import numpy as np

N_STEPS = 100
RATE = 0.5  # of the exponentiated gradient
MIN_PROBABILITY = 1e-7
TEMPERATURES = np.geomspace(0.5, 2, 41)


def mixture_weights(likelihoods: np.ndarray, sample_weight: np.ndarray | None = None) -> np.ndarray:
    """Return the weights with the highest likelihood of a mixture, after `N_STEPS` steps of the EM algorithm.

    Parameters
    ----------
    likelihoods : array of shape (n_groups, n_samples)
        Probability of the true value according to each group.
    sample_weight : array of shape (n_samples,), optional

    Returns
    -------
    array of shape (n_groups,)
        Weights above 0, with a sum of 1.

    References
    ----------
    Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm", JRSS B 39, 1977,
    section 4.3.
    """
    likelihoods = np.clip(likelihoods.astype("float64"), MIN_PROBABILITY, 1)
    weights = np.full(len(likelihoods), 1 / len(likelihoods))
    for _ in range(N_STEPS):
        weights = weights * np.average(likelihoods / (weights @ likelihoods), axis=1, weights=sample_weight)
        weights /= weights.sum()
    return weights


def error_weights(predictions: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> np.ndarray:
    """Return weights that reduce the squared error of the mean, after `N_STEPS` steps of the exponentiated gradient.

    Parameters
    ----------
    predictions : array of shape (n_groups, n_samples)
    y : array of shape (n_samples,)
        Targets. If there are several per sample, each is standardized, and so are its predictions.
    sample_weight : array of shape (n_samples,), optional

    Returns
    -------
    array of shape (n_groups,)
        Weights above 0, with a sum of 1.

    Notes
    -----
    The gradient is divided by the squared error of the equally weighted mean.

    References
    ----------
    Kivinen and Warmuth, "Exponentiated gradient versus gradient descent for linear predictors", Information and
    Computation 132, 1997.
    """
    weights = np.full(len(predictions), 1 / len(predictions))
    error = np.average((weights @ predictions - y) ** 2, weights=sample_weight)
    for _ in range(N_STEPS if error > 0 else 0):
        gradient = np.average((weights @ predictions - y) * predictions, axis=1, weights=sample_weight)
        weights = weights * np.exp(-RATE * (gradient - gradient.min()) / error)
        weights /= weights.sum()
    return weights


def fitted_temperature(probabilities: np.ndarray, codes: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
    """Return the square root of the temperature with the lowest log loss.

    Parameters
    ----------
    probabilities : array of shape (n_samples, n_classes)
    codes : array of int, of shape (n_samples,)
        Indices of the true classes.
    sample_weight : array of shape (n_samples,), optional

    Notes
    -----
    The square root shrinks the temperature towards 1, because it is fitted to few samples.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", arXiv:1706.04599.
    """
    rows = np.arange(len(codes))
    losses = [
        np.average(-np.log(at_temperature(probabilities, one)[rows, codes]), weights=sample_weight)
        for one in TEMPERATURES
    ]
    return float(np.sqrt(TEMPERATURES[int(np.argmin(losses))]))


def at_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities p as p^(1/temperature), divided by their sum over the last axis.

    Examples
    --------
    >>> at_temperature(np.array([0.2, 0.8]), 0.5).round(3).tolist()
    [0.059, 0.941]
    """
    powers = np.clip(probabilities, MIN_PROBABILITY, 1) ** (1 / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)
