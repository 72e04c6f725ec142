"""Random layers with counter-based random numbers in integer arithmetic: the same numbers for one member or many.

Keras' random operation can't run for many members at once, and is slow in a compiled program.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.private.keras import DropsScores, DropsStates, all_layers


def count_random(model: keras.Model) -> None:
    """Make the random layers of a model use counter-based numbers; seeds and variables do not change."""
    for layer in all_layers(model):
        if type(layer) in COUNTED:
            layer.__class__ = COUNTED[type(layer)]


def uniform(shape: Sequence[int | tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
    """Return uniform numbers from 0 to below 1, with 24 bits, for a seed and a counter.

    Parameters
    ----------
    shape : sequence of int or tensor of shape ()
    seed : tensor of shape (2,)
        As returned by Keras' seed generators.

    Notes
    -----
    The hash of seed, counter and position is Ellis' and Wellons' "lowbias32"
    (https://nullprogram.com/blog/2018/07/31/).
    """
    start = _hashed(_hashed(tf.cast(seed[0], tf.uint32)) ^ tf.cast(seed[1], tf.uint32))
    places = tf.cast(tf.range(math.prod(shape)), tf.uint32)
    bits = _hashed(_hashed(places ^ start) + start)
    return tf.reshape(tf.cast(_shifted(bits, 8), tf.float32) * 2.0**-24, shape)


def normal(shape: Sequence[int | tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
    """Return standard normal numbers, by the method of Box and Muller (1958)."""
    radius, angle = tf.unstack(uniform((*shape, 2), seed), axis=-1)  # last axis: padding rows do not affect others
    return tf.sqrt(-2.0 * tf.math.log1p(-radius)) * tf.cos(2 * math.pi * angle)


def _hashed(x):
    x = (x ^ _shifted(x, 16)) * tf.constant(0x7FEB352D, tf.uint32)
    x = (x ^ _shifted(x, 15)) * tf.constant(0x846CA68B, tf.uint32)
    return x ^ _shifted(x, 16)


def _shifted(x, n_bits):
    return tf.bitwise.right_shift(x, tf.constant(n_bits, tf.uint32))


def _lengths(x: tf.Tensor) -> list:
    """Return the shape of a tensor, with integers for known axes."""
    known = tf.shape(x)
    return [known[axis] if length is None else length for axis, length in enumerate(x.shape)]


class _Noise:
    """Common part of the layers: no effect outside of training, or without a seed generator."""

    def call(self, inputs, training=False):
        if not training or not hasattr(self, "seed_generator"):
            return inputs
        return tf.cast(self._noisy(tf.convert_to_tensor(inputs), self.seed_generator.next()), inputs.dtype)


class _Drop(_Noise):
    def _noisy(self, x, seed):
        wanted = self._shape_of_noise(x)
        lengths = [known if length is None else length for known, length in zip(_lengths(x), wanted, strict=True)]
        return _dropped(x, self.rate, lengths, seed)

    def _shape_of_noise(self, x):
        return self.noise_shape or [None] * len(x.shape)


class _SpatialDrop(_Drop):
    def _shape_of_noise(self, x):
        channels = 1 if getattr(self, "data_format", None) == "channels_first" else len(x.shape) - 1
        return [None if axis in (0, channels) else 1 for axis in range(len(x.shape))]


class _GaussianDrop(_Noise):
    def _noisy(self, x, seed):
        rate = tf.cast(self.rate, tf.float32)
        return x * tf.cast(1.0 + tf.sqrt(rate / (1.0 - rate)) * normal(_lengths(x), seed), x.dtype)


class _GaussianNoise(_Noise):
    def _noisy(self, x, seed):
        return x + tf.cast(tf.cast(self.stddev, tf.float32) * normal(_lengths(x), seed), x.dtype)


def _dropped(x, rate, lengths, seed):
    """Set part of `x` to 0, by noise of shape `lengths`."""
    rate = tf.cast(rate, tf.float32)
    kept = uniform(lengths, seed) >= rate
    scale = tf.math.divide_no_nan(1.0, 1.0 - rate)  # at rate 1, an infinite scale would give NaN gradients
    return tf.where(kept, x * tf.cast(scale, x.dtype), tf.zeros((), x.dtype))


class _Within:
    """Common part of layers that drop some of their intermediate values."""

    def dropped(self, x, rate):
        return _dropped(x, rate, _lengths(x), self.seed_generator.next())


class _Attention(_Within, DropsScores):
    """Layer that drops some attention scores."""


class _Cell(_Within, DropsStates):
    """Recurrent cell that uses the same dropout masks of input and state at all time steps."""


def layer_classes(mixins: Mapping[str, type], fact: str) -> dict[type, type]:
    """Keras' layer classes -> those with a mixin before them: the one that a fact of the layer names."""
    return {
        kind: type(name, (mixins[mixin], kind), {"__module__": kind.__module__})
        for name, facts in LAYERS.items()
        if (mixin := getattr(facts, fact))
        for kind in [getattr(keras.layers, name)]
    }


# By the names in the facts of a layer.
HOW = {
    "attention": _Attention,
    "cell": _Cell,
    "dropout": _Drop,
    "gaussian_dropout": _GaussianDrop,
    "gaussian_noise": _GaussianNoise,
    "spatial_dropout": _SpatialDrop,
}
COUNTED = layer_classes(HOW, "random")
