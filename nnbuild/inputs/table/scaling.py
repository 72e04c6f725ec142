"""Scale numbers: centers and scales of columns, smooth clipping, and the transform to a normal distribution."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from nnbuild.inputs.columns import Scale, ScaledBy

# Interquartile ranges below this share of the standard deviation are not used: scaled outliers would overflow float32.
NARROW = 1e-6
NORMAL_LIMIT = 3.5  # standard deviations: limit of values transformed to a normal distribution
NOISE = 1e-5  # standard deviations: noise that separates equal values before their quantiles are taken


class Scaling(NamedTuple):
    """Scaling of columns: (value - center) / scale.

    Attributes
    ----------
    center, scale : array of shape (n_columns,)
    by : list of {"standard", "robust", "range", "normal", "none"}
        Statistics of `center` and `scale` of each column; see `nnbuild.inputs.columns.Number`.
    """

    center: np.ndarray
    scale: np.ndarray
    by: list[ScaledBy]


def scaling_of(values: np.ndarray, scale: Scale, clips: bool) -> Scaling:
    """Return the scaling of columns.

    Parameters
    ----------
    values : array of shape (n_columns, n_samples), float64
        At least two different values in each column.
    scale : {"standard", "robust", "normal", "none"}
    clips : bool
        Whether scaled values are clipped.

    Notes
    -----
    "robust" needs another scale for columns of which more than half of the values are equal. With clipping, it is half
    of the range if the interquartile range is 0 (section 3 of [1]_). Without clipping, outliers could be very large, so
    these columns are standardized, also if the interquartile range is negligible.

    References
    ----------
    .. [1] Holzmueller, Grinsztajn & Steinwart, "Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular
       Data", arXiv:2407.04491.
    """
    n_columns = len(values)
    if scale == "none":
        return Scaling(np.zeros(n_columns), np.ones(n_columns), ["none"] * n_columns)
    if scale == "robust" and clips:
        return robust_scaling(values)
    center, deviation = moments(values)
    by: list[ScaledBy] = ["normal" if scale == "normal" else "standard"] * n_columns
    if scale == "robust":
        low, middle, high = np.percentile(values, [25, 50, 75], axis=1)
        wide = high - low > NARROW * deviation
        center, deviation = np.where(wide, middle, center), np.where(wide, high - low, deviation)
        by = ["robust" if one else "standard" for one in wide]
    return Scaling(center, np.where(deviation == 0, 1.0, deviation), by)


def robust_scaling(values: np.ndarray) -> Scaling:
    """Return medians, with interquartile ranges, or half of the ranges where these are 0; 1 for constant columns.

    Parameters
    ----------
    values : array of shape (n_columns, n_samples)
    """
    low, middle, high = np.percentile(values, [25, 50, 75], axis=1)
    quartiles, half = high - low, values.max(axis=1) / 2 - values.min(axis=1) / 2
    scale = np.where(quartiles > 0, quartiles, np.where(half > 0, half, 1.0))
    return Scaling(middle, scale, ["robust" if one > 0 else "range" for one in quartiles])


def moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means and standard deviations of columns: values of shape (n_columns, n_samples)."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = values.mean(axis=1), values.std(axis=1)
    odd = ~(np.isfinite(deviation) & (deviation > 0))
    if odd.any():
        # Squares of values above 1e154 overflow, and below 1e-162 they underflow, so the largest value is the unit.
        peak = np.abs(values[odd]).max(axis=1)
        peak = np.where(peak > 0, peak, 1.0)
        units = values[odd] / peak[:, np.newaxis]
        mean[odd], deviation[odd] = units.mean(axis=1) * peak, units.std(axis=1) * peak
    return mean, deviation


def smoothly_clipped(values: np.ndarray, limit: float | np.ndarray) -> np.ndarray:
    """Return z / sqrt(1 + (z / limit)**2): nearly z for small values, and always between -limit and limit.

    Notes
    -----
    Section 3 of arXiv:2407.04491. The form 1 / sqrt(1 / z**2 + 1 / limit**2) does not overflow.

    Examples
    --------
    >>> smoothly_clipped(np.array([0.0, 0.1, -4.0, np.inf]), 3.0).round(3)
    array([ 0. ,  0.1, -2.4,  3. ])
    """
    with np.errstate(divide="ignore", over="ignore"):
        return np.copysign(1 / np.hypot(1 / values, 1 / limit), values)


def quantiles_of(values: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    """Return the quantiles of columns for `as_normal`: array of shape (n_columns, n_quantiles).

    Parameters
    ----------
    values : array of shape (n_columns, n_samples), float64
    deviation : array of shape (n_columns,)
        Standard deviation of each column.

    Notes
    -----
    There are n_samples / 30 quantiles, at least 10 and at most 1000, as in the code of [1]_. The noise has a fixed
    seed.

    References
    ----------
    .. [1] Gorishniy, Kotelnikov & Babenko, "TabM: Advancing Tabular Deep Learning with Parameter-Efficient Ensembling",
       arXiv:2410.24210.
    """
    n_samples = values.shape[1]
    n_quantiles = min(max(min(n_samples // 30, 1000), 10), n_samples)
    noise = np.random.default_rng(0).normal(0, NOISE, n_samples)
    noisy = values + noise * deviation[:, np.newaxis]
    return np.quantile(noisy, np.linspace(0, 1, n_quantiles), axis=1).T


def as_normal(values: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Return one column transformed to a normal distribution, between -3.5 and 3.5.

    Parameters
    ----------
    values : array of shape (n_samples,)
    quantiles : array of shape (n_quantiles,)
        In increasing order.

    Notes
    -----
    As `QuantileTransformer` of scikit-learn: the mean of two interpolations gives equal quantiles their middle.
    """
    shares = np.linspace(0, 1, len(quantiles))
    rising = np.interp(values, quantiles, shares)
    falling = np.interp(-values, -quantiles[::-1], -shares[::-1])
    return np.clip(ndtri((rising - falling) / 2), -NORMAL_LIMIT, NORMAL_LIMIT)
