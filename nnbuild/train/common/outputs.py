"""Outputs of a model and their targets, by name and in the shapes that losses take."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf


def by_name(names: list[str], values: object) -> dict:
    """A model's outputs by name, whichever structure they come in."""
    if isinstance(values, Mapping):
        return dict(values)
    return dict(zip(names, values if isinstance(values, list | tuple) else [values], strict=True))


def float_dtype(model: keras.Model) -> str:
    """The precision of losses and of the numbers that go in: "float64" for models of that precision."""
    dtypes = {tensor.dtype for tensor in tf.nest.flatten(getattr(model, "outputs", None) or [])}
    return "float64" if "float64" in dtypes else "float32"


def aligned(y, y_pred):
    """Targets of shape (n,) as a column where predictions are one."""
    if len(y.shape) == len(y_pred.shape) - 1 and y_pred.shape[-1] == 1:
        return tf.expand_dims(y, -1)
    return y
