"""Settings -> the optimizer of a training, and the gradients that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from nnbuild import catalog
from nnbuild.catalog.json_form import with_type
from nnbuild.errors import Problem, RecipeError
from nnbuild.plan.objects import make_object


def make_optimizer(settings: Mapping) -> keras.optimizers.Optimizer:
    """The optimizer of the settings, with their learning rate and gradient accumulation."""
    return make_object("optimizers", optimizer_value(settings))


def optimizer_value(settings: Mapping) -> dict:
    """The optimizer of the settings in JSON form, with their learning rate and gradient accumulation."""
    value = with_type(settings["optimizer"])
    if settings.get("learning_rate") is not None:
        value["learning_rate"] = settings["learning_rate"]
    if isinstance(value.get("learning_rate"), int):
        value["learning_rate"] = float(value["learning_rate"])  # Keras takes no whole numbers
    steps = settings["gradient_accumulation"]
    takes = "gradient_accumulation_steps" in value or catalog.find("optimizers", value["type"])  # or is the user's own
    if steps is not None and (takes or steps > 1):  # it holds, whatever the optimizer has
        value["gradient_accumulation_steps"] = steps if steps > 1 else None
    return value


def gradients_of(tape: tf.GradientTape, loss: tf.Tensor, weights: Sequence, optimizer: keras.Optimizer) -> list:
    """The gradient of a loss by each of some weights; a `RecipeError` where there is none by any."""
    gradients = tape.gradient(loss, weights)
    if weights and all(gradient is None for gradient in gradients):
        raise RecipeError([Problem(("layers",), "no weight of the network has a gradient", hint=_NO_GRADIENT)])
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if inner.loss_scale_factor is None:
        return gradients
    # Keras divides by the factor, which it can't where an embedding has a gradient in rows of its own.
    return [None if gradient is None else tf.convert_to_tensor(gradient) for gradient in gradients]


_NO_GRADIENT = "layers that give whole numbers, as Discretization does, end it: put layers with weights behind them"
