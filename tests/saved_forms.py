"""Preparations by way of their saved form, as a model file has it."""

import json

from nnbuild.saved.preparations import read_preparations
from nnbuild.saved.tensors import Slot


def reread(preparation, **changes):
    """The preparation that its saved form gives; `changes` are made to the fields of the document."""
    values = {"kind": preparation.kind, **preparation.to_dict(), **changes}
    return type(preparation).from_saved(checked(values, preparation.arrays()), preparation.arrays())


def checked(values, arrays):
    """The fields of a saved preparation, as `nnbuild.saved` gives them; it raises `Refused`."""
    document = {"x": json.loads(json.dumps(values))}
    tensors = {
        f"x/{name}": (Slot(one.dtype.name, one.shape), memoryview(one.tobytes())) for name, one in arrays.items()
    }
    documents, _ = read_preparations(document, tensors)
    return {name: value for name, value in documents["x"].items() if name != "kind"}
