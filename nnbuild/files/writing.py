"""Write files in one step, for all of nnbuild: readers get the old or the new content, never a part."""

from __future__ import annotations

import errno
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
except ImportError:  # on Windows, where an open file can't be removed anyway
    fcntl = None  # type: ignore[assignment]


class NotWritten(Exception):
    """Error for a file that can't be written, which callers convert to their own class.

    Parameters
    ----------
    path : str or path
    found : str
        What is wrong.
    hint : str, default=""
        How to fix it.
    code : int
        As in `errno`.
    """

    def __init__(self, path: str | os.PathLike, found: str, hint: str = "", code: int = errno.EIO):
        super().__init__(path, found, hint, code)
        self.path = path
        self.found = found
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        return f"{os.fspath(self.path)}: {self.found}" + (f"\n  hint: {self.hint}" if self.hint else "")


def check_writable(path: str | os.PathLike) -> None:
    """Raise `NotWritten` unless a file can be created or replaced at this path."""
    try:
        file = Path(os.path.realpath(path))
        is_folder, is_other, has_folder = file.is_dir(), file.exists() and not file.is_file(), file.parent.is_dir()
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from None
    if is_folder:
        raise NotWritten(path, "is a folder, not a file", code=errno.EISDIR)
    if is_other:  # a pipe or a device would be replaced by a file
        raise NotWritten(path, "is no plain file", code=errno.EINVAL)
    if not has_folder:
        folder = str(Path(path).parent) if not os.path.islink(path) else str(file.parent)
        raise NotWritten(path, f"can't be written: no folder {folder!r}", f"mkdir -p {folder}", errno.ENOENT)
    if not os.access(file.parent, os.W_OK | os.X_OK):  # a file is replaced by a new one beside it
        found = f"can't be written: no new file may be made in the folder {str(file.parent)!r}"
        raise NotWritten(path, found, code=errno.EACCES)


def write_file(path: str | os.PathLike, text: str) -> None:
    """Write a text file in UTF-8, in one step.

    Raises
    ------
    NotWritten
        If it can't be written; an existing file is unchanged.
    """
    with replacing(path) as file:
        file.write(text.encode())


@contextmanager
def replacing(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """Open a file for writing, which replaces `path` once it is complete on the disk.

    Until then it is a hidden file beside `path`, so that a full disk, an error or a kill leaves the old file
    unchanged. The next process that writes to the same path removes hidden files of killed processes.

    Parameters
    ----------
    path : str or path
        A link is followed and stays a link. The permissions of an existing file are kept.

    Raises
    ------
    NotWritten
        If the file can't be written.
    """
    check_writable(path)
    try:
        with _replacing(Path(os.path.realpath(path))) as file:
            yield file
    except OSError as error:
        check_writable(path)  # the folder may have gone meanwhile
        raise _not_written(path, error) from error


def _not_written(path: str | os.PathLike, error: OSError | ValueError) -> NotWritten:
    found = f"can't be written: {getattr(error, 'strerror', None) or error}"
    return NotWritten(path, found, code=getattr(error, "errno", None) or errno.EIO)


@contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    _remove_abandoned(target)
    partial, file = _open_beside(target)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, partial)
            if fcntl:  # while the lock marks the file as in use
                os.replace(partial, target)
        if not fcntl:
            os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def _remove_abandoned(target: Path) -> None:
    """Remove the partial files of ended processes: no process holds a lock on them."""
    for partial in target.parent.glob(f".{escape(target.name)}.*.partial"):
        with suppress(OSError), partial.open("rb") as file:
            if _lock(file):
                partial.unlink()


def _open_beside(target: Path) -> tuple[Path, BinaryIO]:
    """Return a new partial file beside the target, locked as long as it is open."""
    while True:
        partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
        file = partial.open("xb")
        with suppress(OSError):  # a file system without locks: nothing is removed there either
            # Between creation and lock, another process may have removed the file as abandoned.
            if not _lock(file) or os.fstat(file.fileno()).st_nlink == 0:
                file.close()
                partial.unlink(missing_ok=True)
                continue
        return partial, file


def _lock(file: BinaryIO) -> bool:
    """Lock a file for this process; return False if another process holds the lock."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
