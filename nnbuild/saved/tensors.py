"""The safetensors format without numpy: which arrays a member holds, and the numbers of short ones."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import NamedTuple

from nnbuild.catalog.kinds import MOST_AXES, Kind, ListOf, Text, Whole
from nnbuild.errors import RecipeError, show
from nnbuild.language.json_text import MOST_BYTES, parse
from nnbuild.saved.archive import Archive, Refused


class Slot(NamedTuple):
    """What an array must be: its dtype, by numpy's name, and its shape."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def n_elements(self) -> int:
        """Number of elements, however many."""
        return math.prod(self.shape)


class _Place(NamedTuple):
    """An array of a member, and where its bytes are."""

    slot: Slot
    start: int
    end: int


def slots(archive: Archive, member: str) -> dict[str, Slot]:
    """Dtype and shape of each array of a member; the numbers themselves are not read.

    Raises
    ------
    Refused
        For a member that is not valid, or has arrays of kinds that are never saved.
    """
    return {name: place.slot for name, place in _places(archive, member).items()}


def tensors(archive: Archive, member: str) -> dict[str, tuple[Slot, memoryview]]:
    """Dtype, shape and bytes of each array of a member; raises `Refused` as `slots` does."""
    places = _places(archive, member)
    content = memoryview(archive.read(member))
    return {name: (place.slot, content[place.start : place.end]) for name, place in places.items()}


def vector(slot: Slot, content: memoryview) -> tuple[float, ...]:
    """The numbers of a float64 array of one axis."""
    return struct.unpack(f"<{slot.n_elements}d", content)


def header_length(content: bytes | bytearray) -> int:
    """Bytes of the JSON text in front of arrays, as their first 8 bytes say it."""
    return _LENGTH.unpack(content[: _LENGTH.size])[0]


def check_slots(found: Mapping[str, Slot], wanted: Mapping[str, Slot], member: str) -> None:
    """Raise `Refused` unless the arrays are those that belong there, of the dtypes and shapes that they must have."""
    if missing := [name for name in wanted if name not in found]:
        raise Refused(f"{member}: holds no {show(missing[0])}")
    if unknown := sorted(name for name in found if name not in wanted):
        raise Refused(f"{member}: holds {show(unknown[0])}, which is no part of it")
    for name, slot in wanted.items():
        if found[name] != slot:
            says = f"{found[name].dtype} of shape {found[name].shape}"
            raise Refused(f"{member}: {show(name)} must be {slot.dtype} of shape {slot.shape}, got {says}")


def _places(archive: Archive, member: str) -> dict[str, _Place]:
    """The arrays in the order of their bytes, which follow each other without gaps."""
    length = _header_length(archive, member)
    start = _LENGTH.size + length
    try:
        header = parse(bytes(archive.read(member, start)[_LENGTH.size :]), member).value
    except RecipeError as error:
        raise _invalid(member) from error
    if not isinstance(header, dict):
        raise _invalid(member)
    places = {name: _place(name, entry, start, member) for name, entry in header.items()}
    ordered = dict(sorted(places.items(), key=lambda item: item[1].start))
    for place in ordered.values():
        if place.start != start or place.end - start != place.slot.n_elements * _ITEMSIZES[place.slot.dtype]:
            raise _invalid(member)
        start = place.end
    if start != archive.size(member):
        raise _invalid(member)
    return ordered


def _header_length(archive: Archive, member: str) -> int:
    """Bytes of the JSON text in front, which the file may say to be more than it has."""
    start = archive.read(member, _LENGTH.size)
    length = header_length(start) if len(start) == _LENGTH.size else 0
    if not 0 < length <= min(MOST_HEADER, archive.size(member) - _LENGTH.size):
        raise _invalid(member)
    return length


def _place(name: str, entry: object, start: int, member: str) -> _Place:
    if not isinstance(entry, dict) or set(entry) != set(_ENTRY):
        raise _invalid(member)
    # Whole numbers of the format have no fraction, not even .0.
    plain = [type(size) is int for key in ("shape", "data_offsets") for size in _listed(entry[key])]
    if not all(kind.accepts(entry[key]) for key, kind in _ENTRY.items()) or not all(plain):
        raise _invalid(member)
    if entry["dtype"] not in DTYPES:
        raise Refused(f"{member}: {show(name)} is of the unknown dtype {show(entry['dtype'])}")
    first, last = entry["data_offsets"]
    return _Place(Slot(DTYPES[entry["dtype"]], tuple(entry["shape"])), start + first, start + last)


def _listed(value: object) -> list:
    return value if isinstance(value, list) else []


def _invalid(member: str) -> Refused:
    return Refused(f"{member}: is not valid safetensors data")


MOST_HEADER = MOST_BYTES  # it is JSON text
_LENGTH = struct.Struct("<Q")
_ENTRY: dict[str, Kind] = {
    "dtype": Text(),
    "shape": ListOf(Whole(0), 0, MOST_AXES),
    "data_offsets": ListOf(Whole(0), 2, 2),
}
# Names of dtypes in the format, and numpy's.
DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "BOOL": "bool",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8",
}  # fmt: skip
_ITEMSIZES = {name: int("".join(filter(str.isdigit, name)) or 8) // 8 for name in DTYPES.values()}
