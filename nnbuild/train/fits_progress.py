"""Progress of several simultaneous fits, in one line."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TextIO

from rich.progress import Progress

from nnbuild.report.units import counted
from nnbuild.train.common.progress import bar_on

SECONDS_BETWEEN_LINES = 30  # if the stream is not a terminal


class _Fits:
    """Numbers of fits, with a summary."""

    n_fits: int
    n_programs: int
    separate: Mapping[str, int]

    @property
    def n_separate(self) -> int:
        """Number of fits that are trained one by one."""
        return sum(self.separate.values())

    def summary(self) -> str:
        """Return the numbers of fits that are trained in programs and one by one, as text.

        Examples
        --------
        >>> Round(48, 2, 2, {"layers of type LSTM": 1}).summary()
        '48 fits in 2 programs, 1 fit one by one'
        """
        stacked = f"{counted(self.n_fits, 'fit')} in {counted(self.n_programs, 'program')}" if self.n_fits else ""
        separate = f"{counted(self.n_separate, 'fit')} one by one" if self.n_separate else ""
        return ", ".join(filter(None, (stacked, separate)))


@dataclass(frozen=True)
class Round(_Fits):
    """Fits that begin at the same time.

    Attributes
    ----------
    n_fits : int
        Number of fits that are trained together.
    n_programs : int
        Number of compiled programs for these fits.
    n_so_far : int
        Number of programs of this round and all earlier rounds.
    separate : mapping of str to int
        Number of fits that are trained one by one, by reason.
    n_epochs : int
        Maximum number of epochs, summed over all fits.
    n_ahead : int
        Known number of later fits.
    """

    n_fits: int
    n_programs: int
    n_so_far: int
    separate: Mapping[str, int] = field(default_factory=dict)
    n_epochs: int = 0
    n_ahead: int = 0

    def reasons(self) -> list[str]:
        """Return the reasons why fits are trained one by one, the most frequent first.

        Examples
        --------
        >>> Round(0, 0, 0, {"loss Dice": 1, "layers of type LSTM": 3}).reasons()
        ['3 fits one by one: layers of type LSTM', '1 fit one by one: loss Dice']
        """
        return [f"{counted(n, 'fit')} one by one: {reason}" for reason, n in Counter(self.separate).most_common()]


class FitsListener(Protocol):
    """Receiver of the progress of simultaneous fits, called from several threads."""

    def meet(self, this: Round) -> None:
        """Fits of a round begin."""

    def epochs(self, n: int) -> None:
        """`n` epochs have ended; negative if fits start again."""

    def close(self) -> None:
        """All fits have ended."""


class Tally(_Fits):
    """Fits and epochs of all rounds so far."""

    def __init__(self) -> None:
        self.n_fits = self.n_programs = self.n_ahead = 0
        self.separate: Counter[str] = Counter()
        self.n_epochs = self.n_done = 0

    def meet(self, this: Round) -> None:
        """Add the fits of a round."""
        self.n_fits += this.n_fits
        self.separate.update(this.separate)
        self.n_programs, self.n_ahead = this.n_so_far, this.n_ahead
        self.n_epochs += this.n_epochs

    @property
    def n_epochs_in_all(self) -> int:
        """Number of epochs of the fits so far, plus their average for each later fit."""
        met = self.n_fits + self.n_separate
        return self.n_epochs + round(self.n_epochs * self.n_ahead / max(met, 1))

    def epochs_text(self) -> str:
        """Return the number of finished epochs, as text."""
        return f"epoch {self.n_done}/{self.n_epochs_in_all}"


class FitsProgress:
    """Progress bar for all fits of a parallel call. If the stream is not a terminal, lines are printed at intervals.

    Parameters
    ----------
    stream : text stream, optional
        Output of the bar; standard error by default.
    """

    def __init__(self, stream: TextIO | None = None):
        self._stream = sys.stderr if stream is None else stream
        self._lock = threading.Lock()
        self._tally = Tally()
        self._bar = self._new_bar() if self._stream.isatty() else None
        self._started = self._last_line = time.perf_counter()
        self._printed: set[str] = set()

    def meet(self, this: Round) -> None:
        with self._lock:
            self._tally.meet(this)
            for line in this.reasons():
                self._print_once(line)
            if not self._bar:
                self._print_once(this.summary())
            self._show()
            if self._bar:
                self._bar.start()  # without effect after the first call
                self._bar.refresh()

    def epochs(self, n: int) -> None:
        with self._lock:
            self._tally.n_done += n
            self._show()

    def close(self) -> None:
        with self._lock:
            if self._bar:
                self._bar.stop()

    def _new_bar(self) -> Progress:
        bar = bar_on(self._stream, "epoch {task.completed:.0f}/{task.total:.0f}")
        bar.add_task("", total=0)
        return bar

    def _show(self) -> None:
        tally = self._tally
        if self._bar:
            (task,) = self._bar.task_ids
            self._bar.update(task, description=tally.summary(), total=tally.n_epochs_in_all, completed=tally.n_done)
        elif time.perf_counter() - self._last_line > SECONDS_BETWEEN_LINES:
            self._print(tally.epochs_text() + self._time_left())

    def _time_left(self) -> str:
        done, in_all = self._tally.n_done, self._tally.n_epochs_in_all
        if not done:
            return ""
        left_s = (time.perf_counter() - self._started) * (in_all - done) / done
        return f", {timedelta(seconds=round(left_s))} left"

    def _print_once(self, line: str) -> None:
        if line not in self._printed:
            self._printed.add(line)
            self._print(line)

    def _print(self, line: str) -> None:
        self._last_line = time.perf_counter()
        if self._bar:
            self._bar.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=self._stream, flush=True)
