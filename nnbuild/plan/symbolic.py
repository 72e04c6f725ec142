"""Build Keras models symbolically, without allocating weights.

In a `keras.StatelessScope` without initialization, variables have shapes but no values, and layers are called on
symbolic tensors. Networks of any size are built in milliseconds, without memory for weights. The scope requires its own
thread, because Keras would allocate the uninitialized variables in the next scope of the same thread.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from types import SimpleNamespace
from typing import TypeVar

import keras
import tensorflow as tf

from nnbuild.errors import BackendError
from nnbuild.plan.forked_process import refuse_forked
from nnbuild.private.keras import (
    draw_seeds_from,
    exchange_name_counts,
    identify_variables_by,
    thread_custom_objects,
)

T = TypeVar("T")


class _RandomModule:
    """Substitute for Python's `random` in Keras: inside `symbolically`, it is a generator of the thread."""

    def __init__(self) -> None:
        self.own = threading.local()

    def __getattr__(self, name: str) -> object:
        return getattr(getattr(self.own, "source", random), name)


# For each layer without a seed, Keras draws one from Python's global generator. These seeds are never used, so they are
# drawn from another generator. Restoring the state of the global generator would affect other threads.
_random_module = _RandomModule()
draw_seeds_from(_random_module)


def symbolically(function: Callable[[], T]) -> T:
    """Run `function` without allocating weights of Keras layers, and return its result.

    Parameters
    ----------
    function : callable
        Builds layers and models, inside the caller's custom object scope.

    Raises
    ------
    BackendError
        If the backend of Keras is not TensorFlow.
    Exception
        Any error of `function`.
    """
    require_tensorflow()
    outcome: list = []
    custom_objects = thread_custom_objects()
    thread = threading.Thread(target=_run, args=(function, custom_objects, outcome), name="nnbuild-symbolic")
    thread.start()
    thread.join()
    value, error = outcome
    if error is not None:
        raise error
    return value


def _run(function: Callable[[], T], custom_objects: dict, outcome: list) -> None:
    _random_module.own.source = random.Random()
    try:
        with keras.saving.custom_object_scope(custom_objects), keras.StatelessScope(initialize_variables=False):
            outcome[:] = [function(), None]
    except BaseException as error:  # raised in the waiting thread
        outcome[:] = [None, error]


def optimizer_bytes(optimizer: keras.Optimizer, weights: list[keras.Variable]) -> int:
    """Return the memory of an optimizer's state for some weights, in bytes, without allocating it.

    Parameters
    ----------
    optimizer : keras.Optimizer
        New optimizer; unusable afterwards.
    weights : list of keras.Variable
        Trained weights of a symbolic model.
    """
    sizes = []

    def note(shape: tuple[int, ...], initializer: object = "zeros", dtype: str | None = None, **_: object) -> object:
        sizes.append(prod(shape) * itemsize(keras.backend.standardize_dtype(dtype)))
        return SimpleNamespace(shape=shape, dtype=dtype, assign=lambda value: None)

    def note_like(reference_variable: keras.Variable, name: str = "", initializer: object = "zeros") -> object:
        return note(reference_variable.shape, dtype=reference_variable.dtype)

    # With TensorFlow, Keras' optimizers identify weights by their values, and create their own variables on the same
    # devices. Symbolic weights have no values.
    for part in (optimizer, getattr(optimizer, "inner_optimizer", optimizer)):
        identify_variables_by(part, id)
        part.add_variable = note
        part.add_variable_from_reference = note_like
    with tf.Graph().as_default():  # some optimizers copy weights, which have symbolic values in a graph
        optimizer.build(weights)
    # `optimizer.variables` are those that do not belong to a weight: the step and the learning rate.
    return sum(sizes) + sum(prod(variable.shape) * itemsize(variable.dtype) for variable in optimizer.variables)


@contextmanager
def fresh_names() -> Iterator[None]:
    """Number default names of Keras from 1 inside the context, and continue the earlier numbering afterwards."""
    counts = exchange_name_counts(None)
    try:
        yield
    finally:
        exchange_name_counts(counts)


def itemsize(dtype: str) -> int:
    """Return the size of one element in bytes; a string counts as a pointer.

    Examples
    --------
    >>> itemsize("float32"), itemsize("bfloat16"), itemsize("bool")
    (4, 2, 1)
    """
    bits = {"bool": 8, "string": 64}.get(dtype) or int("".join(filter(str.isdigit, dtype)))
    return bits // 8


def start_tensorflow() -> None:
    """Initialize TensorFlow, so that it prints its messages about devices at a known time."""
    require_tensorflow()
    refuse_forked()
    keras.ops.zeros(())


def require_tensorflow() -> None:
    """Raise a `BackendError` unless the backend of Keras is TensorFlow."""
    backend = keras.config.backend()
    if backend != "tensorflow":
        raise BackendError(
            f"nnbuild builds on Keras' TensorFlow backend, but Keras runs on {backend!r} here.\n"
            "  hint: start Python with KERAS_BACKEND=tensorflow, "
            'or set "backend": "tensorflow" in ~/.keras/keras.json'
        )
