"""What became of the columns of a table."""

from __future__ import annotations

from nnbuild.errors import show
from nnbuild.features.preparation import TablePreparation


def column_rows(preparation: TablePreparation) -> list[tuple[str, str]]:
    """Name of each column, and what the network takes of it."""
    return [(_name(step.name), step.says()) for step in preparation.steps]


def _name(name: str) -> str:
    return name if name.isprintable() else show(name)
