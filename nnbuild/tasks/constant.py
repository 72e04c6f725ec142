"""Classification with one class: no network is trained, and the class is predicted for all samples."""

from __future__ import annotations

from dataclasses import dataclass

from nnbuild.tasks.classes import ClassTargets
from nnbuild.tasks.rows import TASKS


@dataclass(frozen=True, eq=False)
class ConstantTargets(ClassTargets):
    """The same label for each sample, or for each position of a sample."""

    row = TASKS["constant"]

    positions: tuple[int, ...] = ()
