"""Kinds of findings about a network at initialization: a row for each, in order of importance."""

from __future__ import annotations

from nnbuild.diagnosis import initialization_evidence as evidence
from nnbuild.diagnosis.rules import FindingKind

INITIALIZATION_FINDINGS = {
    "not_finite": FindingKind(
        title="values are not finite",
        severity="error",
        when="outputs or gradients of a layer are NaN or infinite in the first step",
        meaning="All later values are NaN or infinite too, so the training ends in its first epoch. The initial weights"
        " or the inputs are too large, or a layer is not defined for its inputs.",
        evidence=evidence.not_finite,
        edit="kernel_initializer auto",
    ),
    "identical_units": FindingKind(
        title="identical units",
        severity="error",
        when="at least half of the units of a layer have the weights and the gradients of another unit",
        meaning="Units with the same weights and gradients stay the same in each step. The layer computes what a layer"
        " with one unit computes.",
        evidence=evidence.identical,
        edit="kernel_initializer auto",
        hidden_by=("not_finite",),
    ),
    "dead_units": FindingKind(
        title="dead units",
        severity=evidence.dead_severity,
        when="all units of a ReLU are 0 for all samples (error), or more than half of them beyond chance (3 standard"
        " errors)",
        meaning="The gradient of such a unit is 0 for all samples, so its weights do not change. Inputs on a large"
        " scale and biases far below 0 are usual reasons.",
        evidence=evidence.dead,
        edit="activation leaky_relu",
        hidden_by=("not_finite",),
    ),
    "vanishing": FindingKind(
        title="vanishing signals or gradients",
        severity="warning",
        when="the gradient of an early layer is less than a thousandth of that of a later one, or the outputs of the"
        " last hidden layer vary over samples by less than a thousandth of those of the first",
        meaning="Early layers hardly learn, or predictions are the same for all samples. ReLU with He's initializer,"
        " batch normalization and residual connections keep signals and gradients in a usual range.",
        evidence=evidence.vanishing,
        edit="activation relu, and kernel_initializer auto",
        hidden_by=("not_finite", "identical_units"),
    ),
    "exploding": FindingKind(
        title="exploding signals or gradients",
        severity="warning",
        when="the gradient of an early layer is more than 1,000 times that of a later one, or the outputs of the last"
        " hidden layer vary over samples by more than 1,000 times those of the first",
        meaning="Steps are too large for some layers, so the training may diverge. Initializers that suit the"
        " activations, batch normalization and gradient clipping (clipnorm) limit signals and gradients.",
        evidence=evidence.exploding,
        edit="activation relu, and kernel_initializer auto",
        hidden_by=("not_finite",),
    ),
    "saturated_units": FindingKind(
        title="saturated units",
        severity="warning",
        when=f"at least {evidence.MIN_SATURATED:.0%} of the outputs of a sigmoid, tanh or softmax are saturated",
        meaning="The derivative of a saturated output is less than a hundredth of the largest one, so little of the"
        " gradient passes. Weights or inputs on a large scale are usual reasons.",
        evidence=evidence.saturated,
        edit="kernel_initializer auto",
        hidden_by=("not_finite", "exploding"),
    ),
}
