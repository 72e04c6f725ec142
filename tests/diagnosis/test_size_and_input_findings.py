"""Findings about the size of a network and about its inputs."""

from __future__ import annotations

import pytest

from nnbuild.diagnosis.input_findings import INPUT_FINDINGS, FeatureScales, IdRange, InputFacts
from nnbuild.diagnosis.plan_findings import PLAN_FINDINGS, PlanFacts
from nnbuild.diagnosis.rules import raised
from nnbuild.records import Cost, Plan, Step, Weight, frozen_mapping

GB = 1_000_000_000


def plan(cost, *layers):
    """A plan with layers of a type and a number of parameters."""
    steps = tuple(
        Step(f"{kind.lower()}_1", kind, (), (), (None, 4), (Weight("kernel", (size,), True),), path=("layers", place))
        for place, (kind, size) in enumerate(layers)
    )
    return Plan("", frozen_mapping(), steps, frozen_mapping(), None, "", "Adam", Cost(32, *cost))


def found(facts):
    return [(one.code, one.severity, *one.evidence, str(one.location)) for one in raised(PLAN_FINDINGS, facts)]


def test_a_network_that_does_not_fit_into_the_memory():
    facts = PlanFacts(plan((GB, GB, 2 * GB, 6 * GB), ("Dense", 100), ("Dense", 9000)), available_bytes=8 * GB)
    assert found(facts) == [
        (
            "memory", "error",
            "a step of training needs 10.0 GB, of which 6.00 GB for the outputs of layers for 32 samples; 8.00 GB are "
            "available",
            "the largest layer is Dense 'dense_1': 9,000 parameters, 0 B of outputs per sample", "layers[1]",
        )
    ]  # fmt: skip
    assert found(PlanFacts(facts.plan, available_bytes=11 * GB)) == []
    assert found(PlanFacts(facts.plan)) == []


@pytest.mark.parametrize(
    ("n_parameters", "n_samples", "is_pretrained", "severity"),
    [
        (999_999, 1000, False, None), (1_000_000, 1000, False, "hint"), (10_000_000, 1000, False, "warning"),
        (10_000_000, 1000, True, None), (10_000_000, None, False, None),
    ],
)  # fmt: skip
def test_far_more_parameters_than_samples(n_parameters, n_samples, is_pretrained, severity):
    layers = (("Embedding", 10**9), ("Dense", n_parameters))  # embeddings do not count
    facts = PlanFacts(plan((0, 0, 0, 0), *layers), n_samples, is_pretrained=is_pretrained)
    shown = [(code, found_severity, place) for code, found_severity, _, place in found(facts)]
    assert shown == ([("few_samples", severity, "layers[1]")] if severity else [])


def test_the_evidence_of_few_samples():
    (row,) = found(PlanFacts(plan((0, 0, 0, 0), ("Dense", 50_000), ("Conv2D", 200_000)), 100))
    assert row[2] == (
        "250,000 trainable parameters and 100 training samples: 2,500 per target; Conv2D 'conv2d_1' has 200,000 of them"
    )


def test_a_sample_of_a_segmentation_has_many_targets():
    step = Step("map", "Conv2D", (), (), (None, 10, 10, 2), (Weight("kernel", (200_000,), True),))
    cost = Cost(1, 0, 0, 0, 0)
    segmented = Plan("", frozen_mapping(), (step,), frozen_mapping({"output": "map"}), None, "", "Adam", cost)
    assert found(PlanFacts(segmented, 3)) == []
    (row,) = found(PlanFacts(segmented, 1))
    assert row[2].startswith("200,000 trainable parameters and 1 training sample of 100 positions: 2,000 per target;")


def inputs(facts):
    rows = raised(INPUT_FINDINGS, facts)
    return [(one.code, one.severity, *one.evidence, str(one.location), *one.edit_text()) for one in rows]


def test_features_of_very_different_scales():
    scales = FeatureScales("input", ("hue", "alcohol", "constant", "proline"), (0.2, 1.0, 0.0, 315.0))
    assert inputs(InputFacts([scales])) == [
        (
            "scales", "warning",
            "input 'input': column 'proline' has the standard deviation 315, the median of 3 features is 1", "None",
            'inputs.input.kind = "table"',
        )
    ]  # fmt: skip
    unnamed = FeatureScales("a", (), (0.2, 1.0, 101.0), is_declared=True, is_prepared=False)
    assert inputs(InputFacts([unnamed]))[0][2:] == (
        "input 'a': feature 2 has the standard deviation 101, the median of 3 features is 1", "inputs.a",
    )  # fmt: skip
    healthy = [FeatureScales("a", (), (0.2, 1.0, 99.0)), FeatureScales("b", (), (1000.0,)), FeatureScales("c", (), ())]
    assert inputs(InputFacts(healthy)) == []


def test_ids_outside_the_vocabulary():
    ids = IdRange("Embedding 'embedding_1'", 10, ("layers", 0, "input_dim"), 10)
    assert inputs(InputFacts(ids=[ids])) == [
        (
            "vocabulary", "error",
            "Embedding 'embedding_1' has vectors for ids up to 9, and the largest id is 10", "layers[0].input_dim",
            "layers[0].input_dim = 11",
        )
    ]  # fmt: skip
    assert inputs(InputFacts(ids=[IdRange("", 11, (), 10)])) == []
