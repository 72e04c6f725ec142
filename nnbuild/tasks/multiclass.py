"""Multiclass classification: each sample has one of three or more classes."""

from __future__ import annotations

from dataclasses import dataclass

from nnbuild.tasks.classes import SingleClassTargets
from nnbuild.tasks.rows import TASKS


@dataclass(frozen=True, eq=False)
class MulticlassTargets(SingleClassTargets):
    """Class labels with three or more classes."""

    row = TASKS["multiclass"]
