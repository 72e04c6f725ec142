"""The looks that scikit-learn and pandas take at data: one thread at a time, and in words that name the data."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

_lock = threading.RLock()


def filters_kept() -> AbstractContextManager:
    """A context for whatever changes Python's warning filters for a moment: one thread at a time is in it.

    Notes
    -----
    scikit-learn's checks and many functions of pandas are inside `warnings.catch_warnings`, whose filters belong to
    all threads before Python 3.14: of two that overlap, the one that ends last puts back what the other had changed.
    What trains, predicts or waits has no place in this context.
    """
    return _lock


@contextmanager
def said_of(word: str, name: str) -> Iterator[None]:
    """A context whose errors and warnings about `word` are told of `name`: scikit-learn says X whatever it is given.

    Parameters
    ----------
    word : str
        As the messages have it: "X", "y" or "sample_weight".
    name : str
        What the user calls the data, such as "X_val". A message without the word gets the name in front.
    """
    if word == name:
        yield
        return
    try:
        with filters_kept(), warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            yield
    except (TypeError, ValueError) as error:
        if error.args == (str(error),):
            error.args = (_renamed(str(error), word, name),)
        raise
    for warning in told:
        warnings.warn(_renamed(str(warning.message), word, name), warning.category, stacklevel=3)


def _renamed(message: str, word: str, name: str) -> str:
    """A message about `word`, said of `name`. Only its first line is ours to change: columns follow on the others."""
    first, newline, rest = message.partition("\n")
    # In quotes it may be a column or a label.
    found = first if name in first else re.sub(rf"(?<!')\b{word}\b(?!')", lambda _: name, first, count=1)
    return (found if name in found else f"{name}: {first}") + newline + rest
