"""Transform regression targets before they are scaled, and invert predictions: none, logarithm or power."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from sklearn.preprocessing import PowerTransformer

from nnbuild.catalog.json_form import type_of
from nnbuild.errors import show
from nnbuild.tasks.losses import head_of
from nnbuild.tasks.numeric_targets import place_in
from nnbuild.tasks.transforms import Transform

CLEAR_GAIN = 0.1  # of the log-likelihood per sample: a skewness of about 1.2 for logarithms of normal targets


def checked_transform(transform: str, loss: str | Mapping | None) -> str:
    """Return the transform for a loss: `transform`, or "none" in place of "auto" if the loss allows no transform.

    Parameters
    ----------
    transform : {"none", "log", "power", "auto"}
    loss : str, mapping or None

    Raises
    ------
    ValueError
        If the loss requires y in its own units.
    """
    if transform == "none" or head_of(loss).scaling == "standard":
        return transform
    if transform == "auto":
        return "none"
    assert loss is not None
    found = f"target_transform={show(transform)} changes y, but loss {show(type_of(loss))} requires y in its own units"
    raise ValueError(f"{found}\n  hint: set target_transform to 'none' or 'auto', or use the loss mean_squared_error")


def check_logarithm(y: np.ndarray, training: Mapping, name: str = "y", numbers: np.ndarray | None = None) -> None:
    """Raise a `ValueError` for negative targets with the transform "log".

    Parameters
    ----------
    y : array of shape (n_samples,) or (n_samples, n_outputs)
    training : mapping
        Training settings of a recipe.
    name : str, default="y"
        Name of `y` in error messages.
    numbers : array of shape (n_samples,), optional
        Row of each sample in the original data, counted from 0; by default its position in `y`.
    """
    columns = y.reshape(len(y), -1)
    if training.get("target_transform") != "log" or (columns >= 0).all():
        return
    row, column = np.argwhere(~(columns >= 0))[0]
    place = place_in(y, row, column, numbers)
    raise ValueError(
        f"target_transform='log' requires {name} with numbers of 0 or more, got {columns[row, column]:g} in {place}\n"
        "  hint: set target_transform to 'power' or 'auto' for numbers of any sign"
    )


def fitted_transforms(columns: np.ndarray, transform: str, clips: bool) -> tuple[Transform, ...]:
    """Fit the transform of each target.

    Parameters
    ----------
    columns : array of shape (n_samples, n_outputs), float64
        Training set.
    transform : {"none", "log", "power", "auto"}
    clips : bool
        Whether predictions without a transform are limited to the range of the training set, as others always are.

    Notes
    -----
    "auto" compares the log-likelihoods of a normal distribution of the transformed targets, with the derivative of the
    transform, as Box & Cox (1964). The logarithm is a candidate for positive targets. A transform must increase the
    log-likelihood by 0.1 per sample, after half the logarithm of the number of samples is subtracted for the fitted
    lambda (Schwarz, 1978).
    """
    return tuple(_fitted(column, transform, clips) for column in columns.T)


def _fitted(y: np.ndarray, transform: str, clips: bool) -> Transform:
    limits = float(y.min()), float(y.max())
    with np.errstate(over="ignore", invalid="ignore"):
        varies = 0 < float(y.std()) < np.inf  # not constant, and squares neither overflow nor underflow
    candidates = _candidates(y, transform) if varies else []
    gains = [_gain(one, y) for one in candidates]
    found = Transform()
    if candidates:
        best = int(np.argmax([gain - _penalty(one, len(y)) for one, gain in zip(candidates, gains, strict=True)]))
        if transform != "auto" or gains[best] - _penalty(candidates[best], len(y)) >= CLEAR_GAIN:
            found = replace(candidates[best], gain=gains[best])
    return replace(found, limits=limits) if clips or found.kind != "none" else found


def _candidates(y: np.ndarray, transform: str) -> list[Transform]:
    found = []
    if transform == "log" or (transform == "auto" and y.min() > 0):
        found.append(_logarithm(y))
    if transform in ("power", "auto"):
        found.append(_power(y))
    return found


def _logarithm(y: np.ndarray) -> Transform:
    """Return log(y) for positive targets; with zeros log(y + shift), where the shift is the smallest positive one."""
    return Transform("log", center=0.0 if y.min() > 0 else -float(y[y > 0].min()))


def _power(y: np.ndarray) -> Transform:
    """Return the Yeo-Johnson transform with the lambda of the maximum likelihood, in units of the quartiles of y."""
    low, middle, high = (float(value) for value in np.percentile(y, [25, 50, 75]))
    scale = high - low or float(y.std())
    x = (y - middle) / scale
    exponent = float(PowerTransformer(standardize=False).fit(x[:, np.newaxis]).lambdas_[0])
    return Transform("power", middle, scale, exponent)


def _gain(transform: Transform, y: np.ndarray) -> float:
    """Return the increase of the log-likelihood per sample over that of y."""
    x = (y - transform.center) / transform.scale
    if transform.kind == "log":
        slopes = -np.log(x)
    else:
        slopes = (transform.exponent - 1) * np.sign(x) * np.log1p(np.abs(x))
    # The slope of x is 1 / scale.
    return float(np.log(y.std() / transform.scale) - np.log(forward(transform, y).std()) + slopes.mean())


def _penalty(transform: Transform, n_samples: int) -> float:
    return np.log(n_samples) / (2 * n_samples) if transform.kind == "power" else 0.0


def transformed(transforms: Sequence[Transform], columns: np.ndarray) -> np.ndarray:
    """Return transformed targets: columns of shape (n_samples, n_outputs), float64."""
    return np.stack([forward(one, column) for one, column in zip(transforms, columns.T, strict=True)], axis=1)


def inverted(transforms: Sequence[Transform], values: np.ndarray) -> np.ndarray:
    """Return predictions in the units of y: values of shape (n_samples, n_outputs, n_values), float64."""
    return np.stack([inverse(one, values[:, index]) for index, one in enumerate(transforms)], axis=1)


def forward(transform: Transform, y: np.ndarray) -> np.ndarray:
    """Return transformed targets; the logarithm raises targets below the training set to its smallest one."""
    x = (y - transform.center) / transform.scale
    if transform.kind == "log":
        smallest = transform.limits[0] if transform.limits else y.min()
        return np.log(np.maximum(x, (smallest - transform.center) / transform.scale))
    return _yeo_johnson(x, transform.exponent) if transform.kind == "power" else x


def inverse(transform: Transform, values: np.ndarray) -> np.ndarray:
    """Return targets from transformed ones, limited to the range of the training set if the transform has limits."""
    if transform.limits:
        values = np.clip(values, *forward(transform, np.array(transform.limits)))
    if transform.kind == "log":
        values = np.exp(values)
    elif transform.kind == "power":
        values = _inverse_yeo_johnson(values, transform.exponent)
    values = values * transform.scale + transform.center
    return np.clip(values, min(transform.limits), max(transform.limits)) if transform.limits else values


def _yeo_johnson(x: np.ndarray, exponent: float) -> np.ndarray:
    """Return the transform of Yeo & Johnson, Biometrika 87, 2000, equation 2.1."""
    return np.where(x < 0, -_box_cox(np.maximum(-x, 0), 2 - exponent), _box_cox(np.maximum(x, 0), exponent))


def _box_cox(x: np.ndarray, exponent: float) -> np.ndarray:
    """Return ((1 + x)**exponent - 1) / exponent, or log(1 + x) for 0; x is not negative."""
    return np.log1p(x) if exponent == 0 else np.expm1(exponent * np.log1p(x)) / exponent


def _inverse_yeo_johnson(values: np.ndarray, exponent: float) -> np.ndarray:
    negative = -_inverse_box_cox(np.maximum(-values, 0), 2 - exponent)
    return np.where(values < 0, negative, _inverse_box_cox(np.maximum(values, 0), exponent))


def _inverse_box_cox(values: np.ndarray, exponent: float) -> np.ndarray:
    return np.expm1(values) if exponent == 0 else np.expm1(np.log1p(exponent * values) / exponent)
