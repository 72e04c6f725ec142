"""Keras losses of nnbuild."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from nnbuild.private.keras import set_mask


@keras.saving.register_keras_serializable("nnbuild")
class Gamma(keras.losses.Loss):
    """Mean deviance of the gamma distribution, as scikit-learn's `mean_gamma_deviance`.

    Notes
    -----
    2 (log(p / y) + y / p - 1) of a target y above 0 and its prediction p above 0: McCullagh and Nelder, "Generalized
    linear models", 1989, section 2.3.
    """

    def __init__(self, reduction: str = "sum_over_batch_size", name: str = "gamma", dtype: Any = None):
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return 2 * ops.mean(ops.log(y_pred) - ops.log(y_true) + y_true / y_pred - 1, axis=-1)


@keras.saving.register_keras_serializable("nnbuild")
class Quantile(keras.losses.Loss):
    """Pinball loss of predicted quantiles: the mean over targets and quantiles.

    Parameters
    ----------
    quantiles : list of float
        Quantiles q, above 0 and below 1, in increasing order. The last axis of predictions has one for each of them,
        target by target.

    Notes
    -----
    max(q e, (q - 1) e), where e is the target minus the prediction.

    References
    ----------
    Koenker and Bassett, "Regression quantiles", Econometrica 46, 1978.
    """

    def __init__(
        self,
        quantiles: Sequence[float],
        reduction: str = "sum_over_batch_size",
        name: str = "quantile",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.quantiles = list(quantiles)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        n_quantiles, n_values = len(self.quantiles), y_pred.shape[-1]
        if n_values % n_quantiles:
            raise ValueError(f"Quantile takes {n_quantiles} predictions for each target, got {n_values}")
        shape = (-1, n_values // n_quantiles)
        errors = ops.expand_dims(ops.reshape(y_true, shape), -1) - ops.reshape(y_pred, (*shape, n_quantiles))
        levels = ops.convert_to_tensor(self.quantiles, dtype=errors.dtype)
        return ops.mean(ops.maximum(levels * errors, (levels - 1) * errors), axis=(1, 2))

    def get_config(self) -> dict:
        return {**super().get_config(), "quantiles": self.quantiles}


@keras.saving.register_keras_serializable("nnbuild")
class SmoothedSparseCategoricalCrossentropy(keras.losses.Loss):
    """Cross-entropy of integer labels with label smoothing, which Keras supports for one-hot labels only.

    Attributes
    ----------
    label_smoothing : float
        s in (1 - s) * onehot(y) + s / n_classes: Szegedy et al., "Rethinking the Inception architecture for computer
        vision", section 7, arXiv:1512.00567.
    from_logits : bool
        Whether predictions are logits.
    ignore_class : int or None
        Label to ignore.
    axis : int
        Axis of the classes in predictions.
    """

    def __init__(
        self,
        label_smoothing,
        from_logits=False,
        ignore_class=None,
        axis=-1,
        reduction="sum_over_batch_size",
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.label_smoothing = label_smoothing
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def call(self, y_true, y_pred):
        labels = keras.ops.cast(y_true, "int32")
        if len(labels.shape) == len(y_pred.shape):
            labels = keras.ops.squeeze(labels, self.axis)
        targets = keras.ops.one_hot(labels, y_pred.shape[self.axis], axis=self.axis, dtype=y_pred.dtype)
        values = keras.losses.categorical_crossentropy(
            targets, y_pred, self.from_logits, self.label_smoothing, self.axis
        )
        if self.ignore_class is None:
            return values
        kept = keras.ops.not_equal(labels, self.ignore_class)
        values = keras.ops.where(kept, values, keras.ops.zeros_like(values))
        set_mask(values, kept)  # as Keras' own loss does
        return values

    def get_config(self):
        own = {name: getattr(self, name) for name in ("label_smoothing", "from_logits", "ignore_class", "axis")}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("nnbuild")
class Tweedie(keras.losses.Loss):
    """Mean deviance of a Tweedie distribution, as scikit-learn's `mean_tweedie_deviance`.

    Parameters
    ----------
    power : float, default=1.5
        k in a variance that grows with the k-th power of the mean, above 1 and below 2: a sum of a Poisson number of
        gamma amounts, which may be 0.

    Notes
    -----
    2 (y^(2 - k) / ((1 - k) (2 - k)) - y p^(1 - k) / (1 - k) + p^(2 - k) / (2 - k)) of a target y of at least 0 and its
    prediction p above 0: Jorgensen, "Exponential dispersion models", J. R. Statist. Soc. B 49, 1987.
    """

    def __init__(
        self,
        power: float = 1.5,
        reduction: str = "sum_over_batch_size",
        name: str = "tweedie",
        dtype: Any = None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.power = power

    def call(self, y_true: Any, y_pred: Any) -> Any:
        one, two = 1 - self.power, 2 - self.power
        logarithm = ops.log(y_pred)
        of_target = ops.power(y_true, two) / (one * two)
        return 2 * ops.mean(
            of_target - y_true * ops.exp(one * logarithm) / one + ops.exp(two * logarithm) / two, axis=-1
        )

    def get_config(self) -> dict:
        return {**super().get_config(), "power": self.power}
