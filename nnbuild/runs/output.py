"""Output of commands: JSON text, and files that are checked first and written in one step at the end."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from math import isfinite

from nnbuild.errors import NNBuildError
from nnbuild.files.writing import NotWritten, Parts, write_file
from nnbuild.files.writing import check_writable as check_file

LEGEND_FILE = "classes.csv"
MASK_FOLDER: Parts = {"": (LEGEND_FILE, "*.png")}  # predictions of segmentation


class WritingError(NNBuildError, OSError):
    """Error of a file that can't be written."""


def check_writable(path: str, others: Iterable[str | None] = (), parts: Parts | None = None) -> None:
    """Raise a `WritingError` unless a file or folder can be created or replaced at this path.

    Parameters
    ----------
    path : str
    others : iterable of str or None
        Other files of the command, which must differ from `path`.
    parts : mapping of str to tuple of str, optional
        Contents of a folder, as in `nnbuild.files.writing.check_writable`.
    """
    check_apart(path, others)
    try:
        check_file(path, parts)
    except NotWritten as error:
        raise WritingError(str(error)) from None


def check_apart(path: str, others: Iterable[str | None]) -> None:
    """Raise a `WritingError` if a path is one of `others`, also through links."""
    if any(os.path.realpath(path) == os.path.realpath(other) for other in others if other):
        raise WritingError(f"{path}: is another file of this command\n  hint: choose another name")


def check_absent(path: str) -> None:
    """Raise a `WritingError` if a file or link exists at this path."""
    if os.path.lexists(path):
        raise WritingError(f"{path}: already exists\n  hint: use --force to replace it")


def write_text(path: str, text: str) -> None:
    """Write a file, or replace it in one step.

    Raises
    ------
    WritingError
        If the file can't be written. An existing file is unchanged.
    """
    try:
        write_file(path, text)
    except NotWritten as error:
        raise WritingError(str(error)) from None


def json_text(value: object) -> str:
    """Return a value as JSON text; NaN and infinite numbers are null.

    Examples
    --------
    >>> print(json_text({"loss": float("nan")}))
    {
      "loss": null
    }
    """
    return json.dumps(_json_value(value), indent=2, ensure_ascii=False)


def _json_value(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
