"""Folder of the compiled programs: its path, and the check that only its user has access."""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_cache_path

from nnbuild.errors import CacheError

FOLDER, SWITCH, XLA_FLAGS = "NNBUILD_CACHE_DIR", "NNBUILD_CACHE", "TF_XLA_FLAGS"
DIRECTORY_FLAG = "tf_xla_persistent_cache_directory"


@dataclass(frozen=True)
class CacheStatus:
    """Compiled programs on disk.

    Attributes
    ----------
    folder : str
    n_files : int
        Number of files.
    n_bytes : int
        Their total size.
    is_enabled : bool
        Whether this process uses them.
    off : str
        Why processes with this environment do not use them; "" if they may.
    """

    folder: str
    n_files: int
    n_bytes: int
    is_enabled: bool
    off: str

    def to_dict(self) -> dict:
        """Return the attributes as a dict."""
        return asdict(self)


def folder_path() -> Path:
    """Return the path of the folder, which need not exist."""
    given = os.environ.get(FOLDER)
    return Path(os.path.abspath(given)) if given else user_cache_path("nnbuild", appauthor=False) / "programs"


def reason_for_off() -> str:
    """Return why the environment does not allow compiled programs on disk, or ""."""
    if os.environ.get(SWITCH, "").lower() in ("off", "0", "false", "no"):
        return f"{SWITCH}={os.environ[SWITCH]}"
    if DIRECTORY_FLAG in os.environ.get(XLA_FLAGS, ""):
        return f"{XLA_FLAGS} sets a cache directory of TensorFlow"
    if os.open not in os.supports_dir_fd or not hasattr(os, "geteuid"):
        return "this operating system has no owners of files"
    return ""


def check_folder(folder: Path) -> None:
    """Raise a `CacheError` if the folder exists, and others than its user can change it."""
    try:
        os.close(open_folder(folder))
    except FileNotFoundError:
        return
    except OSError as error:
        raise CacheError(f"{folder}: can't be read: {error.strerror}\n{_hint(folder)}") from None


def open_folder(folder: Path | str, within: int | None = None) -> int:
    """Return a descriptor of a folder that only its user can access.

    Parameters
    ----------
    folder : path or str
    within : int, optional
        Descriptor of the folder that contains it.

    Raises
    ------
    CacheError
        If the folder has another owner, or a mode that gives others access: it contains machine code.
    OSError
        If it can't be opened.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY, dir_fd=within)
    found = os.fstat(descriptor)
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid == os.geteuid() and not mode & 0o077:
        return descriptor
    os.close(descriptor)
    if found.st_uid != os.geteuid():
        raise CacheError(f"{folder}: the folder of compiled programs belongs to another user\n{_hint(folder)}")
    hint = f"  hint: chmod 700 {shlex.quote(os.fspath(folder))}, or set {FOLDER} to another folder"
    raise CacheError(f"{folder}: other users have access to the folder of compiled programs (mode {mode:o})\n{hint}")


def _hint(folder: Path | str) -> str:
    return f"  hint: set {FOLDER} to another folder, or {SWITCH}=off"
