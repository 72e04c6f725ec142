"""Check the values of a search space, each at its address in the recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from nnbuild.errors import Path, Problem
from nnbuild.language.analysis import analyse
from nnbuild.language.checker import Checker
from nnbuild.language.search import RANGES, addresses, with_value
from nnbuild.language.variants import moved

MAX_TRIALS = 500  # each analyses the whole recipe
MAX_VALUES = 100_000  # checked by all trials together, about


def search_problems(document: Mapping) -> list[Problem]:
    """Return the problems of the values in a recipe's search space.

    Parameters
    ----------
    document : mapping
        A recipe without problems, as JSON values.

    Returns
    -------
    list of Problem
        The first problem of each value, at its path in the search space. Each value is checked alone, with the
        recipe's other values unchanged; of a range, both ends and a number between them. Of very many values, or in a
        very large recipe, only the first are checked.
    """
    places = addresses(document)
    plain = {key: value for key, value in document.items() if key != "search"}
    problems, n_left = [], MAX_VALUES
    for n_trials, (address, path, value) in enumerate(_values(document.get("search", {}))):
        if n_trials == MAX_TRIALS or n_left < 0:
            break
        checker = Checker()
        found, _ = analyse(with_value(plain, places[address], value), checker)
        n_left -= checker.n_values
        # This value may leave a param without use: `with_values` drops such params.
        if wrong := [problem for problem in found if problem.found != "is never used"]:
            problems.append(_moved(path, wrong[0]))
    return problems


def _values(search: Mapping) -> Iterator[tuple[str, Path, object]]:
    """Yield addresses, paths and values: the first value of every space before the second of any."""
    spaces = {address: list(_space_values(("search", address), space)) for address, space in search.items()}
    for index in range(max(map(len, spaces.values()), default=0)):
        yield from ((address, *space[index]) for address, space in spaces.items() if index < len(space))


def _space_values(path: Path, space: list | Mapping) -> Iterator[tuple[Path, object]]:
    if isinstance(space, list):
        yield from (((*path, index), value) for index, value in enumerate(space))
        return
    ((kind, (low, high)),) = space.items()
    yield (*path, kind, 0), low
    yield (*path, kind, 1), high
    if not RANGES[kind][0]:
        yield (*path, kind), float(f"{low + (high - low) * _BETWEEN:.12g}")


def _moved(path: Path, problem: Problem) -> Problem:
    """Convert a problem of the changed recipe to a problem of the value in the search space."""
    kind = path[-1]
    if isinstance(kind, str) and kind in _WHOLE and "integer" in problem.found:
        problem = replace(problem, hint=f"{_WHOLE[kind]!r} draws integers")
    return moved(path, problem)


_BETWEEN = 0.6180339887  # position between the ends of a range that rarely gives an integer
_WHOLE = {"uniform": "int", "log_uniform": "log_int"}
