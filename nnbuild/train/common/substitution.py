"""Replace numbers in objects of Keras by tensors, while a program is traced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf


@contextmanager
def replaced(slots: Iterable[tuple[dict, Any, object]]) -> Iterator[None]:
    """Store values in dicts inside the context: triples of a dict, a key that it has, and a value."""
    slots = list(slots)
    before = [slot[key] for slot, key, _ in slots]
    try:
        for slot, key, value in slots:
            slot[key] = value
        yield
    finally:
        for (slot, key, _), value in zip(slots, before, strict=True):
            slot[key] = value


class Positive:
    """Tensor that replaces a positive number in code of Keras that compares the number with 0 in Python.

    Parameters
    ----------
    tensor : tensor of shape ()
    """

    def __init__(self, tensor: tf.Tensor):
        self._tensor = tensor

    @property
    def dtype(self):
        return self._tensor.dtype

    @property
    def shape(self):
        return self._tensor.shape

    def __tf_tensor__(self, dtype=None, name=None):
        return self._tensor if dtype is None else tf.cast(self._tensor, dtype)

    def __bool__(self):
        return True

    def __gt__(self, number):
        return True

    def __ne__(self, number):
        return True

    def __neg__(self):
        return -self._tensor

    def __mul__(self, other):
        return self._tensor * other

    def __rmul__(self, other):
        return other * self._tensor

    def __rsub__(self, other):
        return other - self._tensor

    def __truediv__(self, other):
        return self._tensor / other

    def __rtruediv__(self, other):
        return other / self._tensor


class Rate(Positive):
    """Tensor that replaces a dropout rate above 0 and below 1."""

    def __lt__(self, number):
        return True
