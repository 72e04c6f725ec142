"""Table of export formats. Each is the `FORMAT` of a module of this package."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnbuild.errors import did_you_mean, show
from nnbuild.export import keras_file, onnx_file, saved_model
from nnbuild.export.format import Format
from nnbuild.files.writing import check_writable, path_text, replacing_path
from nnbuild.saved.archive import Refused, file_path, naming

FORMATS = {row.name: row for row in (keras_file.FORMAT, onnx_file.FORMAT, saved_model.FORMAT)}


def checked_format(path: str | os.PathLike, name: str | None = None) -> Format:
    """Return the format for a path.

    Parameters
    ----------
    path : str or path
    name : str, optional
        Name of the format. The default follows from the suffix of the path. A file must have the suffix of its format:
        Keras opens no others.

    Raises
    ------
    TypeError
        If `path` is neither a str nor a path.
    ModelFileError
        For an unknown format, a format with missing packages, or a path that can't be written.
    """
    path = file_path(path)
    with naming(path):
        found = _by_ending(path) if name is None else _named(name, path)
        if missing := found.missing():
            needed = f"the package{'s' * (len(missing) > 1)} {' and '.join(missing)}"
            raise Refused(
                f"can't be written: the format {found.name} needs {needed}", f"pip install {' '.join(missing)}"
            )
        check_writable(path, found.parts)
    return found


def export(model: Callable[[], Any], path: str | os.PathLike, name: str | None = None) -> Any:
    """Write a model in one step. If that fails, an existing file or folder is unchanged.

    Parameters
    ----------
    model : function
        Returns the keras.Model. It is called after the format is checked.
    path, name
        As for `checked_format`.

    Returns
    -------
    keras.Model
        The exported model.

    Raises
    ------
    TypeError, ModelFileError
        As `checked_format`, and for a network that the format does not support.
    """
    path = file_path(path)
    row = checked_format(path, name)
    with naming(path):
        built = model()
        with replacing_path(path, row.parts) as partial:
            row.write(built, partial)
    return built


def _named(name: object, path: Path) -> Format:
    if not isinstance(name, str) or name not in FORMATS:
        hint = did_you_mean(name, list(FORMATS)) if isinstance(name, str) else ""
        raise Refused(f"can't be written: unknown format {show(name)}\n  allowed: {', '.join(FORMATS)}", hint)
    row = FORMATS[name]
    if row.ending and _ending(path) != row.ending:
        found = f"can't be written: {row.title} requires the suffix {row.ending!r}"
        raise Refused(found, f"name it {path_text(path.with_name(path.name + row.ending))}" if path.name else "")
    return row


def _by_ending(path: Path) -> Format:
    ending = _ending(path)
    for row in FORMATS.values():
        if row.ending == ending:
            return row
    raise Refused(f"can't be written: no format has the suffix {show(ending)}\n  allowed: {_endings()}")


def _ending(path: Path) -> str:
    """Return the suffix of a path with its dot, or ""."""
    stem, dot, ending = path.name.rpartition(".")
    if not dot or path.name == "..":
        return ""
    if not stem or not ending:
        missing = "before" if not stem else "after"
        raise Refused(f"can't be written: {show(path.name)} has nothing {missing} its dot\n  allowed: {_endings()}")
    return dot + ending


def _endings() -> str:
    return ", ".join(f"{row.ending or 'no suffix'} ({row.name})" for row in FORMATS.values())
