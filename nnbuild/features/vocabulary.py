"""Terms that were learned from rows, each with a number: how many numbers there are, and their form as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnbuild.errors import DataError, show
from nnbuild.recipe.kinds import Kind


def packed_terms(terms: Sequence[str]) -> dict[str, np.ndarray]:
    """Terms as arrays of numbers: all their bytes in UTF-8, and where each ends."""
    encoded = [term.encode() for term in terms]
    ends = np.cumsum([len(term) for term in encoded], dtype="int64")
    return {"terms": np.frombuffer(b"".join(encoded), "uint8"), "ends": ends}


def unpacked_terms(arrays: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """The terms that `packed_terms` packed, each of them once.

    Raises
    ------
    DataError
        If it did not pack this.
    """
    if {name: (array.dtype.name, array.ndim) for name, array in arrays.items()} != _PACKED:
        raise DataError("has other arrays than the terms and ends of a vocabulary")
    content, ends = arrays["terms"].tobytes(), arrays["ends"].tolist()
    starts = [0, *ends]
    if starts[-1] != len(content) or any(end < start for start, end in zip(starts, ends, strict=False)):
        raise DataError("ends are no places in the terms")
    try:
        terms = tuple(content[start:end].decode() for start, end in zip(starts, ends, strict=False))
    except UnicodeDecodeError:
        raise DataError("terms are no UTF-8") from None
    if len(set(terms)) < len(terms):
        raise DataError("a term stands twice")
    return terms


def saved_fields(values: Mapping, kinds: Mapping[str, Kind]) -> dict:
    """The fields of a preparation, from a file that may be damaged or hostile.

    Raises
    ------
    DataError
        If they are others, or of other kinds.
    """
    if values.keys() != kinds.keys():
        raise DataError(f"must have the keys {', '.join(kinds)}, has {', '.join(map(str, values))}")
    for name, kind in kinds.items():
        if not kind.accepts(values[name]):
            raise DataError(f"{name}: must be {kind.says}, got {show(values[name])}")
    return {name: kind.clean(values[name]) for name, kind in kinds.items()}


_PACKED = {"terms": ("uint8", 1), "ends": ("int64", 1)}
