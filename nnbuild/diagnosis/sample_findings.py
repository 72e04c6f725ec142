"""Kinds of findings about samples: a row for each, in order of importance."""

from __future__ import annotations

from nnbuild.diagnosis import sample_evidence as evidence
from nnbuild.diagnosis.rules import FindingKind

SAMPLE_FINDINGS = {
    "unlike_samples": FindingKind(
        title="validation or test samples are unlike training samples",
        severity="warning",
        when="a column is distributed differently in the training set and in validation or test samples that are not"
        " drawn from it at random: distance of at least 0.15, and p below 0.001 divided by the number of columns"
        " (Kolmogorov-Smirnov, chi-squared)",
        meaning="Scores measure another population than the training set, so early stopping and comparisons of settings"
        " may mislead. In ordered data, the last samples often differ from the first.",
        evidence=evidence.unlike_samples,
    ),
    "missing_values": FindingKind(
        title="missing values",
        severity="hint",
        when="a column of a table has missing values",
        meaning="The network receives a replacement of each missing value, with an indicator where possible.",
        evidence=evidence.missing_values,
    ),
}
