"""Forms of Keras' layers for many members: the same values by other operations."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from nnbuild.plan.symbolic import itemsize
from nnbuild.private.keras import all_layers
from nnbuild.train.common.counter_based_random import layer_classes
from nnbuild.train.stacked.convolutions import average_pool, convolution, depthwise_convolution, max_pool


def prepare(model: keras.Model) -> None:
    """Change the layers of a model to these forms; variables do not change."""
    for layer in all_layers(model):
        if type(layer) in LAYER_CLASSES:
            layer.__class__ = LAYER_CLASSES[type(layer)]


def row_bytes(model: keras.Model) -> int:
    """Return the memory of all layer outputs and of concatenated windows of convolutions, in bytes per sample."""
    return sum(map(_row_bytes, model.layers))


def _row_bytes(layer: keras.Layer) -> int:
    outputs = keras.tree.flatten(layer.output)
    sizes = [math.prod(length or 1 for length in tensor.shape[1:]) for tensor in outputs]
    size = sum(sizes)
    if isinstance(layer, keras.layers.Conv1D | keras.layers.Conv2D | keras.layers.Conv3D):
        size += sizes[0] // layer.filters * math.prod(layer.kernel.shape[:-1]) * layer.groups
    return size * itemsize(outputs[0].dtype)


class _Windows:
    """Common part of layers with windows, which may have channels first."""

    def call(self, inputs):
        x = tf.convert_to_tensor(inputs)
        if self.data_format == "channels_last":
            return self._of_windows(x)
        found = self._of_windows(tf.transpose(x, (0, *range(2, len(x.shape)), 1)))
        return tf.transpose(found, (0, len(x.shape) - 1, *range(1, len(x.shape) - 1)))


class _Convolution(_Windows):
    def _of_windows(self, x):
        kernel = tf.convert_to_tensor(self.kernel)
        return _finished(self, convolution(x, kernel, self.strides, self.dilation_rate, self.padding))


class _DepthwiseConvolution(_Windows):
    def _of_windows(self, x):
        kernel = tf.convert_to_tensor(self.kernel)
        return _finished(self, depthwise_convolution(x, kernel, self.strides, self.dilation_rate, self.padding))


class _SeparableConvolution(_Windows):
    def _of_windows(self, x):
        depthwise, pointwise = map(tf.convert_to_tensor, (self.depthwise_kernel, self.pointwise_kernel))
        ones = [1] * len(self.strides)
        found = depthwise_convolution(x, depthwise, self.strides, self.dilation_rate, self.padding)
        return _finished(self, convolution(found, pointwise, ones, ones, "valid"))


def _finished(layer, found):
    found = found + layer.bias if layer.use_bias else found
    return found if layer.activation is None else layer.activation(found)


class _MaxPooling(_Windows):
    def _of_windows(self, x):
        return max_pool(x, self.pool_size, self.strides, self.padding)


class _AveragePooling(_Windows):
    def _of_windows(self, x):
        return average_pool(x, self.pool_size, self.strides, self.padding)


class _Recurrent:
    """Recurrent layer that is unrolled in the program, instead of run in a loop, if the series is short."""

    def call(self, sequences, *args, **kwargs):
        self.unroll = sequences.shape[1] <= MAX_UNROLLED
        return super().call(sequences, *args, **kwargs)


# By the names in the facts of a layer. MaxPooling3D has none: its gradient goes to all of several equal maxima. GRU is
# unrolled although a loop takes the same time: after an Embedding, the loop has no gradient for members of a stack.
HOW = {
    "average_pooling": _AveragePooling,
    "convolution": _Convolution,
    "depthwise_convolution": _DepthwiseConvolution,
    "max_pooling": _MaxPooling,
    "separable_convolution": _SeparableConvolution,
    "recurrent": _Recurrent,
}
LAYER_CLASSES = layer_classes(HOW, "form")

MAX_UNROLLED = 64  # time steps; longer series run in a loop, because tracing them would take too long
