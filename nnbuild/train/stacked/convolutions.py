"""Convolution by matrix products, and pooling by slices, which can be computed for many members.

TensorFlow has no vectorization rule for convolutions with a kernel per member, and XLA's convolutions are slow for this
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
    The values of each window are concatenated, one axis after the other. This needs one slice for each position in
    the window, not for each position of the window.
    """
    n_groups = x.shape[-1] // kernel.shape[-2]
    if n_groups > 1:
        parts = zip(tf.split(x, n_groups, -1), tf.split(kernel, n_groups, -1), strict=True)
        return tf.concat([convolution(*part, strides, dilations, padding) for part in parts], -1)
    lengths = kernel.shape[:-2]
    x = _padded(x, lengths, strides, dilations, padding, 0.0)
    for axis in reversed(range(len(lengths))):
        x = tf.concat(_slices(x, axis + 1, lengths[axis], strides[axis], dilations[axis]), -1)
    found = tf.reshape(x, (-1, x.shape[-1])) @ tf.reshape(kernel, (-1, kernel.shape[-1]))
    return tf.reshape(found, (-1, *x.shape[1:-1], kernel.shape[-1]))


def depthwise_convolution(
    x: tf.Tensor, kernel: tf.Tensor, strides: Sequence[int], dilations: Sequence[int], padding: str
) -> tf.Tensor:
    """Return the result of `keras.ops.depthwise_conv`; the kernel has shape (..., n_channels, depth_multiplier)."""
    lengths = kernel.shape[:-2]
    x = _padded(x, lengths, strides, dilations, padding, 0.0)[..., None]
    places = [x]
    for axis, length in enumerate(lengths):
        places = [part for x in places for part in _slices(x, axis + 1, length, strides[axis], dilations[axis])]
    taps = tf.unstack(tf.reshape(kernel, (-1, *kernel.shape[-2:])))
    found = tf.add_n([part * tap for part, tap in zip(places, taps, strict=True)])
    return tf.reshape(found, (-1, *found.shape[1:-2], math.prod(kernel.shape[-2:])))


def max_pool(x: tf.Tensor, lengths: Sequence[int], strides: Sequence[int], padding: str) -> tf.Tensor:
    """Return the result of `keras.ops.max_pool` with channels last; the first of equal values gets the gradient."""
    return _pooled(x, lengths, strides, padding, x.dtype.min, tf.maximum)


def average_pool(x: tf.Tensor, lengths: Sequence[int], strides: Sequence[int], padding: str) -> tf.Tensor:
    """Return the result of `keras.ops.average_pool`, which ignores padding."""
    ones = np.ones((1, *x.shape[1:-1], 1), x.dtype.as_numpy_dtype)
    with tf.init_scope():  # constants, not operations of the program
        counts = _pooled(tf.constant(ones), lengths, strides, padding, 0, tf.add).numpy()
    return _pooled(x, lengths, strides, padding, 0, tf.add) / counts


def _pooled(x, lengths, strides, padding, filler, joined: Callable):
    x = _padded(x, lengths, strides, [1] * len(lengths), padding, filler)
    for axis in reversed(range(len(lengths))):  # this order selects the same of equal values as TensorFlow
        x = reduce(joined, _slices(x, axis + 1, lengths[axis], strides[axis], 1))
    return x


def _slices(x, axis: int, length: int, stride: int, dilation: int) -> list[tf.Tensor]:
    """Return the values at each position in a window along one axis, in order: one slice per position."""
    reach = dilation * (length - 1) + 1
    span = (x.shape[axis] - reach) // stride * stride + 1
    before = (slice(None),) * axis
    starts = range(0, reach, dilation)
    return [x[(*before, slice(start, start + span, stride))] for start in starts]


def _padded(x, lengths, strides, dilations, padding: str, filler: float):
    """Return `x` with the padding of Keras."""
    if padding == "valid":
        return x
    around = [(0, 0)]
    for size, length, stride, dilation in zip(x.shape[1:], lengths, strides, dilations, strict=False):
        reach = dilation * (length - 1) + 1
        missing = max(0, (-(-size // stride) - 1) * stride + reach - size)
        around.append((reach - 1, 0) if padding == "causal" else (missing // 2, missing - missing // 2))
    return tf.pad(x, [*around, (0, 0)], constant_values=filler) if any(map(any, around)) else x
