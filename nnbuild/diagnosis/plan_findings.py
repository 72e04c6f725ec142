"""Findings about the size of a network: memory, and parameters for the number of samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from nnbuild.catalog.facts import layer_facts
from nnbuild.diagnosis.rules import Evidence, FindingKind
from nnbuild.errors import Path
from nnbuild.records import Plan, Step
from nnbuild.report.units import count, counted, data_size, number

MANY, VERY_MANY = 1_000, 10_000  # parameters per target of the training set


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

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters without those of embeddings, of which a sample uses few."""
        return sum(step.n_trainable for step in self.counted_steps)

    @property
    def counted_steps(self) -> tuple[Step, ...]:
        """Layers whose parameters count."""
        return tuple(step for step in self.plan.steps if not layer_facts(step.type).looks_up)

    @property
    def n_positions(self) -> int:
        """Number of targets of one sample for each output value: pixels of a segmentation, steps of a text."""
        shapes = {step.name: step.output_shape for step in self.plan.steps}
        ends = [shapes[name][1:-1] for name in self.plan.outputs.values() if name in shapes]
        return max((prod(size or 1 for size in shape) for shape in ends), default=1)

    @property
    def per_target(self) -> float:
        """Number of trainable parameters per target; 0 if it is not known."""
        return self.n_parameters / (self.n_samples * self.n_positions) if self.n_samples else 0.0


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
    """Yield the number of trainable parameters, if there are far more than targets. Embeddings do not count."""
    if facts.is_pretrained or facts.per_target < MANY:
        return
    largest = max(facts.counted_steps, key=lambda step: step.n_trainable)
    samples = counted(facts.n_samples or 0, "training sample")
    samples += f" of {counted(facts.n_positions, 'position')}" if facts.n_positions > 1 else ""
    text = (
        f"{count(facts.n_parameters)} trainable parameters and {samples}: {number(facts.per_target)} per target;"
        f" {largest.type} {largest.name!r} has {count(largest.n_trainable)} of them"
    )
    yield Evidence(text, _path(largest))


def few_samples_severity(facts: PlanFacts) -> str:
    """Return "warning" from `VERY_MANY` parameters per target, else "hint"."""
    return "warning" if facts.per_target >= VERY_MANY else "hint"


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
        when="1,000 trainable parameters per target of the training set, without embeddings; a warning from 10,000. A"
        " sample of a segmentation or a text has many targets",
        meaning="Such a network can store the training samples instead of their common pattern. Regularization, early"
        " stopping, augmentation or pretrained weights help; so does a smaller network.",
        evidence=few_samples,
    ),
}
