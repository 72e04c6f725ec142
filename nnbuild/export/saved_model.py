"""SavedModel folders, which TensorFlow Serving, TensorFlow Lite and `tf.saved_model.load` read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnbuild.export.format import Format


def write(model: Any, path: Path) -> None:
    """Write a model to a new folder."""
    model.export(path, format="tf_saved_model", verbose=False)


FORMAT = Format(
    "savedmodel",
    "",
    "a SavedModel of TensorFlow, for TensorFlow Serving",
    write,
    parts={
        "": ("saved_model.pb", "fingerprint.pb"),
        "assets": (),  # no network has files there
        "variables": ("variables.index", "variables.data-*"),
    },
)
