"""Layer of exported networks that converts predictions to the units of the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

TINY = 1e-30  # least 1 + lambda * t: beyond the range of the transform, whose predictions are limited below


@keras.saving.register_keras_serializable("nnbuild")
class InverseTransform(keras.Layer):
    """Layer that inverts the transform of each target, and limits predictions; it is appended to exported networks.

    Parameters
    ----------
    transforms : list of dict
        Transform of each column of the input: `nnbuild.tasks.transforms.Transform` as in a model file.
    """

    def __init__(self, transforms: Sequence[Mapping[str, Any]], **kwargs: Any):
        super().__init__(**kwargs)
        self.transforms = [dict(one) for one in transforms]

    def call(self, inputs: Any) -> Any:
        columns = zip(ops.unstack(inputs, len(self.transforms), axis=-1), self.transforms, strict=True)
        return ops.stack([_inverted(column, transform) for column, transform in columns], axis=-1)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return tuple(input_shape)

    def get_config(self) -> dict:
        return {**super().get_config(), "transforms": self.transforms}


def _inverted(values: Any, transform: Mapping[str, Any]) -> Any:
    kind, exponent = transform.get("kind", "none"), transform.get("lambda", 1.0)
    if kind == "log":
        values = ops.exp(values)
    elif kind == "power":
        negative = -_inverse_box_cox(ops.maximum(-values, 0), 2 - exponent)
        values = ops.where(values < 0, negative, _inverse_box_cox(ops.maximum(values, 0), exponent))
    values = values * transform.get("scale", 1.0) + transform.get("center", 0.0)
    limits = transform.get("limits")
    return ops.clip(values, *limits) if limits else values


def _inverse_box_cox(values: Any, exponent: float) -> Any:
    if exponent == 0:
        return ops.expm1(values)
    return ops.expm1(ops.log(ops.maximum(1 + exponent * values, TINY)) / exponent)
