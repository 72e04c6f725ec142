"""Vocabularies of learned terms: their form as arrays, and findings about unseen terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnbuild.errors import show
from nnbuild.inputs.protocol import UNSEEN_SHARE, Difference


def packed_terms(terms: Sequence[str]) -> dict[str, np.ndarray]:
    """Return terms as arrays of numbers: their concatenated UTF-8 bytes, and the end of each."""
    encoded = [term.encode() for term in terms]
    ends = np.cumsum([len(term) for term in encoded], dtype="int64")
    return {"terms": np.frombuffer(b"".join(encoded), "uint8"), "ends": ends}


def unpacked_terms(arrays: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Return the terms from the result of `packed_terms`."""
    content, ends = arrays["terms"].tobytes(), arrays["ends"].tolist()
    return tuple(content[start:end].decode() for start, end in zip([0, *ends], ends, strict=False))


def unseen_terms(name: str, share: float, noun: str) -> tuple[str, Difference]:
    """Return the finding about an input with unseen terms."""
    text = f"{share:.0%} of the {noun} are unseen, and encoded as unknown"
    return f"input {show(name)}", Difference("terms", text, share, UNSEEN_SHARE)
