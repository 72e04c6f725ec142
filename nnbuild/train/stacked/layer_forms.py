"""Subclasses of Keras' layers for stacks: they compute the same values with operations that can be vectorized."""

from __future__ import annotations

import math

import keras
import tensorflow as tf

from nnbuild.plan.symbolic import itemsize
from nnbuild.private.keras import all_layers
from nnbuild.train.common.counter_based_random import layer_classes
from nnbuild.train.stacked.convolutions import average_pool, convolution, depthwise_convolution, max_pool


def prepare(model: keras.Model) -> None:
    """Change the classes of a model's layers and regularizers to those for stacks; variables do not change."""
    for layer in all_layers(model):
        if type(layer) in LAYER_CLASSES:
            layer.__class__ = LAYER_CLASSES[type(layer)]
    for variable in model.trainable_variables:
        if type(variable.regularizer) in REGULARIZER_CLASSES:
            variable.regularizer.__class__ = REGULARIZER_CLASSES[type(variable.regularizer)]


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


class _WindowLayer:
    """Base class of convolution and pooling layers; inputs with channels first are transposed."""

    def call(self, inputs):
        x = tf.convert_to_tensor(inputs)
        if self.data_format == "channels_last":
            return self._channels_last(x)
        outputs = self._channels_last(tf.transpose(x, (0, *range(2, len(x.shape)), 1)))
        return tf.transpose(outputs, (0, len(x.shape) - 1, *range(1, len(x.shape) - 1)))


class _Convolution(_WindowLayer):
    def _channels_last(self, x):
        kernel = tf.convert_to_tensor(self.kernel)
        return _with_bias_and_activation(self, convolution(x, kernel, self.strides, self.dilation_rate, self.padding))


class _DepthwiseConvolution(_WindowLayer):
    def _channels_last(self, x):
        kernel = tf.convert_to_tensor(self.kernel)
        return _with_bias_and_activation(
            self, depthwise_convolution(x, kernel, self.strides, self.dilation_rate, self.padding)
        )


class _SeparableConvolution(_WindowLayer):
    def _channels_last(self, x):
        depthwise, pointwise = map(tf.convert_to_tensor, (self.depthwise_kernel, self.pointwise_kernel))
        ones = [1] * len(self.strides)
        outputs = depthwise_convolution(x, depthwise, self.strides, self.dilation_rate, self.padding)
        return _with_bias_and_activation(self, convolution(outputs, pointwise, ones, ones, "valid"))


def _with_bias_and_activation(layer, outputs):
    outputs = outputs + layer.bias if layer.use_bias else outputs
    return outputs if layer.activation is None else layer.activation(outputs)


class _MaxPooling(_WindowLayer):
    def _channels_last(self, x):
        return max_pool(x, self.pool_size, self.strides, self.padding)


class _AveragePooling(_WindowLayer):
    def _channels_last(self, x):
        return average_pool(x, self.pool_size, self.strides, self.padding)


class _L1(keras.regularizers.L1):
    def __call__(self, x):
        return tf.cast(self.l1, x.dtype) * _sum(tf.abs(x))


class _L2(keras.regularizers.L2):
    def __call__(self, x):
        return tf.cast(self.l2, x.dtype) * _sum(tf.square(x))


class _L1L2(keras.regularizers.L1L2):
    def __call__(self, x):
        return tf.cast(self.l1, x.dtype) * _sum(tf.abs(x)) + tf.cast(self.l2, x.dtype) * _sum(tf.square(x))


def _sum(values):
    """Return the sum of all elements.

    XLA adds the elements of a sum in sequence. Sums over all axes but the last are computed side by side, and a matrix
    product adds them: XLA would merge two sums into one.
    """
    columns = tf.reshape(tf.reduce_sum(values, axis=list(range(len(values.shape) - 1))), [-1])
    return tf.linalg.matvec(columns[None], tf.ones_like(columns))[0]


class _Recurrent:
    """Recurrent layer that is unrolled in the program, instead of run in a loop, if the series is short."""

    def call(self, sequences, *args, **kwargs):
        self.unroll = sequences.shape[1] <= MAX_UNROLLED
        return super().call(sequences, *args, **kwargs)


# Keys are values of `form` in the facts of layers. MaxPooling3D has no form: its gradient goes to all equal maxima.
# GRU is unrolled although a loop is as fast: TensorFlow can't vectorize the gradient of a loop after an Embedding.
FORMS = {
    "average_pooling": _AveragePooling,
    "convolution": _Convolution,
    "depthwise_convolution": _DepthwiseConvolution,
    "max_pooling": _MaxPooling,
    "separable_convolution": _SeparableConvolution,
    "recurrent": _Recurrent,
}
LAYER_CLASSES = layer_classes(FORMS, "form")
REGULARIZER_CLASSES = {form.__base__: form for form in (_L1, _L2, _L1L2)}

MAX_UNROLLED = 64  # time steps; longer sequences run in a loop, because tracing each step would take too long
