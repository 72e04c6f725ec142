"""Reader and writer of the safetensors format without NumPy: names, dtypes, shapes and bytes of arrays."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nnbuild.catalog.kinds import MAX_AXES, Integer, Kind, ListOf, Text
from nnbuild.errors import RecipeError, show
from nnbuild.language.json_text import MAX_BYTES, parse
from nnbuild.saved.archive import Archive, Refused


class Slot(NamedTuple):
    """Dtype (name in NumPy) and shape of an array."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def n_elements(self) -> int:
        """Number of elements of the array."""
        return math.prod(self.shape)

    @property
    def n_bytes(self) -> int:
        """Size of the array in bytes."""
        return self.n_elements * _ITEMSIZES[self.dtype]


Tensor = tuple[Slot, bytes | memoryview]  # the bytes are little-endian, in C order
MEMBER = "member_"  # prefix of the arrays of the second and further members of an ensemble, followed by the number


def of_member(place: int, name: str) -> str:
    """Return the name of a member's array in the file.

    Examples
    --------
    >>> of_member(0, "history/loss"), of_member(1, "history/loss")
    ('history/loss', 'member_2/history/loss')
    """
    return f"{MEMBER}{place + 1}/{name}" if place else name


def of_members(arrays: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the arrays of all members of an ensemble, by their names in the file."""
    return {of_member(place, name): array for place, own in enumerate(arrays) for name, array in own.items()}


class _Place(NamedTuple):
    """Array of a member of the file, and the position of its bytes."""

    slot: Slot
    start: int
    end: int


def slots(archive: Archive, member: str) -> dict[str, Slot]:
    """Return dtype and shape of each array of a member of the file, without reading values.

    Raises
    ------
    Refused
        If the member is not valid, or has arrays of dtypes that are never saved.
    """
    return {name: place.slot for name, place in _places(archive, member).items()}


def tensors(archive: Archive, member: str) -> dict[str, Tensor]:
    """Return dtype, shape and bytes of each array of a member; raise `Refused` as in `slots`."""
    places = _places(archive, member)
    content = memoryview(archive.read(member))
    return {name: (place.slot, content[place.start : place.end]) for name, place in places.items()}


def tensors_member(member: str, arrays: Mapping[str, Tensor]) -> tuple[str, bytes]:
    """Return a member of the file with arrays, with the same bytes as from the safetensors library.

    Raises
    ------
    Refused
        If names and shapes need more bytes than the reader accepts.
    """
    order = list(DTYPES.values())
    ordered = sorted(arrays.items(), key=lambda item: (order.index(item[1][0].dtype), item[0]))
    names = {name: code for code, name in DTYPES.items()}
    header, end = {}, 0
    for name, (slot, content) in ordered:
        start, end = end, end + len(content)
        header[name] = {"dtype": names[slot.dtype], "shape": slot.shape, "data_offsets": (start, end)}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _LENGTH.size)
    if len(text) > MAX_HEADER:
        found = f"can't be written: names and shapes of {len(arrays)} arrays take {len(text)} bytes"
        raise Refused(f"{found}; at most {MAX_HEADER} are allowed")
    return member, b"".join([_LENGTH.pack(len(text)), text, *(content for _, (_, content) in ordered)])


def vector(array: Tensor) -> tuple[float, ...]:
    """Return the values of a float64 array with one axis."""
    slot, content = array
    return struct.unpack(f"<{slot.n_elements}d", content)


def tensor_of(numbers: Sequence[float]) -> Tensor:
    """Return numbers as an array for `vector`."""
    return Slot("float64", (len(numbers),)), struct.pack(f"<{len(numbers)}d", *numbers)


def check_slots(found: Mapping[str, Slot], wanted: Mapping[str, Slot], member: str) -> None:
    """Raise `Refused` unless the arrays have the expected names, dtypes and shapes."""
    if missing := [name for name in wanted if name not in found]:
        raise Refused(f"{member}: contains no array {show(missing[0])}")
    if unknown := sorted(name for name in found if name not in wanted):
        raise Refused(f"{member}: contains the unexpected array {show(unknown[0])}")
    for name, slot in wanted.items():
        if found[name] != slot:
            found_text = f"{found[name].dtype} of shape {found[name].shape}"
            raise Refused(f"{member}: {show(name)} must be {slot.dtype} of shape {slot.shape}, got {found_text}")


def _places(archive: Archive, member: str) -> dict[str, _Place]:
    """Return the arrays in the order of their bytes, which must be contiguous."""
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
        if place.start != start or place.end - start != place.slot.n_bytes:
            raise _invalid(member)
        start = place.end
    if start != archive.size(member):
        raise _invalid(member)
    return ordered


def _header_length(archive: Archive, member: str) -> int:
    """Return the length of the JSON header in bytes, checked against the size of the file."""
    start = archive.read(member, _LENGTH.size)
    length = _LENGTH.unpack(start)[0] if len(start) == _LENGTH.size else 0
    if not 0 < length <= min(MAX_HEADER, archive.size(member) - _LENGTH.size):
        raise _invalid(member)
    return length


def _place(name: str, entry: object, start: int, member: str) -> _Place:
    if not isinstance(entry, dict) or set(entry) != set(_ENTRY):
        raise _invalid(member)
    # Integers in the format have no fraction, not even .0.
    plain = [type(size) is int for key in ("shape", "data_offsets") for size in _listed(entry[key])]
    if not all(kind.accepts(entry[key]) for key, kind in _ENTRY.items()) or not all(plain):
        raise _invalid(member)
    if entry["dtype"] not in DTYPES:
        raise Refused(f"{member}: {show(name)} has the unknown dtype {show(entry['dtype'])}")
    first, last = entry["data_offsets"]
    return _Place(Slot(DTYPES[entry["dtype"]], tuple(entry["shape"])), start + first, start + last)


def _listed(value: object) -> list:
    return value if isinstance(value, list) else []


def _invalid(member: str) -> Refused:
    return Refused(f"{member}: is not valid safetensors data")


MAX_HEADER = MAX_BYTES  # the header is JSON text
_LENGTH = struct.Struct("<Q")
_ENTRY: dict[str, Kind] = {
    "dtype": Text(),
    "shape": ListOf(Integer(0), 0, MAX_AXES),
    "data_offsets": ListOf(Integer(0), 2, 2),
}
# Names of dtypes in the format and in NumPy, in the order in which the safetensors library writes arrays.
DTYPES = {
    "U64": "uint64", "I64": "int64", "F64": "float64", "F32": "float32", "U32": "uint32", "I32": "int32",
    "BF16": "bfloat16", "F16": "float16", "U16": "uint16", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
_ITEMSIZES = {name: int("".join(filter(str.isdigit, name)) or 8) // 8 for name in DTYPES.values()}
