"""Write files in one step, for all of nnbuild: readers get the old or the new content, never a part."""

from __future__ import annotations

import errno
import os
import secrets
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from fnmatch import fnmatchcase
from glob import escape
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # on Windows, where an open file can't be removed anyway
    fcntl = None  # type: ignore[assignment]


Parts = Mapping[str, tuple[str, ...]]  # contents of a kind of folder: patterns of file names by subfolder


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
        return f"{path_text(self.path)}: {self.found}" + (f"\n  hint: {self.hint}" if self.hint else "")


def path_text(path: str | os.PathLike) -> str:
    r"""Return a path for a message, as a Python literal if it is empty or has characters that are not printable.

    Examples
    --------
    >>> path_text("m.nnb"), path_text(""), path_text("m\0.nnb")
    ('m.nnb', "''", "'m\\x00.nnb'")
    """
    text = str(path)
    return text if text and text.isprintable() else repr(text)


def check_writable(path: str | os.PathLike, parts: Parts | None = None) -> None:
    """Raise `NotWritten` unless a file can be created or replaced at this path.

    Parameters
    ----------
    path : str or path
    parts : mapping of str to tuple of str, optional
        For a folder: the contents of its kind, by which an existing folder is replaced or not. Keys are "" for the
        folder itself and the names of its subfolders; values are patterns of file names. The first pattern of "" is
        the name of a file that each folder of this kind has. An empty folder is replaced too, the current folder and
        its parents never.
    """
    try:
        file = Path(os.path.realpath(path))
        is_folder, is_other, has_folder = file.is_dir(), file.exists() and not file.is_file(), file.parent.is_dir()
        reason = _why_kept(file, parts) if is_folder and parts else ""
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from None
    if reason:
        raise NotWritten(path, f"{reason}, and is not replaced", "use the name of a new folder", errno.ENOTEMPTY)
    if is_folder and not parts:
        raise NotWritten(path, "is a folder, not a file", code=errno.EISDIR)
    if file.is_file() and parts:
        raise NotWritten(path, "is a file, not a folder", code=errno.ENOTDIR)
    if is_other and not is_folder:  # a pipe or a device would be replaced by a file
        raise NotWritten(path, "is not a regular file", code=errno.EINVAL)
    if not has_folder:
        folder = str(Path(path).parent) if not os.path.islink(path) else str(file.parent)
        hint = f"mkdir -p {shlex.quote(folder)}"
        raise NotWritten(path, f"can't be written: no folder {folder!r}", hint, errno.ENOENT)
    if not os.access(file.parent, os.W_OK | os.X_OK):  # a file is replaced by a new one in the same folder
        found = f"can't be written: no permission to create files in the folder {str(file.parent)!r}"
        raise NotWritten(path, found, code=errno.EACCES)


def _why_kept(folder: Path, parts: Parts) -> str:
    """Return why a folder is not replaced by one with these contents; "" if it may be."""
    with suppress(FileNotFoundError):  # where the current folder was removed
        if Path.cwd() == folder:
            return "is the current folder"
        if Path.cwd().is_relative_to(folder):
            return "is a folder that contains the current one"
    names = set(os.listdir(folder))
    if other := _other_entry(folder, parts):
        return f"is a folder that contains {other!r}"
    return "" if not names or parts[""][0] in names else f"is a folder without {parts[''][0]!r}"


def _other_entry(folder: Path, parts: Parts) -> str:
    """Return the first entry of a folder that is not among its parts, or ""."""
    for within, patterns in parts.items():
        place = folder / within
        for entry in sorted(place.iterdir()) if place.is_dir() else ():
            known_file = entry.is_file() and any(fnmatchcase(entry.name, pattern) for pattern in patterns)
            known_folder = entry.is_dir() and not within and entry.name in parts
            if entry.is_symlink() or not (known_file or known_folder):
                return entry.relative_to(folder).as_posix()
    return ""


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

    Until then it is a hidden file next to `path`, so that a full disk, an error or a kill leaves the old file
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


@contextmanager
def replacing_path(path: str | os.PathLike, parts: Parts | None = None) -> Iterator[Path]:
    """Yield a path for a library to write a file or folder to; it replaces `path` once it is on the disk.

    Until then it is in a hidden folder next to `path`; the rest is as in `replacing`.

    Parameters
    ----------
    path, parts
        As `check_writable` takes them.

    Raises
    ------
    NotWritten
        If it can't be written.

    Notes
    -----
    A file is replaced in one step. A folder takes two, as file systems replace none that has contents: a kill between
    them leaves the old folder and the new one in the hidden folder.
    """
    check_writable(path, parts)
    target = Path(os.path.realpath(path))
    try:
        with _folder_beside(target) as folder:
            partial = folder / target.name
            yield partial
            for file in (partial, *partial.rglob("*")):
                if file.is_file():
                    _to_disk(file)
            if target.is_file():
                shutil.copymode(target, partial)
            elif target.is_dir():
                os.rename(target, folder / "old")
            os.replace(partial, target)
    except OSError as error:
        check_writable(path, parts)  # the folder may have gone meanwhile
        raise _not_written(path, error) from error


def _to_disk(file: Path) -> None:
    with file.open("rb") as content:
        os.fsync(content.fileno())


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
    """Remove the partial files and folders of ended processes: no process holds a lock on them."""
    for partial in target.parent.glob(f".{escape(target.name)}.*.partial"):
        with suppress(OSError):
            descriptor = os.open(partial, os.O_RDONLY)  # of a folder not on Windows, where it stays
            try:
                if _lock(descriptor):
                    shutil.rmtree(partial) if partial.is_dir() else partial.unlink()
            finally:
                os.close(descriptor)


@contextmanager
def _folder_beside(target: Path) -> Iterator[Path]:
    """Yield a new hidden folder, locked while it is used and removed afterwards."""
    _remove_abandoned(target)
    with ExitStack() as lock:
        partial = _made_beside(target, lock)
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def _made_beside(target: Path, lock: ExitStack) -> Path:
    """Return a new hidden folder, locked until `lock` closes."""
    while True:
        partial = _hidden(target)
        partial.mkdir()
        if fcntl:
            descriptor = os.open(partial, os.O_RDONLY)
            lock.callback(os.close, descriptor)
            with suppress(OSError):  # a file system without locks: nothing is removed there either
                # Between creation and lock, another process may have removed the folder as abandoned.
                if not _lock(descriptor) or not partial.exists():
                    continue
        return partial


def _hidden(target: Path) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")


def _open_beside(target: Path) -> tuple[Path, BinaryIO]:
    """Return a new partial file next to the target, locked as long as it is open."""
    while True:
        partial = _hidden(target)
        file = partial.open("xb")
        with suppress(OSError):  # a file system without locks: nothing is removed there either
            # Between creation and lock, another process may have removed the file as abandoned.
            if not _lock(file) or os.fstat(file.fileno()).st_nlink == 0:
                file.close()
                partial.unlink(missing_ok=True)
                continue
        return partial, file


def _lock(file: BinaryIO | int) -> bool:
    """Lock an open file or descriptor for this process; return False if another process holds the lock."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
