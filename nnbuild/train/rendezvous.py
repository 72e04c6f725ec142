"""Meeting of the fits of several threads: each fit waits until no other can join, then all are trained in groups."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from nnbuild.report.units import counted
from nnbuild.train.common.course import Outcome
from nnbuild.train.common.epochs import EpochHooks, Hooks
from nnbuild.train.executor import Callbacks, Choice, Executor, Fit, Group, MeetingResult
from nnbuild.train.fits_progress import FitsListener, FitsProgress, Round


class Cancelled(BaseException):
    """Raised in threads after a cancellation. Not an `Exception`, so that `except Exception` does not catch it."""


@dataclass(eq=False)
class Waiting:
    """Fit that waits in a meeting, and its outcomes afterwards.

    Attributes
    ----------
    fit : Fit
    choice : Choice
        Engine of the fit; it may be changed when the fit is grouped with others.
    hooks : sequence of sequence of EpochHooks
        Hooks of each member.
    shows_progress : bool
        Whether progress was requested.
    outcomes : list of Outcome
        Outcome of each member; empty if the fit must be trained alone.
    warning : str
        Message of a warning to raise in the waiting thread, whose warning filters apply only there.
    is_done : bool
        Whether the wait has ended.
    """

    fit: Fit
    choice: Choice
    hooks: Hooks = ()
    shows_progress: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    warning: str = ""
    is_done: bool = False

    @property
    def n_epochs(self) -> int:
        """Maximum number of epochs of all members."""
        return len(self.fit.members) * self.fit.n_epochs


class Rendezvous:
    """Meeting of threads that train fits.

    A thread is *busy* as long as it may still start a fit. A thread that waits for its fit, or for threads that it has
    started, is not busy. When no thread is busy, the waiting fits are trained: some together, others alone.

    Parameters
    ----------
    listener : FitsListener, optional
        Object that receives the progress of the fits. By default the first fit with progress creates one.
    executor : Executor, optional
        Trains the fits.

    Attributes
    ----------
    executor : Executor
    is_cancelled : bool
        Whether the results are not needed.
    n_ahead : int
        Number of submitted tasks that have not begun.
    n_trained : int
        Number of members trained together so far.
    """

    def __init__(self, listener: FitsListener | None = None, executor: Executor | None = None) -> None:
        self.executor = executor or Executor()
        self._condition = threading.Condition()
        self._n_busy = 0
        self._waiting: list[Waiting] = []
        self.is_cancelled = False
        self._separate = threading.Semaphore(os.cpu_count() or 1)
        self._listener = listener
        self.n_ahead = 0
        self.n_trained = 0
        self._programs: set[str] = set()

    @property
    def n_programs(self) -> int:
        """Number of programs used so far."""
        return len(self._programs)

    def start(self) -> None:
        """Register a busy thread."""
        with self._condition:
            self._n_busy += 1

    def end(self) -> None:
        """Unregister a busy thread at its end."""
        self._end_busy()

    @contextmanager
    def not_busy(self) -> Iterator[None]:
        """Count this thread as not busy inside the context, where it waits for others."""
        self._end_busy()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def separate(self, n_epochs: int) -> Iterator[OneFit]:
        """Return a context for the training of one network; at most one per processor is active at a time.

        The value of the context is the progress listener, which also ends the training after a cancellation.
        """
        started = time.perf_counter()
        with self._separate:
            add_wait(time.perf_counter() - started)
            self.check()
            yield OneFit(self, n_epochs)

    def train(self, fit: Fit, choice: Choice, hooks: Hooks = (), shows_progress: bool = False) -> MeetingResult:
        """Wait until no other fit can join, and until this fit is trained if it is stacked.

        Parameters
        ----------
        fit : Fit
        choice : Choice
            Engine of the fit; other fits may change it.
        hooks : sequence of sequence of EpochHooks
            Hooks of each member.
        shows_progress : bool, default=False
            Whether progress was requested.
        """
        waiting = Waiting(fit, choice, hooks, shows_progress)
        started = time.perf_counter()
        with self._condition:
            self._waiting.append(waiting)
        self._end_busy()
        with self._condition:
            while not (waiting.is_done or self.is_cancelled):
                self._condition.wait()
        if self.is_cancelled and not waiting.outcomes:
            raise Cancelled
        share_s = sum(outcome.history.elapsed_s for outcome in waiting.outcomes)
        add_wait(time.perf_counter() - started - share_s)
        if waiting.warning:
            warnings.warn(waiting.warning, RuntimeWarning, stacklevel=2)
        return MeetingResult(waiting.choice, tuple(waiting.outcomes))

    def cancel(self) -> None:
        """End all threads that wait or train."""
        with self._condition:
            self.is_cancelled = True
            self._waiting.clear()
            self._condition.notify_all()

    def check(self) -> None:
        """Raise `Cancelled` after a cancellation."""
        if self.is_cancelled:
            raise Cancelled

    def close(self) -> None:
        """End the progress after the last fit."""
        if self._listener:
            self._listener.close()

    def ended(self, n_epochs: int) -> None:
        """Report a number of finished epochs."""
        if self._listener:
            self._listener.epochs(n_epochs)

    def _end_busy(self) -> None:
        """Unregister one busy thread; the last busy thread trains the waiting fits."""
        while waiting := self._next_round():
            try:
                self._train_all(waiting)
            except BaseException:
                self.cancel()
                raise

    def _next_round(self) -> list[Waiting]:
        """Unregister one busy thread. If it was the last, return the waiting fits, and register it again."""
        with self._condition:
            self._n_busy -= 1
            if self._n_busy or self.is_cancelled:
                return []
            waiting, self._waiting = self._waiting, []
            self._n_busy += bool(waiting)
            return waiting

    def _train_all(self, waiting: Sequence[Waiting]) -> None:
        of_fit = {fit.fit: fit for fit in waiting}
        groups = self._groups(of_fit)
        stacked = [fit for fit in waiting if fit.choice.is_stacked]
        self.n_trained += sum(len(fit.fit.members) for fit in stacked)
        self._report(waiting, len(groups))
        self._release(fit for fit in waiting if not fit.choice.is_stacked)
        n_threads = os.cpu_count() or 1
        train = partial(self._train_group, of_fit, n_threads=max(1, n_threads // max(1, len(groups))))
        with ThreadPoolExecutor(n_threads, "nnbuild") as threads:
            try:
                list(threads.map(train, groups))
            except BaseException:
                self.cancel()  # before waiting for the threads
                raise

    def _groups(self, of_fit: Mapping[Fit, Waiting]) -> list[Group]:
        """Return the stacked groups; the other fits are marked to be trained alone."""
        groups = self.executor.groups([fit for fit, waiting in of_fit.items() if waiting.choice.is_stacked])
        for group in groups:
            for fit in group.fits:
                of_fit[fit].choice = group.choice
        stacked = [group for group in groups if group.choice.is_stacked]
        self._programs |= {group.program for group in stacked}
        return stacked

    def _report(self, waiting: Sequence[Waiting], n_programs: int) -> None:
        if self._listener is None and any(fit.shows_progress for fit in waiting):
            self._listener = FitsProgress()
        if self._listener is None:
            return
        separate = Counter(fit.choice.reason for fit in waiting if not fit.choice.is_stacked)
        n_epochs = sum(fit.n_epochs for fit in waiting)
        n_fits = len(waiting) - separate.total()
        self._listener.meet(Round(n_fits, n_programs, self.n_programs, separate, n_epochs, self.n_ahead))

    def _release(self, waiting: Iterable[Waiting]) -> None:
        """Let the threads of these fits continue."""
        with self._condition:
            for fit in waiting:
                fit.is_done = True
                self._n_busy += 1
            self._condition.notify_all()

    def _train_group(self, of_fit: Mapping[Fit, Waiting], group: Group, n_threads: int) -> None:
        waiting = [of_fit[fit] for fit in group.fits]
        counts = [OneFit(self, fit.n_epochs) for fit in waiting]
        hooks = [one for fit, count in zip(waiting, counts, strict=True) for one in _with_count(fit, count)]
        try:
            self.check()  # the fits may have been cancelled while this group waited for a thread
            outcomes = iter(self.executor.train(group, hooks, _Cancelling(self), n_threads))
            for fit, count in zip(waiting, counts, strict=True):
                fit.outcomes = list(islice(outcomes, len(fit.fit.members)))
                count.stop()
        except Cancelled:  # raised again in the waiting threads
            pass
        except Exception as error:  # the search continues: each fit is trained alone
            first = str(error).partition("\n")[0]
            what = f"{counted(len(group.members), 'training')} could not be stacked and are done one by one"
            waiting[0].warning = f"{what}: {first}"
            for fit, count in zip(waiting, counts, strict=True):
                fit.choice = Choice(False, first)
                count.restart()
        self._release(waiting)


class _Cancelling:
    """Listener that ends a training after a cancellation."""

    def __init__(self, rendezvous: Rendezvous):
        self._rendezvous = rendezvous

    def start(self, n_epochs, n_steps):
        self._rendezvous.check()

    def step(self, epoch, step, loss):
        self._rendezvous.check()

    def stop(self):
        pass

    def epoch(self, epoch, logs):
        self._rendezvous.check()


class OneFit(_Cancelling):
    """Share of one fit in the progress of all fits. At its end, epochs that it did not need are counted as finished."""

    def __init__(self, rendezvous: Rendezvous, n_epochs: int):
        super().__init__(rendezvous)
        self._n_epochs = self._n_left = n_epochs

    def epoch(self, epoch, logs):
        self.count()
        self._rendezvous.check()

    def count(self) -> None:
        """Count one finished epoch."""
        self._n_left -= 1
        self._rendezvous.ended(1)

    def stop(self):
        self._rendezvous.ended(self._n_left)
        self._n_left = 0

    def restart(self) -> None:
        """Subtract the finished epochs of this fit, whose results are lost, from the progress."""
        self._rendezvous.ended(self._n_left - self._n_epochs)
        self._n_left = self._n_epochs


def _with_count(fit: Waiting, count: OneFit) -> Iterator[list[EpochHooks]]:
    """Yield the hooks of each member, and a hook that counts its epochs."""
    counting = EpochHooks(lambda epoch: None, lambda epoch, weights: count.count())
    for hooks in fit.hooks or [()] * len(fit.fit.members):
        yield [*hooks, counting]


_thread = threading.local()


def train_fit(fit: Fit, callbacks: Callbacks) -> list[Outcome]:
    """Train a fit in the meeting of this thread, if there is one, and return the outcome of each member."""
    meeting = current()
    return (meeting.executor if meeting else Executor()).run(fit, callbacks, meeting)


def current() -> Rendezvous | None:
    """Return the rendezvous of this thread, or None."""
    return getattr(_thread, "rendezvous", None)


@contextmanager
def joined(rendezvous: Rendezvous) -> Iterator[None]:
    """Return a context in which this thread belongs to a rendezvous."""
    before = current()
    _thread.rendezvous = rendezvous
    try:
        yield
    finally:
        _thread.rendezvous = before


def add_wait(seconds: float) -> None:
    """Add to the time that this thread has waited for other fits, or for its own fit to begin."""
    _thread.waited_s = waited_s() + seconds


def waited_s() -> float:
    """Return the seconds that this thread has waited, without its share of the time of training together."""
    return getattr(_thread, "waited_s", 0.0)
