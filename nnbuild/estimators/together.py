"""The joblib backend "nnbuild": what runs in it trains together.

Each task of a parallel call runs in a thread of its own up to the training of its network, and waits there for the
others.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import joblib
import numpy as np
from joblib._parallel_backends import ParallelBackendBase
from joblib.parallel import get_active_backend
from sklearn.base import BaseEstimator

from nnbuild.train.rendezvous import Rendezvous, belonging

BACKEND = "nnbuild"
MOST_TASKS = 1024  # at a time
FEWEST_TASKS = 4
MEMORY_SHARE = 0.25  # of the machine's memory, for the rows of all tasks at a time


class StackedBackend(ParallelBackendBase):
    """A joblib backend.

    Parameters
    ----------
    rendezvous : Rendezvous, optional
        That of the call around this one.
    most_tasks : int, default=1024
        Tasks at a time: a wave of them ends before the next one begins.
    listener : FitsListener, optional
        Is told how the fits go.

    Notes
    -----
    Which tasks are a wave does not depend on how long any of them takes, so that the same call trains the same stacks,
    with the same bits.
    """

    supports_retrieve_callback = True
    supports_sharedmem = True
    uses_threads = True
    default_n_jobs = -1

    def __init__(self, nesting_level=0, rendezvous=None, most_tasks=MOST_TASKS, listener=None, **options):
        super().__init__(nesting_level=nesting_level, **options)
        self._most_tasks, self._listener = most_tasks, listener
        self._outer = rendezvous
        self._rendezvous = rendezvous
        self._threads: list[threading.Thread] = []
        self._waiting: deque[tuple[Callable, Future]] = deque()
        self._wave = self._n_started = self._n_ended = 0
        self._lock = threading.Lock()
        self._filters: AbstractContextManager | None = None

    def effective_n_jobs(self, n_jobs):
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        return MOST_TASKS

    def start_call(self):
        self._wave = self._n_started = self._n_ended = 0
        if self._outer is None:
            self._rendezvous = Rendezvous(self._listener)
            self._rendezvous.start()  # the thread that hands out the tasks
            # The filters that the tasks' own contexts leave behind, in whichever order they end, go away with this one.
            self._filters = warnings.catch_warnings()
            self._filters.__enter__()

    def stop_call(self):
        try:
            with self._rendezvous.resting():  # after an error in one task, the others may yet bring members
                for thread in self._threads:
                    thread.join()
            self._threads.clear()
            if self._outer is None:
                self._rendezvous.close()
        finally:  # a second Ctrl-C may come while the threads are waited for
            if self._filters is not None:
                self._filters.__exit__(None, None, None)
                self._filters = None

    def submit(self, func, callback=None):
        future: Future = Future()
        future.add_done_callback(callback)
        with self._lock:
            self._wave = self._wave or min(self._most_tasks, tasks_that_fit(func))
            self._waiting.append((func, future))
        self._start_waiting()
        return future

    def _start_waiting(self):
        """Start tasks: those of a wave once all before it have ended."""
        with self._lock:
            while self._waiting and self._n_started // self._wave * self._wave <= self._n_ended:
                self._n_started += 1
                self._rendezvous.start()
                task = (*self._waiting.popleft(), self._rendezvous)
                thread = threading.Thread(target=self._run, args=task, name="nnbuild task", daemon=True)
                self._threads.append(thread)
                thread.start()
            if self._outer is None:
                self._rendezvous.n_ahead = len(self._waiting)

    def _run(self, func, future, rendezvous):
        with belonging(rendezvous):
            try:
                result = func()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            finally:
                with self._lock:
                    self._n_ended += 1
                self._start_waiting()
                rendezvous.end()

    def retrieve_result_callback(self, future):
        return future.result()

    @contextmanager
    def retrieval_context(self) -> Iterator[None]:
        with self._rendezvous.resting():
            yield

    def get_nested_backend(self):
        nested = StackedBackend(nesting_level=(self.nesting_level or 0) + 1, rendezvous=self._rendezvous)
        return nested, None

    def abort_everything(self, ensure_ready=True):
        with self._lock:
            self._waiting.clear()
        if self._outer is None:
            self._rendezvous.cancel()
            self._rendezvous.close()
        if ensure_ready and self._outer is None:
            self._rendezvous = Rendezvous(self._listener)


def tasks_that_fit(func: Any) -> int:
    """How many tasks like this one may be in memory at a time, each with a copy of the rows that it is given."""
    calls = getattr(func, "items", ())
    values = [value for _, args, kwargs in calls for value in (*args, *kwargs.values())]
    size = sum(map(_n_bytes, values)) + _file_bytes(values)
    return min(MOST_TASKS, max(FEWEST_TASKS, int(MEMORY_SHARE * _memory_bytes() / max(size, 1))))


def _n_bytes(value: Any) -> int:
    """Memory of an array, sparse matrix or table; 0 of other things."""
    if hasattr(value, "memory_usage"):
        return int(np.sum(value.memory_usage()))
    return sum(getattr(part, "nbytes", 0) for part in (value, getattr(value, "data", None)) if part is not None)


def _file_bytes(values: list) -> int:
    """Memory that images take once their files are read, where tasks are given the names."""
    owners = [value for value in values if isinstance(value, BaseEstimator)]
    parts = [part for owner in owners for part in (owner, *owner.get_params().values())]
    n_bytes = max((part._image_bytes() for part in parts if hasattr(part, "_image_bytes")), default=0)
    return n_bytes * max(map(_length, values), default=0) if n_bytes else 0


def _length(value: Any) -> int:
    """Number of rows of a list, array or table."""
    if isinstance(value, list | tuple):
        return len(value)
    return next(iter(getattr(value, "shape", ())), 0)


def _memory_bytes() -> int:
    """Memory of the machine; 16 GiB where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # on Windows
        return 2**34


def stacked() -> AbstractContextManager:
    """A context in which fits of scikit-learn's searches, cross-validations and ensembles train together.

    The same as ``joblib.parallel_config(backend="nnbuild")``.
    """
    register_backend()
    is_inside = isinstance(get_active_backend()[0], StackedBackend)  # then fits join those around them
    return nullcontext() if is_inside else joblib.parallel_config(backend=BACKEND)


def register_backend() -> None:
    """Make the backend's name known to joblib."""
    joblib.register_parallel_backend(BACKEND, StackedBackend)
