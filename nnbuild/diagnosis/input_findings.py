"""Findings about the inputs of a network as it receives them: scales of features, and ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from nnbuild.diagnosis.rules import Evidence, FindingKind
from nnbuild.errors import Path, show
from nnbuild.language.input_kinds import TABLE
from nnbuild.records import frozen_mapping
from nnbuild.report.units import count, number

MAX_RATIO = 100.0  # of the largest standard deviation of a feature to their median


@dataclass(frozen=True)
class FeatureScales:
    """Scales of the features of one input.

    Attributes
    ----------
    input : str
        Name of the input.
    names : tuple of str
        Names of the features; empty if they have none.
    deviations : tuple of float
        Standard deviations of the features, as the network receives them.
    is_declared : bool
        Whether the recipe lists its inputs.
    is_prepared : bool
        Whether an input of kind "table" would be scaled; False if the estimator prepares no inputs.
    """

    input: str
    names: tuple[str, ...]
    deviations: tuple[float, ...]
    is_declared: bool = False
    is_prepared: bool = True


@dataclass(frozen=True)
class IdRange:
    """Ids of an input of an embedding.

    Attributes
    ----------
    layer : str
        Class and name of the embedding.
    size : int
        Number of ids that it has vectors for.
    path : tuple of str and int
        Path of this number in the recipe.
    largest : int
        Largest id in the data.
    """

    layer: str
    size: int
    path: Path
    largest: int


@dataclass(frozen=True)
class InputFacts:
    """Facts about the inputs of a network: `scales` of features, and `ids` of embeddings."""

    scales: Sequence[FeatureScales] = ()
    ids: Sequence[IdRange] = ()


def different_scales(facts: InputFacts) -> Iterator[Evidence]:
    """Yield inputs with a feature whose scale is far above that of the others."""
    for one in facts.scales:
        varying = [deviation for deviation in one.deviations if deviation > 0]
        if len(varying) < 2 or max(varying) < MAX_RATIO * median(varying):
            continue
        place = one.deviations.index(max(varying))
        name = f"column {show(one.names[place])}" if one.names else f"feature {place}"
        text = (
            f"input {one.input!r}: {name} has the standard deviation {number(max(varying))}, the median of"
            f" {count(len(varying))} features is {number(median(varying))}"
        )
        yield Evidence(text, ("inputs", one.input) if one.is_declared else None, frozen_mapping(_as_table(one)))


def _as_table(one: FeatureScales) -> dict[Path, object]:
    """Return the edit that prepares the input as a table."""
    if not one.is_prepared:
        return {}
    return {("inputs", one.input, "kind"): TABLE}


def small_vocabulary(facts: InputFacts) -> Iterator[Evidence]:
    """Yield embeddings with fewer vectors than ids in the data."""
    for one in facts.ids:
        if one.largest >= one.size:
            known = f"{one.layer} has vectors for ids up to {count(one.size - 1)}"
            text = f"{known}, and the largest id is {count(one.largest)}"
            yield Evidence(text, one.path, frozen_mapping({one.path: one.largest + 1}))


INPUT_FINDINGS = {
    "vocabulary": FindingKind(
        title="ids outside the vocabulary",
        severity="error",
        when="an embedding has fewer vectors than the largest id in the data requires",
        meaning="An id without a vector has none to look up: training stops with an error on a CPU, and reads zeros"
        " on a GPU.",
        evidence=small_vocabulary,
        edit="input_dim of the largest id + 1",
    ),
    "scales": FindingKind(
        title="features of very different scales",
        severity="warning",
        when="the standard deviation of a feature is 100 times the median over features, as the network receives them",
        meaning="The feature with the largest scale dominates sums and gradients, and others are learned late or never."
        " Scale them to equal variance, in a pipeline with StandardScaler, or as an input of kind table.",
        evidence=different_scales,
        edit="input of kind table",
    ),
}
