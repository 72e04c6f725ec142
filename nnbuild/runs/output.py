"""Output of commands: JSON text; and files, checked before the work and written in one step after it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from math import isfinite

from nnbuild.errors import NNBuildError
from nnbuild.files.writing import NotWritten, write_file
from nnbuild.files.writing import check_writable as check_file


class WritingError(NNBuildError, OSError):
    """A file that can't be written."""


def check_writable(path: str, others: Iterable[str | None] = ()) -> None:
    """Raise a `WritingError` unless a file can be written here, new or in place of an old one.

    Parameters
    ----------
    path : str
    others : iterable of str or None
        Other files of the command, which must not be the same.
    """
    if any(os.path.realpath(path) == os.path.realpath(other) for other in others if other):
        raise WritingError(f"{path}: would take the place of a file that is needed\n  hint: choose another name")
    try:
        check_file(path)
    except NotWritten as error:
        raise WritingError(str(error)) from None


def write_text(path: str, text: str) -> None:
    """Write a file; the one that is there is replaced in one step.

    Raises
    ------
    WritingError
        If it can't be written; an old file is unchanged.
    """
    try:
        write_file(path, text)
    except NotWritten as error:
        raise WritingError(str(error)) from None


def json_text(value: object) -> str:
    """A value as JSON text; NaN and infinite numbers are null.

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
