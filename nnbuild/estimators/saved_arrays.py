"""Arrays <-> the safetensors format: names, dtypes, shapes and numbers, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import safetensors.numpy

from nnbuild.saved.archive import Archive, Refused
from nnbuild.saved.tensors import MOST_HEADER, Slot, header_length, tensors


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays as safetensors; the same arrays give the same bytes.

    Parameters
    ----------
    arrays : mapping of str to array
        Of numbers or booleans, bfloat16 among them.

    Raises
    ------
    Refused
        If there are more of them than can be read back.
    """
    # The library copies the memory of an array as it lies.
    plain = {name: np.array(array, array.dtype.newbyteorder("<"), order="C") for name, array in arrays.items()}
    content = safetensors.numpy.save(plain)
    if (length := header_length(content)) > MOST_HEADER:
        found = f"can't be written: names and shapes of {len(arrays)} arrays take {length} bytes"
        raise Refused(f"{found}, and may take {MOST_HEADER}")
    return content


def unpacked(archive: Archive, member: str) -> dict[str, np.ndarray]:
    """The arrays that `packed` packed.

    Parameters
    ----------
    archive : Archive
    member : str
        Its name.

    Raises
    ------
    Refused
        For content that is not valid, or has arrays of kinds that are never saved.
    """
    return {name: _array(*found) for name, found in tensors(archive, member).items()}


def _array(slot: Slot, content: memoryview) -> np.ndarray:
    dtype = np.dtype(slot.dtype)
    if dtype.kind == "b":  # a byte may hold more than 0 and 1
        return np.frombuffer(content, "uint8").reshape(slot.shape) != 0
    return np.frombuffer(content, dtype.newbyteorder("<")).reshape(slot.shape).astype(dtype, copy=False)
