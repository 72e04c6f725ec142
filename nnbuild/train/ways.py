"""How the layers of a network are computed for many members at once: the table of what was tried and measured.

There are two ways: "xla", a program that XLA compiles, and "vectorized", TensorFlow's own operations, both on the
arrays of all members. A layer has those in which members come out as they do alone, and sooner; a test tries each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnbuild.records import Resolved

WAYS = ("xla", "vectorized")  # the first one that all layers of a network have is taken


def way_of(resolved: Resolved) -> str | None:
    """The way in which a network is computed for many members; None where each trains alone."""
    kinds = {kind for kind, _ in every_layer(resolved)}
    return next((way for way in WAYS if all(way in LAYERS.get(kind, ()) for kind in kinds)), None)


def every_layer(resolved: Resolved) -> Iterator[tuple[str, Mapping]]:
    """Type and arguments of each layer of a network, and of those inside of them."""
    for node in resolved.nodes:
        yield from _with_inner(node.type, node.arguments)


def _with_inner(kind: str, arguments: Mapping) -> Iterator[tuple[str, Mapping]]:
    yield kind, arguments
    for name in INNER:
        value = arguments.get(name)
        for inner in value if isinstance(value, list | tuple) else [value]:
            if isinstance(inner, Mapping):
                yield from _with_inner(inner["type"], inner)


INNER = ("layer", "backward_layer", "layers", "cell", "cells")  # arguments that are layers

_BOTH, _XLA, _VECTORIZED = WAYS, WAYS[:1], WAYS[1:]

# Layers that are not here train one by one: TensorFlow has no rule for what they do, most often random numbers.
# Convolutions without XLA take longer than one by one. XLA takes as long to compile a recurrent layer as a small one to
# train, and refuses loops of TensorFlow's.
LAYERS = {
    "Activation": _BOTH,
    "AdaptiveAveragePooling1D": _BOTH,
    "AdaptiveAveragePooling2D": _BOTH,
    "AdaptiveAveragePooling3D": _BOTH,
    "AdaptiveMaxPooling1D": _BOTH,
    "AdaptiveMaxPooling2D": _BOTH,
    "AdaptiveMaxPooling3D": _BOTH,
    "Add": _BOTH,
    "AdditiveAttention": _BOTH,
    "Attention": _BOTH,
    "AutoContrast": _BOTH,
    "Average": _BOTH,
    "AveragePooling1D": _BOTH,
    "AveragePooling2D": _BOTH,
    "AveragePooling3D": _BOTH,
    "BatchNormalization": _BOTH,
    "Bidirectional": _VECTORIZED,
    "CenterCrop": _BOTH,
    "Concatenate": _BOTH,
    "Conv1D": _XLA,
    "Conv2D": _XLA,
    "Conv3D": _XLA,
    "Cropping1D": _BOTH,
    "Cropping2D": _BOTH,
    "Cropping3D": _BOTH,
    "Dense": _BOTH,
    "DepthwiseConv1D": _XLA,
    "DepthwiseConv2D": _XLA,
    "Discretization": _BOTH,
    "Dot": _BOTH,
    "Dropout": _BOTH,
    "ELU": _BOTH,
    "EinsumDense": _BOTH,
    "Embedding": _BOTH,
    "Flatten": _BOTH,
    "GRU": _VECTORIZED,
    "GRUCell": _VECTORIZED,
    "GaussianDropout": _BOTH,
    "GaussianNoise": _BOTH,
    "GlobalAveragePooling1D": _BOTH,
    "GlobalAveragePooling2D": _BOTH,
    "GlobalAveragePooling3D": _BOTH,
    "GlobalMaxPooling1D": _BOTH,
    "GlobalMaxPooling2D": _BOTH,
    "GlobalMaxPooling3D": _BOTH,
    "GroupNormalization": _BOTH,
    "GroupQueryAttention": _BOTH,
    "Identity": _BOTH,
    "LSTM": _VECTORIZED,
    "LSTMCell": _VECTORIZED,
    "LayerNormalization": _BOTH,
    "LeakyReLU": _BOTH,
    "Masking": _BOTH,
    "MaxPooling1D": _BOTH,
    "MaxPooling2D": _BOTH,
    "Maximum": _BOTH,
    "Minimum": _BOTH,
    "MultiHeadAttention": _BOTH,
    "Multiply": _BOTH,
    "Normalization": _BOTH,
    "PReLU": _BOTH,
    "Permute": _BOTH,
    "Pipeline": _BOTH,
    "RMSNormalization": _BOTH,
    "RNN": _VECTORIZED,
    "ReLU": _BOTH,
    "RepeatVector": _BOTH,
    "Rescaling": _BOTH,
    "Reshape": _BOTH,
    "ReversibleEmbedding": _BOTH,
    "SeparableConv1D": _XLA,
    "SeparableConv2D": _XLA,
    "SimpleRNN": _VECTORIZED,
    "SimpleRNNCell": _VECTORIZED,
    "Softmax": _BOTH,
    "SpatialDropout1D": _BOTH,
    "SpatialDropout2D": _BOTH,
    "SpatialDropout3D": _BOTH,
    "StackedRNNCells": _VECTORIZED,
    "Subtract": _BOTH,
    "TimeDistributed": _BOTH,
    "UnitNormalization": _BOTH,
    "UpSampling1D": _BOTH,
    "UpSampling3D": _BOTH,
    "ZeroPadding1D": _BOTH,
    "ZeroPadding2D": _BOTH,
    "ZeroPadding3D": _BOTH,
}
