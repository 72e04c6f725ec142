"""Where trainings that run in threads side by side meet, to be done together."""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from nnbuild.report.units import counted
from nnbuild.train.engines import REASONS, stacking_pays
from nnbuild.train.epochs import EpochHooks
from nnbuild.train.fits_progress import FitsListener, FitsProgress, Round
from nnbuild.train.member import Member, Outcome
from nnbuild.train.stack import form_key, train_stack


class Cancelled(BaseException):
    """Raised in threads whose work nobody waits for any more; no `Exception`, so that nothing takes it for a result."""


@dataclass(eq=False)
class Waiting:
    """A fit that waits, and then its outcome.

    Attributes
    ----------
    members : sequence of Member
        All of one form; none for a fit that trains alone.
    reason : str
        Why it does.
    must_compile : bool
        Whether they are a stack however short they are.
    n_epochs : int
        Most epochs that it may take, those of all its members.
    is_told : bool
        Whether its progress was asked for.
    outcomes : list of Outcome
        Of each member; none where it has to train alone.
    warning : str
        What to tell in the thread that waits: warnings of another one pass by its filters.
    is_done : bool
        Whether it waits no longer.
    """

    members: Sequence[Member]
    reason: str = ""
    must_compile: bool = False
    n_epochs: int = 0
    is_told: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    warning: str = ""
    is_done: bool = False


class Rendezvous:
    """Threads that train, and what they have brought.

    A thread is *busy* as long as it may yet bring a fit; those that wait for theirs, or for threads that they
    have started, are not. Once nobody is busy, the fits that are there begin: some together, others alone.

    Parameters
    ----------
    listener : FitsListener, optional
        Is told how the fits go; by default whoever asks for progress makes one.

    Attributes
    ----------
    is_cancelled : bool
        Whether nobody waits for results any more.
    n_ahead : int
        Tasks that have not begun, as far as whoever starts them knows.
    n_trained : int
        Members that were trained together so far.
    """

    def __init__(self, listener: FitsListener | None = None) -> None:
        self._condition = threading.Condition()
        self._n_busy = 0
        self._waiting: list[Waiting] = []
        self.is_cancelled = False
        self._alone = threading.Semaphore(os.cpu_count() or 1)
        self._listener = listener
        self.n_ahead = 0
        self.n_trained = 0
        self._forms: set[str] = set()

    @property
    def n_programs(self) -> int:
        """Programs that have trained them."""
        return len(self._forms)

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
        """A context for a training of one's own: not more of them at a time than the machine has processors.

        It gives the listener for its progress, which also ends it once it is cancelled.
        """
        started = time.perf_counter()
        with self._alone:
            add_wait(time.perf_counter() - started)
            self.check()
            yield OneFit(self, n_epochs)

    def train(self, fit: Waiting) -> list[Outcome]:
        """Wait until nobody can join any more, and for the training; no outcomes for who is to train alone, now."""
        started = time.perf_counter()
        with self._condition:
            self._waiting.append(fit)
        self._rest()
        with self._condition:
            while not (fit.is_done or self.is_cancelled):
                self._condition.wait()
        if self.is_cancelled and not fit.outcomes:
            raise Cancelled
        share_s = sum(outcome.history.elapsed_s for outcome in fit.outcomes)
        add_wait(time.perf_counter() - started - share_s)
        if fit.warning:
            warnings.warn(fit.warning, RuntimeWarning, stacklevel=2)
        return fit.outcomes

    def cancel(self) -> None:
        """Let every thread that waits or trains end."""
        with self._condition:
            self.is_cancelled = True
            self._waiting.clear()
            self._condition.notify_all()

    def check(self) -> None:
        """Raise `Cancelled` once nobody waits for results any more."""
        if self.is_cancelled:
            raise Cancelled

    def close(self) -> None:
        """Nothing will be trained any more."""
        if self._listener:
            self._listener.close()

    def ended(self, n_epochs: int) -> None:
        """So many epochs of fits are over."""
        if self._listener:
            self._listener.epochs(n_epochs)

    def _rest(self) -> None:
        """One thread less is busy; the last one trains what is there."""
        while waiting := self._next_round():
            try:
                self._train_all(waiting)
            except BaseException:
                self.cancel()
                raise

    def _next_round(self) -> list[Waiting]:
        """One thread less is busy; what is there, if it was the last one: that one then is busy with the training."""
        with self._condition:
            self._n_busy -= 1
            if self._n_busy or self.is_cancelled:
                return []
            waiting, self._waiting = self._waiting, []
            self._n_busy += bool(waiting)
            return waiting

    def _train_all(self, waiting: Sequence[Waiting]) -> None:
        groups = _groups(waiting)
        self._forms |= groups.keys()
        self.n_trained += sum(len(fit.members) for fit in waiting)
        self._tell(waiting, len(groups))
        self._release(fit for fit in waiting if not fit.members)
        n_threads = os.cpu_count() or 1
        train = partial(self._train_group, n_threads=max(1, n_threads // max(1, len(groups))))
        with ThreadPoolExecutor(n_threads, "nnbuild") as threads:
            try:
                list(threads.map(train, groups.values()))
            except BaseException:
                self.cancel()  # before the threads are waited for
                raise

    def _tell(self, waiting: Sequence[Waiting], n_programs: int) -> None:
        if self._listener is None and any(fit.is_told for fit in waiting):
            self._listener = FitsProgress()
        if self._listener is None:
            return
        alone = Counter(fit.reason for fit in waiting if not fit.members)
        n_epochs = sum(fit.n_epochs for fit in waiting)
        n_fits = len(waiting) - alone.total()
        self._listener.meet(Round(n_fits, n_programs, self.n_programs, alone, n_epochs, self.n_ahead))

    def _release(self, waiting: Iterable[Waiting]) -> None:
        """They wait no longer."""
        with self._condition:
            for fit in waiting:
                fit.is_done = True
                self._n_busy += 1
            self._condition.notify_all()

    def _train_group(self, waiting: Sequence[Waiting], n_threads: int) -> None:
        counts = [OneFit(self, fit.n_epochs) for fit in waiting]
        members = [_counted(m, count) for fit, count in zip(waiting, counts, strict=True) for m in fit.members]
        try:
            self.check()  # a group that has waited for a thread need not begin
            left = iter(train_stack(members, _Cancelling(self), n_threads))
            for fit, count in zip(waiting, counts, strict=True):
                fit.outcomes = list(islice(left, len(fit.members)))
                count.stop()
        except Cancelled:  # those who wait see it for themselves
            pass
        except Exception as error:  # nobody's search fails because of it: each trains alone
            first = str(error).partition("\n")[0]
            what = f"{counted(len(members), 'training')} could not be done together and train one by one"
            waiting[0].warning = f"{what}: {first}"
            for count in counts:
                count.begin_anew()
        self._release(waiting)


def _groups(waiting: Iterable[Waiting]) -> dict[str, list[Waiting]]:
    """Fits that train together, by their form; those of a form that are too short for it are to train alone."""
    groups: dict[str, list[Waiting]] = {}
    for fit in waiting:
        if fit.members:
            groups.setdefault(form_key(fit.members[0]), []).append(fit)
    for key, fits in list(groups.items()):
        members = [member for fit in fits for member in fit.members]
        if not (any(fit.must_compile for fit in fits) or stacking_pays(members)):
            del groups[key]
            for fit in fits:
                fit.members, fit.reason = (), REASONS["short"]
    return groups


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
    """What one fit adds to the progress of all: epochs that it does not need count as done at its end."""

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
        """What was done is lost."""
        self._rendezvous.ended(self._n_left - self._n_epochs)
        self._n_left = self._n_epochs


def _counted(member: Member, count: OneFit) -> Member:
    """A member whose epochs are counted."""
    counting = EpochHooks(lambda epoch: None, lambda epoch, weights: count.count())
    return replace(member, hooks=(*member.hooks, counting))


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


def add_wait(seconds: float) -> None:
    """This thread has waited for others: for fits that train beside its own, and until its own could begin."""
    _here.waited_s = waited_s() + seconds


def waited_s() -> float:
    """Seconds that this thread has waited for others; its own share of what was done together is not among them."""
    return getattr(_here, "waited_s", 0.0)
