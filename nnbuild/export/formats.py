"""The table of formats; a format is a module of this package with a `FORMAT`, and its entry here."""

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
    """The format to write to a path.

    Parameters
    ----------
    path : str or path
    name : str, optional
        Of the format; by default the ending of the path decides.

    Raises
    ------
    ModelFileError
        For an unknown format, one that needs packages which are not installed, and a path that can't be written.
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
    """Write a model in one step; what was at the path stays as it was where that fails.

    Parameters
    ----------
    model : function
        Returns the keras.Model; it is called once the format is known.
    path, name
        As `checked_format` takes them.

    Returns
    -------
    keras.Model
        What was written.

    Raises
    ------
    ModelFileError
        As `checked_format` does; and for a network that the format has no form for.
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
