"""Layers for sequences: positions, class tokens and single steps."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


class _OfSequence(keras.Layer):
    """Layer for sequences, (batch, steps, features), that passes masks of steps on."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.input_spec = keras.InputSpec(ndim=3)
        self.supports_masking = True


@keras.saving.register_keras_serializable("nnbuild")
class PositionEmbedding(_OfSequence):
    """Layer that adds a position embedding to each step of a sequence: learned, or sines and cosines.

    Parameters
    ----------
    sequence_length : int, optional
        Number of learned positions, and maximum length of a sequence. By default nothing is learned, and sequences may
        have any length: the embeddings are sines and cosines.
    embeddings_initializer, embeddings_regularizer, embeddings_constraint
        Objects for the learned embeddings.

    Notes
    -----
    Feature 2 i of the embedding at position p is sin(p / 10000^(2 i / d)), and feature 2 i + 1 the cosine, d the number
    of features: Vaswani et al., "Attention is all you need", arXiv:1706.03762, section 3.5.
    """

    def __init__(
        self,
        sequence_length: int | None = None,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.sequence_length = sequence_length
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)
        self.embeddings_regularizer = keras.regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = keras.constraints.get(embeddings_constraint)

    def build(self, input_shape: tuple) -> None:
        if self.sequence_length is not None:
            self.embeddings = self.add_weight(
                shape=(self.sequence_length, input_shape[-1]),
                name="embeddings",
                initializer=self.embeddings_initializer,
                regularizer=self.embeddings_regularizer,
                constraint=self.embeddings_constraint,
            )

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        n_places, n_steps = self.sequence_length, input_shape[1]
        if None not in (n_places, n_steps) and n_steps > n_places:
            raise ValueError(f"PositionEmbedding supports {n_places} positions, got a sequence of {n_steps}")
        return tuple(input_shape)

    def call(self, inputs: Any, start: Any = 0) -> Any:
        """Add the embeddings of the positions from `start` on, where the first step is."""
        n_steps, n_features = ops.shape(inputs)[1], inputs.shape[-1]
        if self.sequence_length is None:
            return inputs + ops.cast(waves(n_steps, n_features, start), inputs.dtype)
        return inputs + ops.cast(self.embeddings, inputs.dtype)[start : start + n_steps]

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "sequence_length": self.sequence_length,
            "embeddings_initializer": keras.initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": keras.regularizers.serialize(self.embeddings_regularizer),
            "embeddings_constraint": keras.constraints.serialize(self.embeddings_constraint),
        }


def waves(n_places: Any, n_features: int, start: Any = 0) -> Any:
    """Return sines and cosines for each position from `start` on, (positions, features), slower to the right."""
    features = ops.arange(n_features)
    rates = ops.power(10_000.0, -ops.cast(features // 2 * 2, "float32") / n_features)
    angles = ops.cast(start + ops.arange(n_places), "float32")[:, None] * rates
    return ops.where(features % 2 == 0, ops.sin(angles), ops.cos(angles))


@keras.saving.register_keras_serializable("nnbuild")
class ClassToken(_OfSequence):
    """Layer that puts a learned vector in front of a sequence, for information about the whole sequence.

    Parameters
    ----------
    embeddings_initializer
        Initializer of the vector.

    References
    ----------
    Dosovitskiy et al., "An image is worth 16x16 words", arXiv:2010.11929, equation 1.
    """

    def __init__(self, embeddings_initializer: Any = "zeros", **kwargs: Any):
        super().__init__(**kwargs)
        self.embeddings_initializer = keras.initializers.get(embeddings_initializer)

    def build(self, input_shape: tuple) -> None:
        self.embeddings = self.add_weight(
            shape=(1, 1, input_shape[-1]), name="embeddings", initializer=self.embeddings_initializer
        )

    def call(self, inputs: Any) -> Any:
        token = ops.broadcast_to(ops.cast(self.embeddings, inputs.dtype), (ops.shape(inputs)[0], 1, inputs.shape[-1]))
        return ops.concatenate([token, inputs], axis=1)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        if previous_mask is None:
            return None
        return ops.pad(previous_mask, [[0, 0], [1, 0]], constant_values=True)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, n_steps, n_features = input_shape
        return batch, None if n_steps is None else n_steps + 1, n_features

    def get_config(self) -> dict:
        initializer = keras.initializers.serialize(self.embeddings_initializer)
        return {**super().get_config(), "embeddings_initializer": initializer}


@keras.saving.register_keras_serializable("nnbuild")
class TakeStep(_OfSequence):
    """Layer that returns one step of a sequence, (batch, features): 0 is the first, -1 the last.

    Parameters
    ----------
    step : int, default=0
        Index of the step: 0 is the first, which is the class token if there is one; -1 is the last.
    """

    def __init__(self, step: int = 0, **kwargs: Any):
        super().__init__(**kwargs)
        self.step = step

    def call(self, inputs: Any) -> Any:
        return inputs[:, self.step]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        return None

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return input_shape[0], input_shape[2]

    def get_config(self) -> dict:
        return {**super().get_config(), "step": self.step}
