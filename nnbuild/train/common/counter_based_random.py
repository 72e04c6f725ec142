"""Random layers with counter-based random numbers, which are the same in a stack and alone.

Each number is a hash of a seed, a counter and a position, in integer arithmetic. Keras' random operations can't be
vectorized over members, and are slow in a compiled program.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.private.keras import all_layers
from nnbuild.private.keras_layers import DropsScores, DropsStates


def count_random(model: keras.Model) -> None:
    """Make the random layers of a model use counter-based random numbers; seeds and variables do not change."""
    for layer in all_layers(model):
        if type(layer) in COUNTED:
            layer.__class__ = COUNTED[type(layer)]


def uniform(shape: Sequence[int | tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
    """Return random numbers with 24 bits, uniform in [0, 1), for a seed and a counter.

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
    radius, angle = tf.unstack(
        uniform((*shape, 2), seed), axis=-1
    )  # the last axis, so rows do not depend on later ones
    return tf.sqrt(-2.0 * tf.math.log1p(-radius)) * tf.cos(2 * math.pi * angle)


def _hashed(x):
    x = (x ^ _shifted(x, 16)) * tf.constant(0x7FEB352D, tf.uint32)
    x = (x ^ _shifted(x, 15)) * tf.constant(0x846CA68B, tf.uint32)
    return x ^ _shifted(x, 16)


def _shifted(x, n_bits):
    return tf.bitwise.right_shift(x, tf.constant(n_bits, tf.uint32))


def _lengths(x: tf.Tensor) -> list:
    """Return the shape of a tensor, with an integer for each axis of known length."""
    known = tf.shape(x)
    return [known[axis] if length is None else length for axis, length in enumerate(x.shape)]


class _Noise:
    """Base class of layers that change inputs in training only, and only if they have a seed generator."""

    def call(self, inputs, training=False):
        if not training or not hasattr(self, "seed_generator"):
            return inputs
        return tf.cast(self._noisy(tf.convert_to_tensor(inputs), self.seed_generator.next()), inputs.dtype)


class _Dropout(_Noise):
    def _noisy(self, x, seed):
        shape = self._noise_shape(x)
        lengths = [own if length is None else length for own, length in zip(_lengths(x), shape, strict=True)]
        return _dropped(x, self.rate, lengths, seed)

    def _noise_shape(self, x):
        return self.noise_shape or [None] * len(x.shape)


class _SpatialDropout(_Dropout):
    def _noise_shape(self, x):
        channels = 1 if getattr(self, "data_format", None) == "channels_first" else len(x.shape) - 1
        return [None if axis in (0, channels) else 1 for axis in range(len(x.shape))]


class _GaussianDropout(_Noise):
    def _noisy(self, x, seed):
        rate = tf.cast(self.rate, tf.float32)
        return x * tf.cast(1.0 + tf.sqrt(rate / (1.0 - rate)) * normal(_lengths(x), seed), x.dtype)


class _GaussianNoise(_Noise):
    def _noisy(self, x, seed):
        return x + tf.cast(tf.cast(self.stddev, tf.float32) * normal(_lengths(x), seed), x.dtype)


def _dropped(x, rate, lengths, seed):
    """Return `x` after dropout, with a mask of shape `lengths`."""
    rate = tf.cast(rate, tf.float32)
    kept = uniform(lengths, seed) >= rate
    scale = tf.math.divide_no_nan(1.0, 1.0 - rate)  # with rate 1, an infinite scale would result in NaN gradients
    return tf.where(kept, x * tf.cast(scale, x.dtype), tf.zeros((), x.dtype))


class _InnerDropout:
    """Base class of layers with dropout of intermediate values."""

    def dropped(self, x, rate):
        return _dropped(x, rate, _lengths(x), self.seed_generator.next())


class _Attention(_InnerDropout, DropsScores):
    """Layer with dropout of attention scores."""


class _Cell(_InnerDropout, DropsStates):
    """Recurrent cell that uses the same dropout masks of input and state at all time steps."""


def layer_classes(mixins: Mapping[str, type], fact: str) -> dict[type, type]:
    """Return a mapping from Keras' layer classes to subclasses with a mixin.

    Parameters
    ----------
    mixins : mapping of str to type
        Mixins by name.
    fact : str
        Name of the fact of a layer that contains the name of its mixin. Layers without it are left out.
    """
    return {
        kind: type(name, (mixins[mixin], kind), {"__module__": kind.__module__})
        for name, facts in LAYERS.items()
        if (mixin := getattr(facts, fact))
        for kind in [getattr(keras.layers, name)]
    }


# Keys are values of `random` in the facts of layers.
MIXINS = {
    "attention": _Attention,
    "cell": _Cell,
    "dropout": _Dropout,
    "gaussian_dropout": _GaussianDropout,
    "gaussian_noise": _GaussianNoise,
    "spatial_dropout": _SpatialDropout,
}
COUNTED = layer_classes(MIXINS, "random")
