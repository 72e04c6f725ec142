"""Contexts for checks of scikit-learn and pandas: safe in threads, with messages that name the data."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

_lock = threading.RLock()


def filters_kept() -> AbstractContextManager:
    """Return a lock for code that changes Python's warning filters temporarily.

    Notes
    -----
    scikit-learn's checks and many functions of pandas use `warnings.catch_warnings`, whose filters are shared by all
    threads before Python 3.14. If two calls overlap, the later exit restores the filters that the other had changed.
    Never train, predict or wait while holding this lock.
    """
    return _lock


@contextmanager
def name_in_messages(word: str, name: str) -> Iterator[None]:
    """Replace `word` by `name` in errors and warnings; scikit-learn uses X for all data.

    Parameters
    ----------
    word : str
        Name in the messages: "X", "y" or "sample_weight".
    name : str
        Name of the argument, such as "X_val". It is prepended to messages without the word.
    """
    if word == name:
        yield
        return
    try:
        with filters_kept(), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
    except (TypeError, ValueError) as error:
        if error.args == (str(error),):
            error.args = (_renamed(str(error), word, name),)
        raise
    for warning in caught:
        warnings.warn(_renamed(str(warning.message), word, name), warning.category, stacklevel=3)


def _renamed(message: str, word: str, name: str) -> str:
    """Return a message with `name` in place of `word`, in its first line only: other lines list columns."""
    first, newline, rest = message.partition("\n")
    # A word in quotes may be a column or a label.
    found = first if name in first else re.sub(rf"(?<!')\b{word}\b(?!')", lambda _: name, first, count=1)
    return (found if name in found else f"{name}: {first}") + newline + rest
