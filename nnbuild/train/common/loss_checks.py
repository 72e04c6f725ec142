"""Try losses and metrics on the first samples before training, and report errors of Keras as a `RecipeError`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from nnbuild import catalog
from nnbuild.catalog.facts import loss_facts
from nnbuild.catalog.json_form import type_of
from nnbuild.errors import Path, Problem, RecipeError
from nnbuild.plan.shapes import failure
from nnbuild.train.common.batches import TrainingData
from nnbuild.train.common.losses import Objective, by_output, weighted_mean
from nnbuild.train.common.metrics import make_metrics
from nnbuild.train.common.outputs import aligned, by_name, float_dtype
from nnbuild.train.common.tracing import refused_rows, traced


def ready_metrics(
    model: keras.Model, names: list[str], settings: Mapping, data: TrainingData
) -> dict[str, list[keras.metrics.Metric]]:
    """Return metrics by output. Some metrics create their variables in the first update, so each is updated once.

    Parameters
    ----------
    model : keras.Model
    names : list of str
        Outputs of the model.
    settings : mapping
        The resolved `training` section.
    data : TrainingData
        The first sample determines the shapes.
    """
    if not by_output("metrics", settings["metrics"] or None, names):
        return {}
    X, y, _ = data.take(data.rows[:1], float_dtype(model))
    y_pred = by_name(names, predicted(model, X))
    y = {name: aligned(tf.convert_to_tensor(y[name]), y_pred[name]) for name in names}
    metrics = make_metrics({name: (y[name].shape, y_pred[name].shape) for name in names}, settings)
    for name, index, metric in [(name, *one) for name, values in metrics.items() for one in enumerate(values)]:
        shapes = f"targets {_shape_text(y[name])} and predictions {_shape_text(y_pred[name])}"
        what = f"{type(metric).__name__} can't measure {shapes}"
        with _refused((*_setting_path(name, "metrics", settings), index), what):
            metric.update_state(y[name], y_pred[name], sample_weight=tf.ones(1))
            metric.result()
        metric.reset_state()
    return metrics


def check_losses(model: keras.Model, objective: Objective, settings: Mapping, data: TrainingData) -> None:
    """Raise a `RecipeError` if a loss can't be computed on the first samples. Common losses are not tried."""
    written = by_output("loss", settings["loss"], list(objective.losses))
    if not any(_needs_trial(value) for value in written.values()):
        return
    rows = data.rows[:2]  # some losses compare samples
    X, y, _ = data.take(rows, float_dtype(model))
    y_pred = by_name(list(data.y), predicted(model, X))
    for name, loss in objective.losses.items():
        target = aligned(tf.convert_to_tensor(y[name]), y_pred[name])
        shapes = f"targets {_shape_text(target)} and predictions {_shape_text(y_pred[name])}"
        what = f"{type(loss).__name__} can't compare {shapes}"
        with _refused(_setting_path(name, "loss", settings), what):
            weighted_mean(loss, target, y_pred[name], tf.ones(len(rows), y_pred[name].dtype))


def predicted(model: keras.Model, X: Any) -> Any:
    """Return the output of the model for a few samples; raise a `DataError` if the model does not support them.

    If an eager call fails, the model is traced, as in training: some image layers accept integers only in traced code.
    An eager call is tried first, because each trace takes half a megabyte that is never freed.
    """
    X = tf.nest.map_structure(tf.convert_to_tensor, X)
    with refused_rows(model, X):
        try:
            return model(X, training=False)
        except (tf.errors.InvalidArgumentError, TypeError, ValueError):
            spec = tf.nest.map_structure(lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), X)
            return traced(lambda rows: model(rows, training=False), spec)(X)


def _needs_trial(loss: str | Mapping) -> bool:
    """Return whether a loss must be tried. Losses without unusual arguments were already checked by their name."""
    if loss_facts(catalog.own_name("losses", type_of(loss))).other_shapes:
        return True
    if not isinstance(loss, Mapping):
        return False
    known = catalog.find("losses", type_of(loss))
    defaults = known.arguments if known else {}
    return any(
        key not in _USUAL_ARGUMENTS and (key not in defaults or defaults[key] != value) for key, value in loss.items()
    )


@contextmanager
def _refused(path: Path, what: str) -> Iterator[None]:
    """Raise errors of Keras about a loss or metric as a `RecipeError`.

    Parameters
    ----------
    path : Path
        Path of the loss or metric in the recipe.
    what : str
        Start of the message: the loss or metric, and the shapes of targets and predictions.
    """
    try:
        yield
    except RecipeError:
        raise
    except Exception as error:
        raise RecipeError([Problem(path, f"{what}: {failure(error)}", hint=_HINT)]) from error


def _setting_path(output: str, key: str, settings: Mapping) -> Path:
    """Return the path of the loss or the metrics of an output in the recipe."""
    value = settings[key]
    return ("outputs", output, key) if isinstance(value, Mapping) and "type" not in value else ("training", key)


def _shape_text(tensor: tf.Tensor) -> str:
    """Return the text of the shape of one sample."""
    return f"of shape {tuple(tensor.shape[1:])}"


_USUAL_ARGUMENTS = {"type", "from_logits", "ignore_class", "label_smoothing", "reduction"}
_HINT = "its arguments must be compatible with the shapes of targets and predictions"
