"""Optimizers, schedules, and the objects of weights: one row per class, in alphabetical order."""

from __future__ import annotations

from nnbuild.catalog.facts.rows import ObjectFacts

# fmt: off
OPTIMIZERS: dict[str, ObjectFacts] = {
    "Adadelta": ObjectFacts(numbers=("rho", "epsilon")),
    "Adafactor": ObjectFacts(numbers=("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold")),
    "Adagrad": ObjectFacts(numbers=("epsilon",)),
    "Adam": ObjectFacts(numbers=("beta_1", "beta_2", "epsilon")),
    "AdamW": ObjectFacts(numbers=("beta_1", "beta_2", "epsilon")),
    "Adamax": ObjectFacts(numbers=("beta_1", "beta_2", "epsilon")),
    "Ftrl": ObjectFacts(numbers=("l1_regularization_strength", "l2_regularization_strength", "beta"), one_rate=True),
    "Lamb": ObjectFacts(numbers=("beta_1", "beta_2", "epsilon")),
    "Lion": ObjectFacts(numbers=("beta_1", "beta_2")),
    "Muon": ObjectFacts(numbers=("adam_beta_1", "adam_beta_2", "epsilon"), only_float32=True),
    "Nadam": ObjectFacts(numbers=("beta_1", "beta_2", "epsilon")),
    "RMSprop": ObjectFacts(numbers=("rho", "momentum", "epsilon")),
    "SGD": ObjectFacts(numbers=("momentum",)),
}

SCHEDULES: dict[str, ObjectFacts] = {
    "PiecewiseConstantDecay": ObjectFacts(clash="piecewise"),
}

INITIALIZERS: dict[str, ObjectFacts] = {
    "Constant": ObjectFacts(suits="by_value"),
    "DataPoints": ObjectFacts(own=True, of_samples="bias_initializer", suits="all"),
    "GlorotNormal": ObjectFacts(suits="all"),
    "GlorotUniform": ObjectFacts(suits="all"),
    "HeNormal": ObjectFacts(suits="all"),
    "HeUniform": ObjectFacts(suits="all"),
    "Identity": ObjectFacts(not_in_config={"gain": "gain"}),
    "LecunNormal": ObjectFacts(suits="all"),
    "LecunUniform": ObjectFacts(suits="all"),
    "LogCountRatio": ObjectFacts(own=True, of_samples="scale_initializer", suits="all"),
    "Ones": ObjectFacts(suits="all"),
    "Orthogonal": ObjectFacts(suits="matrices"),
    "RandomNormal": ObjectFacts(suits="all"),
    "RandomUniform": ObjectFacts(suits="all", clash="uniform"),
    "TruncatedNormal": ObjectFacts(suits="all"),
    "UnitVariance": ObjectFacts(own=True, of_samples="kernel_initializer", suits="all"),
    "VarianceScaling": ObjectFacts(suits="all"),
    "Zeros": ObjectFacts(suits="all"),
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
