"""Preparations in features.json and vocabulary.safetensors: checks of their fields and arrays."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nnbuild.catalog.fields import arrays_under, defaults_of, kinds_of
from nnbuild.errors import show
from nnbuild.inputs.column_base import Column
from nnbuild.inputs.columns import COLUMNS, Embedded, Number, SignedCategory, column_from
from nnbuild.language.input_kinds import HISTORY, INPUT_KINDS, INTERACTIONS, ITEM, PAIRS, TABLE, USER, InputKind
from nnbuild.language.vocabulary_inputs import rounded_up
from nnbuild.saved.archive import FEATURES, VOCABULARY, Archive, Refused, table
from nnbuild.saved.tensors import Tensor, tensors, tensors_member

Arrays = Mapping[str, Tensor]


@dataclass(frozen=True)
class Prepared:
    """Output and columns of the preparation of an input.

    Attributes
    ----------
    kind : str
        Kind of the input.
    shape : tuple of int or None
        Shape of one sample for the network.
    codes : mapping of str to int
        Columns of a table that become embeddings, with their numbers of codes.
    columns : tuple of str or None
        Columns of a table; None for an input of one column.
    named : bool or None
        Whether the columns of a table had names; None for an input of one column.
    vocabulary_size : int or None
        Vocabulary size of an input of ids, including 0 for unknown ids.
    n_tokens : int or None
        Vocabulary size of a text that is generated.
    """

    kind: str
    shape: tuple[int | None, ...]
    codes: Mapping[str, int]
    columns: tuple[str, ...] | None = None
    named: bool | None = None
    vocabulary_size: int | None = None
    n_tokens: int | None = None


class Checked(NamedTuple):
    """Checked preparation.

    Attributes
    ----------
    fields : dict
        Fields of the document without its kind, each value in normal form; columns of a table as `Column`.
    inputs : dict of str to Prepared
        Prepared inputs by name.
    """

    fields: dict
    inputs: dict[str, Prepared]


def vocabulary_members(arrays: Mapping[str, Arrays]) -> Iterator[tuple[str, bytes]]:
    """Yield the member with the arrays of each preparation, by its name; nothing if there are no arrays."""
    named = {f"{name}/{key}": array for name, own in arrays.items() for key, array in own.items()}
    if named:
        yield tensors_member(VOCABULARY, named)


def read_vocabulary(archive: Archive) -> dict[str, Tensor]:
    """Return the arrays of all preparations, as NAME/KEY; empty if the file has none."""
    return tensors(archive, VOCABULARY) if archive.has(VOCABULARY) else {}


def read_preparations(document: Mapping[str, Mapping], arrays: Arrays) -> tuple[dict[str, dict], dict[str, Prepared]]:
    """Return the checked document, and the preparation of each input; users and items of pairs are separate inputs.

    Parameters
    ----------
    document : mapping of str to mapping
        `preparation` of features.json.
    arrays : mapping of str to Tensor
        Result of `read_vocabulary`.

    Raises
    ------
    Refused
        If a preparation can't be the result of a fit.
    """
    documents: dict[str, dict] = {}
    inputs: dict[str, Prepared] = {}
    for name, values in document.items():
        where = f"{FEATURES}: preparation: {name}"
        kind: Any = values.get("kind")
        row = _row(kind)
        if row is None:
            raise Refused(f"{where}: kind: unknown {show(kind)}")
        given = {key: value for key, value in values.items() if key != "kind"}
        fields = table({**row.legacy_defaults, **given}, row.saved, where)
        found = READERS.get(kind, _plain)(kind, name, fields, arrays_under(name, arrays), where)
        documents[name] = {"kind": kind, **found.fields}
        inputs |= found.inputs
    if unknown := sorted(key for key in arrays if key.partition("/")[0] not in document):
        raise Refused(f"{VOCABULARY}: contains the unexpected array {show(unknown[0])}")
    return documents, inputs


def _row(kind: object) -> InputKind | None:
    """Return the row of a kind of preparation; None if it is unknown."""
    if kind == PAIRS:
        return INTERACTIONS
    return INPUT_KINDS[kind] if isinstance(kind, str) and kind in INPUT_KINDS and INPUT_KINDS[kind].saved else None


def _plain(kind: str, name: str, fields: dict, arrays: Arrays, where: str) -> Checked:
    """Check a preparation with a shape as its only state."""
    _no_arrays(arrays, name)
    shape = tuple(fields["shape"]) if "shape" in fields else INPUT_KINDS[kind].default_shape
    assert shape is not None  # a test compares rows with the saved form
    return Checked(fields, {name: Prepared(kind, shape, {})})


def _table(kind: str, name: str, fields: dict, arrays: Arrays, where: str) -> Checked:
    _no_arrays(arrays, name)
    columns = [_column(column, f"{where}: columns[{index}]") for index, column in enumerate(fields["columns"])]
    names = tuple(column.name for column in columns)
    if len(set(names)) < len(names):
        raise Refused(f"{where}: columns: duplicate names")
    width = sum(len(column.feature_names) for column in columns)
    codes = {column.name: column.n_codes for column in columns if isinstance(column, Embedded)}
    inputs = {name: Prepared(kind, (width,), codes, names, fields["named"])}
    return Checked({**fields, "columns": columns}, inputs)


def _column(values: Mapping, where: str) -> Column:
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in COLUMNS:
        raise Refused(f"{where}: kind: unknown {show(kind)}")
    given = {key: value for key, value in values.items() if key != "kind"}
    record: Any = COLUMNS[kind]  # mypy does not accept classes as keys
    fields = table({**defaults_of(record), **given}, kinds_of(record), where)
    for key in ("levels", "parts"):
        if len(set(fields.get(key, ()))) < len(fields.get(key, ())):
            raise Refused(f"{where}: {key}: duplicate values")
    if fields.get("zone") is not None and not _is_zone(fields["zone"]):
        raise Refused(f"{where}: zone: no time zone {show(fields['zone'])} on this machine")
    column = column_from({"kind": kind, **fields})
    _check_scaling(column, where)
    return column


def _check_scaling(column: Column, where: str) -> None:
    """Raise `Refused` unless scaling and quantiles match the outputs of a column."""
    n_others = len(column.feature_names) - column.n_numbers
    if not len(column.centers) == len(column.scales) or len(column.centers) not in (0, n_others):
        raise Refused(f"{where}: centers, scales: must have {n_others} values each, or none")
    if isinstance(column, Number):
        rises = all(one <= other for one, other in pairwise(column.quantiles))
        if (column.scaled_by == "normal") != (len(column.quantiles) > 1) or not rises:
            raise Refused(f"{where}: quantiles: must rise, for numbers that are scaled to a normal distribution only")
    if isinstance(column, SignedCategory) and len(column.categories) != 2:
        raise Refused(f"{where}: levels: must be two, got {len(column.categories)}")


def _is_zone(name: str) -> bool:
    try:
        return ZoneInfo(name).key is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _text(kind: str, name: str, fields: dict, arrays: Arrays, where: str) -> Checked:
    counts = fields["output_mode"] != "int"
    if counts != (fields["output_sequence_length"] == 0):
        raise Refused(f"{where}: output_sequence_length must be above 0 for output_mode 'int', else 0")
    if fields["marked"] and (counts or fields["ngrams"] > 1):
        raise Refused(f"{where}: marked texts must be single tokens in order")
    weighed = fields["output_mode"] == "tf_idf"
    n_terms = len(_terms({key: array for key, array in arrays.items() if key != "weights"}, name))
    if ("weights" in arrays) != (weighed and n_terms > 0):
        raise Refused(
            f"{VOCABULARY}: {name}: term weights are required for output_mode 'tf_idf', and not allowed for others"
        )
    if "weights" in arrays:
        weights = _numbers(arrays["weights"], "float64", f"{name}/weights")
        if len(weights) != n_terms or not all(abs(weight) < float("inf") for weight in weights):
            raise Refused(f"{VOCABULARY}: {name}: requires {n_terms} finite weights of terms")
    n_others = (1 if counts else 2) + (2 if fields["marked"] else 0)
    most = fields["max_tokens"]
    if most is not None and most < n_terms + n_others:
        raise Refused(f"{where}: max_tokens: is {most}, but there are {n_terms + n_others} token ids")
    vocabulary_size = rounded_up(n_terms + n_others) if most is None else min(rounded_up(n_terms + n_others), most)
    shape = (fields["output_sequence_length"] or vocabulary_size,)
    return Checked(fields, {name: Prepared(kind, shape, {}, n_tokens=vocabulary_size if fields["marked"] else None)})


def _ids(kind: str, name: str, fields: dict, arrays: Arrays, where: str) -> Checked:
    ids = _terms(arrays, name) if fields["of"] == "text" else _integer_ids(arrays, name)
    most = fields["max_tokens"]
    if not ids or (most is not None and most < len(ids) + 1):
        raise Refused(f"{where}: max_tokens: is {show(most)}, but there are {len(ids)} ids")
    return Checked(fields, {name: Prepared(kind, tuple(fields["shape"]), {}, vocabulary_size=len(ids) + 1)})


def _series(kind: str, name: str, fields: dict, arrays: Arrays, where: str) -> Checked:
    if fields["shape"][1] is None:
        raise Refused(f"{where}: shape: the number of channels must be fixed")
    return _plain(kind, name, fields, arrays, where)


def _interactions(kind: str, name: str, fields: dict, arrays: Arrays, where: str) -> Checked:
    parts = {part: arrays_under(part, arrays) for part in (USER, ITEM)}
    found = {part: _ids_of(f"{part}s", f"{name}/{part}", fields, parts[part], where) for part in parts}
    users, items = (prepared for one in found.values() for prepared in one.inputs.values())
    n_users, n_items = (part.vocabulary_size or 0 for part in (users, items))
    _check_interactions(name, arrays, n_users - 1, n_items - 1, sum(map(len, parts.values())))
    shapes = {part: tuple(shape) for part, shape in fields["shapes"].items()}
    fits = {part: len(shape) == (part == HISTORY) for part, shape in shapes.items()}
    known = {ITEM} < fits.keys() <= {USER, ITEM, HISTORY}
    if users.shape or items.shape or not known or not all(fits.values()):
        raise Refused(f"{where}: shapes: are not valid for pairs")
    vocabulary_size = {USER: n_users, ITEM: n_items, HISTORY: n_items}
    inputs = {
        part: Prepared(users.kind, shape, {}, vocabulary_size=vocabulary_size[part]) for part, shape in shapes.items()
    }
    return Checked({**fields, **{f"{part}s": one.fields for part, one in found.items()}}, inputs)


def _ids_of(key: str, name: str, fields: Mapping, arrays: Arrays, where: str) -> Checked:
    """Check the users or items of pairs."""
    where = f"{where}: {key}"
    return _ids("ids", name, table(fields[key], INPUT_KINDS["ids"].saved, where), arrays, where)


def _check_interactions(name: str, arrays: Arrays, n_users: int, n_items: int, n_parts: int) -> None:
    """Raise `Refused` unless the arrays of interactions match the numbers of users and items."""
    if not {"starts", "had"} <= arrays.keys() or len(arrays) != n_parts + 2:
        raise Refused(f"{VOCABULARY}: {name}: must have the arrays of ids, and starts and had")
    starts = _numbers(arrays["starts"], "int64", f"{name}/starts")
    had = _numbers(arrays["had"], "int32", f"{name}/had")
    rising = all(one <= other for one, other in pairwise(starts))
    begins_and_ends = len(starts) == n_users + 2 and starts[0] == starts[1] == 0 and starts[-1] == len(had)
    if not begins_and_ends or not rising or (had and not 1 <= min(had) <= max(had) <= n_items):
        raise Refused(f"{VOCABULARY}: {name}: the interactions do not match the users and items")


def _terms(arrays: Arrays, name: str) -> tuple[str, ...]:
    """Return the terms of a vocabulary, saved as bytes in UTF-8 and the end of each term."""
    if arrays.keys() != {"terms", "ends"}:
        raise Refused(f"{VOCABULARY}: {name}: must have the arrays terms and ends")
    slot, content = arrays["terms"]
    if slot.dtype != "uint8" or len(slot.shape) != 1:
        raise Refused(f"{VOCABULARY}: {show(f'{name}/terms')} must be uint8 with one axis")
    ends = _numbers(arrays["ends"], "int64", f"{name}/ends")
    starts = (0, *ends)
    if starts[-1] != len(content) or any(end < start for start, end in zip(starts, ends, strict=False)):
        raise Refused(f"{VOCABULARY}: {name}: ends are not valid positions in the terms")
    text = bytes(content)
    try:
        terms = tuple(text[start:end].decode() for start, end in zip(starts, ends, strict=False))
    except UnicodeDecodeError:
        raise Refused(f"{VOCABULARY}: {name}: terms are not UTF-8") from None
    if len(set(terms)) < len(terms):
        raise Refused(f"{VOCABULARY}: {name}: duplicate terms")
    return terms


def _integer_ids(arrays: Arrays, name: str) -> tuple[float, ...]:
    if arrays.keys() != {"ids"}:
        raise Refused(f"{VOCABULARY}: {name}: must have the array ids only")
    ids = _numbers(arrays["ids"], "int64", f"{name}/ids")
    if len(set(ids)) < len(ids):
        raise Refused(f"{VOCABULARY}: {name}: duplicate ids")
    return ids


def _numbers(array: Tensor, dtype: str, name: str) -> tuple:
    """Return the values of an array with one axis."""
    slot, content = array
    if slot.dtype != dtype or len(slot.shape) != 1:
        raise Refused(f"{VOCABULARY}: {show(name)} must be {dtype} with one axis")
    return struct.unpack(f"<{slot.n_elements}{_LETTERS[dtype]}", content)


def _no_arrays(arrays: Arrays, name: str) -> None:
    if arrays:
        raise Refused(f"{VOCABULARY}: contains the unexpected array {show(f'{name}/{min(arrays)}')}")


_LETTERS = {"int64": "q", "int32": "i", "float64": "d"}
# Checks by kind of preparation; `_plain` is for all others.
READERS: dict[str, Callable[[str, str, dict, Arrays, str], Checked]] = {
    TABLE: _table,
    "text": _text,
    "ids": _ids,
    "series": _series,
    PAIRS: _interactions,
}
