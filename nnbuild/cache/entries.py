"""Files of the folder of compiled programs: read with a checksum, written in one step, limited in total size."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnbuild.cache.location import open_folder
from nnbuild.errors import CacheError
from nnbuild.files.writing import NotWritten, replacing

MAX_BYTES = 2**29  # of all files; the least recently used are removed first
MAGIC = b"nnbuild program 1\n"
DIGEST_BYTES = 32


@dataclass(frozen=True)
class Entry:
    """Contents of a file.

    Attributes
    ----------
    facts : mapping of str to JSON value
    parts : sequence of bytes
    """

    facts: Mapping[str, Any]
    parts: Sequence[bytes]


@dataclass(frozen=True)
class File:
    """File of an entry: its path, size, and the time of its last use."""

    path: Path
    n_bytes: int
    used_s: float


class Folder:
    """Entries of one environment.

    Parameters
    ----------
    root : path
        Folder of the entries of all environments.
    environment : str
        Name of the subfolder.
    """

    def __init__(self, root: Path, environment: str):
        self._root, self._environment = root, environment

    def read(self, name: str) -> Entry | None:
        """Return an entry; None if it is missing or can't be read. A damaged one is removed."""
        with suppress(CacheError, OSError), self._opened() as folder:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
            with open(descriptor, "rb") as file:
                found = _decoded(name, file.read())
            if found is None:
                os.unlink(name, dir_fd=folder)
            else:
                with suppress(OSError):
                    os.utime(name, dir_fd=folder)
            return found
        return None

    def write(self, name: str, entry: Entry) -> bool:
        """Write or replace an entry, and remove old ones above the limit. Return whether it is on disk."""
        with suppress(CacheError, NotWritten, OSError):
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(open_folder(self._root))
            (self._root / self._environment).mkdir(mode=0o700, exist_ok=True)
            with self._opened(), replacing(self._root / self._environment / name) as file:
                file.write(_encoded(name, entry))
            self._limit()
            return True
        return False

    def remove(self, name: str) -> None:
        """Remove an entry, if there is one."""
        with suppress(CacheError, OSError), self._opened() as folder:
            os.unlink(name, dir_fd=folder)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Open the subfolder, if other users have no access to it."""
        root = open_folder(self._root)
        try:
            folder = open_folder(self._environment, root)
        finally:
            os.close(root)
        try:
            yield folder
        finally:
            os.close(folder)

    def _limit(self) -> None:
        """Remove the least recently used entries of all environments, until the others have the allowed size."""
        files = self.files(self._root)
        n_bytes = sum(file.n_bytes for file in files)
        for file in sorted(files, key=lambda file: file.used_s):
            if n_bytes <= MAX_BYTES:
                break
            _remove(file.path)
            n_bytes -= file.n_bytes

    @staticmethod
    def files(root: Path) -> list[File]:
        """Return the files of all entries, and of parts that killed processes have left."""
        found = []
        for path in root.glob("*/*"):
            if _NAME.fullmatch(path.name):
                with suppress(OSError):
                    facts = path.stat(follow_symlinks=False)
                    found.append(File(path, facts.st_size, facts.st_mtime))
        return found

    @classmethod
    def clear(cls, root: Path) -> None:
        """Remove the entries of all environments, and the folders that are empty then."""
        for file in cls.files(root):
            _remove(file.path)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
        path.parent.rmdir()  # fails unless this was the last entry


def _encoded(name: str, entry: Entry) -> bytes:
    facts = json.dumps([entry.facts, [len(part) for part in entry.parts]]).encode()
    body = b"".join([facts, b"\n", *entry.parts])
    return MAGIC + _checksum(name, body) + body


def _decoded(name: str, content: bytes) -> Entry | None:
    """Return the entry in the content of a file, or None if it is damaged or of another name."""
    start = len(MAGIC) + DIGEST_BYTES
    body = content[start:]
    if content[:start] != MAGIC + _checksum(name, body):
        return None
    text, _, rest = body.partition(b"\n")
    facts, sizes = json.loads(text)
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    return Entry(facts, [rest[end - size : end] for end, size in zip(ends, sizes, strict=True)])


def _checksum(name: str, body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=DIGEST_BYTES, person=b"nnbuild", key=name.encode()[:64]).digest()


# Name of an entry; hidden and with an end while it is written.
_NAME = re.compile(r"\.?[0-9a-z_-]+\.(xla|form)(\.[0-9a-f]+\.partial)?")
