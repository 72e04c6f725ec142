"""Arrays <-> the safetensors format: names, dtypes, shapes and numbers, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import safetensors
import safetensors.numpy

from nnbuild.errors import show
from nnbuild.estimators.archive import Refused

Slot = tuple[str, tuple[int, ...]]  # dtype and shape of an array


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays as safetensors; the same arrays give the same bytes.

    Parameters
    ----------
    arrays : mapping of str to array
        Of numbers or booleans, bfloat16 among them.
    """
    # The library copies the memory of an array as it lies.
    plain = {name: np.array(array, array.dtype.newbyteorder("<"), order="C") for name, array in arrays.items()}
    return safetensors.numpy.save(plain)


def unpacked(content: bytes, member: str) -> dict[str, np.ndarray]:
    """The arrays that `packed` packed.

    Parameters
    ----------
    content : bytes
        What a member holds.
    member : str
        Its name, for messages.

    Raises
    ------
    Refused
        For content that is not valid, or has arrays of kinds that are never saved.
    """
    try:
        found = safetensors.deserialize(content)
    except safetensors.SafetensorError as error:
        raise Refused(f"{member}: is not valid safetensors data") from error
    return {name: _array(name, value, member) for name, value in found}


def check_slots(arrays: Mapping[str, np.ndarray], slots: Mapping[str, Slot], member: str) -> None:
    """Raise `Refused` unless the arrays are those that belong there, of the dtypes and shapes that they must have."""
    if missing := [name for name in slots if name not in arrays]:
        raise Refused(f"{member}: holds no {show(missing[0])}")
    if unknown := sorted(name for name in arrays if name not in slots):
        raise Refused(f"{member}: holds {show(unknown[0])}, which is no part of it")
    for name, (dtype, shape) in slots.items():
        array = arrays[name]
        if array.dtype != np.dtype(dtype) or array.shape != shape:
            found = f"{array.dtype} of shape {array.shape}"
            raise Refused(f"{member}: {show(name)} must be {dtype} of shape {shape}, got {found}")


def _array(name: str, value: Mapping, member: str) -> np.ndarray:
    if value["dtype"] not in _DTYPES:
        raise Refused(f"{member}: {show(name)} is of the unknown dtype {show(value['dtype'])}")
    dtype = np.dtype(_DTYPES[value["dtype"]])
    if dtype.kind == "b":  # a byte may hold more than 0 and 1
        return np.frombuffer(value["data"], "uint8").reshape(value["shape"]) != 0
    return np.frombuffer(value["data"], dtype.newbyteorder("<")).reshape(value["shape"]).astype(dtype, copy=False)


_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "BOOL": "bool",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8",
}  # fmt: skip
