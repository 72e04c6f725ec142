"""ONNX files, which ONNX Runtime and many other programs read."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

from nnbuild.errors import show
from nnbuild.export.format import Format
from nnbuild.saved.archive import Refused


def write(model: Any, path: Path) -> None:
    """Write a model to a file.

    Raises
    ------
    Refused
        For a network with an operation that ONNX does not support.
    """
    from onnx import checker

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # from Keras, about a future name in NumPy
        model.export(path, format="onnx", verbose=False)
    try:
        checker.check_model(str(path))
    except checker.ValidationError as error:
        operation = re.search(r"No Op registered for (\w+)", str(error))
        found = f"the operation {show(operation[1])} of TensorFlow" if operation else str(error).split("\n", 1)[0]
        hint = "the formats keras and savedmodel support every network"
        raise Refused(f"can't be written: ONNX does not support {found}", hint) from error


FORMAT = Format("onnx", ".onnx", "an ONNX file", write, packages=("onnx", "tf2onnx"))
