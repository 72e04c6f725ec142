"""Code of programs compiled by XLA, on disk.

TensorFlow reads and writes one file for each program, in its file system in memory. Before the first call of a program,
the entry on disk is copied there; afterwards, a new file is stored on disk. So TensorFlow gets only files whose
checksum was verified, and no error of the disk is an error of the compilation.
"""

from __future__ import annotations

import hashlib

import tensorflow as tf

from nnbuild.cache.active import MEMORY_FOLDER
from nnbuild.cache.entries import Entry, Folder
from nnbuild.private.tensorflow import call_options
from nnbuild.train.common.canonical import PREFIX


def load_code(folder: Folder, name: str) -> str | None:
    """Copy the code of a program to TensorFlow's files in memory; return the path there, or None without an entry."""
    entry = folder.read(_entry_name(name))
    if entry is None:
        return None
    path = f"{MEMORY_FOLDER}/{entry.facts['file']}"
    tf.io.gfile.makedirs(MEMORY_FOLDER)
    with tf.io.gfile.GFile(path, "wb") as file:
        file.write(entry.parts[0])
    return path


def store_code(folder: Folder, name: str, loaded: str | None) -> None:
    """Store the code of a program that was called, unless it was loaded, and free TensorFlow's files in memory.

    Parameters
    ----------
    folder : Folder
    name : str
        Name of the program, which is in its file.
    loaded : str or None
        Path that `load_code` has returned.
    """
    if loaded:
        tf.io.gfile.remove(loaded)
    for path in tf.io.gfile.glob(f"{MEMORY_FOLDER}/*.pb"):
        with tf.io.gfile.GFile(path, "rb") as file:
            content = file.read()
        if name.encode() in content:
            folder.write(_entry_name(name), Entry({"file": path.rpartition("/")[2]}, [content]))
        if name.encode() in content or PREFIX.encode() not in content:  # also files of other functions in the process
            tf.io.gfile.remove(path)


def forget_code(folder: Folder, name: str, loaded: str) -> None:
    """Remove the code of a program that TensorFlow does not load."""
    tf.io.gfile.remove(loaded)
    folder.remove(_entry_name(name))


def _entry_name(name: str) -> str:
    options = hashlib.blake2b(call_options(), digest_size=4).hexdigest()
    return f"{name}-{options}.xla"
