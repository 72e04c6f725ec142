"""Functions that are called around every epoch of a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np


@dataclass(frozen=True, eq=False)
class EpochHooks:
    """Two functions, whether a model trains alone or as one of a stack.

    Attributes
    ----------
    begin : callable
        Called before an epoch with its number, from 1.
    end : callable
        Called after an epoch with its number, and a function that gives the weights as arrays, in the model's order;
        training stops where it returns true.
    """

    begin: Callable[[int], object]
    end: Callable[[int, Callable[[], list[np.ndarray]]], object]


class KerasHooks(keras.callbacks.Callback):
    """`EpochHooks` as a Keras callback; they are shared with the training, not copied.

    Parameters
    ----------
    hooks : EpochHooks
    """

    def __init__(self, hooks: EpochHooks):
        super().__init__()
        self._hooks = hooks

    def __deepcopy__(self, memo: dict) -> KerasHooks:
        return self

    def on_epoch_begin(self, epoch, logs=None):
        self._hooks.begin(epoch + 1)

    def on_epoch_end(self, epoch, logs=None):
        if self._hooks.end(epoch + 1, self._weights):
            self.model.stop_training = True

    def _weights(self) -> list[np.ndarray]:
        return [np.array(variable.value.numpy()) for variable in self.model.variables]
