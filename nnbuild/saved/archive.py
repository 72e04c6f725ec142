"""Zip file of a saved model: equal bytes for equal models, read with size limits."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nnbuild.catalog.kinds import Kind
from nnbuild.errors import NNBuildError, RecipeError, did_you_mean, format_path, name_list, show
from nnbuild.files.writing import NotWritten, path_text, replacing
from nnbuild.language.json_text import MAX_BYTES, parse

MAX_MEMBERS = 32  # far more than any model file has
MAX_READ = 2**20  # bytes to read or decompress at once


class ModelFileError(NNBuildError, ValueError):
    """Error for a model file that can't be written or read.

    Parameters
    ----------
    path : str
        Path of the file.
    found : str
        Description of the error.
    hint : str, default=""
        How to fix it.
    """

    def __init__(self, path: str, found: str, hint: str = ""):
        super().__init__(path, found, hint)
        self.path = path
        self.found = found
        self.hint = hint

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.found}" + (f"\n  hint: {self.hint}" if self.hint else "")


class Refused(Exception):
    """Error in a model file; `naming` converts it to a `ModelFileError` with the path."""

    def __init__(self, found: str, hint: str = ""):
        super().__init__(found, hint)
        self.found = found
        self.hint = hint


def missing_class(problem: str) -> str:
    """Return the hint for a class or function that is not registered in this process; "" for other problems."""
    found = re.search(r"no [a-z ]+ is registered as ", problem.split("\n", 1)[0])
    return "import the Python module that registers it, then load again" if found else ""


def file_path(path: str | os.PathLike) -> Path:
    """Return the path of a user as a `Path`.

    Raises
    ------
    TypeError
        For other types, and for bytes.
    ModelFileError
        For an empty path, which `Path` would convert to the current directory.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str):
        raise TypeError(f"path must be a str or a pathlib.Path, got {type(path).__name__}")
    if not text:
        raise ModelFileError("", "is an empty path")
    return Path(text)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Convert `Refused` and `NotWritten` to a `ModelFileError` with the path."""
    try:
        yield
    except (Refused, NotWritten) as error:
        raise ModelFileError(str(path), error.found, error.hint) from error.__cause__


def write_archive(path: Path, members: Iterable[tuple[str, bytes]]) -> None:
    """Write a model file; an existing file is replaced atomically.

    Parameters
    ----------
    path : Path
        Path of the file.
    members : iterable of (str, bytes)
        Name and content of each member, in order.

    Raises
    ------
    NotWritten
        If the file can't be written. An existing file is then unchanged.
    """
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, content in members:
            archive.writestr(_entry(name, len(content)), content)


def json_member(name: str, document: object) -> tuple[str, bytes]:
    """Return a member with indented JSON text; raise `Refused` if it is longer than the reader accepts."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    most = LIMITS[name]
    if most is not None and len(text) > most and name in STORED_LIMITS:
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode() + b"\n"
        most = STORED_LIMITS[name]
    if most is not None and len(text) > most:
        raise Refused(f"can't be written: {name} would have {len(text)} bytes; at most {most} are allowed")
    return name, text


class Archive:
    """Model file that is open for reading.

    Parameters
    ----------
    path : Path
        Path of the file.

    Raises
    ------
    Refused
        If the file can't be read, or is not a zip file.
    """

    def __init__(self, path: Path):
        self._file = _opened(path)
        try:
            self._zip = _unzipped(self._file)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def check_names(self, names: Iterable[str], optional: Iterable[str] = ()) -> None:
        """Raise `Refused` unless the file contains exactly these members, and possibly `optional` ones."""
        names = set(names)
        found = [info.orig_filename for info in self._zip.infolist()]
        if missing := sorted(names - set(found)):
            raise Refused(f"contains no {missing[0]}")
        if unknown := [name for name in found if name not in names.union(optional)]:
            raise Refused(f"contains the unexpected member {show(unknown[0])}", "model files can't be edited by hand")
        for name in found:
            self._entry(name)

    def has(self, name: str) -> bool:
        """Return whether the file has a member."""
        return any(info.orig_filename == name for info in self._zip.infolist())

    def size(self, name: str) -> int:
        """Return the size of a member in bytes."""
        return self._entry(name).file_size

    def read(self, name: str, most: int | None = None) -> bytearray:
        """Return the content of a member, with its checksum verified, or its first `most` bytes."""
        info = self._entry(name)
        wanted = info.file_size if most is None else min(most, info.file_size)
        content = bytearray()
        try:
            with self._zip.open(info) as member:
                while part := member.read(min(MAX_READ, wanted - len(content))):
                    content += part
        except DAMAGE as error:
            raise Refused(f"is damaged: {name} can't be read") from error
        if len(content) != wanted:
            raise Refused(f"is damaged: {name} is truncated")
        return content

    def json(self, name: str) -> dict:
        """Return the JSON object of a member."""
        try:
            value = parse(bytes(self.read(name)), name, STORED_LIMITS.get(name, MAX_BYTES)).value
        except RecipeError as error:
            problem = replace(error.problems[0], allowed="", hint="")  # for authors of recipes only
            raise Refused(str(problem)) from error
        if not isinstance(value, dict):
            raise Refused(f"{name}: must be an object, got {show(value)}")
        return value

    def table(self, name: str, kinds: Mapping[str, Kind]) -> dict:
        """Return the JSON object of a member with the given keys."""
        return table(self.json(name), kinds, name)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        """Return the checked zip entry of a member."""
        entries = [info for info in self._zip.infolist() if info.orig_filename == name]
        if not entries:
            raise Refused(f"contains no {name}")
        if len(entries) > 1:
            raise Refused(f"contains {name} {len(entries)} times")
        if found := _entry_problem(entries[0], os.fstat(self._file.fileno()).st_size):
            raise Refused(f"{name} {found}")
        return entries[0]


def table(values: object, kinds: Mapping[str, Kind], where: str) -> dict:
    """Return an object with exactly the keys of `kinds`, each value checked and in normal form."""
    if not isinstance(values, dict):
        raise Refused(f"{where}: must be an object, got {show(values)}")
    if missing := [key for key in kinds if key not in values]:
        raise Refused(f"{where}: requires {show(missing[0])}")
    if unknown := [key for key in values if key not in kinds]:
        raise Refused(f"{where}: unknown key {show(unknown[0])}; allowed are {name_list(kinds, unknown[0])}")
    for key, kind in kinds.items():
        if not kind.accepts(values[key]):
            raise Refused(f"{where}: {format_path((key,))}: must be {kind.description}, got {show(values[key])}")
    return {key: kind.clean(values[key]) for key, kind in kinds.items()}


def _entry(name: str, n_bytes: int) -> zipfile.ZipInfo:
    """Return a zip entry that does not depend on time and system."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system = _UNIX
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.compress_type = zipfile.ZIP_STORED if _is_stored(name, n_bytes) else zipfile.ZIP_DEFLATED
    return info


def _is_stored(name: str, n_bytes: int) -> bool:
    """Return whether a member is stored uncompressed, as arrays and long JSON text are."""
    most = LIMITS[name]
    return most is None or n_bytes > most


class _Bounded(io.BufferedReader):
    """File with a limit on the bytes of one read, so that too large zip directories are rejected before reading."""

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(MAX_READ + 1 if size is None or size < 0 else min(size, MAX_READ + 1))
        if len(content) > MAX_READ:
            raise zipfile.BadZipFile("a part is too long")
        return content


def _opened(path: Path) -> _Bounded:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise Refused("is a folder, not a file")
        if not stat.S_ISREG(mode):  # a pipe or device may be endless
            raise Refused("is not a regular file")
        return _Bounded(io.FileIO(path))
    except FileNotFoundError:
        raise Refused("no such file", _near_file(path)) from None
    except OSError as error:
        raise Refused(f"can't be read: {error.strerror or error}") from error
    except ValueError as error:  # null character in the name
        raise Refused(f"can't be read: {error}") from error


def _near_file(path: Path) -> str:
    """Return a hint with the nearest name of a model file in the folder."""
    try:
        names = [str(path.with_name(name)) for name in os.listdir(path.parent) if name.endswith(".nnb")]
    except (OSError, ValueError):
        return ""
    return did_you_mean(str(path), names)


def _unzipped(file: _Bounded) -> zipfile.ZipFile:
    start = file.read(4)
    if not start:
        raise Refused("is empty", PASS_MODEL_FILE)
    if start != b"PK\x03\x04":
        raise Refused("is not a model file", PASS_MODEL_FILE)
    try:
        archive = zipfile.ZipFile(file)
    except DAMAGE as error:
        raise Refused("is damaged or truncated: its list of members can't be read", PASS_MODEL_FILE) from error
    if len(archive.infolist()) > MAX_MEMBERS:
        raise Refused(f"is not a model file: it has {len(archive.infolist())} members", PASS_MODEL_FILE)
    return archive


def _entry_problem(info: zipfile.ZipInfo, file_size: int) -> str:
    """Return the error of a zip entry with a known name; "" if it is valid."""
    name = info.orig_filename
    packed, most = info.compress_type != zipfile.ZIP_STORED, LIMITS[name]
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if kind not in (0, stat.S_IFREG):
        return "is a link or a folder, not a regular file"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return f"has the compression method {info.compress_type}; supported are 0 (stored) and 8 (deflated)"
    if packed and most is None:
        return "is compressed, but arrays must be stored uncompressed"
    most = most if packed else STORED_LIMITS.get(name, most)
    if most is not None and info.file_size > most:
        return f"has {info.file_size} bytes; at most {most} are allowed"
    if not packed and not info.file_size == info.compress_size <= file_size:
        return f"is damaged: it has {info.file_size} bytes, in a file of {file_size}"
    return ""


_UNIX = 3  # system of the attributes of an entry
_ENCRYPTED = 0x1
PASS_MODEL_FILE = "pass a file written by save of an estimator"
# Exceptions of zipfile for damaged or malicious files.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, OverflowError, RuntimeError,
    ValueError,
)  # fmt: skip
MANIFEST, PARAMETERS, RECIPE = "manifest.json", "params.json", "recipe.json"
NOTES = "notes.json"
TARGETS, FEATURES, HISTORY = "targets.json", "features.json", "history.json"
NETWORK, VARIANTS, WEIGHTS = "resolved.json", "variants.json", "weights.safetensors"
ARRAYS, OPTIMIZER = "arrays.safetensors", "optimizer.safetensors"
VOCABULARY, NEIGHBORS = "vocabulary.safetensors", "neighbors.safetensors"
# Maximum size of each member in bytes. Arrays are stored uncompressed, so the size of the file is their limit.
LIMITS = {
    MANIFEST: 2**16,
    PARAMETERS: 2**20,
    RECIPE: MAX_BYTES,
    NOTES: 2**20,
    TARGETS: MAX_BYTES,
    FEATURES: MAX_BYTES,
    NETWORK: MAX_BYTES,
    VARIANTS: MAX_BYTES,
    HISTORY: 2**20,
    ARRAYS: None,
    WEIGHTS: None,
    OPTIMIZER: None,
    VOCABULARY: None,
    NEIGHBORS: None,
}
# Larger limits of JSON text that is stored uncompressed: a table may have 100,000 columns.
STORED_LIMITS = {FEATURES: 2**26}
