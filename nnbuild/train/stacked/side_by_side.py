"""Train parts in several threads, with one progress listener. An error ends all parts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from nnbuild.train.common.progress import ProgressListener

Part = TypeVar("Part")
Result = TypeVar("Result")


def side_by_side(
    train: Callable[[Part, ProgressListener | None], Result],
    parts: Sequence[Part],
    progress: ProgressListener | None,
    n_threads: int,
) -> list[Result]:
    """Return the result of `train` for each part.

    Parameters
    ----------
    train : callable
        Called with a part and a listener for its progress.
    parts : sequence
    progress : ProgressListener or None
        Object that receives the progress of the slowest part.
    n_threads : int
        Number of parts to train at the same time.

    Raises
    ------
    BaseException
        The first error of a part, or KeyboardInterrupt. All other parts end after their current epoch.
    """
    if len(parts) == 1:
        return [train(parts[0], progress)]
    slowest = _Slowest(progress, len(parts))

    def run(part: Part, listener: _PartListener) -> Result:
        slowest.check()  # another part may have failed before this one started
        try:
            return train(part, listener)
        except BaseException:
            slowest.end()
            raise

    try:
        with ThreadPoolExecutor(n_threads, "nnbuild") as threads:
            try:
                futures = [threads.submit(run, part, _PartListener(slowest, place)) for place, part in enumerate(parts)]
                wait(futures)
            except BaseException:
                slowest.end()  # before waiting for the threads
                raise
    finally:
        slowest.stop()
    for error in filter(None, [future.exception() for future in futures]):
        if not isinstance(error, _Ended):
            raise error
    return [future.result() for future in futures]


class _Ended(Exception):
    """Raised in the other parts after an error in one."""


class _Slowest:
    """Progress of the slowest part, reported as that of all parts."""

    def __init__(self, progress: ProgressListener | None, n_parts: int):
        self._progress, self._lock = progress, threading.Lock()
        self._epochs = [0] * n_parts
        self._is_started = self._is_ended = False

    def end(self) -> None:
        """End all parts."""
        self._is_ended = True

    def check(self) -> None:
        """Raise `_Ended` if the parts are to end."""
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
        """Stop the progress after the last part."""
        if self._progress and self._is_started:
            self._progress.stop()


class _PartListener:
    """Listener for one part."""

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
