"""Metrics by their settings, and which way each of them improves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras

from nnbuild.plan.objects import make_object
from nnbuild.recipe import catalog
from nnbuild.train.losses import by_output

Shape = tuple[int | None, ...]


def make_metrics(shapes: Mapping[str, tuple[Shape, Shape]], settings: Mapping) -> dict[str, list[keras.metrics.Metric]]:
    """The metrics of each output.

    Parameters
    ----------
    shapes : mapping of str to pair of Shape
        Shapes of targets and predictions by output name.
    settings : mapping
        The resolved `training` section: `metrics` is a list, or a mapping of lists by output.

    Returns
    -------
    dict of str to list of keras.metrics.Metric
        Named as the settings write them, in snake case: Keras would number them by what ran before.
    """
    written = _written(list(shapes), settings)
    return {name: [_make_metric(value, *shapes[name]) for value in values] for name, values in written.items()}


def directions(names: Sequence[str], settings: Mapping) -> dict[str, str | None]:
    """Whether each curve improves "up" or "down", by its name; None where neither is better.

    Validation curves have the same names with "val_" before them.
    """
    found: dict[str, str | None] = {"loss": "down"}
    if len(names) > 1:
        found.update((f"{name}_loss", "down") for name in names)
    for output, values in _written(names, settings).items():
        prefix = f"{output}_" if len(names) > 1 else ""
        for name, value in zip(_numbered([_metric_name(value) for value in values]), values, strict=True):
            found[prefix + name] = DIRECTIONS.get(_class_name(value))
    return found


def _written(names: Sequence[str], settings: Mapping) -> dict[str, list]:
    metrics = by_output("metrics", settings["metrics"] or None, names)
    return {name: list(values) if isinstance(values, list | tuple) else [values] for name, values in metrics.items()}


def _numbered(names: list[str]) -> list[str]:
    """`names` as Keras tells equal ones apart: the second "auc" of an output is "auc_1"."""
    earlier = [names[:index].count(name) for index, name in enumerate(names)]
    return [f"{name}_{count}" if count else name for name, count in zip(names, earlier, strict=True)]


def _make_metric(value: str | Mapping, y_shape: Shape, pred_shape: Shape) -> keras.metrics.Metric:
    chosen = _accuracy(y_shape, pred_shape) if _is_plain_accuracy(value) else value
    metric: keras.metrics.Metric = make_object("metrics", chosen)
    metric.name = _metric_name(value)
    return metric


def _is_plain_accuracy(value: str | Mapping) -> bool:
    return isinstance(value, str) and value.lower() in ("accuracy", "acc")


def _accuracy(y_shape: Shape, pred_shape: Shape) -> str:
    """The accuracy that suits targets and predictions of these shapes, by Keras' rule for "accuracy"."""
    if pred_shape[-1] == 1:
        return "BinaryAccuracy"
    if len(y_shape) < len(pred_shape) or y_shape[-1] == 1:
        return "SparseCategoricalAccuracy"
    return "CategoricalAccuracy"


def _metric_name(value: str | Mapping) -> str:
    return catalog.snake_case(value if isinstance(value, str) else value["type"])


def _class_name(value: str | Mapping) -> str:
    name = value if isinstance(value, str) else value["type"]
    known = catalog.find("metrics", name)
    return known.name if known else "Accuracy" if _is_plain_accuracy(value) else name


DIRECTIONS: dict[str, str | None] = {
    "AUC": "up",
    "Accuracy": "up",
    "BinaryAccuracy": "up",
    "BinaryCrossentropy": "down",
    "BinaryIoU": "up",
    "CategoricalAccuracy": "up",
    "CategoricalCrossentropy": "down",
    "CategoricalHinge": "down",
    "ConcordanceCorrelation": "up",
    "CosineSimilarity": "up",
    "F1Score": "up",
    "FBetaScore": "up",
    "FalseNegatives": "down",
    "FalsePositives": "down",
    "Hinge": "down",
    "IoU": "up",
    "KLDivergence": "down",
    "LogCoshError": "down",
    "Mean": None,
    "MeanAbsoluteError": "down",
    "MeanAbsolutePercentageError": "down",
    "MeanIoU": "up",
    "MeanSquaredError": "down",
    "MeanSquaredLogarithmicError": "down",
    "OneHotIoU": "up",
    "OneHotMeanIoU": "up",
    "PearsonCorrelation": "up",
    "Poisson": "down",
    "Precision": "up",
    "PrecisionAtRecall": "up",
    "R2Score": "up",
    "Recall": "up",
    "RecallAtPrecision": "up",
    "RootMeanSquaredError": "down",
    "SensitivityAtSpecificity": "up",
    "SparseCategoricalAccuracy": "up",
    "SparseCategoricalCrossentropy": "down",
    "SparseTopKCategoricalAccuracy": "up",
    "SpecificityAtSensitivity": "up",
    "SquaredHinge": "down",
    "Sum": None,
    "TopKCategoricalAccuracy": "up",
    "TrueNegatives": "up",
    "TruePositives": "up",
}
