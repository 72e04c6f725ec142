"""Keras initializers of nnbuild: initial weights that depend on samples.

Training calls `of_samples` with the outputs of the layer, before bias and activation, for some samples of the training
set, or `of_targets` with sums over all of it. Elsewhere an initializer returns its start values, as any initializer of
Keras.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable("nnbuild")
class UnitVariance(keras.initializers.RandomNormal):
    """Weights with which each unit has variance 1 over samples of the training set.

    Parameters
    ----------
    stddev : float, default=1.0
        Standard deviation of the start values, which are normal numbers.
    seed : int, optional
        Seed of the start values.

    Notes
    -----
    The start values of each unit are divided by s + 0.001, where s is the standard deviation of its outputs before bias
    and activation. Layers are initialized one after the other: Krahenbuhl et al., "Data-dependent initializations of
    convolutional neural networks", arXiv:1511.06856; Mishkin and Matas, "All you need is a good init",
    arXiv:1511.06422.
    """

    def __init__(self, stddev: float = 1.0, seed: int | None = None):
        super().__init__(mean=0.0, stddev=stddev, seed=seed)

    def of_samples(self, outputs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the factor of the start values of each unit; 1 if all its outputs are equal.

        Parameters
        ----------
        outputs : array of shape (n_samples, n_units)
            Outputs of the layer with the start values, without bias.
        rng : numpy.random.Generator
            Unused.
        """
        deviation = outputs.std(axis=0)
        return 1 / np.where(deviation > 0, deviation + SMALL, 1.0)

    def get_config(self) -> dict:
        return {name: value for name, value in super().get_config().items() if name != "mean"}


@keras.saving.register_keras_serializable("nnbuild")
class DataPoints(keras.initializers.Initializer):
    """Biases with which the output of each unit is 0 at a random point between samples of the training set.

    Parameters
    ----------
    n_points : int, default=5
        Number of samples whose weighted mean is the point.
    seed : int, optional
        Seed of the choice of samples and weights.

    Notes
    -----
    The bias of a unit is minus a weighted mean of its outputs without bias, for random samples and weights drawn from a
    flat Dirichlet distribution: the biases "he+5" of [1]_. Start values are 0.

    References
    ----------
    .. [1] Holzmüller, Grinsztajn and Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on tabular
       data", arXiv:2407.04491, section 3.
    """

    def __init__(self, n_points: int = 5, seed: int | None = None):
        self.n_points, self.seed = n_points, seed

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return keras.ops.zeros(shape, dtype)

    def of_samples(self, outputs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the bias of each unit.

        Parameters
        ----------
        outputs : array of shape (n_samples, n_units)
            Outputs of the layer without bias.
        rng : numpy.random.Generator
        """
        n_samples, n_units = outputs.shape
        shares = rng.dirichlet(np.ones(self.n_points), n_units)
        samples = rng.integers(0, n_samples, (n_units, self.n_points))
        return -(shares * outputs[samples, np.arange(n_units)[:, None]]).sum(axis=1)

    def get_config(self) -> dict:
        return {"n_points": self.n_points, "seed": self.seed}


@keras.saving.register_keras_serializable("nnbuild")
class LogCountRatio(keras.initializers.Ones):
    """Factors of features by the difference of their frequencies in one class and in the others.

    Parameters
    ----------
    alpha : float, default=1.0
        Added to the sum of each feature, so that factors of rare features are small.

    Notes
    -----
    |log((p / |p|) / (q / |q|))| for two classes, where p and q are alpha plus the sums of a feature over the samples of
    a class: the ratio of [1]_, which scales features by the weights of a naive Bayes classifier. With more classes,
    the root mean square over classes, each against all others. Start values are 1.

    References
    ----------
    .. [1] Wang and Manning, "Baselines and bigrams: simple, good sentiment and topic classification", ACL 2012.
    """

    def __init__(self, alpha: float = 1.0):
        self.alpha = alpha

    def of_targets(self, sums: np.ndarray, totals: np.ndarray) -> np.ndarray:
        """Return the factor of each feature.

        Parameters
        ----------
        sums : array of shape (n_targets, n_features)
            Sums of absolute values over the samples of each class.
        totals : array of shape (n_targets, n_features)
            Sums over all samples with such a target.
        """
        inside, outside = sums + self.alpha, np.maximum(totals - sums, 0) + self.alpha
        shares, others = (part / part.sum(axis=1, keepdims=True) for part in (inside, outside))
        return np.sqrt(np.mean(np.log(shares / others) ** 2, axis=0))

    def get_config(self) -> dict:
        return {"alpha": self.alpha}


SMALL = 1e-3  # limits the weights of units with almost equal outputs
