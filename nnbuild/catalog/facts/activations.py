"""Activations: one row per function of Keras or layer that is one, in alphabetical order."""

from __future__ import annotations

from nnbuild.catalog.facts.rows import ActivationFacts

# Initializers: He et al., arXiv:1502.01852 (rectifiers); Klambauer et al., arXiv:1706.02515 (selu); all others as
# Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
ACTIVATIONS: dict[str, ActivationFacts] = {
    "celu": ActivationFacts(negative=True),
    "elu": ActivationFacts(initializer="he_normal", negative=True),
    "gelu": ActivationFacts(initializer="he_normal", negative=True),
    "hard_shrink": ActivationFacts(negative=True),
    "hard_sigmoid": ActivationFacts(largest_derivative=1 / 6),
    "hard_silu": ActivationFacts(initializer="he_normal", negative=True),
    "hard_tanh": ActivationFacts(negative=True),
    "leaky_relu": ActivationFacts(initializer="he_normal", negative=True),
    "linear": ActivationFacts(negative=True, saturates=""),
    "log_sigmoid": ActivationFacts(negative=True),
    "log_softmax": ActivationFacts(negative=True, saturates="samples"),
    "mish": ActivationFacts(initializer="he_normal", negative=True),
    "prelu": ActivationFacts(initializer="he_normal", negative=True),
    "relu": ActivationFacts(initializer="he_normal"),
    "relu6": ActivationFacts(initializer="he_normal"),
    "selu": ActivationFacts(initializer="lecun_normal", negative=True),
    "sigmoid": ActivationFacts(largest_derivative=1 / 4),
    "silu": ActivationFacts(initializer="he_normal", negative=True),
    "soft_shrink": ActivationFacts(negative=True),
    "softmax": ActivationFacts(saturates="samples"),
    "softsign": ActivationFacts(negative=True),
    "sparse_sigmoid": ActivationFacts(largest_derivative=1 / 2),
    "sparsemax": ActivationFacts(saturates="samples"),
    "tanh": ActivationFacts(negative=True),
    "tanh_shrink": ActivationFacts(negative=True),
}
