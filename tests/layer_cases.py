"""One row per layer type: arguments, shapes of the inputs (without the batch axis) and their dtype."""

from dataclasses import dataclass, field

import keras
import numpy as np
import pytest
import tensorflow as tf

from nnbuild import keras_layers
from nnbuild.catalog.facts import layer_facts

L = keras.layers


def layer_class(name):
    """The class of a layer of the catalog: of Keras, or our own."""
    return getattr(keras_layers if layer_facts(name).own else L, name)


@dataclass(frozen=True)
class Case:
    """A layer in a network of its own.

    `make` builds the layer by Keras' own code where `arguments` hold other layers.
    """

    shapes: tuple
    arguments: dict = field(default_factory=dict)
    dtype: str = "float32"
    make: object = None

    def layer(self, type_name):
        """The layer, as a user of Keras would write it."""
        return self.make() if self.make else layer_class(type_name)(**self.arguments)


def case(*shapes, dtype="float32", make=None, **arguments):
    return Case(shapes, arguments, dtype, make)


def vector(**arguments):
    return case((4,), **arguments)


def sequence(**arguments):
    return case((6, 4), **arguments)


def image(**arguments):
    return case((8, 8, 3), **arguments)


def volume(**arguments):
    return case((4, 5, 6, 2), **arguments)


def network(type_name, row):
    """A recipe of this layer alone; several inputs are called a, b, c."""
    names = ["input"] if len(row.shapes) == 1 else ["a", "b", "c"][: len(row.shapes)]
    inputs = {name: {"shape": list(shape), "dtype": row.dtype} for name, shape in zip(names, row.shapes, strict=True)}
    node = {"type": type_name, "name": "layer", "inputs": names, **row.arguments}
    return {"nnbuild": 1, "inputs": inputs, "layers": [node], "outputs": "last"}


def batches(row, n_samples=2):
    """Data for the inputs of `network`, as its model takes it."""
    rng = np.random.default_rng(0)
    arrays = [_batch(rng, (n_samples, *shape), row.dtype) for shape in row.shapes]
    return arrays[0] if len(arrays) == 1 else dict(zip("abc", arrays, strict=False))


def _batch(rng, shape, dtype):
    if dtype == "string":
        return tf.constant(rng.choice(["cat", "dog", "cow"], shape))
    if dtype.startswith("int"):
        return tf.constant(rng.integers(0, 5, shape), dtype)
    return tf.constant(rng.uniform(0, 255, shape) if len(shape) == 4 else rng.normal(size=shape), dtype)


def with_weights(layer, *shape):
    """A layer with its weights, which Keras makes too late where it is the activation of another."""
    layer.build((None, *shape))
    return layer


VECTORS = ((4,), (4,))
SEQUENCES = ((6, 4), (5, 4))
DENSE = {"type": "Dense", "units": 3}
LSTM = {"type": "LSTM", "units": 3}
GRU = {"type": "GRU", "units": 3}
LSTM_CELL = {"type": "LSTMCell", "units": 3}
GRU_CELL = {"type": "GRUCell", "units": 2}

LAYERS = {
    "Activation": vector(activation="relu"),
    "ActivityRegularization": vector(l1=0.1, l2=0.1),
    "AdaptiveAveragePooling1D": sequence(output_size=2),
    "AdaptiveAveragePooling2D": image(output_size=[2, 3]),
    "AdaptiveAveragePooling3D": volume(output_size=2),
    "AdaptiveMaxPooling1D": sequence(output_size=2),
    "AdaptiveMaxPooling2D": image(output_size=[2, 3]),
    "AdaptiveMaxPooling3D": volume(output_size=2),
    "Add": case(*VECTORS),
    "AdditiveAttention": case(*SEQUENCES),
    "AlphaDropout": vector(rate=0.5),
    "Attention": case(*SEQUENCES, use_scale=True),
    "AugMix": image(),
    "AutoContrast": image(),
    "Average": case(*VECTORS),
    "AveragePooling1D": sequence(pool_size=2),
    "AveragePooling2D": image(pool_size=2),
    "AveragePooling3D": volume(pool_size=2),
    "BatchEnsembleDense": vector(units=3, n_members=2, activation="tanh"),
    "BatchNormalization": vector(momentum=0.9),
    "Bidirectional": sequence(layer=LSTM, make=lambda: L.Bidirectional(L.LSTM(3))),
    "CategoryEncoding": case((3,), dtype="int32", num_tokens=5),
    "CenterCrop": image(height=4, width=5),
    "ClassToken": sequence(embeddings_initializer="ones"),
    "Concatenate": case((4,), (3,)),
    "ContrastLimitedAdaptiveHistogramEqualization": image(tile_grid_size=[2, 2]),
    "Conv1D": sequence(filters=3, kernel_size=2),
    "Conv1DTranspose": sequence(filters=3, kernel_size=2, strides=2),
    "Conv2D": image(filters=4, kernel_size=[3, 2], strides=2, padding="same"),
    "Conv2DTranspose": image(filters=4, kernel_size=3, strides=2),
    "Conv3D": volume(filters=3, kernel_size=2),
    "Conv3DTranspose": volume(filters=3, kernel_size=2),
    "ConvLSTM1D": case((3, 6, 2), filters=2, kernel_size=3),
    "ConvLSTM2D": case((3, 6, 6, 2), filters=2, kernel_size=3),
    "ConvLSTM3D": case((2, 4, 4, 4, 2), filters=2, kernel_size=3),
    "Cropping1D": sequence(),
    "Cropping2D": image(cropping=[[1, 2], [0, 1]]),
    "Cropping3D": volume(cropping=1),
    "Dense": vector(units=3),
    "DepthwiseConv1D": sequence(kernel_size=2, depth_multiplier=2),
    "DepthwiseConv2D": image(kernel_size=3),
    "Discretization": vector(bin_boundaries=[-0.5, 0.0, 0.5]),
    "Dot": case(*VECTORS, axes=1),
    "Dropout": vector(rate=0.5),
    "ELU": vector(alpha=0.5),
    "EinsumDense": sequence(equation="abc,cd->abd", output_shape=[None, 3], bias_axes="d"),
    "Embedding": case((6,), dtype="int32", input_dim=10, output_dim=3),
    "Equalization": image(),  # among REFUSED
    "Flatten": image(),
    "GRU": sequence(units=3),
    "GaussianDropout": vector(rate=0.5),
    "GaussianNoise": vector(stddev=0.5),
    "GlobalAveragePooling1D": sequence(),
    "GlobalAveragePooling2D": image(keepdims=True),
    "GlobalAveragePooling3D": volume(),
    "GlobalMaxPooling1D": sequence(),
    "GlobalMaxPooling2D": image(),
    "GlobalMaxPooling3D": volume(),
    "GroupNormalization": vector(groups=2),
    "GroupQueryAttention": case(*SEQUENCES, head_dim=2, num_query_heads=4, num_key_value_heads=2),
    "HashedCrossing": case((1,), (1,), dtype="int32", num_bins=5),
    "Hashing": case((3,), dtype="string", num_bins=5),
    "Identity": vector(),
    "IntegerLookup": case((3,), dtype="int64", vocabulary=[1, 5, 7], output_mode="one_hot"),
    "LSTM": sequence(units=3, return_sequences=True),
    "LayerNormalization": sequence(axis=[-1]),
    "LeakyReLU": vector(negative_slope=0.2),
    "LogVariance": vector(),
    "Masking": sequence(mask_value=0.0),
    "MaxPooling1D": sequence(),
    "MaxPooling2D": image(pool_size=3, strides=2, padding="same"),
    "MaxPooling3D": volume(),
    "Maximum": case(*VECTORS),
    "MelSpectrogram": case((64,), fft_length=16, sequence_stride=8, sampling_rate=64, num_mel_bins=4, min_freq=1.0),
    "MemberAverage": sequence(),
    "Minimum": case(*VECTORS),
    "MultiHeadAttention": case(*SEQUENCES, num_heads=2, key_dim=3),
    "Multiply": case(*VECTORS),
    "NTPDense": vector(units=3, activation="tanh"),
    "Normalization": vector(mean=[0.0, 1.0, 2.0, 3.0], variance=[1.0, 4.0, 1.0, 4.0]),
    "OrderedQuantiles": vector(quantiles=[0.25, 0.75]),
    "PReLU": sequence(shared_axes=[1]),
    "ParametricActivation": vector(activation="selu"),
    "PeriodicEmbedding": vector(n_frequencies=5, units=2, columns=[0, 3]),
    "Permute": sequence(dims=[2, 1]),
    "PiecewiseLinearEncoding": vector(n_bins=4, columns=[1, 2]),
    "Pipeline": image(
        layers=[{"type": "Rescaling", "scale": 0.5}, {"type": "CenterCrop", "height": 4, "width": 4}],
        make=lambda: L.Pipeline([L.Rescaling(0.5), L.CenterCrop(4, 4)]),
    ),
    "PositionEmbedding": sequence(sequence_length=8),
    "RMSNormalization": vector(),
    "RNN": sequence(cell=GRU_CELL, make=lambda: L.RNN(L.GRUCell(2))),
    "RandAugment": image(),
    "RandomBrightness": image(factor=0.5),
    "RandomColorDegeneration": image(factor=0.5),
    "RandomColorJitter": image(brightness_factor=0.5, hue_factor=0.5),
    "RandomContrast": image(factor=0.5),
    "RandomCrop": image(height=8, width=8),
    "RandomElasticTransform": image(),
    "RandomErasing": image(),
    "RandomFlip": image(),
    "RandomGaussianBlur": image(),
    "RandomGrayscale": image(),
    "RandomHue": image(factor=0.5),
    "RandomInvert": image(),
    "RandomPerspective": image(),
    "RandomPosterization": image(factor=4),
    "RandomRotation": image(factor=0.5),
    "RandomSaturation": image(factor=0.5),
    "RandomSharpness": image(factor=0.5),
    "RandomShear": image(x_factor=0.5),
    "RandomTranslation": image(height_factor=0.5, width_factor=[-0.5, 0.5]),
    "RandomZoom": image(height_factor=0.5),
    "ReLU": vector(max_value=6.0),
    "RepeatVector": vector(n=3),
    "Rescaling": vector(scale=0.5, offset=1.0),
    "Reshape": image(target_shape=[4, -1]),
    "Resizing": image(height=4, width=5),
    "ReversibleEmbedding": case((6,), dtype="int32", input_dim=10, output_dim=3),
    "STFTSpectrogram": case((64, 2), mode="log", frame_length=16, frame_step=8, fft_length=16),
    "Scale": vector(scale_initializer="random_normal"),
    "SeparableConv1D": sequence(filters=3, kernel_size=2),
    "SeparableConv2D": image(filters=4, kernel_size=3, depth_multiplier=2),
    "SimpleRNN": sequence(units=3),
    "Softmax": vector(),
    "Solarization": image(),
    "SpatialDropout1D": sequence(rate=0.5),
    "SpatialDropout2D": image(rate=0.5),
    "SpatialDropout3D": volume(rate=0.5),
    "SpectralNormalization": vector(layer=DENSE, make=lambda: L.SpectralNormalization(L.Dense(3))),
    "StringLookup": case((3,), dtype="string", vocabulary=["cat", "dog"], output_mode="multi_hot"),
    "Subtract": case(*VECTORS),
    "TakeStep": sequence(step=-1),
    "TextVectorization": case((1,), dtype="string", vocabulary=["cat", "dog"], output_sequence_length=5),
    "TimeDistributed": sequence(layer=DENSE, make=lambda: L.TimeDistributed(L.Dense(3))),
    "UnitNormalization": vector(),
    "UpSampling1D": sequence(size=3),
    "UpSampling2D": image(interpolation="bilinear"),
    "UpSampling3D": volume(),
    "ZeroPadding1D": sequence(padding=[1, 2]),
    "ZeroPadding2D": image(padding=[[1, 2], [0, 1]]),
    "ZeroPadding3D": volume(),
}

# Other inputs, inner layers, cells and activations of the same layers.
VARIANTS = [
    ("Add", case((6, 4), (4,), (1, 1))),
    ("Attention", case(*SEQUENCES, (5, 4), score_mode="concat")),
    ("Bidirectional", case((6, 4), (3,), (3,), layer=GRU, make=lambda: L.Bidirectional(L.GRU(3)))),
    (
        "Bidirectional",
        sequence(
            layer={**LSTM, "return_sequences": True},
            backward_layer={"type": "GRU", "units": 3, "return_sequences": True, "go_backwards": True},
            merge_mode="sum",
            make=lambda: L.Bidirectional(
                L.LSTM(3, return_sequences=True),
                merge_mode="sum",
                backward_layer=L.GRU(3, return_sequences=True, go_backwards=True),
            ),
        ),
    ),
    ("BatchEnsembleDense", sequence(units=3, n_members=6, share_kernel=False)),
    ("BatchNormalization", image(axis=1, renorm=True)),
    ("Dense", sequence(units=3, activation="tanh", use_bias=False)),
    (
        "Dense",
        vector(
            units=3,
            activation={"type": "LeakyReLU", "negative_slope": 0.5},
            make=lambda: L.Dense(3, activation=L.LeakyReLU(negative_slope=0.5)),
        ),
    ),
    (
        "Dense",
        vector(units=3, activation={"type": "PReLU"}, make=lambda: L.Dense(3, activation=with_weights(L.PReLU(), 3))),
    ),
    ("Dense", vector(units=3, lora_rank=2)),
    ("Dense", vector(units=3, trainable=False)),
    ("Embedding", case((6, 2), dtype="int64", input_dim=10, output_dim=3, mask_zero=True)),
    ("GRU", case((6, 4), (3,), units=3)),
    ("GroupQueryAttention", sequence(head_dim=2, num_query_heads=4, num_key_value_heads=2)),
    ("LSTM", case((6, 4), (3,), (3,), units=3)),
    ("MultiHeadAttention", sequence(num_heads=2, key_dim=3)),
    ("MultiHeadAttention", case(*SEQUENCES, (5, 2), num_heads=2, key_dim=3, use_gate=True)),
    ("Normalization", vector()),
    ("PositionEmbedding", sequence()),
    (
        "Pipeline",
        vector(layers=[DENSE, {"type": "ReLU"}, DENSE], make=lambda: L.Pipeline([L.Dense(3), L.ReLU(), L.Dense(3)])),
    ),
    ("RNN", sequence(cell=LSTM_CELL, make=lambda: L.RNN(L.LSTMCell(3)))),
    ("RNN", case((6, 4), (2,), cell=GRU_CELL, make=lambda: L.RNN(L.GRUCell(2)))),
    ("RNN", sequence(cell={"type": "SimpleRNNCell", "units": 3}, make=lambda: L.RNN(L.SimpleRNNCell(3)))),
    (
        "RNN",
        sequence(
            cell={"type": "StackedRNNCells", "cells": [LSTM_CELL, GRU_CELL]},
            make=lambda: L.RNN(L.StackedRNNCells([L.LSTMCell(3), L.GRUCell(2)])),
        ),
    ),
    ("RNN", sequence(cell=[GRU_CELL, GRU_CELL], make=lambda: L.RNN([L.GRUCell(2, name=n) for n in ("one", "two")]))),
    ("SimpleRNN", case((6, 4), (3,), units=3)),
    (
        "SpectralNormalization",
        image(
            layer={"type": "Conv2D", "filters": 2, "kernel_size": 3},
            make=lambda: L.SpectralNormalization(L.Conv2D(2, 3)),
        ),
    ),
    ("StringLookup", case((3,), dtype="string", vocabulary=["cat", "dog"])),
    ("TextVectorization", case((1,), dtype="string", vocabulary=["cat", "dog"], output_mode="count")),
    (
        "TimeDistributed",
        case(
            (3, 6, 4),
            layer={"type": "Bidirectional", "layer": LSTM},
            make=lambda: L.TimeDistributed(L.Bidirectional(L.LSTM(3))),
        ),
    ),
]

# Layers that Keras can't build into a network, and why.
REFUSED = {"Equalization": "Keras' symbolic call gives its own input back, which makes a cycle in the graph"}

ROWS = [(name, row) for name, row in LAYERS.items() if name not in REFUSED] + VARIANTS
# One layer of each family, and the layers with special code in nnbuild.
# fmt: off
REPRESENTATIVES = {
    "Add", "Attention", "BatchNormalization", "Bidirectional", "CategoryEncoding", "Concatenate", "Conv2D", "Dense",
    "Dropout", "Embedding", "Flatten", "LSTM", "MaxPooling2D", "MultiHeadAttention", "Normalization",
    "OrderedQuantiles", "PeriodicEmbedding", "PiecewiseLinearEncoding", "Pipeline", "RNN", "RandomFlip", "Reshape",
    "STFTSpectrogram", "SpectralNormalization", "StringLookup", "TextVectorization", "TimeDistributed",
}
# fmt: on


RECURRENT = {"Bidirectional", "GRU", "LSTM", "RNN", "SimpleRNN", "TimeDistributed"}  # many steps: slow to build


def by_layer(rows, few=frozenset(REPRESENTATIVES)):
    """Parameters of a test of every layer: a `few` on each change, all others in the slow suite."""
    return [
        pytest.param(name, row, id=name, marks=[] if is_quick(name, row, few) else pytest.mark.slow)
        for name, row in rows
    ]


def is_quick(name, row, few=frozenset(REPRESENTATIVES)):
    return name in few and (row is LAYERS[name] or name not in RECURRENT)
