"""The joblib backend "nnbuild", which trains the networks of parallel tasks together.

Each task of a parallel call runs in its own thread. Before a task trains its network, it waits until all other tasks
are ready to train or have ended.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import joblib
import numpy as np
from joblib.parallel import FallbackToBackend, ParallelBackendBase, get_active_backend
from sklearn.base import BaseEstimator

from nnbuild.errors import did_you_mean
from nnbuild.parameter_checks import checked_count
from nnbuild.plan.memory import machine_bytes
from nnbuild.train.rendezvous import Rendezvous, add_wait, joined, waited_s

BACKEND = "nnbuild"
OPTIONS = ("listener", "max_tasks")  # public options of joblib.parallel_config
MAX_TASKS = 1024  # at a time
MIN_TASKS = 4
MEMORY_SHARE = 0.25  # of the machine's memory, for the data of concurrent tasks


class StackedBackend(ParallelBackendBase):
    """Joblib backend that trains the networks of parallel tasks together.

    Parameters
    ----------
    rendezvous : Rendezvous, optional
        Synchronization of the enclosing parallel call; see `nnbuild.train.rendezvous`.
    max_tasks : int, default=1024
        Maximum number of concurrent tasks. A batch of tasks ends before the next one begins.
    listener : FitsListener, optional
        Object that receives the progress of the fits.

    Raises
    ------
    TypeError
        For an unknown option.
    ValueError
        If `max_tasks` is not an int of at least 1.

    Notes
    -----
    The tasks of a batch do not depend on the duration of any task. Repeated calls therefore train the same networks
    together, with bit-identical results.
    """

    supports_retrieve_callback = True
    supports_sharedmem = True
    uses_threads = True
    default_n_jobs = -1

    def __init__(self, nesting_level=0, rendezvous=None, max_tasks=MAX_TASKS, listener=None, **unknown):
        super().__init__(nesting_level=nesting_level)
        for name in unknown:
            raise TypeError(_no_option(name))
        self._max_tasks, self._listener = checked_count("max_tasks", max_tasks), listener
        self._outer = rendezvous
        self._rendezvous = rendezvous
        self._is_for_one_call = False
        self._threads: list[threading.Thread] = []
        self._queue: deque[tuple[Callable, Future]] = deque()
        self._batch = self._n_started = self._n_ended = 0
        self._start = self._busy_s = 0.0
        self._has_waited = False
        self._lock = threading.Lock()
        self._filters: AbstractContextManager | None = None

    def configure(self, n_jobs=1, parallel=None, **settings):
        """Use a separate backend for each call, because calls that return generators may overlap."""
        if not self._is_for_one_call:
            own = StackedBackend(self.nesting_level, self._outer, self._max_tasks, self._listener)
            own._is_for_one_call = True
            raise FallbackToBackend(own)
        return super().configure(n_jobs=n_jobs, parallel=parallel, **settings)

    def effective_n_jobs(self, n_jobs):
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        return 1 if n_jobs == 1 else MAX_TASKS  # 1: joblib runs the tasks sequentially, in the calling thread

    def start_call(self):
        self._batch = self._n_started = self._n_ended = 0
        self._start, self._busy_s, self._has_waited = time.perf_counter(), 0.0, False
        if self._outer is None:
            self._rendezvous = Rendezvous(self._listener)
            self._rendezvous.start()  # registers this thread, which submits the tasks
            # Tasks in threads may restore the warning filters in any order; `_end_call` restores the original ones.
            self._filters = warnings.catch_warnings()
            self._filters.__enter__()

    def stop_call(self):
        try:
            with self._rendezvous.not_busy():  # after an error in one task, others may still start fits
                for thread in self._threads:
                    thread.join()
        except BaseException:  # KeyboardInterrupt, also a second one: discard all results
            self._rendezvous.cancel()
            raise
        finally:  # also after a second Ctrl-C
            self._end_call()

    def _end_call(self):
        """Close the rendezvous, and restore the warning filters."""
        self._threads.clear()
        if self._has_waited:  # the enclosing task waited, except while these tasks were busy
            add_wait(max(0.0, time.perf_counter() - self._start - self._busy_s))
        if self._outer is None:
            self._rendezvous.close()
        if self._filters is not None:
            self._filters.__exit__(None, None, None)
            self._filters = None

    def submit(self, func, callback=None):
        future: Future = Future()
        future.add_done_callback(callback)
        with self._lock:
            self._batch = self._batch or min(self._max_tasks, n_tasks_in_memory(func))
            self._queue.append((func, future))
        self._start_queued()
        return future

    def _start_queued(self):
        """Start queued tasks; a batch starts when all tasks before it have ended."""
        with self._lock:
            while self._queue and self._n_started // self._batch * self._batch <= self._n_ended:
                self._n_started += 1
                self._rendezvous.start()
                task = (*self._queue.popleft(), self._rendezvous)
                thread = threading.Thread(target=self._run, args=task, name="nnbuild task", daemon=True)
                self._threads.append(thread)
                thread.start()
            if self._outer is None:
                self._rendezvous.n_ahead = len(self._queue)

    def _run(self, func, future, rendezvous):
        started = time.perf_counter()
        with joined(rendezvous):
            try:
                result = func()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(without_waiting_time(result, waited_s()))
            finally:
                with self._lock:
                    self._n_ended += 1
                    self._busy_s += time.perf_counter() - started - waited_s()
                    self._has_waited |= waited_s() > 0
                self._start_queued()
                rendezvous.end()

    def retrieve_result_callback(self, future):
        return future.result()

    @contextmanager
    def retrieval_context(self) -> Iterator[None]:
        with self._rendezvous.not_busy():
            yield

    def get_nested_backend(self):
        nested = StackedBackend(nesting_level=(self.nesting_level or 0) + 1, rendezvous=self._rendezvous)
        return nested, None

    def abort_everything(self, ensure_ready=True):
        with self._lock:
            self._queue.clear()
        if self._outer is None:
            self._rendezvous.cancel()
            self._rendezvous.close()
        if ensure_ready and self._outer is None:
            self._rendezvous = Rendezvous(self._listener)


def _no_option(name: str) -> str:
    hint = did_you_mean(name, OPTIONS)
    found = f"the joblib backend {BACKEND!r} has no option {name!r}\n  allowed: {', '.join(OPTIONS)}"
    return found + (f"\n  hint: {hint}" if hint else "")


def without_waiting_time(results: Any, waited_s: float) -> Any:
    """Return the results of a task, with the waiting time subtracted from scikit-learn's "fit_time"."""
    match results:
        case [{"fit_time": float(fit_time), "score_time": _} as found]:
            found["fit_time"] = max(0.0, fit_time - waited_s)
    return results


def n_tasks_in_memory(func: Any) -> int:
    """Return how many tasks like this one fit in memory at a time, each with a copy of its data."""
    calls = getattr(func, "items", ())
    values = [value for _, args, kwargs in calls for value in (*args, *kwargs.values())]
    size = sum(map(_n_bytes, values)) + _decoded_image_bytes(values)
    return min(MAX_TASKS, max(MIN_TASKS, int(MEMORY_SHARE * machine_bytes() / max(size, 1))))


def _n_bytes(value: Any) -> int:
    """Return the memory of an array, sparse matrix or table, in bytes; 0 for other values."""
    if hasattr(value, "memory_usage"):
        return int(np.sum(value.memory_usage()))
    return sum(getattr(part, "nbytes", 0) for part in (value, getattr(value, "data", None)) if part is not None)


def _decoded_image_bytes(values: list) -> int:
    """Return the memory of decoded images, in bytes, if the arguments of a task contain their file names."""
    owners = [value for value in values if isinstance(value, BaseEstimator)]
    parts = [part for owner in owners for part in (owner, *owner.get_params().values())]
    n_bytes = max((part._image_bytes() for part in parts if hasattr(part, "_image_bytes")), default=0)
    return n_bytes * max(map(_length, values), default=0) if n_bytes else 0


def _length(value: Any) -> int:
    """Return the number of rows of a list, array or table; 0 for other values."""
    if isinstance(value, list | tuple):
        return len(value)
    return next(iter(getattr(value, "shape", ())), 0)


def stacked() -> AbstractContextManager:
    """Return a context in which scikit-learn's searches, cross-validations and ensembles train networks together.

    It is the same as ``joblib.parallel_config(backend="nnbuild")``.
    """
    register_backend()
    is_inside = isinstance(get_active_backend()[0], StackedBackend)  # then fits join the enclosing call
    return nullcontext() if is_inside else joblib.parallel_config(backend=BACKEND)


def register_backend() -> None:
    """Register the backend in joblib."""
    joblib.register_parallel_backend(BACKEND, StackedBackend)
