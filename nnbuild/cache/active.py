"""State of the process: whether it uses compiled programs on disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from nnbuild.cache.entries import Folder
from nnbuild.cache.environment import environment_name
from nnbuild.cache.location import DIRECTORY_FLAG, XLA_FLAGS, folder_path

# TensorFlow reads and writes its files in its own file system in memory. So damaged files and full disks are no errors
# of the compilation, and TensorFlow gets only files whose checksum was verified.
MEMORY_FOLDER = "ram://nnbuild/programs"
ONLY_CPU = "--tf_xla_persistent_cache_device_types=CPU"
MESSAGES = "TF_CPP_MIN_LOG_LEVEL"

_lock = threading.Lock()
_is_started = False
_folder: Folder | None = None


def start() -> bool:
    """Use compiled programs on disk; return False if TensorFlow has already read its flags."""
    global _is_started
    with _lock:
        if not _is_started:
            with _quiet_import():
                from nnbuild.private.tensorflow import read_xla_flags
            flags = (os.environ.get(XLA_FLAGS, ""), f"--{DIRECTORY_FLAG}={MEMORY_FOLDER}", ONLY_CPU)
            _is_started = read_xla_flags(" ".join(flags).strip())
        return _is_started


def is_started() -> bool:
    """Return whether the process uses compiled programs on disk."""
    return _is_started


def folder() -> Folder | None:
    """Return the entries of this environment; None if the process does not use them."""
    global _folder
    if _is_started and _folder is None:
        with _lock:
            _folder = _folder or Folder(folder_path(), environment_name())
    return _folder


@contextmanager
def _quiet_import() -> Iterator[None]:
    """Hide the messages of TensorFlow, which reads the variable at its import, unless the user has set it."""
    if MESSAGES in os.environ:
        yield
        return
    os.environ[MESSAGES] = "3"
    try:
        yield
    finally:
        del os.environ[MESSAGES]
