"""All kinds of findings, by the moment at which they are found."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild.diagnosis.initialization_findings import INITIALIZATION_FINDINGS
from nnbuild.diagnosis.input_findings import INPUT_FINDINGS
from nnbuild.diagnosis.learning_rate_findings import LEARNING_RATE_FINDINGS
from nnbuild.diagnosis.plan_findings import PLAN_FINDINGS
from nnbuild.diagnosis.recipe_findings import RECIPE_FINDINGS
from nnbuild.diagnosis.rules import FindingKind
from nnbuild.diagnosis.sample_findings import SAMPLE_FINDINGS
from nnbuild.diagnosis.training_findings import TRAINING_FINDINGS
from nnbuild.records import frozen_mapping

MOMENTS: Mapping[str, Mapping[str, FindingKind]] = frozen_mapping(
    {
        "recipe": RECIPE_FINDINGS,
        "plan": PLAN_FINDINGS,
        "inputs": INPUT_FINDINGS,
        "samples": SAMPLE_FINDINGS,
        "initialization": INITIALIZATION_FINDINGS,
        "range test": LEARNING_RATE_FINDINGS,
        "training": TRAINING_FINDINGS,
    }
)
FINDING_KINDS: Mapping[str, FindingKind] = frozen_mapping(
    {code: kind for kinds in MOMENTS.values() for code, kind in kinds.items()}
)
