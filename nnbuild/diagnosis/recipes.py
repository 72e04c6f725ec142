"""Diagnosis of a recipe without data."""

from __future__ import annotations

from nnbuild.diagnosis.diagnosis import Diagnosis
from nnbuild.diagnosis.findings import Location, by_severity
from nnbuild.diagnosis.layout import Layout
from nnbuild.diagnosis.plan_findings import PLAN_FINDINGS, PlanFacts
from nnbuild.diagnosis.recipe_findings import RECIPE_FINDINGS
from nnbuild.diagnosis.rules import raised
from nnbuild.errors import Path
from nnbuild.recipe import Recipe
from nnbuild.records import Plan


def diagnosis_of(
    recipe: Recipe,
    plan: Plan | None = None,
    n_samples: int | None = None,
    available_bytes: int | None = None,
    estimator: str = "",
) -> Diagnosis:
    """Return the findings about a recipe.

    Parameters
    ----------
    recipe : Recipe
    plan : Plan, optional
        Shapes and sizes of its network.
    n_samples : int, optional
        Number of training samples.
    available_bytes : int, optional
        Memory that the process can use.
    estimator : str, default=""
        Class of its estimator, if it is known.
    """

    def located(path: Path) -> Location:
        return Location(path, *recipe.position(path))

    found = [*raised(RECIPE_FINDINGS, Layout(recipe, estimator), locate=located)]
    if plan is not None:
        found += raised(PLAN_FINDINGS, PlanFacts(plan, n_samples, available_bytes), locate=located)
    return Diagnosis(recipe, by_severity(found))
