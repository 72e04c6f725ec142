"""How a table is prepared: the settings, their kinds and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnbuild.catalog.kinds import choices
from nnbuild.errors import Path, Problem, RecipeError, did_you_mean, show, unknown_name
from nnbuild.inputs.columns import Impute, Scale
from nnbuild.language.input_kinds import INPUT_KINDS, TABLE
from nnbuild.language.values import json_value

PREPARE: Path = ("prepare",)  # where the settings stand, in messages
ROW = INPUT_KINDS[TABLE]


@dataclass(frozen=True)
class TableSettings:
    """How a table is prepared.

    Attributes
    ----------
    max_onehot : int
        Most levels of a category that is written one-hot; one with more becomes an embedding.
    rare_fraction : float
        Levels of a one-hot category that fewer than this fraction of the rows have are joined.
    impute : {"median", "mean", "zero"}
        What missing numbers and durations become.
    scale : {"standard", "robust", "none"}
        Numbers and durations less their mean over their standard deviation; less their median over their interquartile
        range; or as they are.
    indicators : bool
        Whether a column of 0 and 1 marks missing values, for each column where rows of the training had some.
    """

    max_onehot: int
    rare_fraction: float
    impute: Impute
    scale: Scale
    indicators: bool


def table_settings(given: Mapping | TableSettings | None = None) -> TableSettings:
    """Settings with the defaults filled in.

    Parameters
    ----------
    given : mapping of str to JSON value, optional
        Some of the attributes of `TableSettings`; or whole settings, which are returned as they are.

    Raises
    ------
    RecipeError
        For unknown settings and wrong values, with all of them.

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
    """What is wrong with one setting."""
    path = (*PREPARE, name)
    if name not in ROW.settings:
        return unknown_name(path, "setting", name, ROW.settings, at_key=True)
    kind = ROW.settings[name]
    if kind.accepts(value):
        return None
    hint = did_you_mean(value, choices(kind)) if isinstance(value, str) else ""
    return Problem(path, f"must be {kind.says}, got {show(value)}", hint=hint)
