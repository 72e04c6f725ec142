"""Losses in training: weighted means over samples, with label smoothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import keras
import tensorflow as tf

from nnbuild import catalog
from nnbuild.catalog.json_form import type_of, with_type, without_type
from nnbuild.catalog.registered import registered_signature
from nnbuild.errors import show
from nnbuild.keras_layers.batch_ensembles import member_predictions
from nnbuild.keras_layers.uncertainty import log_variance_of
from nnbuild.keras_losses import SmoothedSparseCategoricalCrossentropy
from nnbuild.plan.objects import make_object
from nnbuild.private.keras import mask_of
from nnbuild.tasks.losses import (
    CLASS_LOSS,
    OF_REGIONS,
    ONE_HOT,
    compares_numbers,
    smoothing_mistake,
    takes_smoothing,
)


class Losses(NamedTuple):
    """Losses of a batch.

    Attributes
    ----------
    total : tensor of shape ()
        Objective: the sum of `terms`.
    terms : list of tensor of shape ()
        Part of each output in the objective. That of the first output includes the losses that layers add.
    parts : list of tensor of shape ()
        Loss of each output.
    """

    total: tf.Tensor
    terms: list[tf.Tensor]
    parts: list[tf.Tensor]


@dataclass(frozen=True, eq=False)
class Objective:
    """Training objective: the losses of all outputs, and those that layers add.

    Attributes
    ----------
    losses : dict of str to keras.losses.Loss
        Loss of each output.
    shares : dict of str to float
        Weights of the losses, if given.
    dtype : {"float32", "float64"}
    """

    losses: dict[str, keras.losses.Loss]
    shares: dict[str, float]
    dtype: str

    @classmethod
    def of(cls, names: Sequence[str], settings: Mapping, dtype: str) -> Objective:
        """Return the objective of a model with these output names, from the resolved `training` section."""
        losses = make_losses(names, settings, dtype)
        return cls(losses, by_output("loss_weights", settings.get("loss_weights"), names), dtype)

    def values(self, y: Mapping, y_pred: Mapping, weights: Mapping, added: Sequence[tf.Tensor]) -> Losses:
        """Return the objective on a batch, and the loss of each output.

        Parameters
        ----------
        y, y_pred : mapping of str to tensor of shape (n_samples, ...)
            By output.
        weights : mapping of str to tensor of shape (n_samples,)
            By output.
        added : sequence of tensor
            Losses added by layers, such as weight penalties.
        """
        parts = {
            name: tf.cast(weighted_mean(loss, y[name], y_pred[name], weights[name]), self.dtype)
            for name, loss in self.losses.items()
        }
        first, *others = (
            self._term(name, part, log_variance_of(y_pred[name]), weights[name]) for name, part in parts.items()
        )
        first = tf.add_n([first, *(tf.cast(tf.reduce_sum(loss), self.dtype) for loss in added)])
        terms = [first, *others]
        return Losses(tf.add_n(terms) if others else first, terms, list(parts.values()))

    def _term(self, name: str, loss: tf.Tensor, log_variance: tf.Tensor | None, weights: tf.Tensor) -> tf.Tensor:
        """Return the part of an output in the objective: its loss times its weight, and times exp(-log variance).

        It is 0 for a batch without targets for the output, which must not change the log variance.
        """
        if log_variance is None:
            return loss * self.shares.get(name, 1.0)
        log_variance = tf.cast(log_variance, self.dtype)
        factor = variance_factor(self.losses[name])
        half = tf.where(tf.reduce_any(weights > 0), log_variance / 2, tf.zeros_like(log_variance))
        return self.shares.get(name, 1.0) * (factor * tf.exp(-log_variance) * loss + half)


def make_losses(names: Sequence[str], settings: Mapping, dtype: str) -> dict[str, keras.losses.Loss]:
    """Return the loss of each output.

    Parameters
    ----------
    names : sequence of str
        Names of the model's outputs.
    settings : mapping
        The resolved `training` section: `loss` (one for all outputs, or a mapping by output) and `label_smoothing`.
    dtype : {"float32", "float64"}
        Precision of losses without their own dtype.

    Returns
    -------
    dict of str to keras.losses.Loss
        In the order of `names`, without outputs that have no loss.

    Raises
    ------
    ValueError
        If there is no loss, a loss for an unknown output, or `label_smoothing` that no loss supports.
    """
    written = {name: with_type(value) for name, value in by_output("loss", settings["loss"], names).items()}
    if not written:
        raise ValueError("training needs a loss: set training.loss")
    smoothing = settings["label_smoothing"]
    if smoothing and (found := smoothing_mistake(written.values())):
        raise ValueError(found)
    return {name: _make_loss(value, smoothing, dtype) for name, value in written.items()}


def loss_types(names: Sequence[str], settings: Mapping) -> dict[str, str]:
    """Return the catalog name of each output's loss class."""
    losses = by_output("loss", settings["loss"], names)
    return {name: catalog.own_name("losses", type_of(value)) for name, value in losses.items()}


def by_output(key: str, value: object, names: Sequence[str]) -> dict:
    """Return a setting by output, from one value for all outputs or a mapping; outputs with None are left out."""
    if not isinstance(value, Mapping) or "type" in value:
        value = dict.fromkeys(names, value)
    unknown = [name for name in value if name not in names]
    if unknown:
        raise ValueError(f"{key} has {show(unknown[0])}, which is not an output; outputs: {', '.join(sorted(names))}")
    return {name: value[name] for name in names if value.get(name) is not None}


def variance_factor(loss: keras.losses.Loss | str | Mapping) -> float:
    """Return the factor of exp(-log variance) times the loss; see `LogVariance`: 1/2 for a loss of numbers, else 1."""
    given = type(loss).__name__ if isinstance(loss, keras.losses.Loss) else type_of(loss)
    return 0.5 if compares_numbers(given) else 1.0


def weighted_mean(loss: keras.losses.Loss, y_true: tf.Tensor, y_pred: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Return the loss of a batch: sum(w l) / sum(w).

    Parameters
    ----------
    loss : keras.losses.Loss
        Returns one value per sample, or per sample and time step.
    y_true, y_pred : tensor of shape (n_samples, ...)
    weights : tensor of shape (n_samples,)

    Returns
    -------
    tensor of shape ()
        Masked time steps are excluded. For a loss with reduction "sum": sum(w l). For a loss over a whole batch
        (`is_of_batch`): its mean, without weights. If `y_pred` is a `MemberAverage` in training: the mean of the losses
        of its members.

    Notes
    -----
    Keras divides by the number of samples instead, so doubling all weights doubles its loss.
    """
    members = member_predictions(y_pred)
    if members is not None:
        y_true, y_pred, weights = _by_member(y_true, members, weights)
    mask = mask_of(y_pred)
    if type(loss).__name__ in ONE_HOT:
        y_true = one_hot(y_true, y_pred)
    y_true = keras.ops.convert_to_tensor(y_true, dtype=loss.dtype)
    values = loss.call(y_true, keras.ops.convert_to_tensor(y_pred, dtype=loss.dtype))
    if is_of_batch(loss) or len(values.shape) == 0:
        return tf.reduce_mean(values)
    weights = spread(weights, values)
    for known in (mask, mask_of(values)):
        if known is not None:
            weights *= spread(known, values)
    total = tf.reduce_sum(values * weights)
    return total if loss.reduction == "sum" else tf.math.divide_no_nan(total, tf.reduce_sum(weights))


def _by_member(y_true: tf.Tensor, members: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return targets, predictions and weights with a sample for each sample and member."""
    n_members, width = members.shape[1:]
    weights = tf.repeat(weights, n_members) / n_members  # the same mean, and the mean of sums
    return tf.repeat(y_true, n_members, axis=0), tf.reshape(members, (-1, width)), weights


def is_of_batch(loss: keras.losses.Loss) -> bool:
    """Return whether a loss is one value per batch: Dice and Tversky are, unless `axis` excludes the batch axis."""
    if type(loss).__name__ not in OF_REGIONS:
        return False
    axes = loss.axis if isinstance(loss.axis, list | tuple) else [loss.axis]
    return None in axes or 0 in axes


def one_hot(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """Convert class indices to one-hot targets if predictions have a value per class; leave other targets unchanged."""
    n_classes, rank = y_pred.shape[-1], len(y_pred.shape)
    if n_classes != 1 and len(y_true.shape) == rank and y_true.shape[-1] == 1:
        y_true = tf.squeeze(y_true, -1)
    if n_classes in (None, 1) or len(y_true.shape) != rank - 1:
        return y_true
    return tf.one_hot(tf.cast(y_true, tf.int32), n_classes, dtype=y_pred.dtype)


def spread(weights: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Broadcast weights of the leading axes to the shape of `values`."""
    missing = len(values.shape) - len(weights.shape)
    shape = tf.concat([tf.shape(weights), tf.ones(missing, tf.int32)], 0)
    return tf.broadcast_to(tf.reshape(tf.cast(weights, values.dtype), shape), tf.shape(values))


def _make_loss(value: dict, smoothing: float, dtype: str) -> keras.losses.Loss:
    if value.get("reduction", "mean") in (None, "none"):
        raise ValueError(f"loss {show(value['type'])} has no reduction: training needs one number per batch")
    if dtype != "float32" and value.get("dtype") is None and _takes_dtype(value["type"]):
        value = {**value, "dtype": dtype}
    if not smoothing or not takes_smoothing(value):
        return make_object("losses", value)
    if catalog.own_name("losses", value["type"]) == CLASS_LOSS:
        return SmoothedSparseCategoricalCrossentropy(smoothing, **without_type(value))
    own = value.get("label_smoothing") or smoothing
    if own != smoothing:
        raise ValueError(f"label_smoothing is {smoothing}, but {own} in loss {show(value['type'])}")
    return make_object("losses", {**value, "label_smoothing": smoothing})


def _takes_dtype(name: str) -> bool:
    known = catalog.find("losses", name) or registered_signature("losses", name)
    return known is not None and "dtype" in known.arguments
