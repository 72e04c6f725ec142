"""Classes and functions that use private names of single layers of Keras, with the public interface they replace."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras

# Layers with dropout.


class DropsScores:
    """Mixin of `Attention` and `AdditiveAttention`: the method `dropped` replaces Keras' dropout of scores.

    Replaces `call`, the only public method, which computes both scores and dropout.
    """

    def _apply_scores(self, scores, value, scores_mask=None, training=False):
        found, weights = super()._apply_scores(scores, value, scores_mask, training=False)
        if not training or not self.dropout:
            return found, weights
        weights = self.dropped(weights, self.dropout)
        return weights @ value, weights


class DropsStates:
    """Mixin of recurrent cells: the method `dropped` replaces Keras' dropout of inputs and states.

    Replaces `get_dropout_mask`, which keeps one mask for all steps, but draws it from Keras' generator.
    """

    def _create_dropout_mask(self, step_input, dropout_rate):
        n_masks = getattr(self, "dropout_mask_count", None)
        ones = keras.ops.ones_like(step_input)
        # Keras also calls this in prediction. If these calls were counted, an evaluation between epochs would change
        # the random numbers of the next epoch.
        training = self._get_call_context().get_value("training")
        masks = [self.dropped(ones, dropout_rate) if training else ones for _ in range(n_masks or 1)]
        return masks[0] if n_masks is None else masks


# Attention in steps.


class Projections(NamedTuple):
    """Dense layers of an attention layer."""

    query: Any
    key: Any
    value: Any
    output: Any


def projections_of(layer: Any) -> Projections:
    """Return the dense layers of a `MultiHeadAttention` or `GroupQueryAttention`.

    Replaces attributes such as `query_dense`, which are public only in `MultiHeadAttention`.
    """
    return Projections(layer._query_dense, layer._key_dense, layer._value_dense, layer._output_dense)


def attended(layer: Any, query: Any, keys: Any, values: Any, mask: Any) -> Any:
    """Return the attention output of each head at inference, for projected queries, keys and values and a mask.

    Replaces `layer(query, value, key, attention_mask=mask)`, which projects all keys and values again in each step.
    `keras.ops.dot_product_attention` rounds differently from layers with dropout.
    """
    return layer._compute_attention(query, keys, values, attention_mask=mask, training=False)[0]
