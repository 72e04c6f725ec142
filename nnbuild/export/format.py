"""Record of an export format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nnbuild.files.writing import Parts


@dataclass(frozen=True)
class Format:
    """Format of exported networks.

    Attributes
    ----------
    name : str
    ending : str
        Suffix of its files, which the names of files must have; "" for a folder, which may have any name.
    title : str
        Description of the output, for messages.
    write : function of (keras.Model, Path)
        Writes a new file or folder. Raises `Refused` for a network that the format does not support.
    parts : mapping of str to tuple of str, optional
        For a folder: its contents, as `nnbuild.files.writing.check_writable` takes them.
    needs_layers : bool
        Whether its readers need the Python classes of layers that are not Keras' own.
    packages : tuple of str
        Required packages that nnbuild itself does not require. They are the extra with the name of the format.
    """

    name: str
    ending: str
    title: str
    write: Callable[[Any, Path], None]
    parts: Parts | None = None
    needs_layers: bool = False
    packages: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """Return the required packages that are not installed."""
        return [name for name in self.packages if find_spec(name) is None]
