"""One class only: nothing is learned, and it is predicted for all."""

from __future__ import annotations

from dataclasses import dataclass

from nnbuild.tasks.classes import ClassTargets
from nnbuild.tasks.rows import TASKS


@dataclass(frozen=True, eq=False)
class ConstantTargets(ClassTargets):
    """The same label for each sample, or for each place in it."""

    row = TASKS["constant"]

    positions: tuple[int, ...] = ()
