"""Optimizer of a training, and its gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from nnbuild import catalog
from nnbuild.catalog.json_form import with_type
from nnbuild.errors import Problem, RecipeError
from nnbuild.plan.objects import make_object


def make_optimizer(settings: Mapping) -> keras.optimizers.Optimizer:
    """Return the optimizer of the settings, with learning rate and gradient accumulation."""
    return make_object("optimizers", optimizer_value(settings))


def optimizer_value(settings: Mapping) -> dict:
    """Return the JSON form of the optimizer of the settings, with learning rate and gradient accumulation."""
    value = with_type(settings["optimizer"])
    if settings.get("learning_rate") is not None:
        value["learning_rate"] = settings["learning_rate"]
    if isinstance(value.get("learning_rate"), int):
        value["learning_rate"] = float(value["learning_rate"])  # Keras requires a float
    steps = settings["gradient_accumulation"]
    # A custom class need not have the argument, so 1 is passed only if it has.
    supported = "gradient_accumulation_steps" in value or catalog.find("optimizers", value["type"])
    if steps is not None and (supported or steps > 1):  # overrides the optimizer's own argument
        value["gradient_accumulation_steps"] = steps if steps > 1 else None
    return value


def gradients_of(tape: tf.GradientTape, loss: tf.Tensor, weights: Sequence, optimizer: keras.Optimizer) -> list:
    """Return the gradient of a loss for each weight; raise a `RecipeError` if no weight has one."""
    gradients = tape.gradient(loss, weights)
    if weights and all(gradient is None for gradient in gradients):
        raise RecipeError([Problem(("layers",), "no weight of the network has a gradient", hint=_NO_GRADIENT)])
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if inner.loss_scale_factor is None:
        return gradients
    # Keras divides gradients by the factor, which fails for sparse gradients of embeddings.
    return [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in gradients]


_NO_GRADIENT = (
    "layers that return integers, such as Discretization, have no gradient: add layers with weights after them"
)
