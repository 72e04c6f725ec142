"""A meeting of fits that run in threads side by side: once all are there, they are trained in groups."""

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
    """Raised in threads whose results are not needed. No `Exception`, so that nothing takes it for a result."""


@dataclass(eq=False)
class Waiting:
    """A fit that waits, and then its outcomes.

    Attributes
    ----------
    fit : Fit
    choice : Choice
        Its engine; the others of its group may change it.
    hooks : sequence of sequence of EpochHooks
        Of each member.
    shows_progress : bool
        Whether its progress was asked for.
    outcomes : list of Outcome
        Of each member; none where it has to train alone.
    warning : str
        A message for the thread that waits: warnings of another thread pass by its filters.
    is_done : bool
        Whether it waits no longer.
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
        """Most epochs that it may take, those of all its members."""
        return len(self.fit.members) * self.fit.n_epochs


class Rendezvous:
    """Threads that train, and their fits.

    A thread is *busy* as long as it may yet bring a fit. A thread that waits for its fit, or for threads that it has
    started, is not busy. When no thread is busy, the fits that are there begin: some together, others alone.

    Parameters
    ----------
    listener : FitsListener, optional
        Gets the progress of the fits. By default the first fit with progress makes one.
    executor : Executor, optional
        Trains them.

    Attributes
    ----------
    executor : Executor
    is_cancelled : bool
        Whether the results are not needed.
    n_ahead : int
        Tasks that have not begun, as far as they were submitted.
    n_trained : int
        Members that were trained together so far.
    """

    def __init__(self, listener: FitsListener | None = None, executor: Executor | None = None) -> None:
        self.executor = executor or Executor()
        self._condition = threading.Condition()
        self._n_busy = 0
        self._waiting: list[Waiting] = []
        self.is_cancelled = False
        self._alone = threading.Semaphore(os.cpu_count() or 1)
        self._listener = listener
        self.n_ahead = 0
        self.n_trained = 0
        self._programs: set[str] = set()

    @property
    def n_programs(self) -> int:
        """Programs that have trained them."""
        return len(self._programs)

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
    def alone(self, n_epochs: int) -> Iterator[OneFit]:
        """A context for the training of one network: at most as many at a time as the machine has processors.

        It gives the listener for its progress, which also ends the training once it is cancelled.
        """
        started = time.perf_counter()
        with self._alone:
            add_wait(time.perf_counter() - started)
            self.check()
            yield OneFit(self, n_epochs)

    def train(self, fit: Fit, choice: Choice, hooks: Hooks = (), shows_progress: bool = False) -> MeetingResult:
        """Wait until no fit can join, and for the training of those that are stacked.

        Parameters
        ----------
        fit : Fit
        choice : Choice
            Its engine, as far as that depends on no other fit.
        hooks : sequence of sequence of EpochHooks
            Of each member.
        shows_progress : bool, default=False
            Whether its progress was asked for.
        """
        waiting = Waiting(fit, choice, hooks, shows_progress)
        started = time.perf_counter()
        with self._condition:
            self._waiting.append(waiting)
        self._rest()
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
        """Let every thread that waits or trains end."""
        with self._condition:
            self.is_cancelled = True
            self._waiting.clear()
            self._condition.notify_all()

    def check(self) -> None:
        """Raise `Cancelled` if the results are not needed."""
        if self.is_cancelled:
            raise Cancelled

    def close(self) -> None:
        """End the progress after the last fit."""
        if self._listener:
            self._listener.close()

    def ended(self, n_epochs: int) -> None:
        """Report that a number of epochs is over."""
        if self._listener:
            self._listener.epochs(n_epochs)

    def _rest(self) -> None:
        """Count one busy thread less; the last one trains the fits that are there."""
        while waiting := self._next_round():
            try:
                self._train_all(waiting)
            except BaseException:
                self.cancel()
                raise

    def _next_round(self) -> list[Waiting]:
        """Count one busy thread less; the fits that are there if it was the last one, which is then busy training."""
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
        together = [fit for fit in waiting if fit.choice.is_stacked]
        self.n_trained += sum(len(fit.fit.members) for fit in together)
        self._report(waiting, len(groups))
        self._release(fit for fit in waiting if not fit.choice.is_stacked)
        n_threads = os.cpu_count() or 1
        train = partial(self._train_group, of_fit, n_threads=max(1, n_threads // max(1, len(groups))))
        with ThreadPoolExecutor(n_threads, "nnbuild") as threads:
            try:
                list(threads.map(train, groups))
            except BaseException:
                self.cancel()  # before the threads are waited for
                raise

    def _groups(self, of_fit: Mapping[Fit, Waiting]) -> list[Group]:
        """Groups that are stacked; fits that could be stacked, but not in their group, are to train alone."""
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
        alone = Counter(fit.choice.reason for fit in waiting if not fit.choice.is_stacked)
        n_epochs = sum(fit.n_epochs for fit in waiting)
        n_fits = len(waiting) - alone.total()
        self._listener.meet(Round(n_fits, n_programs, self.n_programs, alone, n_epochs, self.n_ahead))

    def _release(self, waiting: Iterable[Waiting]) -> None:
        """Let these go on."""
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
            self.check()  # a group that has waited for a thread need not begin
            left = iter(self.executor.train(group, hooks, _Cancelling(self), n_threads))
            for fit, count in zip(waiting, counts, strict=True):
                fit.outcomes = list(islice(left, len(fit.fit.members)))
                count.stop()
        except Cancelled:  # the threads that wait raise it themselves
            pass
        except Exception as error:  # no search fails because of it: each trains alone
            first = str(error).partition("\n")[0]
            what = f"{counted(len(group.members), 'training')} could not be done together and train one by one"
            waiting[0].warning = f"{what}: {first}"
            for fit, count in zip(waiting, counts, strict=True):
                fit.choice = Choice(False, first)
                count.begin_anew()
        self._release(waiting)


class _Cancelling:
    """Ends a training as soon as it is cancelled."""

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
    """The share of one fit in the progress of all: epochs that it does not need count as done at its end."""

    def __init__(self, rendezvous: Rendezvous, n_epochs: int):
        super().__init__(rendezvous)
        self._n_epochs = self._n_left = n_epochs

    def epoch(self, epoch, logs):
        self.count()
        self._rendezvous.check()

    def count(self) -> None:
        """One epoch is over."""
        self._n_left -= 1
        self._rendezvous.ended(1)

    def stop(self):
        self._rendezvous.ended(self._n_left)
        self._n_left = 0

    def begin_anew(self) -> None:
        """Take back the epochs so far, which are lost."""
        self._rendezvous.ended(self._n_left - self._n_epochs)
        self._n_left = self._n_epochs


def _with_count(fit: Waiting, count: OneFit) -> Iterator[list[EpochHooks]]:
    """Hooks of each member, and one that counts its epochs."""
    counting = EpochHooks(lambda epoch: None, lambda epoch, weights: count.count())
    for hooks in fit.hooks or [()] * len(fit.fit.members):
        yield [*hooks, counting]


_here = threading.local()


def train_fit(fit: Fit, callbacks: Callbacks) -> list[Outcome]:
    """Train a fit beside those that meet where this thread belongs, or at once; the outcome of each member."""
    meeting = current()
    return (meeting.executor if meeting else Executor()).run(fit, callbacks, meeting)


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


def add_wait(seconds: float) -> None:
    """Add time that this thread has waited: for fits that train beside its own, and until its own could begin."""
    _here.waited_s = waited_s() + seconds


def waited_s() -> float:
    """Seconds that this thread has waited for others, without its own share of a training together."""
    return getattr(_here, "waited_s", 0.0)
