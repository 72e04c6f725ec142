"""Report of a training run as plain values: data, columns, network and results."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from platform import python_version

from nnbuild.diagnosis.findings import Finding
from nnbuild.errors import show
from nnbuild.estimators.auto import choice_text
from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.fitted import fit_of
from nnbuild.plan.describe import describe
from nnbuild.recipe import Recipe
from nnbuild.records import frozen_mapping
from nnbuild.report.run import RunReport
from nnbuild.report.scores import Scores
from nnbuild.report.units import counted
from nnbuild.runs.data.dataset import MIN_ROWS, axes_note
from nnbuild.runs.workflows.implementations import WORKFLOWS
from nnbuild.runs.workflows.protocol import Data
from nnbuild.runs.workflows.rows import WORKFLOW_ROWS

PACKAGES = ("nnbuild", "keras", "tensorflow", "scikit-learn", "numpy")


def choice_row(recipe: Recipe) -> dict[str, str]:
    """Return the recipe and the reason for its choice, by heading, if the data selected it."""
    return {"recipe": choice_text(recipe)} if "reason" in recipe.about else {}


def data_rows(data: Data, train: Data, test: Data | None) -> dict[str, str]:
    """Return facts about the data before training, by heading."""
    unit = f"{WORKFLOW_ROWS[data.workflow].unit}s"
    if test is None:
        rows = f"all {len(train):,} to train, none to test: files of fewer than {MIN_ROWS} {unit} are not split"
    elif test.source != data.source:
        rows = f"all {len(train):,} to train, {len(test):,} of {test.source} to test"
    else:
        rows = f"{len(train):,} to train, {len(test):,} to test"
    found = {"data": data.text(), "task": data.task_text(), unit: rows}
    if note := axes_note(data.X):
        found["note"] = note
    if data.remarks:
        name, remark = next(iter(data.remarks.items()))
        more = f", and {counted(len(data.remarks) - 1, 'column')} more" if len(data.remarks) > 1 else ""
        found["note"] = f"{show(name)} is text: {remark}{more}"
    return found


def run_report(
    recipe: Recipe,
    estimator: NNEstimator,
    about: dict[str, str],
    scores: Scores | None,
    seed: int,
    findings: tuple[Finding, ...],
    commands: tuple[tuple[str, str], ...],
    files: tuple[tuple[str, str], ...],
    data: Data,
) -> RunReport:
    """Return the report of a training run.

    Parameters
    ----------
    recipe : Recipe
        The trained recipe.
    estimator : NNEstimator
        Fitted.
    about : dict of str to str
        Facts about the data, by heading.
    scores : Scores or None
        Scores on the test set, if there is one.
    seed : int
    findings : tuple of Finding
        The most important first.
    commands, files : tuple of tuple of str
        Commands to try next; files written.
    data : Data
    """
    return RunReport(
        title=recipe.name or "network",
        recipe=recipe.to_json(),
        plan=describe(estimator.recipe_),
        data=frozen_mapping(about),
        history=estimator.history_,
        scores=scores,
        columns=tuple(WORKFLOWS[data.workflow].columns(estimator, data)),
        seed=seed,
        findings=findings,
        versions=package_versions(),
        commands=commands,
        files=files,
        n_members=len(fit_of(estimator).networks),
        combination=fit_of(estimator).combination,
    )


def package_versions() -> Mapping[str, str]:
    """Return the versions of Python and the main packages, for the last line of a report."""
    return frozen_mapping({"Python": python_version()} | {name: version(name) for name in PACKAGES})
