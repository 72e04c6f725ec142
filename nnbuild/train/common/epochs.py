"""Functions called before and after each epoch of a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class EpochHooks:
    """Pair of functions called before and after each epoch, by all engines.

    Attributes
    ----------
    begin : callable
        Called before an epoch, with its number, from 1.
    end : callable
        Called after an epoch, with its number and a function that returns the weights as arrays, in the order of the
        model. Training stops if the result is true.
    """

    begin: Callable[[int], object]
    end: Callable[[int, Callable[[], list[np.ndarray]]], object]


Hooks = Sequence[Sequence[EpochHooks]]  # hooks of each member; empty if there are none


class ThreadedHooks:
    """Hooks of a fit that is trained in other threads, together with other fits.

    Hooks are called one at a time, in a context of the caller.

    Parameters
    ----------
    hooks : sequence of sequence of EpochHooks
        Hooks of each member.
    context : callable
        Returns the context.

    Attributes
    ----------
    error : BaseException or None
        First error of a hook. It ends all members of this fit, but no other fit.
    """

    def __init__(self, hooks: Hooks, context: Callable[[], AbstractContextManager]):
        self._hooks, self._context, self._lock = hooks, context, Lock()
        self.error: BaseException | None = None

    def hooks(self) -> Hooks:
        """Return the hooks to call in other threads."""
        return [
            [EpochHooks(partial(self._call, one.begin), partial(self._end, one)) for one in of_member]
            for of_member in self._hooks
        ]

    def _end(self, hooks: EpochHooks, epoch: int, weights: Callable) -> bool:
        return bool(self._call(hooks.end, epoch, weights)) or self.error is not None

    def _call(self, function: Callable, *arguments: Any) -> Any:
        with self._lock:
            if self.error is not None:
                return None
            try:
                with self._context():
                    return function(*arguments)
            except BaseException as error:
                self.error = error
                return None
