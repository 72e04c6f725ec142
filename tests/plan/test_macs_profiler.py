"""Multiply-accumulates against TensorFlow's own profiler."""

import keras
import pytest
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from counting import model_macs
from nnbuild.plan.macs import layer_macs
from nnbuild.plan.symbolic import symbolically

L = keras.layers

T, S, D = 7, 5, 6  # steps of query, steps of key and value, features


def profiled(model):
    """Float operations of one sample by operation, as TensorFlow's profiler counts them."""
    specs = [tf.TensorSpec((1, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]
    function = tf.function(lambda *tensors: model(tensors[0] if len(tensors) == 1 else list(tensors), training=False))
    frozen = convert_variables_to_constants_v2(function.get_concrete_function(*specs))
    builder = tf.compat.v1.profiler.ProfileOptionBuilder
    options = builder(builder.float_operation()).with_empty_output().build()
    root = tf.compat.v1.profiler.profile(frozen.graph, cmd="op", options=options)
    counts, nodes = {}, [root]
    while nodes:
        node = nodes.pop()
        nodes += node.children
        if node.float_ops:
            counts[node.name] = node.float_ops
    assert sum(counts.values()) == root.total_float_ops
    return counts


def chain(shape, *layers, dtype="float32"):
    inputs = output = keras.Input(shape, dtype=dtype)
    for layer in layers:
        output = layer(output)
    return keras.Model(inputs, output)


def residual_network():
    inputs = output = keras.Input((24, 24, 32))
    for _ in range(2):
        shortcut = output
        output = L.ReLU()(L.BatchNormalization()(L.Conv2D(32, 3, padding="same")(output)))
        output = L.BatchNormalization()(L.Conv2D(32, 3, padding="same")(output))
        output = L.ReLU()(L.Add()([output, shortcut]))
    return keras.Model(inputs, L.Dense(10, activation="softmax")(L.GlobalAveragePooling2D()(output)))


def transformer():
    inputs = keras.Input((16, 256))
    # The profiler has no count for the einsum that attention without dropout becomes.
    attended = L.MultiHeadAttention(4, 64, dropout=0.1)(inputs, inputs)
    first = L.LayerNormalization()(L.Add()([inputs, attended]))
    forward = L.Dense(256)(L.Dense(1024, activation="relu")(first))
    return keras.Model(inputs, L.LayerNormalization()(L.Add()([first, forward])))


# Networks wide enough that what one side alone counts (biases, softmax, comparisons) stays below 2 %.
NETWORKS = {
    "dense": lambda: chain((784,), L.Dense(256, "relu"), L.Dropout(0.5), L.Dense(128, "relu"), L.Dense(10, "softmax")),
    "convolutions": lambda: chain(
        (16, 16, 16),
        L.Conv2D(64, 3, padding="same", activation="relu"),
        L.SeparableConv2D(128, 3, depth_multiplier=2),
        L.DepthwiseConv2D(3),
        L.MaxPooling2D(),
        L.Conv2DTranspose(64, 3, 2, "same"),
        L.Conv2D(64, 3, dilation_rate=2),
    ),
    "residual": residual_network,
    "transformer": transformer,
    "text": lambda: chain(
        (32,),
        L.Embedding(100, 64),
        L.Conv1D(64, 5, padding="causal", activation="relu"),
        L.GlobalMaxPooling1D(),
        L.Dense(2),
        dtype="int32",
    ),
    "recurrent": lambda: chain(  # unrolled, because the profiler does not count loops
        (4, 128), L.Bidirectional(L.LSTM(128, return_sequences=True, unroll=True)), L.GRU(128, unroll=True), L.Dense(8)
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_half_of_the_profilers_float_operations(name):
    model = NETWORKS[name]()
    assert model_macs(model) == pytest.approx(sum(profiled(model).values()) / 2, rel=0.02)
    assert symbolically(lambda: model_macs(NETWORKS[name]())) == model_macs(model)


PRODUCTS = ["BatchMatMulV2", "Conv2D", "Conv2DBackpropInput", "Conv3D", "DepthwiseConv2dNative", "MatMul"]

EXACT = {
    "EinsumDense": lambda: chain((T, D), L.EinsumDense("abc,cde->abde", (None, 2, 4))),
    "Conv1D": lambda: chain((20, 4), L.Conv1D(8, 3, 2)),
    "Conv2D": lambda: chain((20, 20, 4), L.Conv2D(8, 3, dilation_rate=2)),
    "Conv3D": lambda: chain((6, 7, 8, 4), L.Conv3D(8, 3, 2)),
    "Conv1DTranspose": lambda: chain((10, 4), L.Conv1DTranspose(8, 3, 2, "same")),
    "Conv2DTranspose": lambda: chain((10, 10, 4), L.Conv2DTranspose(8, 3, 2, "same")),
    "DepthwiseConv1D": lambda: chain((10, 4), L.DepthwiseConv1D(3, depth_multiplier=2)),
    "SeparableConv1D": lambda: chain((10, 4), L.SeparableConv1D(8, 3, 2)),
    "SeparableConv2D": lambda: chain((10, 10, 4), L.SeparableConv2D(8, 3, depth_multiplier=2)),
    "SpectralNormalization": lambda: chain((10, 10, 4), L.SpectralNormalization(L.Conv2D(8, 3))),
    "SimpleRNN": lambda: chain((T, D), L.SimpleRNN(16, unroll=True)),
    "GRU": lambda: chain((T, D), L.GRU(16, unroll=True)),
    "GRU, reset before": lambda: chain((T, D), L.GRU(16, unroll=True, reset_after=False)),
    "LSTM": lambda: chain((T, D), L.LSTM(16, unroll=True)),
    "StackedRNNCells": lambda: chain((T, D), L.RNN([L.LSTMCell(8), L.GRUCell(6)], unroll=True)),
    "TimeDistributed": lambda: chain((T, D), L.TimeDistributed(L.Dense(8))),
    "STFTSpectrogram": lambda: chain((64, 2), L.STFTSpectrogram("log", 16, 8, 16)),
    "MultiHeadAttention": lambda: attended(L.MultiHeadAttention(4, 8, value_dim=6, dropout=0.1, use_gate=True)),
    "GroupQueryAttention": lambda: attended(L.GroupQueryAttention(8, 4, 2, dropout=0.1, use_gate=True)),
}


def attended(layer):
    query, value = keras.Input((T, 16)), keras.Input((S, 16))
    return keras.Model([query, value], layer(query, value))


@pytest.mark.parametrize("name", EXACT)
def test_matrix_products_and_convolutions_agree_exactly_with_the_profiler(name):
    model = EXACT[name]()
    assert 2 * model_macs(model) == profiled_products(model)


def test_the_convolutional_cell_agrees_exactly_with_the_profiler():
    layer = L.ConvLSTM2D(8, 3, 2, "same")
    inputs, states = keras.Input((6, 7, 4)), [keras.Input((3, 4, 8)) for _ in range(2)]
    output, _ = layer.cell(inputs, states)
    products = profiled_products(keras.Model([inputs, *states], output))
    assert 2 * layer_macs(layer, ((None, T, 6, 7, 4),), (None, 3, 4, 8)) == T * products


def profiled_products(model):
    return sum(count for operation, count in profiled(model).items() if operation in PRODUCTS)
