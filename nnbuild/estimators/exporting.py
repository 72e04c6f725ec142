"""Keras model of a fit, from prepared inputs to the outputs of the estimator."""

from __future__ import annotations

from typing import Any

import keras

from nnbuild.estimators.fitted import Fitted
from nnbuild.keras_layers.targets import InverseTransform
from nnbuild.plan.model import build
from nnbuild.plan.symbolic import fresh_names
from nnbuild.saved.archive import Refused
from nnbuild.tasks.combining import MIN_PROBABILITY


def exported_model(fitted: Fitted) -> keras.Model:
    """Build the model that is exported.

    Parameters
    ----------
    fitted : Fitted
        The members of an ensemble become one model, which averages their outputs with the weights of the members, and
        applies the temperature.

    Returns
    -------
    keras.Model
        Model of prepared inputs. It returns the result of `predict_proba` or, for a regression, the predicted values,
        of shape (n_samples, n_outputs * n_values) with n_values per target.

    Raises
    ------
    Refused
        If there is no network.
    """
    if fitted.resolved is None:
        raise Refused("can't be written: there is no network, because y had only one class")
    with fresh_names():
        networks = [_network(one, place) for place, one in enumerate(fitted.members, 1)]
        inputs = keras.tree.map_structure(
            lambda one: keras.Input(batch_shape=one.shape, dtype=one.dtype, name=one.name), networks[0].input
        )
        # Without training=False, Keras would export layers for data augmentation in training mode.
        outputs = [_as_estimator(fitted, network(inputs, training=False), network.name) for network in networks]
        output = _at_temperature(_mean(outputs, fitted), fitted)
        model = keras.Model(inputs, output, name="exported")
        model(model.input)  # a symbolic call: Keras exports to ONNX only models that were called
    return model


def _mean(outputs: list, fitted: Fitted) -> Any:
    """Add the mean of the outputs of the members, with their weights."""
    if len(outputs) == 1:
        return outputs[0]
    weights = fitted.combination.weights if fitted.combination else ()
    if not weights:
        return keras.layers.Average(name="mean")(outputs)
    parts = [
        keras.layers.Rescaling(weight, dtype=fitted.float_dtype, name=f"share_{place}")(output)
        for place, (output, weight) in enumerate(zip(outputs, weights, strict=True), 1)
    ]
    return keras.layers.Add(dtype=fitted.float_dtype, name="mean")(parts)


def _at_temperature(output: Any, fitted: Fitted) -> Any:
    """Add p^(1/T), divided by its sum over classes; see `tasks.combining.at_temperature`."""
    if fitted.temperature == 1:
        return output
    powers = keras.ops.power(keras.ops.clip(output, MIN_PROBABILITY, 1.0), 1 / fitted.temperature)
    return keras.ops.divide(powers, keras.ops.sum(powers, axis=-1, keepdims=True))


def _network(fitted: Fitted, place: int) -> keras.Model:
    """Build one network with its weights."""
    assert fitted.resolved is not None
    assert fitted.weights is not None
    model = build(fitted.resolved, seed=0)
    fitted.weights.place_in(model)
    return keras.Model(model.input, model.output, name=f"member_{place}")


def _as_estimator(fitted: Fitted, output: Any, name: str) -> Any:
    """Add the layers that convert the output of a network to that of the estimator."""
    for number, row in enumerate(fitted.targets.output_layers(output.shape, fitted.gives_logits), 1):
        arguments = {**row.arguments, "dtype": fitted.float_dtype, "name": f"{name}_output_{number}"}
        layer = getattr(keras.layers, row.type, InverseTransform)(**arguments)
        output = layer(output)
        if row.weights:
            layer.set_weights(row.weights)
    return output
