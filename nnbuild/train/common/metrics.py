"""Metrics from their settings, and the direction in which each improves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from nnbuild import catalog
from nnbuild.catalog.facts import metric_facts
from nnbuild.catalog.json_form import JsonForm, is_plain_accuracy, type_of, with_type
from nnbuild.plan.objects import make_object
from nnbuild.plan.training_checks import curve_names, metric_names
from nnbuild.records import Shape
from nnbuild.tasks.losses import ONE_HOT, Head, head_of
from nnbuild.train.common.losses import by_output, one_hot, spread


def make_metrics(shapes: Mapping[str, tuple[Shape, Shape]], settings: Mapping) -> dict[str, list[keras.metrics.Metric]]:
    """Return the metrics of each output.

    Parameters
    ----------
    shapes : mapping of str to pair of Shape
        Shapes of targets and predictions by output name.
    settings : mapping
        The resolved `training` section: `metrics` is a list, or a mapping of lists by output.

    Returns
    -------
    dict of str to list of keras.metrics.Metric
        Their names are those of the settings in snake case. Keras would add numbers that depend on earlier calls.
    """
    written, losses = _written(list(shapes), settings), by_output("loss", settings["loss"], list(shapes))
    found = {output: _make_metrics(values, *shapes[output]) for output, values in written.items()}
    for output, metrics in found.items():
        if (head := head_of(losses.get(output))).listed:
            for metric in metrics:
                _use_prediction(metric, head)
        ignored = with_type(losses[output]).get("ignore_class") if output in losses else None
        if ignored is not None:
            for metric in metrics:
                _ignore(metric, ignored)
    return found


def directions(names: Sequence[str], settings: Mapping) -> dict[str, str | None]:
    """Return the direction in which each curve improves, by name: "up", "down" or None.

    Validation curves have the same names with the prefix "val_".
    """
    written, losses = _written(names, settings), by_output("loss", settings["loss"], names)
    curves = curve_names(names, losses, {output: metric_names(values) for output, values in written.items()})
    metric_directions = [metric_facts(class_of(value)).improves for values in written.values() for value in values]
    return dict(zip(curves, ["down"] * (len(curves) - len(metric_directions)) + metric_directions, strict=True))


def class_of(metric: JsonForm) -> str:
    """Return the own name of a metric's class; "Accuracy" for the string "accuracy"."""
    return "Accuracy" if is_plain_accuracy(metric) else catalog.own_name("metrics", type_of(metric))


def _written(names: Sequence[str], settings: Mapping) -> dict[str, list]:
    metrics = by_output("metrics", settings["metrics"] or None, names)
    return {name: list(values) if isinstance(values, list | tuple) else [values] for name, values in metrics.items()}


def _make_metrics(values: list, y_shape: Shape, pred_shape: Shape) -> list[keras.metrics.Metric]:
    chosen = [_accuracy(y_shape, pred_shape) if is_plain_accuracy(value) else value for value in values]
    metrics: list[keras.metrics.Metric] = [make_object("metrics", _with_float_counts(value)) for value in chosen]
    for metric, name in zip(metrics, metric_names(values), strict=True):
        metric.name = name
        kind = type(metric).__name__
        if kind in ONE_HOT or metric_facts(kind).overlaps:
            _accept_class_indices_and_weights(metric)
    return metrics


def _ignore(metric: keras.metrics.Metric, number: int) -> None:
    """Make a metric ignore the same targets as the loss: those equal to `number`."""
    update = metric.update_state

    def update_state(y_true, y_pred, sample_weight=None):
        weights = keras.ops.cast(keras.ops.not_equal(y_true, number), metric.dtype)
        if sample_weight is not None:
            weights *= spread(keras.ops.cast(sample_weight, metric.dtype), weights)
        return update(y_true, y_pred, weights)

    metric.update_state = update_state


def _use_prediction(metric: keras.metrics.Metric, head: Head) -> None:
    """Make a metric use the value that `predict` returns, if a network predicts several values per target."""
    update, n_values = metric.update_state, head.n_values

    def update_state(y_true, y_pred, sample_weight=None):
        values = keras.ops.sort(keras.ops.reshape(y_pred, (-1, y_pred.shape[-1] // n_values, n_values)))
        return update(y_true, values[..., head.place], sample_weight)

    metric.update_state = update_state


def _with_float_counts(value: str | Mapping) -> str | Mapping:
    """Return a metric whose counts are floats, because weights may be fractional."""
    if not metric_facts(class_of(value)).overlaps:
        return value
    given = with_type(value)
    return {**given, "dtype": given.get("dtype") or "float32"}


def _accept_class_indices_and_weights(metric: keras.metrics.Metric) -> None:
    """Make a metric of one-hot targets accept class indices too, and a metric of pixels accept sample weights."""
    update, kind = metric.update_state, type(metric).__name__

    def update_state(y_true, y_pred, sample_weight=None):
        if kind in ONE_HOT:
            y_true = one_hot(y_true, y_pred)
        if metric_facts(kind).overlaps and sample_weight is not None:
            sample_weight = spread(sample_weight, y_true[..., 0] if kind in ONE_HOT else y_true)
        return update(y_true, y_pred, sample_weight)

    metric.update_state = update_state


def _accuracy(y_shape: Shape, pred_shape: Shape) -> str:
    """Return the accuracy class for targets and predictions of these shapes, by Keras' rule for "accuracy"."""
    if pred_shape[-1] == 1:
        return "BinaryAccuracy"
    if len(y_shape) < len(pred_shape) or y_shape[-1] == 1:
        return "SparseCategoricalAccuracy"
    return "CategoricalAccuracy"
