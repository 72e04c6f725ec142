"""targets.json: the targets, checked by the row of the task, and the names of their arrays."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from itertools import pairwise

from nnbuild.catalog.fields import defaults_of, kinds_of
from nnbuild.catalog.kinds import Choice, Kind, ListOf, Text
from nnbuild.errors import show
from nnbuild.saved.archive import TARGETS, Refused, json_member, table
from nnbuild.saved.tensors import Slot
from nnbuild.tasks.rows import CLASSES, NUMBERS, POSITIONS, TASKS, TRANSFORMED
from nnbuild.tasks.transforms import Transform, transform_from

MEAN, SCALE = "targets/mean", "targets/scale"  # names of arrays with one value for each target


def targets_member(document: Mapping) -> tuple[str, bytes]:
    """Return the member with the targets; `document` is the result of `Targets.document`."""
    return json_member(TARGETS, document)


def read_targets(document: Mapping) -> dict:
    """Return the checked content of targets.json.

    Returns
    -------
    dict
        `task`; and `shape` and `scaled` of a regression, and its `transforms` if there are any, `input` and `n_outputs`
        (vocabulary size) of generated texts, or `classes` with their `dtype`, and `positions` in a segmentation;
        `outputs` with the targets and `columns` of each output if there are several.

    Raises
    ------
    Refused
        If the targets can't be the result of a fit.
    """
    values = table(document, _fields(document), TARGETS)
    if "outputs" in values:
        return {**values, "outputs": _outputs(values["outputs"], values["columns"])}
    if "transforms" in values:
        values["transforms"] = _transforms(values["transforms"], n_outputs(values))
    if "classes" not in values:
        return values
    dtype, classes = values["dtype"], values["classes"]
    if not DTYPE.match(dtype):
        raise Refused(f"{TARGETS}: unknown dtype of labels {show(dtype)}")
    if wrong := [label for label in classes if type(label) not in _TYPES[dtype_kind(dtype)]]:
        raise Refused(f"{TARGETS}: a label of dtype {dtype} can't be {show(wrong[0])}")
    _check_labels(dtype, classes)
    row = TASKS[values["task"]]
    if not row.min_classes <= len(classes) <= row.max_classes:
        raise Refused(f"{TARGETS}: a {row.name} task can't have {len(classes)} classes")
    return values


def _outputs(documents: Mapping[str, Mapping], order: list[str]) -> dict[str, dict]:
    """Return the targets of each output, with their columns, which are those of y in another order."""
    found: dict[str, dict] = {}
    columns_of_all: list[str] = []
    for name, document in documents.items():
        where = f"{TARGETS}: outputs.{name}"
        columns = table({"columns": document.get("columns")}, {"columns": ListOf(Text(), 1)}, where)["columns"]
        own = read_targets({key: value for key, value in document.items() if key != "columns"})
        row = TASKS[own["task"]]
        if not row.is_trained or row.ends_in != "features" or row.has_parts:
            raise Refused(f"{where}: an output can't have the task {row.name}")
        if len(columns) != (1 if row.has_classes else n_outputs(own)):
            raise Refused(f"{where}: columns: do not match the targets")
        columns_of_all += columns
        found[name] = {"columns": columns, **own}
    if len({*order}) != len(order) or sorted(columns_of_all) != sorted(order):
        raise Refused(f"{TARGETS}: columns: must be those of all outputs, each once")
    return found


def _transforms(documents: list[Mapping], n_targets: int) -> list[Transform]:
    """Return the transforms of regression targets, one for each target."""
    found = []
    for index, values in enumerate(documents):
        where = f"{TARGETS}: transforms[{index}]"
        one = transform_from(table({**defaults_of(Transform), **values}, kinds_of(Transform), where))
        if len(one.limits) != 2 and (one.limits or one.kind != "none"):
            raise Refused(f"{where}: limits: must be two numbers, got {len(one.limits)}")
        if one.limits and one.limits[0] > one.limits[1]:
            raise Refused(f"{where}: limits: must be in increasing order")
        if one.kind == "log" and one.limits[0] <= one.center:
            raise Refused(f"{where}: limits: a logarithm requires targets above its center")
        found.append(one)
    if len(found) != n_targets:
        raise Refused(f"{TARGETS}: transforms: must be {n_targets}, one for each target, got {len(found)}")
    return found


def _fields(document: Mapping) -> dict[str, Kind]:
    """Return the fields of the document's task; those of classes for an unknown task, which its name then excludes."""
    row = TASKS.get(str(document.get("task")))
    form = row.saved_fields[0] if row else CLASSES
    if form is CLASSES and "positions" in document:
        form = POSITIONS
    if form is NUMBERS and "transforms" in document:
        form = TRANSFORMED
    names = [row.name for row in TASKS.values() if any(form is own for own in row.saved_fields)]
    return {"task": Choice(*names), **form}


def _check_labels(dtype: str, classes: list) -> None:
    """Raise `Refused` unless labels are distinct values of their dtype in sorted order."""
    kind, digits = dtype_kind(dtype), re.sub(r"\D", "", dtype.partition("[")[0])
    size = (int(digits) if digits else 8) * (4 if kind == "U" else 1)
    if len(classes) * size > MAX_LABEL_BYTES:
        raise Refused(f"{TARGETS}: the labels take more than {MAX_LABEL_BYTES} bytes")
    try:
        same = _as_dtype(kind, size, dtype, classes)
    except (struct.error, OverflowError):
        same = False
    if not same:
        raise Refused(f"{TARGETS}: the labels can't be represented in dtype {dtype}")
    try:
        in_order = all(one < other for one, other in pairwise(classes))
    except TypeError:  # labels of several types
        in_order = False
    if not in_order:
        raise Refused(f"{TARGETS}: the labels must be distinct and sorted")


def _as_dtype(kind: str, size: int, dtype: str, classes: list) -> bool:
    """Return whether a dtype represents all labels exactly."""
    if kind == "U":
        return all(len(label) <= size // 4 and not label.endswith("\0") for label in classes)
    if kind in "iu":
        low = -(2 ** (8 * size - 1)) if kind == "i" else 0
        return all(low <= label < low + 2 ** (8 * size) for label in classes)
    if kind == "f":
        letter = {2: "e", 4: "f", 8: "d"}[size]
        return all(struct.unpack(letter, struct.pack(letter, label)) == (label,) for label in classes)
    if kind in "mM":
        unit = re.search(r"\[([1-9]\d*)?(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\]", dtype)
        return ("[" not in dtype or unit is not None) and all(abs(label) < 2**63 for label in classes)
    return True


def n_outputs(targets: Mapping) -> int:
    """Return the number of outputs, given the result of `read_targets`; of columns if there are several outputs."""
    if "outputs" in targets:
        return len(targets["columns"])
    if "shape" in targets:
        return targets["shape"][0] if targets["shape"] else 1
    return len(targets["classes"]) if "classes" in targets else targets["n_outputs"]


def targets_slots(targets: Mapping) -> dict[str, Slot]:
    """Return dtype and shape of the arrays of targets."""
    if "outputs" in targets:
        parts = ((name, targets_slots(own)) for name, own in targets["outputs"].items())
        return {of_output(name, key): slot for name, slots in parts for key, slot in slots.items()}
    return {} if "shape" not in targets else dict.fromkeys((MEAN, SCALE), Slot("float64", (n_outputs(targets),)))


def of_output(name: str, key: str) -> str:
    """Return the name of an array of the targets of one of several outputs.

    Examples
    --------
    >>> of_output("price", MEAN)
    'targets/price/mean'
    """
    prefix, _, last = key.rpartition("/")
    return f"{prefix}/{name}/{last}"


def vectors_of(name: str, vectors: Mapping[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """Return the arrays of the targets of one of several outputs, by their names for a single output."""
    return {key: vectors[of_output(name, key)] for key in (MEAN, SCALE) if of_output(name, key) in vectors}


def dtype_kind(dtype: str) -> str:
    """Return the letter of a dtype for its kind, as `numpy.dtype.kind`.

    Examples
    --------
    >>> dtype_kind("<U12"), dtype_kind("|b1"), dtype_kind("<M8[ns]")
    ('U', 'b', 'M')
    """
    return re.sub(r"[^A-Za-z]", "", dtype)[0]


DTYPE = re.compile(r"(\|b1|\|[iu]1|[<>][iu][248]|[<>]f[248]|[<>]U\d{1,6}|\|O|[<>][mM]8(\[\d{0,9}[A-Za-z]{1,2}\])?)\Z")
_TYPES: dict[str, tuple[type, ...]] = {
    "b": (bool,), "i": (int,), "u": (int,), "f": (float,), "U": (str,), "O": (str, int, float, bool),
    "m": (int,), "M": (int,),
}  # fmt: skip
MAX_LABEL_BYTES = 2**26
