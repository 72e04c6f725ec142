"""Kinds of findings about a recipe: a row for each, in order of importance."""

from __future__ import annotations

from nnbuild.diagnosis import initializer_rules, recipe_rules
from nnbuild.diagnosis.rules import FindingKind

RECIPE_FINDINGS = {
    "softmax_of_one": FindingKind(
        title="softmax over one unit",
        severity="error",
        when="a layer with softmax has 1 unit",
        meaning="Softmax divides each value by the sum over units, which is the value itself. The output is 1 for every"
        " sample, and its gradient is 0.",
        evidence=recipe_rules.softmax_of_one,
        edit="activation sigmoid",
    ),
    "missing_probabilities": FindingKind(
        title="the loss takes probabilities",
        severity="error",
        when="a cross-entropy without from_logits, and an own output layer without softmax or sigmoid",
        meaning="A cross-entropy is defined for probabilities. Values outside of 0 to 1 are clipped, where the gradient"
        " is 0, so the network learns slowly or not at all.",
        evidence=recipe_rules.missing_probabilities,
        edit="the activation that suits the loss; auto for the default loss",
    ),
    "activated_logits": FindingKind(
        title="the loss takes logits",
        severity="error",
        when="a loss with from_logits, and an own output layer with softmax or sigmoid",
        meaning="The activation is applied twice, in the network and in the loss. Probabilities are then close to each"
        " other, and gradients are small.",
        evidence=recipe_rules.activated_logits,
        edit="from_logits false",
    ),
    "bounded_regression": FindingKind(
        title="predictions cannot reach all targets",
        severity="warning",
        when="the own output layer of a regression has an activation with a bounded range",
        meaning="The targets of a regression are standardized, so about half of them are negative, and some are above"
        " 1. The activation cannot return such values. With scale_target=False, targets must be in its range.",
        evidence=recipe_rules.bounded_regression,
        edit="no activation",
    ),
    "constant_weights": FindingKind(
        title="equal initial weights",
        severity=initializer_rules.constant_severity,
        when="the weights of a hidden layer start as zeros, ones or a constant; an error if this is so in all layers,"
        " the output layers included",
        meaning="Units with equal weights compute the same value. Only random weights of later layers, such as those of"
        " an added output layer, make them different, and slowly; without them, the layer stays like one of one unit.",
        evidence=initializer_rules.constant_weights,
        edit="kernel_initializer auto",
    ),
    "batches_of_one": FindingKind(
        title="batch normalization with batches of one sample",
        severity=recipe_rules.batches_of_one_severity,
        when="batch_size is 1, and there is a BatchNormalization; an error without convolutional or recurrent layers",
        meaning="The mean of one sample is the sample itself, so its normalized value is 0 in training. With images and"
        " series, mean and variance are those of the positions in one sample.",
        evidence=recipe_rules.batches_of_one,
        edit="batch_size 32",
    ),
    "unsuitable_initializer": FindingKind(
        title="initializers do not suit the activations",
        severity="warning",
        when="the variance of signals changes by a factor of 100 through a chain of layers, relative to suitable"
        " initializers",
        meaning="The variance of signals and gradients is multiplied in each layer. In a deep network they vanish or"
        " explode, and the first layers learn slowly or diverge.",
        evidence=initializer_rules.unsuitable_initializers,
        edit="kernel_initializer auto",
        hidden_by=("constant_weights",),
    ),
    "learning_rate": FindingKind(
        title="unusual learning rate",
        severity="warning",
        when="the learning rate is more than 10 times beyond the usual range of its optimizer",
        meaning="With steps that are too large, the loss diverges or jumps. With steps that are too small, the training"
        " ends long before the minimum.",
        evidence=recipe_rules.learning_rate_range,
        edit="the default of the optimizer",
    ),
    "linear_layers": FindingKind(
        title="linear layers in a row",
        severity="warning",
        when="a layer without activation is followed by a layer of its kind, or by the output layer, and not narrower",
        meaning="A product of matrices is one matrix: two linear layers compute what one of them computes. The further"
        " layer adds parameters, but no functions that the network can represent.",
        evidence=recipe_rules.linear_in_a_row,
        edit="activation relu",
    ),
    "bottleneck": FindingKind(
        title="a bottleneck of one unit",
        severity="warning",
        when="all paths from the inputs to the outputs pass through a hidden layer of 1 unit",
        meaning="The layer passes on one number per sample or position. Later layers cannot restore what it drops.",
        evidence=recipe_rules.bottlenecks,
        edit="8 units",
    ),
    "dropout_before_normalization": FindingKind(
        title="dropout before batch normalization",
        severity="warning",
        when="a dropout layer is directly before a BatchNormalization",
        meaning="Dropout raises the variance of its output in training, but not in prediction. The variance that batch"
        " normalization learns is then wrong in prediction (Li et al., arXiv:1801.05134).",
        evidence=recipe_rules.dropout_before_normalization,
        edit="the two layers swapped",
    ),
    "without_effect": FindingKind(
        title="without effect",
        severity="warning",
        when="a layer multiplies by 0, drops all inputs, or merges a tensor with itself; or an output has weight 0",
        meaning="This part of the recipe changes neither predictions nor weights. It is probably a mistake.",
        evidence=recipe_rules.without_effect,
        edit="weight 1 of the output",
    ),
}
