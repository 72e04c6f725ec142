"""One training that goes on in several threads: one progress, and one end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from nnbuild.train.common.progress import ProgressListener

Part = TypeVar("Part")
Found = TypeVar("Found")


def side_by_side(
    train: Callable[[Part, ProgressListener | None], Found],
    parts: Sequence[Part],
    progress: ProgressListener | None,
    n_threads: int,
) -> list[Found]:
    """What `train` gives for each part.

    Parameters
    ----------
    train : callable
        Takes a part, and whom to tell of its epochs.
    parts : sequence
    progress : ProgressListener or None
        Is told how far the slowest part is.
    n_threads : int
        Parts that train at a time.

    Raises
    ------
    BaseException
        What one of them has raised; the others then end after their epoch. Ctrl-C ends them likewise.
    """
    if len(parts) == 1:
        return [train(parts[0], progress)]
    slowest = _Slowest(progress, len(parts))

    def run(part: Part, listener: _Part) -> Found:
        slowest.check()  # a part that has waited for a thread need not begin
        try:
            return train(part, listener)
        except BaseException:
            slowest.end()
            raise

    try:
        with ThreadPoolExecutor(n_threads, "nnbuild") as threads:
            try:
                futures = [threads.submit(run, part, _Part(slowest, place)) for place, part in enumerate(parts)]
                wait(futures)
            except BaseException:
                slowest.end()  # before the threads are waited for
                raise
    finally:
        slowest.stop()
    for error in filter(None, [future.exception() for future in futures]):
        if not isinstance(error, _Ended):
            raise error
    return [future.result() for future in futures]


class _Ended(Exception):
    """Raised in a part whose outcome nobody waits for any more."""


class _Slowest:
    """The progress of all parts, as that of the slowest one."""

    def __init__(self, progress: ProgressListener | None, n_parts: int):
        self._progress, self._lock = progress, threading.Lock()
        self._epochs = [0] * n_parts
        self._is_started = self._is_ended = False

    def end(self) -> None:
        """Let all parts end."""
        self._is_ended = True

    def check(self) -> None:
        """Raise `_Ended` in a part that is to end, or need not begin."""
        if self._is_ended:
            raise _Ended

    def start(self, n_epochs: int, n_steps: int) -> None:
        with self._lock:
            if self._progress and not self._is_started:
                self._progress.start(n_epochs, n_steps)
            self._is_started = True

    def epoch(self, place: int, epoch: int, logs: Mapping[str, float]) -> None:
        self.check()
        with self._lock:
            before, self._epochs[place] = min(self._epochs), epoch
            if self._progress and min(self._epochs) > before:
                self._progress.epoch(min(self._epochs), logs)

    def stop(self) -> None:
        """No part runs any more."""
        if self._progress and self._is_started:
            self._progress.stop()


class _Part:
    """What one part tells."""

    def __init__(self, slowest: _Slowest, place: int):
        self._slowest, self._place = slowest, place

    def start(self, n_epochs: int, n_steps: int) -> None:
        self._slowest.start(n_epochs, n_steps)

    def step(self, epoch: int, step: int, loss: float) -> None:
        pass

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        self._slowest.epoch(self._place, epoch, logs)

    def stop(self) -> None:
        pass
