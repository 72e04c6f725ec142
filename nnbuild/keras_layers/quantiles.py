"""Layer for predicted quantiles."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from itertools import accumulate, pairwise
from statistics import NormalDist
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("nnbuild")
class OrderedQuantiles(keras.Layer):
    """Layer that turns numbers into predicted quantiles that never cross, for the loss `Quantile`.

    Parameters
    ----------
    quantiles : list of float
        Quantiles, above 0 and below 1, in increasing order. The last axis of the input has one number for each quantile
        of each target.

    Notes
    -----
    The prediction of the quantile next to the median is its number x, as in a network of the median alone. Each further
    prediction is a step away from the previous one: (z(q) - z(p)) softplus(x) / log(2), where p < q are neighbouring
    quantiles and z(q) is the quantile of the standard normal distribution. Numbers of 0 thus predict the quantiles of a
    standardized normal target. Steps are added one by one, so that rounding does not change the order.

    References
    ----------
    Park et al., "Learning quantile functions without quantile crossing for distribution-free time series forecasting",
    arXiv:2111.06581: quantiles as sums of positive steps.
    """

    def __init__(self, quantiles: Sequence[float], **kwargs: Any):
        super().__init__(autocast=False, **kwargs)
        self.quantiles = list(quantiles)
        levels = [NormalDist().inv_cdf(quantile) for quantile in self.quantiles]
        self._start = min(range(len(levels)), key=lambda place: abs(levels[place]))
        self._steps = [(after - before) / math.log(2) for before, after in pairwise(levels)]

    def call(self, inputs: Any) -> Any:
        start, n_quantiles = self._start, len(self.quantiles)
        if inputs.shape[-1] % n_quantiles:
            raise ValueError(f"OrderedQuantiles takes {n_quantiles} numbers for each target, got {inputs.shape[-1]}")
        numbers = ops.unstack(ops.reshape(inputs, (-1, n_quantiles)), axis=-1)
        others = [*numbers[:start], *numbers[start + 1 :]]
        steps = [step * ops.softplus(number) for step, number in zip(self._steps, others, strict=True)]
        below = accumulate(reversed(steps[:start]), operator.sub, initial=numbers[start])
        above = accumulate(steps[start:], operator.add, initial=numbers[start])
        return ops.reshape(ops.stack([*reversed([*below][1:]), *above], axis=-1), ops.shape(inputs))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return tuple(input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "quantiles": self.quantiles}
