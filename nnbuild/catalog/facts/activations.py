"""Activations: one row per function of Keras or layer that is one, in alphabetical order."""

from __future__ import annotations

from math import inf

from nnbuild.catalog.facts.rows import ActivationFacts

SHARES, POSITIVE, SYMMETRIC = (0.0, 1.0), (0.0, inf), (-1.0, 1.0)

# Initializers: He et al., arXiv:1502.01852 (rectifiers); Klambauer et al., arXiv:1706.02515 (selu); all others as
# Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
ACTIVATIONS: dict[str, ActivationFacts] = {
    "celu": ActivationFacts(negative=True),
    "elu": ActivationFacts(initializer="he_normal", negative=True),
    "exponential": ActivationFacts(bounds=POSITIVE),
    "gelu": ActivationFacts(initializer="he_normal", negative=True),
    "hard_shrink": ActivationFacts(negative=True),
    "hard_sigmoid": ActivationFacts(largest_derivative=1 / 6, bounds=SHARES),
    "hard_silu": ActivationFacts(initializer="he_normal", negative=True),
    "hard_tanh": ActivationFacts(negative=True, bounds=SYMMETRIC),
    "leaky_relu": ActivationFacts(initializer="he_normal", negative=True),
    "linear": ActivationFacts(negative=True, saturates=""),
    "log_sigmoid": ActivationFacts(negative=True, bounds=(-inf, 0.0)),
    "log_softmax": ActivationFacts(negative=True, saturates="samples", bounds=(-inf, 0.0)),
    "mish": ActivationFacts(initializer="he_normal", negative=True),
    "prelu": ActivationFacts(initializer="he_normal", negative=True),
    "relu": ActivationFacts(initializer="he_normal", bounds=POSITIVE),
    "relu6": ActivationFacts(initializer="he_normal", bounds=(0.0, 6.0)),
    "selu": ActivationFacts(initializer="lecun_normal", negative=True),
    "sigmoid": ActivationFacts(largest_derivative=1 / 4, bounds=SHARES),
    "silu": ActivationFacts(initializer="he_normal", negative=True),
    "soft_shrink": ActivationFacts(negative=True),
    "softmax": ActivationFacts(saturates="samples", bounds=SHARES),
    "softplus": ActivationFacts(bounds=POSITIVE),
    "softsign": ActivationFacts(negative=True, bounds=SYMMETRIC),
    "sparse_plus": ActivationFacts(bounds=POSITIVE),
    "sparse_sigmoid": ActivationFacts(largest_derivative=1 / 2, bounds=SHARES),
    "sparsemax": ActivationFacts(saturates="samples", bounds=SHARES),
    "squareplus": ActivationFacts(bounds=POSITIVE),
    "tanh": ActivationFacts(negative=True, bounds=SYMMETRIC),
    "tanh_shrink": ActivationFacts(negative=True),
}
