"""Outputs of a model and their targets: by name, and in the shapes that losses require."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf


def by_name(names: list[str], values: object) -> dict:
    """Return the outputs of a model by name, from a mapping, a list or a single value."""
    if isinstance(values, Mapping):
        return dict(values)
    return dict(zip(names, values if isinstance(values, list | tuple) else [values], strict=True))


def float_dtype(model: keras.Model) -> str:
    """Return the dtype of losses and float inputs: "float64" if a model has an output of this dtype, else "float32"."""
    dtypes = {tensor.dtype for tensor in tf.nest.flatten(getattr(model, "outputs", None) or [])}
    return "float64" if "float64" in dtypes else "float32"


def aligned(y, y_pred):
    """Return targets, with an axis of length 1 added at the end if predictions have one more axis of length 1."""
    if len(y.shape) == len(y_pred.shape) - 1 and y_pred.shape[-1] == 1:
        return tf.expand_dims(y, -1)
    return y
