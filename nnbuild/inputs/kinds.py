"""Preparation classes of the kinds of input in `nnbuild.language.input_kinds`."""

from __future__ import annotations

from collections.abc import Mapping

from nnbuild.inputs.ids import IdsPreparation
from nnbuild.inputs.images import ImagePreparation
from nnbuild.inputs.interactions import InteractionsPreparation
from nnbuild.inputs.protocol import InputPreparation, Preparation
from nnbuild.inputs.series import SeriesPreparation
from nnbuild.inputs.table.preparation import TablePreparation
from nnbuild.inputs.text import TextPreparation

PREPARATIONS: dict[str, type[InputPreparation]] = {
    "table": TablePreparation,
    "text": TextPreparation,
    "ids": IdsPreparation,
    "image": ImagePreparation,
    "series": SeriesPreparation,
}


def preparation_class(kind: str) -> type[Preparation]:
    """Return the class for a kind in a model file: a kind of input, or the pairs of a recommender."""
    return InteractionsPreparation if kind == InteractionsPreparation.kind else PREPARATIONS[kind]


def by_input(preparations: Mapping[str, Preparation]) -> dict[str, InputPreparation]:
    """Return the preparation of each input, by name."""
    parts_of_each = [preparation.by_input(name) for name, preparation in preparations.items()]
    return {name: part for parts in parts_of_each for name, part in parts.items()}
