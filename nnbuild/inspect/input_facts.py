"""Facts about the inputs of a network before training: scales of features, and ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnbuild.catalog.facts import layer_facts
from nnbuild.diagnosis.input_findings import FeatureScales, IdRange, InputFacts
from nnbuild.diagnosis.layout import Layout
from nnbuild.estimators.training import Job
from nnbuild.language.input_kinds import TENSOR
from nnbuild.recipe import Recipe

MAX_ROWS = 5_000  # of which standard deviations are computed


def input_facts(job: Job, recipe: Recipe, prepares: bool = True) -> InputFacts:
    """Return the facts about the prepared samples of a fit.

    Parameters
    ----------
    job : Job
    recipe : Recipe
    prepares : bool, default=True
        Whether the estimator prepares inputs.
    """
    resolved, X = job.draft.resolved, job.rows.X
    assert resolved is not None
    parts: Mapping[str, Any] = X if isinstance(X, dict) else {next(iter(resolved.inputs)): X}
    layout = Layout(recipe)
    return InputFacts(tuple(_scales(job, layout, parts, prepares)), tuple(_ids(layout, parts)))


def _scales(job: Job, layout: Layout, parts: Mapping[str, Any], prepares: bool) -> Iterator[FeatureScales]:
    """Yield the scales of unprepared inputs with one axis of features that no first layer normalizes."""
    assert job.draft.resolved is not None
    for name, given in job.draft.resolved.inputs.items():
        values = parts.get(name)
        is_plain = given["kind"] == TENSOR and isinstance(values, np.ndarray) and values.ndim == 2
        first = [layout.nodes[taker].type for taker in layout.consumers.get(name, ())]
        is_scaled = bool(first) and all(layer_facts(kind).normalizes or layer_facts(kind).adapts for kind in first)
        if not is_plain or values is None or values.dtype.kind != "f" or is_scaled:
            continue
        names = job.draft.feature_names
        known = tuple(map(str, names)) if names is not None and len(names) == values.shape[1] else ()
        deviations = tuple(map(float, np.nanstd(values[:MAX_ROWS].astype("float64"), axis=0)))
        yield FeatureScales(name, known, deviations, "inputs" in layout.document, prepares)


def _ids(layout: Layout, parts: Mapping[str, Any]) -> Iterator[IdRange]:
    """Yield the ids of inputs that an embedding takes."""
    for node in layout.nodes.values():
        size, path = node.arguments.get("input_dim"), layout.place(node, "input_dim")
        values = parts.get(node.inputs[0])
        if layer_facts(node.type).looks_up and isinstance(size, int) and path and isinstance(values, np.ndarray):
            yield IdRange(layout.label(node), size, path, int(values.max(initial=0)))
