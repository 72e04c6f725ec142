"""Compiled functions that leave no entries in TensorFlow's registry of gradients.

TensorFlow keeps the gradient of every traced `tf.custom_gradient`, and thus the surrounding graph, in memory. This
takes about 3 MB per trained network, because Keras' optimizers sum gradients over devices with a custom gradient.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from nnbuild.errors import BackendError, DataError, MemoryLimitError, NNBuildError, Problem, RecipeError
from nnbuild.plan.shapes import failure
from nnbuild.private.tensorflow import forget_gradients, run_function


def traced(
    function: Callable, *signature: object, jit_compile: bool | None = None
) -> tf.types.experimental.ConcreteFunction:
    """Compile a function for one signature; its memory is freed with the last reference.

    Parameters
    ----------
    function : callable
        Takes tensors, or structures of them. It can't be differentiated from outside.
    *signature : structures of tf.TensorSpec
        One for each argument.

    Notes
    -----
    Each compiled function has a single signature. A `tf.function` with many signatures, as in a process that trains
    many models, would print warnings about retracing to standard error.
    """
    compiled = tf.function(function, input_signature=signature, autograph=False, jit_compile=jit_compile)
    concrete = compiled.get_concrete_function()
    forget_gradients(concrete.graph)
    return concrete


class FlatFunction:
    """Compiled function of tensors that returns a list of tensors, with minimal overhead.

    Parameters
    ----------
    function : callable
        As for `traced`.
    *signature : tf.TensorSpec
        Spec of each tensor. Calls do not check it, because a check would take longer than a small network.
    """

    def __init__(self, function: Callable[..., list[tf.Tensor]], *signature: tf.TensorSpec):
        self._concrete = traced(function, *signature)  # TensorFlow deletes the program with the last reference to this
        self._name = self._concrete.name.decode()
        self._n_outputs = len(self._concrete.outputs)
        self._captured = list(self._concrete.captured_inputs)  # lookup tables

    def __call__(self, *tensors: tf.Tensor) -> list[tf.Tensor]:
        """Return the outputs for tensors that match the signature."""
        return run_function(self._name, self._n_outputs, [*tensors, *self._captured])


def start_xla() -> None:
    """Compile a small function with XLA, so that XLA prints its initial messages to standard error at a known time."""
    traced(tf.nn.softmax, tf.TensorSpec((1,), tf.float32), jit_compile=True)(tf.zeros(1))


@contextmanager
def refused_rows(model: keras.Model | None = None, X: Any = None) -> Iterator[None]:
    """Raise errors of TensorFlow about the values in a batch, such as too large ids, as a `DataError`.

    Other errors of TensorFlow: a `MemoryLimitError` if a batch exceeds the free memory, a `BackendError` if the device
    does not support an operation, and a `RecipeError` for a lookup layer without a vocabulary.

    Parameters
    ----------
    model : keras.Model, optional
        The network. If it has axes of unknown length, tracing fails for samples that are too short.
    X : structure of arrays of shape (n_samples, ...), optional
        The samples.
    """
    try:
        yield
    except NNBuildError:
        raise
    except (TypeError, ValueError) as error:
        if model is None or not has_open_axes(model):
            raise
        shapes = " and ".join(dict.fromkeys(str(tuple(array.shape[1:])) for array in tf.nest.flatten(X)))
        found = failure(_symbolic(model, X) or error)
        raise DataError(f"the network does not support samples of shape {shapes}: {found}{_OF_LENGTHS}") from error
    except tf.errors.ResourceExhaustedError as error:
        hint = "use a smaller batch_size, or a smaller network"
        raise MemoryLimitError(f"out of memory for a batch of these samples\n  hint: {hint}") from error
    except tf.errors.UnimplementedError as error:
        raise BackendError(f"this device can't compute the network: {_first(_lines(error))}{_OF_DEVICES}") from error
    except tf.errors.FailedPreconditionError as error:
        raise RecipeError([Problem(("layers",), "a lookup layer has no vocabulary", hint=_NO_TERMS)]) from error
    except tf.errors.InvalidArgumentError as error:
        lines = _lines(error)
        found = next((line for line in lines if " is not in [" in line), _first(lines))
        hint = _OF_IDS if " is not in [" in found else ""
        raise DataError(f"the network does not support these samples: {found}{hint}") from error


def has_open_axes(model: keras.Model) -> bool:
    """Return whether an input of a model has an axis of unknown length, except the batch axis."""
    return any(None in tensor.shape[1:] for tensor in model.inputs)


def _lines(error: tf.errors.OpError) -> list[str]:
    """Return the relevant lines of an error of TensorFlow."""
    lines = [_PLACE.sub("", line).strip() for line in str(error).splitlines()]
    return [line for line in lines if line and not line.startswith(_HEADINGS)]


def _first(lines: list[str]) -> str:
    return next(iter(lines), "no reason given")


def _symbolic(model: keras.Model, X: Any) -> Exception | None:
    """Return the error of Keras' own layers for samples of these shapes, or None. Stacks use other operations."""
    arrays = tf.nest.flatten(X)  # sorted by name if there are several
    inputs = sorted(model.inputs, key=lambda tensor: tensor.name)
    rows = {
        tensor.name: keras.KerasTensor((None, *array.shape[1:]), tensor.dtype)
        for tensor, array in zip(inputs, arrays, strict=True)
    }
    given = rows if len(rows) > 1 else next(iter(rows.values()))
    try:
        model(given, training=False)
    except Exception as error:
        return error
    return None


_HEADINGS = ("Exception encountered when calling", "Graph execution error", "Detected at node")
_OF_DEVICES = "\n  hint: use data_format 'channels_last', another precision, or another device"
_NO_TERMS = "set the vocabulary of the layer, or use the input kind 'text' or 'ids', which learns one in fit"
_OF_LENGTHS = "\n  hint: pass longer sequences, pad them, or set padding='same' or smaller windows in the recipe"
_OF_IDS = "\n  hint: ids must be integers from 0 to input_dim - 1 of the Embedding"
# Positions of errors in a program, and terminal codes for bold text.
_PLACE = re.compile(r"\{\{function_node [^}]*\}\}|\[\[\{\{.*|\x1b\[\d*m")
