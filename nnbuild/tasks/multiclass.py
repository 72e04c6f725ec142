"""Three classes or more, of which each sample has one."""

from __future__ import annotations

from dataclasses import dataclass

from nnbuild.tasks.classes import ClassTargets
from nnbuild.tasks.rows import TASKS


@dataclass(frozen=True, eq=False)
class MulticlassTargets(ClassTargets):
    """One of several labels for each sample."""

    row = TASKS["multiclass"]
