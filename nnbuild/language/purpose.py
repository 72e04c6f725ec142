"""Estimators and task of a recipe: the keys `estimator` and `task`."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild.catalog.kinds import Choice, Either, Kind, ListOf
from nnbuild.errors import Problem, name_list, show, unknown_name
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.language.checker import Checker

_TASKS = sorted({task for row in ESTIMATORS.values() for task in row.trained_tasks})
PURPOSE: dict[str, Kind] = {
    "estimator": Either(Choice(*ESTIMATORS), ListOf(Choice(*ESTIMATORS), 1)),
    "task": Choice(*_TASKS),
}


def check_purpose(document: Mapping, checker: Checker) -> None:
    """Check the keys `estimator` and `task`; each estimator must have the task."""
    estimators = _checked_estimators(document, checker) if "estimator" in document else ()
    task = document.get("task", _TASKS[0])
    if not PURPOSE["task"].accepts(task):
        checker.add(Problem(("task",), f"must be {PURPOSE['task'].description}, got {show(task)}"))
    elif "task" in document:
        for name in estimators:
            if task not in ESTIMATORS[name].trained_tasks:
                allowed = name_list(ESTIMATORS[name].trained_tasks)
                checker.add(Problem(("task",), f"{show(task)} is not a task of {name}", allowed))


def estimators_of(document: Mapping) -> tuple[str, ...]:
    """Return the names of the estimators in a checked recipe; none if it has no such key.

    Examples
    --------
    >>> estimators_of({"estimator": "NNRecommender"}), estimators_of({})
    (('NNRecommender',), ())
    """
    given = document.get("estimator", ())
    return (given,) if isinstance(given, str) else tuple(given)


def _checked_estimators(document: Mapping, checker: Checker) -> tuple[str, ...]:
    """Return the known names at the key `estimator`; note a problem for each other value."""
    given = document["estimator"]
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        found = f"must be the name of an estimator, or a non-empty list of names, got {show(given)}"
        checker.add(Problem(("estimator",), found, name_list(ESTIMATORS)))
        return ()
    for index, name in enumerate(names):
        if name not in ESTIMATORS:
            path = ("estimator",) if names is not given else ("estimator", index)
            checker.add(unknown_name(path, "estimator", name, ESTIMATORS))
    return tuple(name for name in names if name in ESTIMATORS)
