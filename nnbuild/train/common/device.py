"""Device on which TensorFlow computes."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import tensorflow as tf

from nnbuild.errors import show
from nnbuild.plan.forked_process import refuse_forked

DEVICES = {"cpu": "/CPU:0", "gpu": "/GPU:0"}


def on_device(name: object, required: bool = True) -> AbstractContextManager:
    """Return a context in which TensorFlow creates and computes everything on one device.

    Parameters
    ----------
    name : {"cpu", "gpu"} or None
        With None, TensorFlow chooses the device, and prefers a GPU.
    required : bool, default=True
        Whether a missing GPU is an error; otherwise TensorFlow chooses.

    Raises
    ------
    ValueError
        For another name, or for "gpu" if TensorFlow finds no GPU.
    BackendError
        In a process that was forked after TensorFlow ran.
    """
    refuse_forked()
    if name is None:
        return nullcontext()
    if not isinstance(name, str) or name not in DEVICES:
        raise ValueError(f"device must be 'cpu', 'gpu' or None, got {show(name)}")
    if name == "gpu" and not tf.config.list_logical_devices("GPU"):
        if required:
            raise ValueError(
                "device='gpu', but TensorFlow finds no GPU\n  hint: set device=None, which uses a GPU if there is one"
            )
        return nullcontext()
    return tf.device(DEVICES[name])


def has_gpu(name: object) -> bool:
    """Return whether `on_device(name)` selects a GPU."""
    return name != "cpu" and bool(tf.config.list_logical_devices("GPU"))
