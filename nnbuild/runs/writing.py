"""Whether a file can be written: asked before a long training, so that nothing is lost after it."""

from __future__ import annotations

import os
from pathlib import Path

from nnbuild.errors import NNBuildError


class WritingError(NNBuildError, OSError):
    """A file that can't be written: which, why, and how to mend it."""


def check_writable(path: str) -> None:
    """Raise a `WritingError` unless a file can be written here, new or in place of an old one."""
    file = Path(path)
    folder = file.parent
    if file.is_dir():
        raise WritingError(f"{path}: is a folder, not a file")
    if not folder.is_dir():
        hint = f"mkdir -p {folder}"
        raise WritingError(f"{path}: can't be written: there is no folder {str(folder)!r}\n  hint: {hint}")
    # A file is replaced by a new one beside it, which needs the folder.
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WritingError(f"{path}: can't be written: the folder {str(folder)!r} is not yours to write to")
