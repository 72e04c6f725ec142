"""Kinds of findings about the learning rate, from a range test: a row for each, in order of importance."""

from __future__ import annotations

from nnbuild.diagnosis import learning_rates
from nnbuild.diagnosis.rules import FindingKind

LEARNING_RATE_FINDINGS = {
    "no_learning_rate": FindingKind(
        title="no learning rate lowers the loss",
        severity="warning",
        when="in a short training with a rising learning rate, the loss never falls by 5 %",
        meaning="The network, its initial weights or the samples prevent learning, not the learning rate.",
        evidence=learning_rates.nothing_learned,
    ),
    "learning_rate_high": FindingKind(
        title="learning rate too high",
        severity="warning",
        when="in a short training with a rising learning rate, the loss rises at the learning rate of the recipe",
        meaning="Steps jump over the minimum, so the loss stays high or diverges.",
        evidence=learning_rates.rate_too_high,
        edit="a tenth of the rate with the lowest loss",
    ),
    "learning_rate_low": FindingKind(
        title="learning rate too low",
        severity="warning",
        when="in a short training with a rising learning rate, the loss begins to fall at more than 30 times the"
        " learning rate of the recipe",
        meaning="The training needs many more epochs than with a usable rate.",
        evidence=learning_rates.rate_too_low,
        edit="a tenth of the rate with the lowest loss",
    ),
}
