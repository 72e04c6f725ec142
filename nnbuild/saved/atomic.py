"""A file replaced in one step: whoever reads it sees the old one or the new one, never a part."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # on Windows, where a file that is open can't be removed anyway
    fcntl = None  # type: ignore[assignment]


@contextmanager
def replacing(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `path` once all of it is on the disk.

    Until then it is a hidden file beside `path`, so that a full disk, an error or a kill in the middle leaves the old
    file as it was. What a killed process left behind is removed by the next one that writes to the same path.

    Parameters
    ----------
    path : str or path
        A link is followed: it stays a link.

    Raises
    ------
    OSError
        If the file can't be written.
    """
    target = Path(os.path.realpath(path))
    _remove_abandoned(target)
    partial, file = _opened_beside(target)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, partial)
            if fcntl:  # while the lock says that the file is in use
                os.replace(partial, target)
        if not fcntl:
            os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def _remove_abandoned(target: Path) -> None:
    """Remove the partial files of processes that are no more: nobody holds a lock on them."""
    for partial in target.parent.glob(f".{escape(target.name)}.*.partial"):
        with suppress(OSError), partial.open("rb") as file:
            if _lock(file):
                partial.unlink()


def _opened_beside(target: Path) -> tuple[Path, BinaryIO]:
    """A new partial file, locked for as long as it is open."""
    while True:
        partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
        file = partial.open("xb")
        with suppress(OSError):  # a file system without locks: nothing is removed there either
            # Between its making and its lock, another process may have taken the file for abandoned.
            if not _lock(file) or os.fstat(file.fileno()).st_nlink == 0:
                file.close()
                partial.unlink(missing_ok=True)
                continue
        return partial, file


def _lock(file: BinaryIO) -> bool:
    """Lock a file for this process; False where another one holds its lock."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
