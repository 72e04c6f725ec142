"""The values of a search space, each tried at its address: what the recipe would say of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from nnbuild.errors import Path, Problem, format_path
from nnbuild.language.analysis import analyse
from nnbuild.language.checker import Checker
from nnbuild.language.search import RANGES, addresses, with_value

MOST_TRIALS = 500  # each is an analysis of the whole recipe
MOST_VALUES = 100_000  # that all of them look at, about


def search_problems(document: Mapping) -> list[Problem]:
    """What is wrong with the values that a recipe is to be searched for.

    Parameters
    ----------
    document : mapping
        A recipe without problems, as JSON values.

    Returns
    -------
    list of Problem
        The first of each value, at its place in the search space. A value is tried alone, with all others as the
        recipe has them; of a range its ends, and a number between them. Very many values, or values in a very large
        recipe, are not all tried.
    """
    places = addresses(document)
    plain = {key: value for key, value in document.items() if key != "search"}
    problems, n_left = [], MOST_VALUES
    for n_trials, (address, path, value) in enumerate(_values(document.get("search", {}))):
        if n_trials == MOST_TRIALS or n_left < 0:
            break
        checker = Checker()
        found, _ = analyse(with_value(plain, places[address], value), checker)
        n_left -= checker.n_values
        # A param may have no use beside this value: it is left out then, as always.
        if wrong := [problem for problem in found if problem.found != "is never used"]:
            problems.append(_at(path, wrong[0]))
    return problems


def _values(search: Mapping) -> Iterator[tuple[str, Path, object]]:
    """Addresses, places and values, the first of every space before the second of any."""
    spaces = {address: list(_of_space(("search", address), space)) for address, space in search.items()}
    for index in range(max(map(len, spaces.values()), default=0)):
        yield from ((address, *space[index]) for address, space in spaces.items() if index < len(space))


def _of_space(path: Path, space: list | Mapping) -> Iterator[tuple[Path, object]]:
    if isinstance(space, list):
        yield from (((*path, index), value) for index, value in enumerate(space))
        return
    ((kind, (low, high)),) = space.items()
    yield (*path, kind, 0), low
    yield (*path, kind, 1), high
    if not RANGES[kind][0]:
        yield (*path, kind), float(f"{low + (high - low) * _BETWEEN:.12g}")


def _at(path: Path, problem: Problem) -> Problem:
    """A problem of the recipe as one of the value that led to it."""
    own = re.sub(r"(; )?from params[.\[].*$", "", problem.hint)
    kind = path[-1]
    if isinstance(kind, str) and kind in _WHOLE and "whole number" in problem.found:
        own = f"{_WHOLE[kind]!r} draws whole numbers"
    hint = "; ".join(part for part in (own, f"it would stand at {format_path(problem.path)}") if part)
    return replace(problem, path=path, hint=hint, at_key=False)


_BETWEEN = 0.6180339887  # of the way from one end of a range to the other: no whole number, where that matters
_WHOLE = {"uniform": "int", "log_uniform": "log_int"}
