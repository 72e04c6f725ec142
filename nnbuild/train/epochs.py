"""Functions that are called around every epoch of a training."""

from __future__ import annotations

from collections.abc import Callable

import keras


class EpochHooks(keras.callbacks.Callback):
    """A Keras callback that tells two functions of each epoch; it is shared with the training, not copied.

    Parameters
    ----------
    begin : callable
        Called without arguments before an epoch.
    end : callable
        Called with the model after an epoch; training stops where it returns true.
    """

    def __init__(self, begin: Callable[[], object], end: Callable[[keras.Model], object]):
        super().__init__()
        self._begin, self._end = begin, end

    def __deepcopy__(self, memo: dict) -> EpochHooks:
        return self

    def on_epoch_begin(self, epoch, logs=None):
        self._begin()

    def on_epoch_end(self, epoch, logs=None):
        if self._end(self.model):
            self.model.stop_training = True
