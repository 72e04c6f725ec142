"""Compiled programs on disk: processes load programs that earlier ones have compiled.

The command line uses them by default. In Python, `enable` starts to use them.
"""

from __future__ import annotations

import os
from pathlib import Path

from nnbuild.cache import active
from nnbuild.cache.entries import Folder
from nnbuild.cache.location import CacheStatus, check_folder, folder_path, reason_for_off
from nnbuild.errors import CacheError

__all__ = ["CacheStatus", "clear", "enable", "status"]


def enable() -> CacheStatus:
    """Load compiled programs from the disk, and store new ones there, until the process ends.

    Programs are stored in a folder of the user, by network, shapes, versions and processor. They train with the same
    bits as new ones. The environment variable `NNBUILD_CACHE_DIR` sets another folder. `NNBUILD_CACHE=off` switches
    the cache off, and so does a cache directory in TensorFlow's own variable `TF_XLA_FLAGS`.

    Returns
    -------
    CacheStatus
        Its `off` is not empty if the cache is not used.

    Raises
    ------
    CacheError
        If TensorFlow has already computed in this process, or if other users have access to the folder.

    Notes
    -----
    TensorFlow reads its flags once, before its first computation. If TensorFlow is not imported yet, `enable` imports
    it with `TF_CPP_MIN_LOG_LEVEL=3` unless the variable is set. Otherwise, TensorFlow prints a message for each
    loaded program.
    """
    if not reason_for_off():
        check_folder(folder_path())
        if not active.start():
            raise CacheError(TOO_LATE)
    return status()


def status() -> CacheStatus:
    """Return the folder, number and size of the compiled programs on disk, and whether this process uses them."""
    root = folder_path()
    files = Folder.files(root)
    return CacheStatus(
        folder=os.fspath(root),
        n_files=len(files),
        n_bytes=sum(file.n_bytes for file in files),
        is_enabled=active.is_started(),
        off=reason_for_off() or _refusal(root),
    )


def _refusal(root: Path) -> str:
    try:
        check_folder(root)
    except CacheError as error:
        return str(error)
    return ""


def clear() -> CacheStatus:
    """Remove all compiled programs from the disk, and return the former status.

    Raises
    ------
    CacheError
        If other users have access to the folder.
    """
    check_folder(folder_path())
    found = status()
    Folder.clear(folder_path())
    return found


TOO_LATE = (
    "compiled programs on disk can't be used: TensorFlow has already computed in this process\n"
    "  hint: call nnbuild.cache.enable() after the imports, before anything else"
)
