"""Check the parameter `callbacks`: a list of Keras callbacks, without those that would not work as in `Model.fit`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from nnbuild.errors import show


def checked_callbacks(given: Any, n_members: int = 1) -> list[keras.callbacks.Callback]:
    """Return callbacks as a list, including those in a `CallbackList`.

    Parameters
    ----------
    given : keras.callbacks.Callback, list of them, or None
    n_members : int, default=1
        Number of networks, each trained with copies of the callbacks.

    Raises
    ------
    ValueError
        For other objects, and for callbacks that would not work as in `Model.fit`.
    """
    callbacks = list(_callbacks(given))
    for callback in callbacks:
        for kind, found, hint in REFUSED:
            if isinstance(callback, kind):
                raise ValueError(f"callbacks: {kind.__name__} {found}\n  hint: {hint}")
        if n_members > 1 and isinstance(callback, WRITERS):
            found = (
                f"{type(callback).__name__} would write the files of n_members={n_members} networks to the same path"
            )
            hint = "fit separate estimators, each with its own random_state and path"
            raise ValueError(f"callbacks: {found}\n  hint: {hint}")
    return callbacks


def _callbacks(given: Any) -> Iterator[keras.callbacks.Callback]:
    for callback in [] if given is None else given if isinstance(given, list | tuple) else [given]:
        if isinstance(callback, keras.callbacks.CallbackList):
            yield from _callbacks(callback.callbacks)
        elif isinstance(callback, type) or not hasattr(callback, "set_model"):
            raise ValueError(
                f"callbacks must be Keras callbacks, got {show(callback)}\n"
                "  hint: pass callbacks of scikit-learn to set_callbacks"
            )
        else:
            yield callback


# Refused classes of Keras, with the reason and an alternative.
REFUSED = (
    (
        keras.callbacks.BackupAndRestore,
        "would restore weights and then train all epochs again",
        "to continue after a crash, call partial_fit and save() for each epoch: after nnbuild.load, partial_fit "
        "continues with the same weights, optimizer state and batch order",
    ),
    (
        keras.callbacks.History,
        "would stay empty, because each fit uses copies of the callbacks",
        "use history_.curves after fit",
    ),
    (
        keras.callbacks.ProgbarLogger,
        "would print nothing",
        "set verbose=True to show progress",
    ),
)

WRITERS = (
    keras.callbacks.CSVLogger,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.OrbaxCheckpoint,
    keras.callbacks.TensorBoard,
)
