"""Keras files, which `keras.models.load_model` reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnbuild.export.format import Format


def write(model: Any, path: Path) -> None:
    """Write a model to a file of any name. Keras itself requires the suffix .keras."""
    file = path.with_name(f"{path.name}.keras")
    model.save(file)
    file.rename(path)


FORMAT = Format("keras", ".keras", "a Keras file", write, needs_layers=True)
