"""Segmentation: a class for each position of a sample, such as each pixel of an image."""

from __future__ import annotations

from dataclasses import dataclass

from nnbuild.tasks.classes import ClassTargets
from nnbuild.tasks.rows import TASKS


@dataclass(frozen=True, eq=False)
class SegmentationTargets(ClassTargets):
    """Class labels for each position of a sample, in the shape `positions`."""

    row = TASKS["segmentation"]

    positions: tuple[int, ...] = ()
