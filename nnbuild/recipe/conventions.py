"""What Keras' signatures do not say: how layers take their tensors, which choose their dtype, where classes live."""

from __future__ import annotations

from nnbuild.recipe.composites import MERGING

# Layers that take their tensors as one list, and those that take them one by one.
LISTS = (*MERGING, "Attention", "AdditiveAttention", "HashedCrossing")
ONE_BY_ONE = ("GroupQueryAttention", "MultiHeadAttention")
# Arguments that Keras wants in the call of a layer, not where it is made, with their defaults.
_CAUSAL: dict[str, object] = {"use_causal_mask": False}
CALL_ARGUMENTS: dict[str, dict[str, object]] = {
    **dict.fromkeys(("AdditiveAttention", "Attention", "GroupQueryAttention", "MultiHeadAttention"), _CAUSAL),
}
# Layers that take states behind their input.
RECURRENT = ("Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRU", "LSTM", "RNN", "SimpleRNN")
# Layers that work on text and whole numbers: they choose their own dtype, whatever the network's.
OWN_DTYPE = {
    "CategoryEncoding", "Discretization", "HashedCrossing", "Hashing",
    "IntegerLookup", "StringLookup", "TextVectorization",
}  # fmt: skip
PLAIN_PRECISION = "float32"  # what Keras does unless told otherwise
# Layers of our own, and where they live.
OWN_LAYERS = ("ClassToken", "PositionEmbedding", "TakeStep")
OWN_MODULE = "nnbuild.keras_layers"
# Where the classes of each family live in Keras.
MODULES = {
    **dict.fromkeys(("layers", "cells", "activations"), "keras.layers"),
    "initializers": "keras.initializers",
    "regularizers": "keras.regularizers",
    "constraints": "keras.constraints",
    "optimizers": "keras.optimizers",
    "schedules": "keras.optimizers.schedules",
    "losses": "keras.losses",
    "metrics": "keras.metrics",
}
