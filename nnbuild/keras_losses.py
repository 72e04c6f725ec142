"""Keras losses of our own."""

from __future__ import annotations

import keras

from nnbuild.private.keras import set_mask


@keras.saving.register_keras_serializable("nnbuild")
class SmoothedSparseCategoricalCrossentropy(keras.losses.Loss):
    """Cross-entropy of whole-number labels, smoothed: Keras smooths one-hot labels only.

    Attributes
    ----------
    label_smoothing : float
        s in (1 - s) * onehot(y) + s / n_classes.
    from_logits : bool
        Whether predictions are unscaled.
    ignore_class : int or None
        Label whose rows or positions count nothing.
    axis : int
        Axis of the classes in predictions.

    References
    ----------
    .. [1] Szegedy et al., "Rethinking the Inception architecture for computer vision", section 7, arXiv:1512.00567.
    """

    def __init__(
        self,
        label_smoothing,
        from_logits=False,
        ignore_class=None,
        axis=-1,
        reduction="sum_over_batch_size",
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.label_smoothing = label_smoothing
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def call(self, y_true, y_pred):
        labels = keras.ops.cast(y_true, "int32")
        if len(labels.shape) == len(y_pred.shape):
            labels = keras.ops.squeeze(labels, self.axis)
        targets = keras.ops.one_hot(labels, y_pred.shape[self.axis], axis=self.axis, dtype=y_pred.dtype)
        values = keras.losses.categorical_crossentropy(
            targets, y_pred, self.from_logits, self.label_smoothing, self.axis
        )
        if self.ignore_class is None:
            return values
        kept = keras.ops.not_equal(labels, self.ignore_class)
        values = keras.ops.where(kept, values, keras.ops.zeros_like(values))
        set_mask(values, kept)  # as Keras' own loss marks what it ignores
        return values

    def get_config(self):
        own = {name: getattr(self, name) for name in ("label_smoothing", "from_logits", "ignore_class", "axis")}
        return {**super().get_config(), **own}
