"""Compiled functions that leave nothing behind in TensorFlow's registry of gradients.

TensorFlow keeps the gradient of every `tf.custom_gradient` that it traces, and with it the graph around it: some 3 MB
for each network that is trained, since Keras' optimizers add up gradients over devices through one.
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
    """A function compiled for one signature; its memory is free once nobody holds it.

    Parameters
    ----------
    function : callable
        Takes tensors, or structures of them. What it does has no gradient from outside.
    *signature : structures of tf.TensorSpec
        One for each argument.

    Notes
    -----
    One signature each: a `tf.function` counts the calls with others, and writes to standard error that there are many
    traces where one process trains many models.
    """
    compiled = tf.function(function, input_signature=signature, autograph=False, jit_compile=jit_compile)
    concrete = compiled.get_concrete_function()
    forget_gradients(concrete.graph)
    return concrete


class FlatFunction:
    """A compiled function of tensors that gives a list of tensors, called as fast as TensorFlow can.

    Parameters
    ----------
    function : callable
        As for `traced`.
    *signature : tf.TensorSpec
        What each tensor is. Those of a call are not compared with it again, which takes longer than a small network.
    """

    def __init__(self, function: Callable[..., list[tf.Tensor]], *signature: tf.TensorSpec):
        self._concrete = traced(function, *signature)  # TensorFlow forgets the program once nobody holds this
        self._name = self._concrete.name.decode()
        self._n_outputs = len(self._concrete.outputs)
        self._captured = list(self._concrete.captured_inputs)  # tables of lookups

    def __call__(self, *tensors: tf.Tensor) -> list[tf.Tensor]:
        """Its outputs for tensors that are as the signature says."""
        return run_function(self._name, self._n_outputs, [*tensors, *self._captured])


def start_xla() -> None:
    """Let XLA compile something, so that what it writes to standard error at its start comes at a known moment."""
    traced(tf.nn.softmax, tf.TensorSpec((1,), tf.float32), jit_compile=True)(tf.zeros(1))


@contextmanager
def refused_rows(model: keras.Model | None = None, X: Any = None) -> Iterator[None]:
    """Raise what an operation reports of the values in a batch, as of ids that are too large, as a `DataError`.

    A batch that no memory is left for raises a `MemoryLimitError`, an operation that the device lacks a `BackendError`,
    a lookup without a vocabulary a `RecipeError`.

    Parameters
    ----------
    model : keras.Model, optional
        The network. Where it has axes of any length, rows may be too short for it, which shows when they are traced.
    X : structure of arrays of shape (n_samples, ...), optional
        The rows.
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
        raise DataError(f"the network can't take rows of shape {shapes}: {found}{_OF_LENGTHS}") from error
    except tf.errors.ResourceExhaustedError as error:
        hint = "use a smaller batch_size, or a smaller network"
        raise MemoryLimitError(f"there is no memory left for a batch of these rows\n  hint: {hint}") from error
    except tf.errors.UnimplementedError as error:
        raise BackendError(f"this device can't compute the network: {_first(_lines(error))}{_OF_DEVICES}") from error
    except tf.errors.FailedPreconditionError as error:
        raise RecipeError(
            [Problem(("layers",), "a lookup of the network has no vocabulary", hint=_NO_TERMS)]
        ) from error
    except tf.errors.InvalidArgumentError as error:
        said = _lines(error)
        found = next((line for line in said if " is not in [" in line), _first(said))
        hint = _OF_IDS if " is not in [" in found else ""
        raise DataError(f"the network can't take these rows: {found}{hint}") from error


def has_open_axes(model: keras.Model) -> bool:
    """Whether an input of a model has an axis of any length besides that of the batch."""
    return any(None in tensor.shape[1:] for tensor in model.inputs)


def _lines(error: tf.errors.OpError) -> list[str]:
    """The lines of an error of TensorFlow that are about what is wrong."""
    lines = [_PLACE.sub("", line).strip() for line in str(error).splitlines()]
    return [line for line in lines if line and not line.startswith(_AROUND)]


def _first(lines: list[str]) -> str:
    return next(iter(lines), "no reason given")


def _symbolic(model: keras.Model, X: Any) -> Exception | None:
    """What Keras raises for the shapes of rows alone: programs of several networks compute in other operations."""
    arrays = tf.nest.flatten(X)  # sorted by name, where there are several
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


_AROUND = ("Exception encountered when calling", "Graph execution error", "Detected at node")
_OF_DEVICES = "\n  hint: use data_format 'channels_last', another precision, or another device"
_NO_TERMS = "give the layer a vocabulary, or the input kind 'text' or 'ids', which learns one in fit"
_OF_LENGTHS = "\n  hint: give longer rows, pad them, or use padding='same' or smaller windows in the recipe"
_OF_IDS = "\n  hint: ids are whole numbers from 0, below the input_dim of their Embedding"
# Where in a program an error was, and how it is shown in bold.
_PLACE = re.compile(r"\{\{function_node [^}]*\}\}|\[\[\{\{.*|\x1b\[\d*m")
