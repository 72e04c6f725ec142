"""Texts and hints of problems: the name probably meant, the fix, the iteration or call where it occurs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from nnbuild.catalog.kinds import Kind, ListOf, choices, object_family, size_hint
from nnbuild.errors import Path, Problem, did_you_mean, format_path, name_list, nearest, show

MAX_PROBLEMS = 100  # reported for one recipe


def plain_family(kind: Kind, value: object) -> str | None:
    """Return the catalog family of the Keras object that `value` describes; None for a plain value."""
    family = object_family(kind, value)
    # A name alone is never a schedule: every schedule requires arguments.
    return None if family == "schedules" and isinstance(value, str) else family


def needs(what: str, names: Iterable[str]) -> str:
    """Return the text of a problem of missing keys."""
    quoted = [show(name) for name in names]
    listed = " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
    return f"{what} needs {listed}"


def misspelt(given: Iterable[str], names: Iterable[str]) -> set[str]:
    """Return those of `names` that unknown keys in `given` probably mean: they are misspelt, not missing."""
    known = dict.fromkeys(names)
    unknown = tuple(islice((key for key in given if key not in known), MAX_PROBLEMS))
    return set(_meant(unknown, tuple(known))) if unknown else set()


@lru_cache(maxsize=1024)
def _meant(unknown: tuple[str, ...], names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(nearest(key, names) for key in unknown) - {""}


def hint_for(kind: Kind, value: object) -> str:
    """Return the hint for a value that is not of `kind`, or ""."""
    hints = (one.hint(value) for one in (kind, *getattr(kind, "kinds", ())))
    if hint := next(filter(None, hints), "") or size_hint(kind, value):
        return hint
    if isinstance(kind, ListOf) and (kind.of.accepts(value) or plain_family(kind.of, value)):
        return f"write a list of one item as [{show(value)}]"
    return did_you_mean(value, choices(kind)) if isinstance(value, str) else ""


def unknown_key(path: Path, what: str, names: list[str], hint: str) -> Problem:
    """Return the problem of a key that is not among `names`."""
    key = str(path[-1])
    return Problem(path, f"unknown {what}", name_list(names, key), hint or did_you_mean(key, names), at_key=True)


def iteration_hint(number: int, path: Path) -> str:
    """Return the hint of a problem that occurs in one iteration of a Repeat only."""
    return f"the problem occurs in iteration {number} of {format_path(path)}"


def call_hint(path: Path) -> str:
    """Return the hint of a problem that occurs in one call of a block only."""
    return f"the problem occurs in the call at {format_path(path)}"
