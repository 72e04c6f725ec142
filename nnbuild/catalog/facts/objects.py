"""Optimizers, schedules, and the objects of weights: one row per class, in alphabetical order."""

from __future__ import annotations

from nnbuild.catalog.facts.rows import ObjectFacts

# Learning rates: Bengio, arXiv:1206.5533 (SGD); Duchi et al., JMLR 12, 2011 (Adagrad); Zeiler, arXiv:1212.5701
# (Adadelta); Kingma & Ba, arXiv:1412.6980 (Adam and its variants); You et al., arXiv:1904.00962 (Lamb); Shazeer &
# Stern, arXiv:1804.04235 (Adafactor); Chen et al., arXiv:2302.06675 (Lion: 3 to 10 times lower than AdamW).
# fmt: off
OPTIMIZERS: dict[str, ObjectFacts] = {
    "Adadelta": ObjectFacts(learning_rates=(1e-3, 1.0), numbers=("rho", "epsilon")),
    "Adafactor": ObjectFacts(
        learning_rates=(1e-4, 1e-2), numbers=("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold"),
    ),
    "Adagrad": ObjectFacts(learning_rates=(1e-3, 1e-1), numbers=("epsilon",)),
    "Adam": ObjectFacts(learning_rates=(1e-5, 1e-2), numbers=("beta_1", "beta_2", "epsilon")),
    "AdamW": ObjectFacts(learning_rates=(1e-5, 1e-2), numbers=("beta_1", "beta_2", "epsilon")),
    "Adamax": ObjectFacts(learning_rates=(1e-5, 1e-2), numbers=("beta_1", "beta_2", "epsilon")),
    "Ftrl": ObjectFacts(
        learning_rates=(1e-3, 1.0), numbers=("l1_regularization_strength", "l2_regularization_strength", "beta"),
        one_rate=True,
    ),
    "Lamb": ObjectFacts(learning_rates=(1e-4, 1e-1), numbers=("beta_1", "beta_2", "epsilon")),
    "Lion": ObjectFacts(learning_rates=(1e-6, 1e-3), numbers=("beta_1", "beta_2")),
    "Muon": ObjectFacts(
        learning_rates=(1e-4, 1e-1), numbers=("adam_beta_1", "adam_beta_2", "epsilon"), only_float32=True,
    ),
    "Nadam": ObjectFacts(learning_rates=(1e-5, 1e-2), numbers=("beta_1", "beta_2", "epsilon")),
    "RMSprop": ObjectFacts(learning_rates=(1e-5, 1e-2), numbers=("rho", "momentum", "epsilon")),
    "SGD": ObjectFacts(learning_rates=(1e-4, 1e-1), numbers=("momentum",)),
}

SCHEDULES: dict[str, ObjectFacts] = {
    "PiecewiseConstantDecay": ObjectFacts(clash="piecewise"),
}

INITIALIZERS: dict[str, ObjectFacts] = {
    "Constant": ObjectFacts(suits="by_value", variance="constant"),
    "DataPoints": ObjectFacts(own=True, of_samples="bias_initializer", suits="all"),
    "GlorotNormal": ObjectFacts(suits="all", variance="glorot"),
    "GlorotUniform": ObjectFacts(suits="all", variance="glorot"),
    "HeNormal": ObjectFacts(suits="all", variance="he"),
    "HeUniform": ObjectFacts(suits="all", variance="he"),
    "Identity": ObjectFacts(not_in_config={"gain": "gain"}),
    "LecunNormal": ObjectFacts(suits="all", variance="lecun"),
    "LecunUniform": ObjectFacts(suits="all", variance="lecun"),
    "LogCountRatio": ObjectFacts(own=True, of_samples="scale_initializer", suits="all"),
    "Ones": ObjectFacts(suits="all", variance="constant"),
    "Orthogonal": ObjectFacts(suits="matrices"),
    "RandomNormal": ObjectFacts(suits="all", variance="normal"),
    "RandomUniform": ObjectFacts(suits="all", variance="uniform", clash="uniform"),
    "TruncatedNormal": ObjectFacts(suits="all", variance="truncated_normal"),
    "UnitVariance": ObjectFacts(own=True, of_samples="kernel_initializer", suits="all"),
    "VarianceScaling": ObjectFacts(suits="all", variance="scaling"),
    "Zeros": ObjectFacts(suits="all", variance="constant"),
}

REGULARIZERS: dict[str, ObjectFacts] = {
    "L1": ObjectFacts(suits="all", numbers=("l1",), zero_too=True),
    "L1L2": ObjectFacts(suits="all", numbers=("l1", "l2")),
    "L2": ObjectFacts(suits="all", numbers=("l2",), zero_too=True),
}

CONSTRAINTS: dict[str, ObjectFacts] = {
    "NonNeg": ObjectFacts(suits="all"),
}

# fmt: on
