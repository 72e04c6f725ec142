"""The joblib backend "nnbuild": what runs in it trains together.

Each task of a parallel call runs in a thread of its own up to the training of its network, and waits there for the
others.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager

import joblib
from joblib._parallel_backends import ParallelBackendBase

from nnbuild.train.rendezvous import Rendezvous, belonging

BACKEND = "nnbuild"
MOST_TASKS = 1024  # at a time


class StackedBackend(ParallelBackendBase):
    """A joblib backend.

    Parameters
    ----------
    rendezvous : Rendezvous, optional
        That of the call around this one.
    """

    supports_retrieve_callback = True
    supports_sharedmem = True
    uses_threads = True
    default_n_jobs = -1

    def __init__(self, nesting_level=0, rendezvous=None, **options):
        super().__init__(nesting_level=nesting_level, **options)
        self._outer = rendezvous
        self._rendezvous = rendezvous
        self._threads: list[threading.Thread] = []
        self._filters: AbstractContextManager | None = None

    def effective_n_jobs(self, n_jobs):
        if n_jobs == 0:
            raise ValueError("n_jobs == 0 in Parallel has no meaning")
        return MOST_TASKS

    def start_call(self):
        if self._outer is None:
            self._rendezvous = Rendezvous()
            self._rendezvous.start()  # the thread that hands out the tasks
            # The filters that the tasks' own contexts leave behind, in whichever order they end, go away with this one.
            self._filters = warnings.catch_warnings()
            self._filters.__enter__()

    def stop_call(self):
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        if self._filters is not None:
            self._filters.__exit__(None, None, None)
            self._filters = None

    def submit(self, func, callback=None):
        future: Future = Future()
        future.add_done_callback(callback)
        self._rendezvous.start()
        thread = threading.Thread(target=self._run, args=(func, future), name="nnbuild task", daemon=True)
        self._threads.append(thread)
        thread.start()
        return future

    def _run(self, func, future):
        rendezvous = self._rendezvous
        with belonging(rendezvous):
            try:
                result = func()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            finally:
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
        if self._outer is None:
            self._rendezvous.cancel()
        if ensure_ready and self._outer is None:
            self._rendezvous = Rendezvous()


def stacked() -> AbstractContextManager:
    """A context in which fits of scikit-learn's searches, cross-validations and ensembles train together.

    The same as ``joblib.parallel_config(backend="nnbuild")``.
    """
    register_backend()
    return joblib.parallel_config(backend=BACKEND)


def register_backend() -> None:
    """Make the backend's name known to joblib."""
    joblib.register_parallel_backend(BACKEND, StackedBackend)
