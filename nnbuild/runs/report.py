"""A training run -> all that is shown of it, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from platform import python_version

from nnbuild.estimators.base import NNEstimator
from nnbuild.plan.describe import describe
from nnbuild.recipe import Recipe
from nnbuild.records import frozen_mapping
from nnbuild.report.findings import Finding
from nnbuild.report.run import RunReport
from nnbuild.report.scores import Scores
from nnbuild.runs.columns import column_rows

PACKAGES = ("nnbuild", "keras", "tensorflow", "scikit-learn", "numpy")


def run_report(
    recipe: Recipe,
    estimator: NNEstimator,
    data: dict[str, str],
    scores: Scores | None,
    seed: int,
    findings: tuple[Finding, ...] = (),
    commands: tuple[tuple[str, str], ...] = (),
    files: tuple[tuple[str, str], ...] = (),
    remarks: Mapping[str, str] | None = None,
) -> RunReport:
    """All that is shown of a training run.

    Parameters
    ----------
    recipe : Recipe
        As it was trained.
    estimator : NNEstimator
        Fitted.
    data : dict of str to str
        About the rows, each under a word.
    scores : Scores or None
        On rows that the training has not seen, if there were any.
    seed : int
    findings : tuple of Finding
        The most important first.
    commands, files : tuple of tuple of str
        What to try next; what was written.
    remarks : mapping of str to str, optional
        What else there is to report of columns.
    """
    return RunReport(
        title=recipe.name or "network",
        recipe=recipe.to_json(),
        plan=describe(estimator.recipe_),
        data=frozen_mapping(data),
        history=estimator.history_,
        scores=scores,
        columns=tuple(column_rows(estimator, remarks)),
        seed=seed,
        findings=findings,
        versions=frozen_mapping({"Python": python_version()} | {name: version(name) for name in PACKAGES}),
        commands=commands,
        files=files,
        n_members=len(estimator.members_),
    )
