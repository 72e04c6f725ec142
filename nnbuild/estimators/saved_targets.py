"""Classes, and the units of a regression <-> JSON values and arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from nnbuild.errors import show
from nnbuild.estimators.archive import TARGETS, Refused, table
from nnbuild.estimators.saved_arrays import Slot
from nnbuild.estimators.targets import ClassTargets, RegressionTargets
from nnbuild.recipe.kinds import Anything, Choice, Flag, Kind, ListOf, Text, Whole
from nnbuild.recipe.values import json_value
from nnbuild.records import Shape

Targets = ClassTargets | RegressionTargets
MEAN, SCALE = "targets/mean", "targets/scale"


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
    if problems or not _DTYPE.match(dtype) or not all(isinstance(value, _LABELS) for value in plain):
        found = f"labels of dtype {classes.dtype} such as {show(classes[0])} have no form in it"
        raise Refused(f"can't be written: {found}")
    return {"task": targets.task, "dtype": dtype, "classes": plain}


def targets_arrays(targets: Targets) -> dict[str, np.ndarray]:
    """The arrays of targets, by the names that they have in the file."""
    return {MEAN: targets.mean, SCALE: targets.scale} if isinstance(targets, RegressionTargets) else {}


def targets_slots(document: Mapping) -> dict[str, Slot]:
    """What the arrays of targets must be; `read_targets` checks the document."""
    if document.get("task") != RegressionTargets.task:
        return {}
    shape = table(document, REGRESSION, TARGETS)["shape"]
    slot = ("float64", (shape[0] if shape else 1,))
    return {MEAN: slot, SCALE: slot}


def read_targets(document: Mapping, arrays: Mapping[str, np.ndarray]) -> Targets:
    """The targets of a document and arrays from a file.

    Parameters
    ----------
    document : mapping
        JSON values that nobody has checked.
    arrays : mapping of str to array
        Those of `targets_slots`.

    Raises
    ------
    Refused
        For what no fit could have led to.
    """
    if document.get("task") == RegressionTargets.task:
        values = table(document, REGRESSION, TARGETS)
        return RegressionTargets(tuple(values["shape"]), values["scaled"], arrays[MEAN], arrays[SCALE])
    values = table(document, CLASSES, TARGETS)
    classes = _classes(values["dtype"], values["classes"])
    fewest, most = _COUNTS[values["task"]]
    if not fewest <= len(classes) <= most:
        raise Refused(f"{TARGETS}: a {values['task']} task can't have {len(classes)} classes")
    return ClassTargets(values["task"], classes)


def check_output(targets: Targets, shape: Shape) -> None:
    """Raise `Refused` where the output of the network is not as wide as the targets ask."""
    width = shape[-1] if len(shape) > 1 else None
    if isinstance(targets, RegressionTargets):
        width = 1
        for axis in shape[1:]:
            width = None if axis is None or width is None else width * axis
    widths = (1, 2) if targets.task == "binary" else (targets.n_outputs,)
    if width not in widths:
        raise Refused(f"the network gives {show(list(shape[1:]))}, which does not suit the targets in {TARGETS}")


def _classes(dtype: str, values: list) -> np.ndarray:
    """The labels as an array of the dtype that they had."""
    if not _DTYPE.match(dtype):
        raise Refused(f"{TARGETS}: unknown dtype {show(dtype)} of labels")
    kind = re.sub(r"[^A-Za-z]", "", dtype)[0]
    wrong = [value for value in values if type(value) not in _TYPES[kind]]
    if wrong:
        raise Refused(f"{TARGETS}: a label of dtype {dtype} can't be {show(wrong[0])}")
    try:
        if len(values) * np.dtype(dtype).itemsize > _MOST_LABEL_BYTES:
            raise Refused(f"{TARGETS}: the labels take more than {_MOST_LABEL_BYTES} bytes")
        plain = np.array(values, "int64").view(dtype) if kind in "mM" else np.array(values, dtype)
        distinct = np.unique(plain)
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"{TARGETS}: the labels are no array of dtype {dtype}") from error
    if not np.array_equal(distinct, plain):
        raise Refused(f"{TARGETS}: the labels must differ, and stand in order")
    return plain


_MOST_LABEL_BYTES = 2**26
_LABELS = (str, int, float)  # and bool, which is an int
_DTYPE = re.compile(r"(\|b1|\|[iu]1|[<>][iu][248]|[<>]f[248]|[<>]U\d{1,6}|\|O|[<>][mM]8(\[\d{0,9}[A-Za-z]{1,2}\])?)\Z")
_TYPES: dict[str, tuple[type, ...]] = {
    "b": (bool,), "i": (int,), "u": (int,), "f": (float,), "U": (str,), "O": (str, int, float, bool),
    "m": (int,), "M": (int,),
}  # fmt: skip
_ANY_NUMBER = 10**9
_COUNTS = {"constant": (1, 1), "binary": (2, 2), "multiclass": (3, _ANY_NUMBER), "multilabel": (1, _ANY_NUMBER)}
CLASSES: dict[str, Kind] = {"task": Choice(*_COUNTS), "dtype": Text(), "classes": ListOf(Anything(), 1)}
REGRESSION: dict[str, Kind] = {
    "task": Choice(RegressionTargets.task),
    "shape": ListOf(Whole(1), 0, 1),
    "scaled": Flag(),
}
