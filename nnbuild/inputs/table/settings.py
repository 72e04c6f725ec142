"""Settings for preparing a table, with their kinds and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnbuild.catalog.kinds import choices
from nnbuild.errors import Path, Problem, RecipeError, did_you_mean, show, unknown_name
from nnbuild.inputs.columns import Impute, ManyCategories, Scale
from nnbuild.language.input_kinds import INPUT_KINDS, TABLE
from nnbuild.language.values import json_value

PREPARE: Path = ("prepare",)  # path of the settings in messages
ROW = INPUT_KINDS[TABLE]


@dataclass(frozen=True)
class TableSettings:
    """Settings for preparing a table.

    Attributes
    ----------
    max_onehot : int
        Maximum number of categories for one-hot encoding; `many_categories` applies to columns with more.
    rare_fraction : float
        Categories in a smaller fraction of the samples are grouped in one-hot encoding.
    impute : {"median", "mean", "zero"}
        Replacement for missing numbers and durations.
    scale : {"standard", "robust", "normal", "none"}
        Scaling of numbers and durations: by mean and standard deviation, by median and interquartile range, by
        quantiles to a normal distribution, or none.
    indicators : bool
        Whether to add an indicator of missing values for each column with any in the training set.
    clip : float or None
        Limit of scaled outputs, which are clipped smoothly: z / sqrt(1 + (z / clip)**2).
    scale_categories : bool
        Whether to scale one-hot columns, booleans and indicators by median and interquartile range, or by half of the
        range where this is 0.
    signed_binary : bool
        Whether a boolean, or a category with two values, is one column of -1 and 1, with 0 for missing values.
    many_categories : {"embed", "group"}
        Columns with more than `max_onehot` categories: embedded, or one-hot encoded, with the less frequent categories
        grouped. "group" also groups categories of a single sample, in any one-hot encoding.
    """

    max_onehot: int
    rare_fraction: float
    impute: Impute
    scale: Scale
    indicators: bool
    clip: float | None = None
    scale_categories: bool = False
    signed_binary: bool = False
    many_categories: ManyCategories = "embed"


def table_settings(given: Mapping | TableSettings | None = None) -> TableSettings:
    """Return the settings with defaults.

    Parameters
    ----------
    given : mapping of str to JSON value, optional
        Some attributes of `TableSettings`; or complete settings, which are returned unchanged.

    Raises
    ------
    RecipeError
        For unknown settings and invalid values, with all problems.

    Examples
    --------
    >>> table_settings({"impute": "mean"}).impute
    'mean'
    """
    if isinstance(given, TableSettings):
        return given
    problems: list[Problem] = []
    values = json_value({} if given is None else given, PREPARE, problems)
    if not isinstance(values, dict):
        raise RecipeError([Problem(PREPARE, f"must be an object of settings, got {show(values)}")])
    if not problems:
        problems = [problem for name, value in values.items() if (problem := _problem(name, value))]
    if problems:
        raise RecipeError(problems)
    cleaned = {name: ROW.settings[name].clean(value) for name, value in values.items()}
    return TableSettings(**{**ROW.defaults, **cleaned})


def _problem(name: str, value: object) -> Problem | None:
    """Return the problem of one setting, or None."""
    path = (*PREPARE, name)
    if name not in ROW.settings:
        return unknown_name(path, "setting", name, ROW.settings, at_key=True)
    kind = ROW.settings[name]
    if kind.accepts(value):
        return None
    hint = did_you_mean(value, choices(kind)) if isinstance(value, str) else ""
    return Problem(path, f"must be {kind.description}, got {show(value)}", hint=hint)
