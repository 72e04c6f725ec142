"""The joblib backend "nnbuild": what runs in it trains together.

Each task of a parallel call runs in a thread of its own up to the training of its network, and waits there for the
others.
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
from nnbuild.train.rendezvous import Rendezvous, add_wait, belonging, waited_s

BACKEND = "nnbuild"
OPTIONS = ("listener", "most_tasks")  # for users
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
        Tasks at a time: a batch of them ends before the next one begins.
    listener : FitsListener, optional
        Is told how the fits go.

    Raises
    ------
    TypeError
        For an option that there is not.
    ValueError
        If `most_tasks` is no number of tasks.

    Notes
    -----
    Which tasks are a batch does not depend on how long any of them takes, so that the same call trains the same stacks,
    with the same bits.
    """

    supports_retrieve_callback = True
    supports_sharedmem = True
    uses_threads = True
    default_n_jobs = -1

    def __init__(self, nesting_level=0, rendezvous=None, most_tasks=MOST_TASKS, listener=None, **unknown):
        super().__init__(nesting_level=nesting_level)
        for name in unknown:
            raise TypeError(_no_option(name))
        self._most_tasks, self._listener = checked_count("most_tasks", most_tasks), listener
        self._outer = rendezvous
        self._rendezvous = rendezvous
        self._is_of_one_call = False
        self._threads: list[threading.Thread] = []
        self._waiting: deque[tuple[Callable, Future]] = deque()
        self._batch = self._n_started = self._n_ended = 0
        self._start = self._own_s = 0.0
        self._waits = False
        self._lock = threading.Lock()
        self._filters: AbstractContextManager | None = None

    def configure(self, n_jobs=1, parallel=None, **settings):
        """A backend of its own for each call: those that give generators may overlap."""
        if not self._is_of_one_call:
            own = StackedBackend(self.nesting_level, self._outer, self._most_tasks, self._listener)
            own._is_of_one_call = True
            raise FallbackToBackend(own)
        return super().configure(n_jobs=n_jobs, parallel=parallel, **settings)

    def effective_n_jobs(self, n_jobs):
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        return 1 if n_jobs == 1 else MOST_TASKS  # 1: joblib runs the tasks one after another, in the thread of the call

    def start_call(self):
        self._batch = self._n_started = self._n_ended = 0
        self._start, self._own_s, self._waits = time.perf_counter(), 0.0, False
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
        except BaseException:  # Ctrl-C, perhaps once more: nobody waits for them
            self._rendezvous.cancel()
            raise
        finally:  # also where a second Ctrl-C comes
            self._end_call()

    def _end_call(self):
        """Leave things as they were."""
        self._threads.clear()
        if self._waits:  # what the tasks of this call did themselves is the own time of the task around it
            add_wait(max(0.0, time.perf_counter() - self._start - self._own_s))
        if self._outer is None:
            self._rendezvous.close()
        if self._filters is not None:
            self._filters.__exit__(None, None, None)
            self._filters = None

    def submit(self, func, callback=None):
        future: Future = Future()
        future.add_done_callback(callback)
        with self._lock:
            self._batch = self._batch or min(self._most_tasks, tasks_that_fit(func))
            self._waiting.append((func, future))
        self._start_waiting()
        return future

    def _start_waiting(self):
        """Start tasks: those of a batch once all before it have ended."""
        with self._lock:
            while self._waiting and self._n_started // self._batch * self._batch <= self._n_ended:
                self._n_started += 1
                self._rendezvous.start()
                task = (*self._waiting.popleft(), self._rendezvous)
                thread = threading.Thread(target=self._run, args=task, name="nnbuild task", daemon=True)
                self._threads.append(thread)
                thread.start()
            if self._outer is None:
                self._rendezvous.n_ahead = len(self._waiting)

    def _run(self, func, future, rendezvous):
        started = time.perf_counter()
        with belonging(rendezvous):
            try:
                result = func()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(with_own_fit_time(result, waited_s()))
            finally:
                with self._lock:
                    self._n_ended += 1
                    self._own_s += time.perf_counter() - started - waited_s()
                    self._waits |= waited_s() > 0
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


def _no_option(name: str) -> str:
    hint = did_you_mean(name, OPTIONS)
    found = f"the joblib backend {BACKEND!r} has no option {name!r}\n  allowed: {', '.join(OPTIONS)}"
    return found + (f"\n  hint: {hint}" if hint else "")


def with_own_fit_time(results: Any, waited_s: float) -> Any:
    """What a task gives; a "fit_time" without waiting, as scikit-learn's clock runs while a fit waits for others."""
    match results:
        case [{"fit_time": float(fit_time), "score_time": _} as found]:
            found["fit_time"] = max(0.0, fit_time - waited_s)
    return results


def tasks_that_fit(func: Any) -> int:
    """How many tasks like this one may be in memory at a time, each with a copy of the rows that it is given."""
    calls = getattr(func, "items", ())
    values = [value for _, args, kwargs in calls for value in (*args, *kwargs.values())]
    size = sum(map(_n_bytes, values)) + _file_bytes(values)
    return min(MOST_TASKS, max(FEWEST_TASKS, int(MEMORY_SHARE * machine_bytes() / max(size, 1))))


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
