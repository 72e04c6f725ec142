"""Comparison of gradients with central differences in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnbuild.inspect.passes import Batch, objective_values, run_pass
from nnbuild.inspect.records import WeightCheck
from nnbuild.records import ResolvedNetwork, frozen_mapping
from nnbuild.train.common.losses import Objective
from nnbuild.train.common.outputs import by_name
from nnbuild.train.common.tracing import traced

TOLERANCE = 1e-6
STEPS = (1e-4, 1e-6)  # in this order, until a step determines the derivative
ROUNDING = 2.0**-52  # of float64
FLOATS = ("float16", "bfloat16", "float32", "mixed_float16", "mixed_bfloat16")


def in_float64(resolved: ResolvedNetwork) -> ResolvedNetwork:
    """Return a network whose inputs, weights and layers are float64, also layers inside others."""
    inputs = {name: {**value, "dtype": _dtype(value["dtype"])} for name, value in resolved.inputs.items()}
    training = frozen_mapping({**resolved.training, "precision": "float64"})
    nodes = (
        replace(node, arguments=frozen_mapping({key: _in_float64(value) for key, value in node.arguments.items()}))
        for node in resolved.nodes
    )
    return replace(resolved, inputs=frozen_mapping(inputs), nodes=tuple(nodes), training=training)


def _in_float64(value: Any) -> Any:
    """Return a value of an argument; layers in it, and dtypes of a layer, are float64."""
    if isinstance(value, Mapping):
        found = {key: _in_float64(item) for key, item in value.items()}
        return found | {"dtype": _dtype(value["dtype"] or "float32")} if "dtype" in value else found
    if isinstance(value, list | tuple):
        return [_in_float64(item) for item in value]
    return _dtype(value)


def _dtype(value: Any) -> Any:
    return "float64" if isinstance(value, str) and value in FLOATS else value


def checks(
    model: keras.Model, objective: Objective, batch: Batch, training: bool, n_elements: int, seed: int
) -> list[WeightCheck]:
    """Compare the gradient of each trainable variable with central differences.

    Parameters
    ----------
    model : keras.Model
        In float64. Its weights are unchanged.
    objective : Objective
    batch : Batch
        Floats in float64.
    training : bool
        As in `run_pass`. Random layers draw the same numbers in all passes.
    n_elements : int
        Number of elements to compare of each variable: the one with the largest gradient, and others drawn with `seed`.
    seed : int

    Notes
    -----
    The numeric derivative is (L(w + h/2) - L(w - h/2)) / h with h = 1e-4. Elements for which this step does not
    determine the derivative are tried with 1e-6, and then left out. A step determines the derivative if

    - the steps h and h/2 have the same result up to half of the tolerance of 1e-6: with a kink between w - h and w + h,
      results differ,
    - the difference of the slopes at both sides of w shrinks with the step: at a kink at w, it does not,
    - and the rounding error of L / h is below the tolerance, relative to the largest gradient of the weight. Gradients
      that vanish can't be compared.
    """
    state = [(variable, variable.numpy()) for variable in model.non_trainable_variables]
    gradients = run_pass(model, objective, batch, training).weights
    loss = _loss_function(model, objective, batch, training, state)
    found = []
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        analytic = np.zeros(variable.shape) if gradient is None else gradient
        places = _places(analytic.reshape(-1), n_elements, np.random.default_rng(seed))
        found.append(_check(variable, analytic.reshape(-1), places, loss))
    return found


def _loss_function(
    model: keras.Model, objective: Objective, batch: Batch, training: bool, state: list
) -> Callable[[], float]:
    """Return a compiled function for the loss with the current weights; seeds and statistics are those of `state`."""

    def total():
        for variable, value in state:
            variable.assign(value)
        predictions = by_name(list(batch.y), model(batch.X, training=training))
        return objective_values(objective, batch, predictions, model.losses).total

    program = traced(total)
    return lambda: float(program())


def _places(gradient: np.ndarray, n_elements: int, rng: np.random.Generator) -> np.ndarray:
    """Return the flat indices of the elements to compare."""
    if gradient.size <= n_elements:
        return np.arange(gradient.size)
    largest = int(np.abs(gradient).argmax())
    others = rng.choice(gradient.size, n_elements - 1, replace=False)
    return np.unique([largest, *others])


def _check(
    variable: keras.Variable, gradient: np.ndarray, places: np.ndarray, loss: Callable[[], float]
) -> WeightCheck:
    differences, derivatives = [], []
    start, largest = loss(), float(np.abs(gradient).max(initial=0.0))
    for place in places:
        derivative = _derivative(variable, int(place), largest, start, loss)
        if derivative is not None:
            differences.append(abs(derivative - gradient[place]))
            derivatives.append(abs(derivative))
    if not differences:
        return WeightCheck(None, 0, len(places))
    scale = max(largest, *derivatives)
    error = max(differences) / scale if scale else 0.0
    return WeightCheck(float(error), len(differences), len(places) - len(differences))


def _derivative(
    variable: keras.Variable, place: int, largest: float, start: float, loss: Callable[[], float]
) -> float | None:
    """Return the numeric derivative by one element; None if no step determines it."""
    index = [np.unravel_index(place, variable.shape)] if len(variable.shape) else None
    value = float(np.asarray(variable.numpy()).reshape(-1)[place])

    def at(offset: float) -> float:
        _set(variable, index, value + offset)
        return loss()

    try:
        for step in STEPS:
            found = _central(at, start, step, largest)
            if found is not None:
                return found
        return None
    finally:
        _set(variable, index, value)


def _central(at: Callable[[float], float], start: float, step: float, largest: float) -> float | None:
    """Return the central difference with half of a step; None if the step does not determine the derivative."""
    after, before, near_after, near_before = (at(offset) for offset in (step, -step, step / 2, -step / 2))
    far, near = (after - before) / (2 * step), (near_after - near_before) / step
    far_bend, near_bend = (after + before - 2 * start) / step, (near_after + near_before - 2 * start) / (step / 2)
    limit = TOLERANCE * max(largest, abs(near))
    if far == near == largest == 0:
        return near
    is_kink = abs(near_bend) > limit and abs(near_bend) > 0.75 * abs(far_bend)
    is_rounded = ROUNDING * abs(start) / step > limit
    return None if abs(far - near) > limit / 2 or is_kink or is_rounded or not np.isfinite(near) else near


def _set(variable: keras.Variable, index: list | None, value: float) -> None:
    """Set one element of a variable in place."""
    if index is None:
        variable.assign(value)
    else:
        variable.value.scatter_nd_update(index, tf.constant([value], variable.dtype))
