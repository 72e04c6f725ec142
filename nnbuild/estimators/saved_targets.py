"""Classes, and the units of a regression <-> JSON values and arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnbuild.errors import show
from nnbuild.estimators.targets import ClassTargets, RegressionTargets
from nnbuild.recipe.values import json_value
from nnbuild.records import Shape
from nnbuild.saved.archive import TARGETS, Refused
from nnbuild.saved.targets import DTYPE, MEAN, SCALE, dtype_kind

Targets = ClassTargets | RegressionTargets


def targets_document(targets: Targets) -> dict:
    """Targets as JSON values, without the arrays of `targets_arrays`.

    Raises
    ------
    Refused
        For labels that JSON can't hold.
    """
    if isinstance(targets, RegressionTargets):
        return {"task": targets.task, "shape": list(targets.shape), "scaled": targets.scaled}
    classes = targets.classes
    dtype = classes.dtype.str
    values = (classes.view("int64") if classes.dtype.kind in "mM" else classes).tolist()
    problems: list = []
    plain = [json_value(value, (), problems) for value in values]
    if problems or not DTYPE.match(dtype) or not all(isinstance(value, _LABELS) for value in plain):
        found = f"labels of dtype {classes.dtype} such as {show(classes[0])} have no form in it"
        raise Refused(f"can't be written: {found}")
    where = {"positions": list(targets.positions)} if targets.positions else {}
    return {"task": targets.task, "dtype": dtype, "classes": plain, **where}


def targets_arrays(targets: Targets) -> dict[str, np.ndarray]:
    """The arrays of targets, by the names that they have in the file."""
    return {MEAN: targets.mean, SCALE: targets.scale} if isinstance(targets, RegressionTargets) else {}


def restored_targets(document: Mapping, vectors: Mapping[str, tuple[float, ...]]) -> Targets:
    """The targets of a file.

    Parameters
    ----------
    document : mapping
        What `read_targets` gave.
    vectors : mapping of str to tuple of float
        Those of `targets_slots`.

    Raises
    ------
    Refused
        For labels that no fit could have led to.
    """
    if document["task"] == RegressionTargets.task:
        mean, scale = (np.array(vectors[name], "float64") for name in (MEAN, SCALE))
        return RegressionTargets(tuple(document["shape"]), document["scaled"], mean, scale)
    classes = _classes(document["dtype"], document["classes"])
    return ClassTargets(document["task"], classes, tuple(document.get("positions", ())))


def check_output(targets: Targets, shape: Shape) -> None:
    """Raise `Refused` where the output of the network is not as wide as the targets ask."""
    width = shape[-1] if len(shape) > 1 else None
    if isinstance(targets, RegressionTargets):
        width = 1
        for axis in shape[1:]:
            width = None if axis is None or width is None else width * axis
    widths = (1, 2) if targets.task == "binary" else (targets.n_outputs,)
    if width not in widths or not _are_there(targets.positions, shape[1:-1]):
        raise Refused(f"the network gives {show(list(shape[1:]))}, which does not suit the targets in {TARGETS}")


def _are_there(positions: tuple[int, ...] | None, axes: Shape) -> bool:
    """Whether a network gives something for each position of the targets, where they have some."""
    if not positions:
        return True
    return len(axes) == len(positions) and all(a in (None, p) for a, p in zip(axes, positions, strict=True))


def _classes(dtype: str, values: list) -> np.ndarray:
    """The labels as an array of the dtype that they had."""
    try:
        if len(values) * np.dtype(dtype).itemsize > _MOST_LABEL_BYTES:
            raise Refused(f"{TARGETS}: the labels take more than {_MOST_LABEL_BYTES} bytes")
        plain = np.array(values, "int64").view(dtype) if dtype_kind(dtype) in "mM" else np.array(values, dtype)
        distinct = np.unique(plain)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"{TARGETS}: the labels are no array of dtype {dtype}") from error
    if not np.array_equal(distinct, plain):
        raise Refused(f"{TARGETS}: the labels must differ, and stand in order")
    return plain


_MOST_LABEL_BYTES = 2**26
_LABELS = (str, int, float)  # and bool, which is an int
