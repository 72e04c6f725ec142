"""Schedules of factors on the learning rate, weight decay and dropout rates: functions of the progress of a training.

Each class maps the progress, an array of numbers from 0 to 1, to factors from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cosine:
    """Half a period of a cosine, from 1 to 0.

    Notes
    -----
    (1 + cos(pi t)) / 2 at progress t: equation 5 of [1]_ without restarts.

    References
    ----------
    .. [1] Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", arXiv:1608.03983.

    Examples
    --------
    >>> Cosine()(np.array([0.0, 0.5, 1.0])).round(2)
    array([1. , 0.5, 0. ])
    """

    def __call__(self, progress: np.ndarray) -> np.ndarray:
        """Return the factors at some points of the training."""
        return (1 + np.cos(np.pi * progress)) / 2


@dataclass(frozen=True)
class WarmupCosine:
    """Linear increase during the first fraction `warmup` of the training, multiplied by a cosine from 1 to 0.

    Notes
    -----
    min(1, t / warmup) (1 + cos(pi t)) / 2 at progress t: the cosine of [1]_ and the gradual warmup of [2]_.

    References
    ----------
    .. [1] Loshchilov & Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", arXiv:1608.03983.
    .. [2] Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", arXiv:1706.02677.

    Examples
    --------
    >>> WarmupCosine(warmup=0.5)(np.array([0.0, 0.25, 0.5])).round(2)
    array([0.  , 0.43, 0.5 ])
    """

    warmup: float = 0.05

    def __call__(self, progress: np.ndarray) -> np.ndarray:
        """Return the factors at some points of the training."""
        increase = np.minimum(1, progress / self.warmup) if self.warmup else 1
        return increase * Cosine()(progress)


@dataclass(frozen=True)
class FlatCosine:
    """1 during the first fraction `flat` of the training, then a cosine from 1 to 0.

    Notes
    -----
    (1 + cos(pi (t - flat) / (1 - flat))) / 2 at progress t above `flat`: "flat_cos" of [1]_.

    References
    ----------
    .. [1] Holzmüller, Grinsztajn & Steinwart, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular
       Data", arXiv:2407.04491.

    Examples
    --------
    >>> FlatCosine()(np.array([0.25, 0.75, 1.0])).round(2)
    array([1. , 0.5, 0. ])
    """

    flat: float = 0.5

    def __call__(self, progress: np.ndarray) -> np.ndarray:
        """Return the factors at some points of the training."""
        return Cosine()(np.maximum(0, progress - self.flat) / (1 - self.flat))


@dataclass(frozen=True)
class CosLog:
    """`cycles` periods of a cosine, from 0 to 1 and back, each twice as long as the previous one.

    Notes
    -----
    (1 - cos(2 pi log2(1 + (2^cycles - 1) t))) / 2 at progress t: "coslog" of [1]_, with `cycles` 4 there.

    References
    ----------
    .. [1] Holzmüller, Grinsztajn & Steinwart, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular
       Data", arXiv:2407.04491.

    Examples
    --------
    >>> CosLog(cycles=2)(np.array([0.0, 1 / 3, 1.0])).round(2)
    array([0., 0., 0.])
    """

    cycles: int = 4

    def __call__(self, progress: np.ndarray) -> np.ndarray:
        """Return the factors at some points of the training."""
        return (1 - np.cos(2 * np.pi * np.log2(1 + (2**self.cycles - 1) * progress))) / 2
