"""Convolution by matrix products and pooling by slices: operations that run for all members of a stack at once.

TensorFlow has no vectorization rule for convolutions with a kernel per member, and XLA's grouped convolutions are slow
on a CPU. Batched matrix products are fast.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
import tensorflow as tf


def convolution(
    x: tf.Tensor, kernel: tf.Tensor, strides: Sequence[int], dilations: Sequence[int], padding: str
) -> tf.Tensor:
    """Return the result of `keras.ops.conv` with channels last.

    Parameters
    ----------
    x : tensor of shape (n_samples, ..., n_channels)
    kernel : tensor of shape (..., n_channels, n_filters)
    strides, dilations : sequence of int
    padding : {"valid", "same", "causal"}

    Notes
    -----
    The values of each window are concatenated (im2col), one axis after the other. The number of slices is the size of
    the window, not the number of windows.
    """
    n_groups = x.shape[-1] // kernel.shape[-2]
    if n_groups > 1:
        parts = zip(tf.split(x, n_groups, -1), tf.split(kernel, n_groups, -1), strict=True)
        return tf.concat([convolution(*part, strides, dilations, padding) for part in parts], -1)
    lengths = kernel.shape[:-2]
    x = _padded(x, lengths, strides, dilations, padding, 0.0)
    for axis in reversed(range(len(lengths))):
        x = tf.concat(_slices(x, axis + 1, lengths[axis], strides[axis], dilations[axis]), -1)
    outputs = tf.reshape(x, (-1, x.shape[-1])) @ tf.reshape(kernel, (-1, kernel.shape[-1]))
    return tf.reshape(outputs, (-1, *x.shape[1:-1], kernel.shape[-1]))


def depthwise_convolution(
    x: tf.Tensor, kernel: tf.Tensor, strides: Sequence[int], dilations: Sequence[int], padding: str
) -> tf.Tensor:
    """Return the result of `keras.ops.depthwise_conv`; the kernel has shape (..., n_channels, depth_multiplier)."""
    lengths = kernel.shape[:-2]
    x = _padded(x, lengths, strides, dilations, padding, 0.0)[..., None]
    parts = [x]
    for axis, length in enumerate(lengths):
        parts = [part for x in parts for part in _slices(x, axis + 1, length, strides[axis], dilations[axis])]
    weights = tf.unstack(tf.reshape(kernel, (-1, *kernel.shape[-2:])))
    outputs = tf.add_n([part * weight for part, weight in zip(parts, weights, strict=True)])
    return tf.reshape(outputs, (-1, *outputs.shape[1:-2], math.prod(kernel.shape[-2:])))


def max_pool(x: tf.Tensor, lengths: Sequence[int], strides: Sequence[int], padding: str) -> tf.Tensor:
    """Return the result of `keras.ops.max_pool` with channels last; the gradient is that of the first maximum."""
    return _pooled(x, lengths, strides, padding, x.dtype.min, tf.maximum)


def average_pool(x: tf.Tensor, lengths: Sequence[int], strides: Sequence[int], padding: str) -> tf.Tensor:
    """Return the result of `keras.ops.average_pool`, which excludes padding from the mean."""
    ones = np.ones((1, *x.shape[1:-1], 1), x.dtype.as_numpy_dtype)
    with tf.init_scope():  # computed once, outside the traced program
        counts = _pooled(tf.constant(ones), lengths, strides, padding, 0, tf.add).numpy()
    return _pooled(x, lengths, strides, padding, 0, tf.add) / counts


def _pooled(x, lengths, strides, padding, fill_value, combine: Callable):
    x = _padded(x, lengths, strides, [1] * len(lengths), padding, fill_value)
    for axis in reversed(range(len(lengths))):  # in this order, the first of equal maxima is TensorFlow's
        x = reduce(combine, _slices(x, axis + 1, lengths[axis], strides[axis], 1))
    return x


def _slices(x, axis: int, length: int, stride: int, dilation: int) -> list[tf.Tensor]:
    """Return the values at each position in a window along one axis, in order: one slice per position."""
    extent = dilation * (length - 1) + 1
    span = (x.shape[axis] - extent) // stride * stride + 1
    leading = (slice(None),) * axis
    starts = range(0, extent, dilation)
    return [x[(*leading, slice(start, start + span, stride))] for start in starts]


def _padded(x, lengths, strides, dilations, padding: str, fill_value: float):
    """Return `x` with the padding of Keras."""
    if padding == "valid":
        return x
    around = [(0, 0)]
    for size, length, stride, dilation in zip(x.shape[1:], lengths, strides, dilations, strict=False):
        extent = dilation * (length - 1) + 1
        missing = max(0, (-(-size // stride) - 1) * stride + extent - size)
        around.append((extent - 1, 0) if padding == "causal" else (missing // 2, missing - missing // 2))
    return tf.pad(x, [*around, (0, 0)], constant_values=fill_value) if any(map(any, around)) else x
