"""Check for processes forked after TensorFlow started its threads, in which operations never return."""

from __future__ import annotations

import os

from nnbuild.errors import BackendError
from nnbuild.private.tensorflow import has_started

MESSAGE = (
    "this process was forked after TensorFlow ran in its parent, and TensorFlow's threads are not in it: "
    "training and prediction would never return\n"
    "  hint: start processes with multiprocessing.get_context('spawn'), or use joblib's backends 'loky' (its default) "
    "or 'nnbuild'; fork works where nothing was built, trained or predicted before"
)

_forked = False


def refuse_forked() -> None:
    """Raise a `BackendError` in a process that was forked after TensorFlow started its threads."""
    if _forked:
        raise BackendError(MESSAGE)


def _note_fork() -> None:
    """Record in a child process whether TensorFlow had started its threads. An import does not start them."""
    global _forked
    _forked = _forked or has_started()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_note_fork)
