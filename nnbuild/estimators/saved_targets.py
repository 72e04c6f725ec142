"""Classes, units of a regression, and what texts are written <-> JSON values and arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnbuild.errors import show
from nnbuild.estimators.preparing import Preparation
from nnbuild.estimators.targets import ClassTargets, RegressionTargets
from nnbuild.estimators.text_targets import TextTargets
from nnbuild.features.text import TextPreparation
from nnbuild.recipe.values import json_value
from nnbuild.records import Shape
from nnbuild.saved.archive import TARGETS, Refused
from nnbuild.saved.targets import DTYPE, MEAN, SCALE, dtype_kind

Targets = ClassTargets | RegressionTargets | TextTargets


def targets_document(targets: Targets) -> dict:
    """Targets as JSON values, without the arrays of `targets_arrays`.

    Raises
    ------
    Refused
        For labels that JSON can't hold.
    """
    if isinstance(targets, RegressionTargets):
        return {"task": targets.task, "shape": list(targets.shape), "scaled": targets.scaled}
    if isinstance(targets, TextTargets):
        return {"task": targets.task, "input": targets.input, "n_outputs": targets.n_outputs}
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


def restored_targets(
    document: Mapping, vectors: Mapping[str, tuple[float, ...]], preparations: Mapping[str, Preparation]
) -> Targets:
    """The targets of a file.

    Parameters
    ----------
    document : mapping
        What `read_targets` gave.
    vectors : mapping of str to tuple of float
        Those of `targets_slots`.
    preparations : mapping of str to Preparation
        What prepares inputs: one of them knows the tokens that are written.

    Raises
    ------
    Refused
        For labels, or tokens, that no fit could have led to.
    """
    if document["task"] == TextTargets.task:
        return _texts(document, preparations)
    if document["task"] == RegressionTargets.task:
        mean, scale = (np.array(vectors[name], "float64") for name in (MEAN, SCALE))
        return RegressionTargets(tuple(document["shape"]), document["scaled"], mean, scale)
    classes = _classes(document["dtype"], document["classes"])
    return ClassTargets(document["task"], classes, tuple(document.get("positions", ())))


def check_output(targets: Targets, shape: Shape) -> None:
    """Raise `Refused` where the output of the network is not as wide as the targets ask."""
    width = shape[-1] if len(shape) > 1 else None
    if isinstance(targets, TextTargets):
        if len(shape) != 3 or shape[1] not in (None, targets.text.output_sequence_length):
            raise Refused(f"the network gives {show(list(shape[1:]))}, and no values for each token of a text")
        if (width or 0) > targets.n_outputs:
            return  # a vocabulary may have room
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


def _texts(document: Mapping, preparations: Mapping[str, Preparation]) -> TextTargets:
    """Targets whose tokens an input knows."""
    text = preparations[document["input"]]
    assert isinstance(text, TextPreparation)
    return TextTargets(document["input"], text)


def _classes(dtype: str, values: list) -> np.ndarray:
    """The labels as an array of the dtype that they had."""
    return np.array(values, "int64").view(dtype) if dtype_kind(dtype) in "mM" else np.array(values, dtype)


_LABELS = (str, int, float)  # and bool, which is an int
