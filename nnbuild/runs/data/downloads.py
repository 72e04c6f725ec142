"""Data files that Keras can download."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

from nnbuild.errors import DataError
from nnbuild.files.writing import NotWritten, replacing
from nnbuild.runs.output import WritingError, check_writable


@dataclass(frozen=True)
class Download:
    """A data file of `keras.datasets`.

    Attributes
    ----------
    module : str
        Module of `keras.datasets`.
    title : str
        Contents, in words.
    alternative, alternative_title : str
        Recipe for similar data that are included in nnbuild, and these data in words.
    """

    module: str
    title: str
    alternative: str
    alternative_title: str


DOWNLOADS: Mapping[str, Download] = {
    "mnist.npz": Download("mnist", "70,000 digits of 28x28 pixels", "digits_mlp", "digits of 8x8 pixels"),
}


def missing_text(name: str, command: str) -> str:
    """Return the message for a data file that can be downloaded, and is not in the current folder."""
    row = DOWNLOADS[name]
    return (
        f"the data of the recipe, {row.title}, are not included in nnbuild, and there is no file {name}\n"
        f"  allowed: --data FILE, the {name} of keras.datasets; --download, to fetch it with Keras\n"
        f"  hint: `nnbuild {command} {row.alternative}` has included data: {row.alternative_title}"
    )


def fetch(name: str) -> None:
    """Fetch a data file with Keras, and write it to the current folder. Keras reports progress on standard error.

    Raises
    ------
    DataError
        If the data can't be fetched.
    WritingError
        If the file can't be written.
    """
    import numpy as np

    check_writable(name)
    (x_train, y_train), (x_test, y_test) = _fetched(DOWNLOADS[name].module, name)
    try:
        with replacing(name) as file:
            np.savez_compressed(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    except NotWritten as error:
        raise WritingError(str(error)) from None


def _fetched(module: str, name: str) -> Any:
    from keras import datasets  # takes seconds

    try:
        with redirect_stdout(sys.stderr):
            return getattr(datasets, module).load_data()
    except Exception as error:  # the class that Keras raises
        hint = f"fetch the file on another computer, and pass it with --data {name}"
        raise DataError(f"keras.datasets.{module} can't be downloaded: {error}\n  hint: {hint}") from None
