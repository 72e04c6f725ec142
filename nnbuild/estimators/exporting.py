"""Keras model of a fit, from prepared inputs to the outputs of the estimator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from nnbuild.combination import NeighborSettings
from nnbuild.estimators.fitted import Fitted
from nnbuild.keras_layers.neighbors import NeighborMean
from nnbuild.keras_layers.targets import InverseTransform
from nnbuild.plan.describe import assembled
from nnbuild.plan.model import allocate
from nnbuild.plan.symbolic import fresh_names
from nnbuild.saved.archive import Refused
from nnbuild.tasks.combining import MIN_PROBABILITY
from nnbuild.tasks.targets import Targets
from nnbuild.train.common.neighbors import Keys

EMBEDDING = "neighbors__input"  # output that is compared with training samples; no output of a recipe has this name


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
    settings = fitted.combination.neighbors if fitted.combination else None
    keys = fitted.neighbors.keys(fitted.members, settings.layer) if settings else []
    with fresh_names():
        networks = [_network(one, place, settings) for place, one in enumerate(fitted.members, 1)]
        inputs = keras.tree.map_structure(
            lambda one: keras.Input(batch_shape=one.shape, dtype=one.dtype, name=one.name), networks[0].input
        )
        # Without training=False, Keras would export layers for data augmentation in training mode.
        called = [network(inputs, training=False) for network in networks]
        found = [_by_output(fitted, outputs, network.name) for outputs, network in zip(called, networks, strict=True)]
        outputs = {name: _output(fitted, [one[name] for one in found], name) for name in found[0]}
        if settings:
            queries = [outputs[EMBEDDING] for outputs in called]
            outputs = {name: _with_neighbors(fitted, settings, queries, keys, mean) for name, mean in outputs.items()}
        outputs = {name: _at_temperature(mean, fitted) for name, mean in outputs.items()}
        model = keras.Model(inputs, outputs if len(outputs) > 1 else next(iter(outputs.values())), name="exported")
        model(model.input)  # a symbolic call: Keras exports to ONNX only models that were called
    return model


def _by_output(fitted: Fitted, outputs: Any, network: str) -> dict[str, Any]:
    """Add the layers that convert the outputs of a network to those of the estimator, by name."""
    assert fitted.resolved is not None
    if not isinstance(outputs, dict):
        outputs = dict.fromkeys(fitted.resolved.outputs, outputs)
    several = len(fitted.resolved.outputs) > 1
    return {
        name: _as_estimator(fitted, name, output, f"{network}_{name}" if several else f"{network}_output")
        for name, output in outputs.items()
        if name != EMBEDDING
    }


def _output(fitted: Fitted, outputs: list, name: str) -> Any:
    """Add the mean over members of an output."""
    assert fitted.resolved is not None
    prefix = f"{name}_" if len(fitted.resolved.outputs) > 1 else ""
    return _mean(outputs, fitted, prefix)


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


def _with_neighbors(
    fitted: Fitted, settings: NeighborSettings, queries: Sequence[Any], keys: Sequence[Keys], mean: Any
) -> Any:
    """Add the mean of the targets of the nearest training samples, see `nnbuild.estimators.neighbors`."""
    found, samples = [], fitted.neighbors
    for place, (own, output) in enumerate(zip(keys, queries, strict=True), 1):
        n_samples, n_values = samples.values.shape
        scale = settings.scale * own.variance
        layer = NeighborMean(n_samples, n_values, scale, dtype="float32", name=f"nearest_{place}")
        found.append(layer(output))
        layer.set_weights([own.center, own.columns, samples.values, samples.log_weights])
    nearest = keras.layers.Average(dtype="float32", name="neighbors")(found)
    nearest = _converted(fitted, nearest, fitted.targets, False, "neighbors")
    shares = ((mean, 1 - settings.weight, "networks_share"), (nearest, settings.weight, "neighbors_share"))
    dtype = fitted.float_dtype
    parts = [keras.layers.Rescaling(share, dtype=dtype, name=name)(output) for output, share, name in shares]
    return keras.layers.Add(dtype=dtype, name="prediction")(parts)


def _at_temperature(output: Any, fitted: Fitted) -> Any:
    """Add p^(1/T), divided by its sum over classes; see `tasks.combining.at_temperature`."""
    if fitted.temperature == 1:
        return output
    powers = keras.ops.power(keras.ops.clip(output, MIN_PROBABILITY, 1.0), 1 / fitted.temperature)
    return keras.ops.divide(powers, keras.ops.sum(powers, axis=-1, keepdims=True))


def _network(fitted: Fitted, place: int, settings: NeighborSettings | None) -> keras.Model:
    """Build one network with its weights, and with the outputs that are compared with training samples, if any."""
    assert fitted.resolved is not None
    assert fitted.weights is not None
    assembly = assembled(fitted.resolved)
    allocate(assembly, seed=0)
    model = assembly.model
    fitted.weights.place_in(model)
    outputs = model.output
    if settings:
        (name,) = fitted.resolved.outputs
        flat = keras.layers.Flatten(dtype="float32", name=EMBEDDING)
        outputs = {name: outputs, EMBEDDING: flat(assembly.tensors[settings.layer])}
    return keras.Model(model.input, outputs, name=f"member_{place}")


def _as_estimator(fitted: Fitted, name: str, output: Any, prefix: str) -> Any:
    """Add the layers that convert an output of a network to that of the estimator."""
    assert fitted.resolved is not None
    loss = fitted.resolved.outputs[name]["loss"]
    from_logits = isinstance(loss, Mapping) and bool(loss.get("from_logits"))
    return _converted(fitted, output, fitted.targets.of_output(name), from_logits, prefix)


def _converted(fitted: Fitted, output: Any, targets: Targets, from_logits: bool, prefix: str) -> Any:
    """Add the layers that convert an output to probabilities or to the units of the targets."""
    for number, row in enumerate(targets.output_layers(output.shape, from_logits), 1):
        arguments = {**row.arguments, "dtype": fitted.float_dtype, "name": f"{prefix}_{number}"}
        layer = getattr(keras.layers, row.type, InverseTransform)(**arguments)
        output = layer(output)
        if row.weights:
            layer.set_weights(row.weights)
    return output
