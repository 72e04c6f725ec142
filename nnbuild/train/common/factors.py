"""Factors on learning rate, weight decay and dropout rates: by weight, and by step.

The factors by step are arrays, which programs take as data. So a program does not depend on the number of epochs or
steps, on the schedules, or on the values that they multiply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nnbuild import factor_schedules
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.json_form import without_type
from nnbuild.language.factors import LEARNING_RATE_FACTOR, WEIGHT_DECAY_FACTOR
from nnbuild.private.keras import all_layers, learning_rate_slot, with_rates_by_variable
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.substitution import Rate, replaced

WeightPlace = tuple[str, ...]  # names of a node, of the kind of factor, and of a weight


def weight_factors(resolved: ResolvedNetwork) -> dict[str, dict[str, dict[str, float]]]:
    """Return the factors of each node that has any, by kind and weight."""
    return {
        node.name: {key: dict(factors) for key, factors in node.factors.items()}
        for node in resolved.nodes
        if node.factors
    }


def factor_places(factors: Mapping[str, Mapping]) -> dict[WeightPlace, float]:
    """Return the numbers in the result of `weight_factors` by their places."""
    return {
        (node, key, weight): factor
        for node, by_key in factors.items()
        for key, by_weight in by_key.items()
        for weight, factor in by_weight.items()
    }


def scheduled_values(settings: Mapping) -> tuple[str, ...]:
    """Return the values that schedules multiply, sorted: "dropout", "learning_rate", "weight_decay"."""
    return tuple(sorted(settings.get("schedules") or ()))


def step_factors(settings: Mapping, n_steps: int, epoch: int, n_before: int = 0) -> dict[str, np.ndarray]:
    """Return the factors of the steps of one epoch, for each scheduled value.

    Parameters
    ----------
    settings : mapping
        The resolved `training` section. If it has `scheduled_epochs`, the number of epochs of the schedules,
        they continue after the `n_before` epochs of previous trainings; otherwise they start with this training.
    n_steps : int
        Number of steps per epoch.
    epoch : int
        Counted from 1.
    n_before : int, default=0

    Returns
    -------
    dict of str to array of shape (n_steps,)

    Notes
    -----
    The progress at step s of S, both counted over all epochs and s from 0, is (s + 1/2) / S, but at most 1.
    """
    n_epochs = settings.get("scheduled_epochs")
    first = epoch - 1 if n_epochs is None else n_before + epoch - 1
    steps = first * n_steps + np.arange(n_steps) + 0.5
    progress = np.minimum(1.0, steps / ((n_epochs or settings["epochs"]) * n_steps))
    return {name: _schedule(settings["schedules"][name])(progress) for name in scheduled_values(settings)}


def _schedule(value: Mapping) -> Any:
    return getattr(factor_schedules, value["type"])(**without_type(value))


class Factors:
    """Factors of an optimizer.

    Attributes
    ----------
    by_weight : dict of WeightPlace to number or tensor
    by_step : dict of {"weight_decay"} to number or tensor
        Factor of the weight decay in the step that is traced.
    """

    def __init__(self, variables: Sequence[keras.Variable], by_weight: Mapping[WeightPlace, float]):
        self._names = [(variable.path.partition("/")[0], variable.name) for variable in variables]
        self.by_weight: dict[WeightPlace, Any] = dict(by_weight)
        self.by_step: dict[str, Any] = {"weight_decay": 1.0}

    def of_update(self, index: int) -> Any:
        """Return the factor of the learning rate of the variable with this index."""
        return self._of(index, LEARNING_RATE_FACTOR)

    def of_decay(self, index: int) -> Any:
        """Return the factor of its decay: the product of the factors of learning rate, weight decay and step."""
        rate = keras.ops.multiply(self.of_update(index), self._of(index, WEIGHT_DECAY_FACTOR))
        return keras.ops.multiply(rate, self.by_step["weight_decay"])

    def _of(self, index: int, key: str) -> Any:
        node, weight = self._names[index]
        return self.by_weight.get((node, key, weight), 1.0)


def add_factors(optimizer: keras.Optimizer, model: keras.Model, settings: Mapping) -> None:
    """Make an optimizer, before it is built, multiply its rates by the factors of `settings`, if there are any."""
    by_weight = factor_places(settings.get("weight_factors", {}))
    if not by_weight and "weight_decay" not in scheduled_values(settings):
        return
    factors = Factors(model.trainable_variables, by_weight)
    optimizer.__class__ = with_rates_by_variable(type(optimizer), factors.of_update, factors.of_decay)
    vars(optimizer)[_FACTORS] = factors


def factors_of(optimizer: keras.Optimizer) -> Factors:
    """Return the factors of an optimizer that has them by `add_factors`."""
    return vars(optimizer)[_FACTORS]


@contextmanager
def scheduled(model: keras.Model, optimizer: keras.Optimizer, factors: Mapping[str, tf.Tensor]) -> Iterator[None]:
    """Multiply learning rate, weight decay and dropout rates by factors inside the context, for tracing.

    Parameters
    ----------
    model : keras.Model
    optimizer : keras.Optimizer
    factors : mapping of str to tensor of shape ()
        By scheduled value.
    """
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    slots: list[tuple[dict, str, object]] = []
    if "learning_rate" in factors:
        rate = _product(optimizer.learning_rate, factors["learning_rate"])
        slots.append((*learning_rate_slot(optimizer), rate))
    if "weight_decay" in factors:
        slots.append((factors_of(optimizer).by_step, "weight_decay", factors["weight_decay"]))
    if "dropout" in factors:
        slots += _dropout_slots(model, factors["dropout"])
    with replaced(slots):
        yield


def _dropout_slots(model: keras.Model, factor: tf.Tensor) -> Iterator[tuple[dict, str, object]]:
    """Yield the dropout rates of all layers above 0, multiplied by a factor."""
    for layer in {id(layer): layer for layer in all_layers(model)}.values():
        facts = layer_facts(type(layer).__name__)
        for name in facts.dropout_rates:
            rate = vars(layer)[name]
            if isinstance(rate, int | float) and rate == 0:
                continue
            product = _product(rate, factor)
            # Keras' own layers compute with the rate in the dtype of the layer.
            yield vars(layer), name, Rate(product if facts.random else tf.cast(product, layer.compute_dtype))


def _product(value: Any, factor: tf.Tensor) -> tf.Tensor:
    value = tf.convert_to_tensor(value)
    return value * tf.cast(factor, value.dtype)


_FACTORS = "_nnbuild_factors"  # attribute of an optimizer
