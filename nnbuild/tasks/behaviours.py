"""Targets of each task by name, and the task of given class labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import column_or_1d

from nnbuild.records import frozen_mapping
from nnbuild.saved.targets import vectors_of
from nnbuild.tasks.binary import BinaryTargets
from nnbuild.tasks.classes import ClassTargets
from nnbuild.tasks.constant import ConstantTargets
from nnbuild.tasks.multiclass import MulticlassTargets
from nnbuild.tasks.multilabel import MultilabelTargets
from nnbuild.tasks.multioutput import MultiOutputTargets
from nnbuild.tasks.regression import RegressionTargets
from nnbuild.tasks.rows import task_of_labels
from nnbuild.tasks.segmentation import SegmentationTargets
from nnbuild.tasks.targets import Targets
from nnbuild.tasks.tokens import TextTargets


def class_targets(y: np.ndarray, classes: np.ndarray | None = None) -> ClassTargets:
    """Return the targets of class labels `y`; `classes` are all labels, if some may be missing in `y`."""
    if y.ndim == 2:
        return MultilabelTargets(np.arange(y.shape[1]))
    known = np.unique(y if classes is None else column_or_1d(classes))
    if y.ndim > 2:
        return (SegmentationTargets if len(known) > 1 else ConstantTargets)(known, y.shape[1:])
    kind: Any = BEHAVIOURS[task_of_labels(len(known))]
    return kind(known)


def restored_targets(
    document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Any]
) -> Targets:
    """Return the targets of a model file; see `Targets.restored`."""
    if "outputs" in document:
        parts = {
            name: {**own, "targets": restored_targets(own, vectors_of(name, vectors), preparations)}
            for name, own in document["outputs"].items()
        }
        document = {**document, "outputs": parts}
    return BEHAVIOURS[document["task"]].restored(document, vectors, preparations)


BEHAVIOURS: Mapping[str, type[Targets]] = frozen_mapping(
    {
        kind.row.name: kind
        for kind in (
            BinaryTargets,
            ConstantTargets,
            MulticlassTargets,
            MultilabelTargets,
            MultiOutputTargets,
            RegressionTargets,
            SegmentationTargets,
            TextTargets,
        )
    }
)
