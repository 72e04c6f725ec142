"""Where trainings that run in threads side by side meet, to be done together."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from nnbuild.train.stack import Member, Outcome, form_key, train_stack


class Cancelled(BaseException):
    """Raised in threads whose work nobody waits for any more; no `Exception`, so that nothing takes it for a result."""


class Request:
    """A member that waits, and then its outcome.

    Attributes
    ----------
    member : Member
    outcome : Outcome or None
        None where it has to train alone.
    warning : str
        What to tell in the thread that waits: warnings of another one pass by its filters.
    """

    def __init__(self, member: Member):
        self.member = member
        self.outcome: Outcome | None = None
        self.warning = ""
        self.is_done = False


class Rendezvous:
    """Threads that train, and what they have brought.

    A thread is *busy* as long as it may yet bring a member; those that wait for their member, or for threads that they
    have started, are not. Once nobody is busy, the members that are there are trained.

    Attributes
    ----------
    is_cancelled : bool
        Whether nobody waits for results any more.
    n_trained, n_programs : int
        Members that were trained together so far, and in how many groups.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._n_busy = 0
        self._requests: list[Request] = []
        self.is_cancelled = False
        self._alone = threading.Semaphore(os.cpu_count() or 1)
        self.n_trained = self.n_programs = 0

    def start(self) -> None:
        """A thread begins."""
        with self._condition:
            self._n_busy += 1

    def end(self) -> None:
        """A thread ends."""
        self._rest()

    @contextmanager
    def resting(self) -> Iterator[None]:
        """A context in which this thread waits for others."""
        self._rest()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A context for trainings of one's own: not more of them at a time than the machine has processors."""
        with self._alone:
            yield

    def train(self, member: Member) -> Outcome | None:
        """Wait until the member has been trained with the others; None where it has to train alone."""
        request = Request(member)
        with self._condition:
            self._requests.append(request)
        self._rest()
        with self._condition:
            while not (request.is_done or self.is_cancelled):
                self._condition.wait()
        if self.is_cancelled:
            raise Cancelled
        if request.warning:
            warnings.warn(request.warning, RuntimeWarning, stacklevel=2)
        return request.outcome

    def cancel(self) -> None:
        """Let every thread that waits end."""
        with self._condition:
            self.is_cancelled = True
            self._requests.clear()
            self._condition.notify_all()

    def _rest(self) -> None:
        """One thread less is busy; the last one trains what is there."""
        with self._condition:
            self._n_busy -= 1
            if self._n_busy or self.is_cancelled or not self._requests:
                return
            requests, self._requests = self._requests, []
        try:
            self._train_all(requests)
        finally:
            with self._condition:
                for request in requests:
                    request.is_done = True
                self._n_busy += len(requests)
                self._condition.notify_all()

    def _train_all(self, requests: Sequence[Request]) -> None:
        groups: dict[str, list[Request]] = {}
        for request in requests:
            groups.setdefault(form_key(request.member), []).append(request)
        self.n_trained += len(requests)
        self.n_programs += len(groups)
        with ThreadPoolExecutor(os.cpu_count() or 1, "nnbuild") as threads:
            try:
                list(threads.map(self._train_group, groups.values()))
            except BaseException:
                self.cancel()  # before the threads are waited for
                raise

    def _train_group(self, requests: Sequence[Request]) -> None:
        try:
            outcomes = train_stack([request.member for request in requests], _Cancelling(self))
        except Cancelled:  # those who wait see it for themselves
            return
        except Exception as error:  # nobody's search fails because of it: each trains alone
            first = str(error).partition("\n")[0]
            what = f"{len(requests)} trainings could not be done together, and are done one by one"
            requests[0].warning = f"{what}: {first}"
            return
        for request, outcome in zip(requests, outcomes, strict=True):
            request.outcome = outcome


class _Cancelling:
    """Ends a training between epochs once it is cancelled."""

    def __init__(self, rendezvous: Rendezvous):
        self._rendezvous = rendezvous

    def start(self, n_epochs, n_steps):
        pass

    def step(self, epoch, step, loss):
        pass

    def stop(self):
        pass

    def epoch(self, epoch, logs):
        if self._rendezvous.is_cancelled:
            raise Cancelled


_here = threading.local()


def current() -> Rendezvous | None:
    """The rendezvous that this thread belongs to."""
    return getattr(_here, "rendezvous", None)


@contextmanager
def belonging(rendezvous: Rendezvous) -> Iterator[None]:
    """A context in which this thread belongs to a rendezvous, as one that is busy."""
    before = current()
    _here.rendezvous = rendezvous
    try:
        yield
    finally:
        _here.rendezvous = before
