"""Keras model of a fit, from prepared inputs to the outputs of the estimator."""

from __future__ import annotations

from collections.abc import Mapping
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
        of shape (n_samples, n_outputs * n_values) with n_values per target; a dict of them by name for several outputs.

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
        found = [_by_output(fitted, network(inputs, training=False), network.name) for network in networks]
        outputs = {name: _output(fitted, [one[name] for one in found], name) for name in found[0]}
        model = keras.Model(inputs, outputs if len(outputs) > 1 else next(iter(outputs.values())), name="exported")
        model(model.input)  # a symbolic call: Keras exports to ONNX only models that were called
    return model


def _by_output(fitted: Fitted, outputs: Any, network: str) -> dict[str, Any]:
    """Add the layers that convert the outputs of a network to those of the estimator, by name."""
    assert fitted.resolved is not None
    if not isinstance(outputs, dict):
        outputs = dict.fromkeys(fitted.resolved.outputs, outputs)
    several = len(outputs) > 1
    return {
        name: _as_estimator(fitted, name, output, f"{network}_{name}" if several else f"{network}_output")
        for name, output in outputs.items()
    }


def _output(fitted: Fitted, outputs: list, name: str) -> Any:
    """Add the mean over members of an output, at the temperature."""
    assert fitted.resolved is not None
    prefix = f"{name}_" if len(fitted.resolved.outputs) > 1 else ""
    return _at_temperature(_mean(outputs, fitted, prefix), fitted)


def _mean(outputs: list, fitted: Fitted, prefix: str) -> Any:
    """Add the mean of the outputs of the members, with their weights."""
    if len(outputs) == 1:
        return outputs[0]
    weights = fitted.combination.weights if fitted.combination else ()
    if not weights:
        return keras.layers.Average(name=f"{prefix}mean")(outputs)
    parts = [
        keras.layers.Rescaling(weight, dtype=fitted.float_dtype, name=f"{prefix}share_{place}")(output)
        for place, (output, weight) in enumerate(zip(outputs, weights, strict=True), 1)
    ]
    return keras.layers.Add(dtype=fitted.float_dtype, name=f"{prefix}mean")(parts)


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


def _as_estimator(fitted: Fitted, name: str, output: Any, prefix: str) -> Any:
    """Add the layers that convert an output of a network to that of the estimator."""
    assert fitted.resolved is not None
    loss = fitted.resolved.outputs[name]["loss"]
    from_logits = isinstance(loss, Mapping) and bool(loss.get("from_logits"))
    for number, row in enumerate(fitted.targets.of_output(name).output_layers(output.shape, from_logits), 1):
        arguments = {**row.arguments, "dtype": fitted.float_dtype, "name": f"{prefix}_{number}"}
        layer = getattr(keras.layers, row.type, InverseTransform)(**arguments)
        output = layer(output)
        if row.weights:
            layer.set_weights(row.weights)
    return output
