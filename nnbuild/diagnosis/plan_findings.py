"""Findings about the size of a network: memory, and parameters for the number of samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nnbuild.catalog.facts import layer_facts
from nnbuild.diagnosis.rules import Evidence, FindingKind
from nnbuild.errors import Path
from nnbuild.records import Plan, Step
from nnbuild.report.units import count, counted, data_size, number

MANY, VERY_MANY = 1_000, 10_000  # parameters per training sample


@dataclass(frozen=True)
class PlanFacts:
    """Size of a network, of its data and of the machine.

    Attributes
    ----------
    plan : Plan
    n_samples : int or None
        Number of training samples.
    available_bytes : int or None
        Memory that the process can use.
    is_pretrained : bool
        Whether training continues from the weights of another network.
    """

    plan: Plan
    n_samples: int | None = None
    available_bytes: int | None = None
    is_pretrained: bool = False


def too_large(facts: PlanFacts) -> Iterator[Evidence]:
    """Yield the memory of training, if it exceeds the available memory."""
    cost, available = facts.plan.cost, facts.available_bytes
    if available is None or cost.total_bytes <= available:
        return
    parts = {
        "weights": cost.weight_bytes,
        "gradients": cost.gradient_bytes,
        "the optimizer": cost.optimizer_bytes,
        f"the outputs of layers for {counted(cost.batch_size, 'sample')}": cost.activation_bytes,
    }
    largest = max(parts, key=lambda name: parts[name])
    text = (
        f"a step of training needs {data_size(cost.total_bytes)}, of which {data_size(parts[largest])} for {largest};"
        f" {data_size(available)} are available"
    )
    heaviest = max(facts.plan.steps, key=_n_bytes, default=None)
    yield Evidence(text, _path(heaviest))
    if heaviest:
        shares = f"{count(heaviest.n_parameters)} parameters, {data_size(heaviest.output_bytes)} of outputs per sample"
        yield Evidence(f"the largest layer is {heaviest.type} {heaviest.name!r}: {shares}")


def few_samples(facts: PlanFacts) -> Iterator[Evidence]:
    """Yield the number of trainable parameters, if there are far more than samples. Embeddings do not count."""
    if not facts.n_samples or facts.is_pretrained:
        return
    counted_steps = [step for step in facts.plan.steps if not layer_facts(step.type).looks_up]
    n_parameters = sum(step.n_trainable for step in counted_steps)
    if n_parameters < MANY * facts.n_samples:
        return
    largest = max(counted_steps, key=lambda step: step.n_trainable)
    text = (
        f"{count(n_parameters)} trainable parameters and {counted(facts.n_samples, 'training sample')}:"
        f" {number(n_parameters / facts.n_samples)} per sample; {largest.type} {largest.name!r} has"
        f" {count(largest.n_trainable)} of them"
    )
    yield Evidence(text, _path(largest))


def few_samples_severity(facts: PlanFacts) -> str:
    """Return "warning" from `VERY_MANY` parameters per sample, else "hint"."""
    n_parameters = sum(step.n_trainable for step in facts.plan.steps if not layer_facts(step.type).looks_up)
    return "warning" if n_parameters >= VERY_MANY * (facts.n_samples or 1) else "hint"


def _n_bytes(step: Step) -> int:
    return sum(weight.n_bytes for weight in step.weights) + step.output_bytes


def _path(step: Step | None) -> Path | None:
    return step.path if step and step.path else None


PLAN_FINDINGS = {
    "memory": FindingKind(
        title="more memory than the machine has",
        severity="error",
        when="weights, gradients, state of the optimizer and outputs for one batch exceed the available memory",
        meaning="Training fails, or the operating system moves memory to the disk and each step takes minutes. Smaller"
        " batches need less memory for outputs, narrower layers less for weights.",
        evidence=too_large,
    ),
    "few_samples": FindingKind(
        title="far more parameters than samples",
        severity=few_samples_severity,
        when="1,000 trainable parameters per training sample, without embeddings; a warning from 10,000",
        meaning="Such a network can store the training samples instead of their common pattern. Regularization, early"
        " stopping, augmentation or pretrained weights help; so does a smaller network.",
        evidence=few_samples,
    ),
}
