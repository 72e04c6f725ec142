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


PRODUCTS = ["BatchMatMulV2", "Conv2D", "Conv2DBackpropInput", "Conv3D", "DepthwiseConv2dNative", "MatMul"]

EXACT = {
    "Conv2D": lambda: chain((20, 20, 4), L.Conv2D(8, 3, dilation_rate=2)),
    "Conv3D": lambda: chain((6, 7, 8, 4), L.Conv3D(8, 3, 2)),
    "Conv2DTranspose": lambda: chain((10, 10, 4), L.Conv2DTranspose(8, 3, 2, "same")),
    "DepthwiseConv1D": lambda: chain((10, 4), L.DepthwiseConv1D(3, depth_multiplier=2)),
    "SeparableConv2D": lambda: chain((10, 10, 4), L.SeparableConv2D(8, 3, depth_multiplier=2)),
    "SpectralNormalization": lambda: chain((10, 10, 4), L.SpectralNormalization(L.Conv2D(8, 3))),
    "SimpleRNN": lambda: chain((T, D), L.SimpleRNN(16, unroll=True)),
    "GRU": lambda: chain((T, D), L.GRU(16, unroll=True)),
    "GRU, reset before": lambda: chain((T, D), L.GRU(16, unroll=True, reset_after=False)),
    "LSTM": lambda: chain((T, D), L.LSTM(16, unroll=True)),
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
    assert symbolically(lambda: model_macs(EXACT[name]())) == model_macs(model)


def test_the_convolutional_cell_agrees_exactly_with_the_profiler():
    layer = L.ConvLSTM2D(8, 3, 2, "same")
    inputs, states = keras.Input((6, 7, 4)), [keras.Input((3, 4, 8)) for _ in range(2)]
    output, _ = layer.cell(inputs, states)
    products = profiled_products(keras.Model([inputs, *states], output))
    assert 2 * layer_macs(layer, ((None, T, 6, 7, 4),), (None, 3, 4, 8)) == T * products


def profiled_products(model):
    return sum(count for operation, count in profiled(model).items() if operation in PRODUCTS)
