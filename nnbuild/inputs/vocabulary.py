"""Terms that were learned from rows, each with a number: how many numbers there are, and their form as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnbuild.errors import show
from nnbuild.inputs.protocol import UNSEEN_SHARE, Finding


def packed_terms(terms: Sequence[str]) -> dict[str, np.ndarray]:
    """Terms as arrays of numbers: all their bytes in UTF-8, and where each ends."""
    encoded = [term.encode() for term in terms]
    ends = np.cumsum([len(term) for term in encoded], dtype="int64")
    return {"terms": np.frombuffer(b"".join(encoded), "uint8"), "ends": ends}


def unpacked_terms(arrays: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """The terms that `packed_terms` packed."""
    content, ends = arrays["terms"].tobytes(), arrays["ends"].tolist()
    return tuple(content[start:end].decode() for start, end in zip([0, *ends], ends, strict=False))


def unseen_terms(name: str, share: float, noun: str) -> tuple[str, Finding]:
    """What to report of an input some of whose terms fit did not see."""
    text = f"{share:.0%} of the {noun} were not there; all of these count as one unknown"
    return f"input {show(name)}", Finding("terms", text, share, UNSEEN_SHARE)
