"""Open plain files and pipes for reading, never files without an end such as devices."""

from __future__ import annotations

import io
import os
import re
import select
import stat
import time
from os import PathLike
from typing import BinaryIO

MAX_BYTES = 2**31  # read from a pipe
WAIT_S = 60.0  # longest wait for a byte from a pipe
PIECE = 2**20  # bytes per read from a pipe
DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)|/dev/(stdin)")


class SourceError(ValueError):
    """Error for a path that can't be a source; its message does not contain the path."""


def is_pipe(path: str | PathLike) -> bool:
    """Return whether a path is a named pipe, or a pipe of the shell such as ``<(zcat x.csv.gz)`` or ``/dev/stdin``.

    Raises
    ------
    OSError
        If there is no such file.
    """
    return stat.S_ISFIFO(os.stat(path).st_mode)


def check_source(path: str | PathLike) -> None:
    """Raise `SourceError` unless a path is a plain file or a pipe; nothing is opened.

    Raises
    ------
    SourceError
        For folders, devices and sockets.
    OSError
        If there is no such file.
    """
    _check_mode(os.stat(path).st_mode)


def opened(path: str | PathLike, most: int = MAX_BYTES, wait_s: float = WAIT_S) -> BinaryIO:
    """Open a file for reading; a pipe is read to its end first.

    Parameters
    ----------
    path : str or path
        A plain file of any size, or a pipe.
    most : int, default=2**31
        Limit on the bytes read from a pipe.
    wait_s : float, default=60
        Limit on the wait for the next byte from a pipe, in seconds.

    Returns
    -------
    binary file
        The caller closes it.

    Raises
    ------
    SourceError
        For folders, devices and sockets; for a pipe that sends more than `most` bytes, or none for `wait_s` seconds.
    OSError
        If it can't be opened or read.
    """
    check_source(path)
    descriptor = _descriptor(path)
    try:
        mode = os.fstat(descriptor).st_mode  # of the opened file, even if the path is another file by now
        _check_mode(mode)
        if not stat.S_ISFIFO(mode):
            return os.fdopen(os.dup(descriptor), "rb")
        return io.BytesIO(_read_pipe(descriptor, most, wait_s))
    finally:
        os.close(descriptor)


def _check_mode(mode: int) -> None:
    for is_kind, what in KINDS:
        if is_kind(mode):
            raise SourceError(f"is {what}, not a file\n  allowed: a regular file or a pipe")


def _descriptor(path: str | PathLike) -> int:
    """Return an open descriptor of a path; opening does not wait for the writer of a pipe."""
    if inherited := DESCRIPTOR.fullmatch(os.fspath(path) if isinstance(path, str) else str(path)):
        return os.dup(int(inherited[1] or 0))  # opened again, a pipe would wait for a writer that has ended
    return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _read_pipe(descriptor: int, most: int, wait_s: float) -> bytes:
    content = bytearray()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    deadline = time.monotonic() + wait_s
    while True:
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not poll.poll(max(1, left_s * 1000)):
            raise SourceError(_silence(len(content), wait_s))
        try:
            piece = os.read(descriptor, PIECE)
        except BlockingIOError:  # another reader was faster
            continue
        if not piece:
            return bytes(content)
        content += piece
        if len(content) > most:
            hint = "write it to a file first"
            raise SourceError(f"is a pipe with more than {most:,} bytes\n  hint: {hint}")
        deadline = time.monotonic() + wait_s


def _silence(n_bytes: int, wait_s: float) -> str:
    after = f"after {n_bytes:,} bytes " if n_bytes else ""
    hint = "check that a program writes to it and closes it"
    return f"is a pipe that {after}sent no data for {wait_s:g} seconds\n  hint: {hint}"


# Files that are never read, by mode.
KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
