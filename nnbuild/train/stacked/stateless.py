"""Keras' optimizers as pure functions of weights, gradients and state.

With TensorFlow, Keras' optimizers update variables in place, through a distribution strategy. Their base class, which
is common to all backends, also works on the values of a `keras.StatelessScope`.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from nnbuild.private.keras import (
    accumulated,
    common_optimizer,
    momentum_product,
    moving_averages,
    n_applied,
    trained_variables,
    update_moving_averages,
    update_variables,
)


def make_stateless(optimizer: keras.Optimizer) -> None:
    """Change the class of an optimizer, before it is built, so that `step` can use it."""
    optimizer.__class__ = common_optimizer(type(optimizer), _apply, _update_product)


def state_of(optimizer: keras.Optimizer) -> list[keras.Variable]:
    """Return the state of an optimizer between steps."""
    return optimizer.variables


def averages(optimizer: keras.Optimizer, state: Sequence[tf.Tensor]) -> list[tf.Tensor] | None:
    """Return the moving averages that replace the weights after training; None if the optimizer has none."""
    if not optimizer.use_ema:
        return None
    values = dict(zip(map(id, state_of(optimizer)), state, strict=True))
    return [values[id(variable)] for variable in moving_averages(optimizer)]


def step(
    optimizer: keras.Optimizer,
    state: Sequence[tf.Tensor],
    weights: Sequence[tf.Tensor],
    gradients: Sequence[tf.Tensor],
    is_due: tf.Tensor,
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """Return the new weights, and the optimizer's new state in the order of `state_of`.

    Parameters
    ----------
    optimizer : keras.Optimizer
    state, weights, gradients : sequence of tensor
    is_due : tensor of bool of shape ()
        Whether to take the step; without it, weights and state stay the same.
    """
    variables = [*trained_variables(optimizer), *state_of(optimizer)]
    values = [*weights, *state]
    with _ConditionalScope(list(zip(variables, values, strict=True)), is_due) as scope:
        optimizer.apply(gradients)
    values_after = [scope.get_current_value(variable) for variable in variables]
    return values_after[: len(weights)], values_after[len(weights) :]


class _ConditionalScope(keras.StatelessScope):
    """Scope in which each assignment depends on the condition of the step.

    A condition on the results of the step would use each moment twice, before and after the condition. XLA would then
    compute it twice, and copy the state in each step.
    """

    def __init__(self, state_mapping: list, condition: tf.Tensor):
        super().__init__(state_mapping)
        self._condition = condition

    def add_update(self, update: tuple) -> None:
        variable, value = update
        super().add_update((variable, tf.where(self._condition, value, self.get_current_value(variable))))


def _apply(optimizer, gradients, variables):
    """Update the variables as Keras does, but compute both branches of each condition, which may differ by member."""
    if optimizer.gradient_accumulation_steps:
        _accumulate(optimizer, gradients, variables)
    else:
        update_variables(optimizer, gradients, variables)
    if optimizer.use_ema:
        update_moving_averages(optimizer)
    if optimizer.use_ema and optimizer.ema_overwrite_frequency:
        is_due = (optimizer.iterations + 1) % optimizer.ema_overwrite_frequency == 0
        for variable, average in zip(trained_variables(optimizer), moving_averages(optimizer), strict=True):
            variable.assign(tf.where(is_due, average.value, variable.value))


def _accumulate(optimizer, gradients, variables):
    """Accumulate gradients, and update with their mean every `gradient_accumulation_steps` steps."""
    n_steps = optimizer.gradient_accumulation_steps
    is_due = (n_applied(optimizer) + 1) % n_steps == 0
    places = accumulated(optimizer, variables)
    sums = [place.value + gradient for place, gradient in zip(places, gradients, strict=True)]
    changing = [*trained_variables(optimizer), *state_of(optimizer)]
    before = [variable.value for variable in changing]
    update_variables(optimizer, [total / n_steps for total in sums], variables)
    for variable, value in zip(changing, before, strict=True):
        variable.assign(tf.where(is_due, variable.value, value))
    for place, total in zip(places, sums, strict=True):
        place.assign(tf.where(is_due, tf.zeros_like(total), total))


def _update_product(optimizer):
    """Update Nadam's product of momenta over steps (Dozat, "Incorporating Nesterov Momentum into Adam", 2016)."""
    product = momentum_product(optimizer)
    if product is None:
        return
    decay = keras.ops.power(0.96, keras.ops.cast(optimizer.iterations + 1, product.dtype))
    optimizer.assign(product, product * optimizer.beta_1 * (1.0 - 0.5 * decay))
