"""What became of the columns of a table, in lines: each one, or the kinds where there are many."""

from __future__ import annotations

from nnbuild.errors import show
from nnbuild.features.preparation import TablePreparation

MOST_COLUMNS = 24  # that are told one by one
MOST_NAMES = 4  # of a kind


def column_rows(preparation: TablePreparation) -> list[tuple[str, str]]:
    """Name of each column, and what the network takes of it."""
    return [(_name(step.name), step.says()) for step in preparation.steps]


def column_lines(preparation: TablePreparation) -> list[str]:
    """The same for people; where there are many columns, those of a kind share a line."""
    rows = column_rows(preparation)
    if len(rows) > MOST_COLUMNS:
        names_of: dict[str, list[str]] = {}
        for name, says in rows:
            names_of.setdefault(_kind(says), []).append(name)
        rows = [(f"{len(names):,}", f"{kind}: {_some(names)}") for kind, names in names_of.items()]
    width = min(max(len(name) for name, _ in rows), 30)
    return [f"{name:{width}}  {says}" for name, says in rows]


def _name(name: str) -> str:
    return name if name.isprintable() else show(name)


def _kind(says: str) -> str:
    """What was done to a column, without its own numbers."""
    start = says.partition(";")[0].partition(" (")[0]
    return "one-hot" if start.startswith("one-hot") else "embedding" if start.startswith("embedding") else start


def _some(names: list[str]) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {rest:,} more" if rest > 0 else "")
