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
    return type(kind.__name__, (kind,), {**members, "_backend_update_step": _update})


def _update(self, gradients, variables, learning_rate):
    if hasattr(self, "_u_product"):
        _update_nadam(self)
    BaseOptimizer._backend_update_step(self, gradients, variables, learning_rate)


def _update_nadam(optimizer):
    """The product over steps of Nadam's momentum (Dozat, "Incorporating Nesterov Momentum into Adam", 2016)."""
    product = optimizer._u_product
    decay = keras.ops.power(0.96, keras.ops.cast(optimizer.iterations + 1, product.dtype))
    optimizer.assign(product, product * optimizer.beta_1 * (1.0 - 0.5 * decay))
