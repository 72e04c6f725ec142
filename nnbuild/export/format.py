"""What a format of exported networks is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Format:
    """One format of exported networks.

    Attributes
    ----------
    name : str
    ending : str
        Of its files; "" for a folder.
    title : str
        What is written, in words.
    write : function of (keras.Model, Path)
        Writes a new file or folder; raises `Refused` for a network that the format has no form for.
    parts : tuple of str
        Names in its folder; empty for a file.
    packages : tuple of str
        Packages that it needs beyond those of nnbuild; they are the extra of its name.
    """

    name: str
    ending: str
    title: str
    write: Callable[[Any, Path], None]
    parts: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """Packages that it needs and that are not installed."""
        return [name for name in self.packages if find_spec(name) is None]
