"""Table of export formats. Each is the `FORMAT` of a module of this package."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nnbuild.catalog.kinds import Choice
from nnbuild.errors import did_you_mean, show
from nnbuild.export import keras_file, onnx_file, saved_model
from nnbuild.export.format import Format
from nnbuild.files.writing import check_writable, replacing_path
from nnbuild.saved.archive import Refused, naming

FORMATS = {row.name: row for row in (keras_file.FORMAT, onnx_file.FORMAT, saved_model.FORMAT)}


def checked_format(path: str | os.PathLike, name: str | None = None) -> Format:
    """Return the format for a path.

    Parameters
    ----------
    path : str or path
    name : str, optional
        Name of the format. The default follows from the suffix of the path.

    Raises
    ------
    ModelFileError
        For an unknown format, a format with missing packages, or a path that can't be written.
    """
    path = Path(path)
    with naming(path):
        found = _named(name) if name is not None else _by_ending(path.suffix)
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
    ModelFileError
        As `checked_format`, and for a network that the format does not support.
    """
    path = Path(path)
    row = checked_format(path, name)
    with naming(path):
        built = model()
        with replacing_path(path, row.parts) as partial:
            row.write(built, partial)
    return built


def _named(name: object) -> Format:
    if isinstance(name, str) and name in FORMATS:
        return FORMATS[name]
    hint = did_you_mean(name, list(FORMATS)) if isinstance(name, str) else ""
    raise Refused(f"can't be written: unknown format {show(name)}\n  allowed: {', '.join(FORMATS)}", hint)


def _by_ending(ending: str) -> Format:
    for row in FORMATS.values():
        if row.ending == ending:
            return row
    endings = ", ".join(f"{row.ending or 'no ending'} ({row.name})" for row in FORMATS.values())
    found = f"can't be written: no format has the ending {show(ending)}\n  allowed: {endings}"
    raise Refused(found, f"a path of any ending goes with a format that is named: {Choice(*FORMATS).says}")
