"""Compute the outputs of a network step by step, with a cache of earlier steps.

To continue sequences, with any network::

    stepper = Stepper(resolved, capacity=100)              # contains compiled programs, so use it again
    state = stepper.start(weights, n_rows=2)
    outputs, state = stepper.read(weights, state, tokens)  # tokens (2, k) -> outputs (2, k, n_outputs)
    outputs, state = stepper.read(weights, state, outputs[:, -1:].argmax(-1))

Further inputs of a network, such as the sentence to translate, are passed once, to `start`. It computes encoders, and
the keys and values of attention over their outputs::

    stepper = Stepper(resolved, capacity=40, moving="target")
    state = stepper.start(weights, {"source": sources})
    state = state.select(np.repeat(np.arange(len(sources)), 4))  # four beams for each sentence
    ...
    state = state.select(parents)                                # beams continue from their parents
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from nnbuild.generate.step_graph import StepGraph
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.model_cache import Weights, environment_key
from nnbuild.train.common.program_cache import Store
from nnbuild.train.common.tracing import FlatFunction, refused_rows

STEPS_PER_CALL = (64, 8, 1)  # steps read in one call; longer sequences are split into these
MAX_STEPPERS = 8
MAX_FUNCTIONS = 32  # compiled programs of a stepper: one for each shape of fixed inputs and number of steps


@dataclass(frozen=True, eq=False)
class State:
    """Cache of a network for the steps so far.

    Attributes
    ----------
    n_read : int
        Number of steps so far.
    kept : tuple of tensor
        Cached tensors; their first axis is that of rows.
    shapes : tuple
        Names, dtypes and shapes of the complete inputs.
    """

    n_read: int
    kept: tuple[tf.Tensor, ...]
    shapes: tuple = ()

    def select(self, rows: np.ndarray) -> State:
        """Return the state of selected rows, in the order of `rows`; a row may be repeated."""
        index = tf.constant(np.asarray(rows, "int32"))
        return replace(self, kept=tuple(tf.gather(tensor, index) for tensor in self.kept))


class Stepper:
    """Stepwise computation of one network, for any weights.

    Parameters
    ----------
    resolved : ResolvedNetwork
        The network, with one output. The output for a step must not depend on later steps.
    capacity : int
        Maximum number of steps. Position embeddings may limit it further. If all steps are recomputed, so may the
        length of the input.
    moving : str, optional
        Name of the input that is passed in steps, of shape (rows, steps); by default the only input. Other inputs are
        complete from the start.

    Attributes
    ----------
    capacity : int
        Maximum number of steps.
    holds_all : bool
        Whether more steps than `capacity` are possible, because the size of the cache does not depend on their number.
    recompute_reason : str
        Reason why all steps are recomputed for each new step; "" if a cache is used.
    """

    def __init__(self, resolved: ResolvedNetwork, capacity: int, moving: str | None = None):
        self._graph = StepGraph(resolved, capacity, moving or next(iter(resolved.inputs)))
        self.capacity, self.holds_all, self.recompute_reason = (
            self._graph.capacity,
            self._graph.holds_all,
            self._graph.recompute_reason,
        )
        self._functions: Store[FlatFunction] = Store(MAX_FUNCTIONS)
        self._structures: dict[tuple, Any] = {}
        self._tracing = threading.RLock()

    def start(self, weights: Weights, fixed: Mapping[str, np.ndarray] | None = None, n_rows: int = 1) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        weights : Weights
            Weights of the network.
        fixed : mapping of str to array of shape (n_rows, ...), optional
            All inputs except the one that is passed in steps.
        n_rows : int, default=1
            Number of sequences, if there are no such inputs.
        """
        given = {name: tf.constant(array) for name, array in sorted((fixed or {}).items())}
        n_rows = len(next(iter(given.values()))) if given else n_rows
        shapes = tuple((name, tensor.dtype, tuple(tensor.shape[1:])) for name, tensor in given.items())
        function = self._functions.get(("start", shapes), lambda: self._compiled_start(weights, given, shapes))
        with refused_rows():
            return State(0, tuple(function(*weights.placed(), *given.values(), tf.constant(n_rows))), shapes)

    def read(self, weights: Weights, state: State, tokens: np.ndarray) -> tuple[np.ndarray, State]:
        """Return the outputs for the next steps, and the new state.

        Parameters
        ----------
        weights : Weights
        state : State
            Not changed, so it can be used again with other tokens.
        tokens : array of shape (n_rows, n_steps)
            Next steps, at least one. The total number must not exceed the capacity.

        Returns
        -------
        outputs : array of shape (n_rows, n_steps, n_outputs)
        state : State
        """
        outputs, start, n_steps = [], 0, tokens.shape[1]
        assert n_steps > 0
        assert self.holds_all or state.n_read + n_steps <= self.capacity
        while start < n_steps:
            size = next(size for size in STEPS_PER_CALL if size <= n_steps - start)
            found, state = self._read_piece(weights, state, tokens[:, start : start + size])
            outputs.append(found.numpy())
            start += size
        return (outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)), state

    def _read_piece(self, weights: Weights, state: State, tokens: np.ndarray) -> tuple[tf.Tensor, State]:
        steps = tf.constant(np.asarray(tokens, self._graph.dtype))
        key = (state.shapes, tokens.shape[1])
        function = self._functions.get(key, lambda: self._compiled_step(weights, state, steps))
        with refused_rows():
            output, *kept = function(*weights.placed(), *state.kept, steps, tf.constant(state.n_read))
        return output, State(state.n_read + tokens.shape[1], tuple(kept), state.shapes)

    def _compiled_start(self, weights: Weights, given: Mapping[str, tf.Tensor], shapes: tuple) -> FlatFunction:
        """Compile the program that computes the first state."""

        def started(*tensors: tf.Tensor) -> list[tf.Tensor]:
            values, (*fixed, n_rows) = tensors[:n_values], tensors[n_values:]
            with self._graph.with_weights(values):
                kept = self._graph.start(dict(zip(given, fixed, strict=True)), n_rows)
            self._structures[shapes] = kept
            return tf.nest.flatten(kept)

        n_values = len(weights.values)
        with self._tracing:
            return FlatFunction(started, *_specs(weights, given.values()), tf.TensorSpec((), tf.int32))

    def _compiled_step(self, weights: Weights, state: State, steps: tf.Tensor) -> FlatFunction:
        """Compile the program for this number of new steps."""

        def stepped(*tensors: tf.Tensor) -> list[tf.Tensor]:
            values, (*flat, steps, place) = tensors[:n_values], tensors[n_values:]
            kept = tf.nest.pack_sequence_as(self._structures[state.shapes], flat)
            with self._graph.with_weights(values):
                output, kept = self._graph.step(kept, steps, place)
            return [output, *tf.nest.flatten(kept)]

        n_values = len(weights.values)
        with self._tracing:
            return FlatFunction(stepped, *_specs(weights, [*state.kept, steps]), tf.TensorSpec((), tf.int32))


def stepper_for(resolved: ResolvedNetwork, key: str, capacity: int, moving: str | None = None) -> Stepper:
    """Return the stepper of a network, from the cache if possible; `key` identifies network and device."""
    key = f"{environment_key(resolved)} {key} {capacity} {moving}"
    return _steppers.get(key, lambda: Stepper(resolved, capacity, moving))


def _specs(weights: Weights, tensors: Iterable[tf.Tensor]) -> list[tf.TensorSpec]:
    """Return the specs of weights, and of tensors for any number of rows."""
    of_weights = [tf.TensorSpec(value.shape, value.dtype) for value in weights.placed()]
    return [*of_weights, *(tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype) for tensor in tensors)]


_steppers: Store[Stepper] = Store(MAX_STEPPERS)
