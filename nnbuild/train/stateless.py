"""Keras' optimizers as functions of their state: the one place that knows how they keep it.

With TensorFlow, Keras updates variables in place, through TensorFlow's distribution of work over devices. What all of
Keras' backends have in common is in `BaseOptimizer`, and works on values as well as on variables.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf
from keras.src.optimizers.base_optimizer import BaseOptimizer

# What must not be the distributed form.
COMMON = ("assign", "assign_add", "assign_sub", "_apply_weight_decay", "_var_key")


def make_stateless(optimizer: keras.Optimizer) -> None:
    """Let an optimizer that is not built yet be used by `step`."""
    optimizer.__class__ = _stateless(type(optimizer))


def state_of(optimizer: keras.Optimizer) -> list[keras.Variable]:
    """All that an optimizer keeps between steps."""
    extra = getattr(optimizer, "_u_product", None)  # Nadam's, which is missing among its variables
    return [*optimizer.variables, *([] if extra is None else [extra])]


def averages(optimizer: keras.Optimizer, state: Sequence[tf.Tensor]) -> list[tf.Tensor] | None:
    """The moving averages of the weights, which an optimizer that keeps some has for the last word; else None."""
    if not optimizer.use_ema:
        return None
    values = dict(zip(map(id, state_of(optimizer)), state, strict=True))
    return [values[id(variable)] for variable in optimizer._model_variables_moving_average]


def step(
    optimizer: keras.Optimizer, state: Sequence[tf.Tensor], weights: Sequence[tf.Tensor], gradients: Sequence[tf.Tensor]
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """New weights, and the optimizer's new state, in the order of `state_of`."""
    variables = [*optimizer._trainable_variables, *state_of(optimizer)]
    values = [*weights, *state]
    with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
        optimizer.apply(gradients)
    found = [scope.get_current_value(variable) for variable in variables]
    return found[: len(weights)], found[len(weights) :]


def _stateless(kind: type) -> type:
    members = {name: getattr(BaseOptimizer, name) for name in COMMON}
    own = {"_backend_apply_gradients": _apply, "_backend_update_step": _update}
    return type(kind.__name__, (kind,), {**members, **own})


def _apply(self, gradients, variables):
    """What Keras does in branches of the program, which can't be computed for many members: both, and one is taken."""
    if self.gradient_accumulation_steps:
        _accumulate(self, gradients, variables)
    else:
        _update_by(self, gradients, variables)
    if self.use_ema:
        self._update_model_variables_moving_average(self._trainable_variables)
    if self.use_ema and self.ema_overwrite_frequency:
        is_time = (self.iterations + 1) % self.ema_overwrite_frequency == 0
        for variable, average in zip(self._trainable_variables, self._model_variables_moving_average, strict=True):
            variable.assign(tf.where(is_time, average.value, variable.value))


def _accumulate(optimizer, gradients, variables):
    """Every so many steps, update by the mean of the gradients since the last time."""
    n_steps = optimizer.gradient_accumulation_steps
    is_time = (optimizer._iterations.value + 1) % n_steps == 0
    places = [optimizer._accumulated_gradients[optimizer._get_variable_index(variable)] for variable in variables]
    sums = [place.value + gradient for place, gradient in zip(places, gradients, strict=True)]
    changing = [*optimizer._trainable_variables, *state_of(optimizer)]
    before = [variable.value for variable in changing]
    _update_by(optimizer, [total / n_steps for total in sums], variables)
    for variable, value in zip(changing, before, strict=True):
        variable.assign(tf.where(is_time, variable.value, value))
    for place, total in zip(places, sums, strict=True):
        place.assign(tf.where(is_time, tf.zeros_like(total), total))


def _update_by(optimizer, gradients, variables):
    gradients = optimizer._clip_gradients(gradients)
    optimizer._apply_weight_decay(variables)
    optimizer._backend_update_step(gradients, variables, optimizer.learning_rate)


def _update(self, gradients, variables, learning_rate):
    if hasattr(self, "_u_product"):
        _update_nadam(self)
    BaseOptimizer._backend_update_step(self, gradients, variables, learning_rate)


def _update_nadam(optimizer):
    """The product over steps of Nadam's momentum (Dozat, "Incorporating Nesterov Momentum into Adam", 2016)."""
    product = optimizer._u_product
    decay = keras.ops.power(0.96, keras.ops.cast(optimizer.iterations + 1, product.dtype))
    optimizer.assign(product, product * optimizer.beta_1 * (1.0 - 0.5 * decay))
