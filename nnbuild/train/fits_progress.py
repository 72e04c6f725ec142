"""Progress of many fits at a time, as one line."""

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

SECONDS_BETWEEN_LINES = 30  # where there is no terminal


@dataclass(frozen=True)
class Round:
    """Fits that begin at one time.

    Attributes
    ----------
    n_fits : int
        Those that train together.
    n_programs : int
        Compiled programs that train them.
    n_so_far : int
        Programs of this round and all before.
    alone : mapping of str to int
        How many train one by one, by the reason.
    n_epochs : int
        Most epochs of all of them.
    n_ahead : int
        Fits that are known to come.
    """

    n_fits: int
    n_programs: int
    n_so_far: int
    alone: Mapping[str, int] = field(default_factory=dict)
    n_epochs: int = 0
    n_ahead: int = 0

    @property
    def n_alone(self) -> int:
        """Fits that train one by one."""
        return sum(self.alone.values())

    def summary(self) -> str:
        """How many fits train in how many programs, and how many one by one.

        Examples
        --------
        >>> Round(48, 2, 2, {"layers of type LSTM": 1}).summary()
        '48 fits in 2 programs, 1 fit one by one'
        """
        return told_fits(self.n_fits, self.n_programs, self.n_alone)

    def reasons(self) -> list[str]:
        """Why fits train one by one, the most frequent reason first.

        Examples
        --------
        >>> Round(0, 0, 0, {"loss Dice": 1, "layers of type LSTM": 3}).reasons()
        ['3 fits one by one: layers of type LSTM', '1 fit one by one: loss Dice']
        """
        return [f"{counted(n, 'fit')} one by one: {reason}" for reason, n in Counter(self.alone).most_common()]


class FitsListener(Protocol):
    """What is told of fits side by side, from several threads."""

    def meet(self, this: Round) -> None:
        """Fits begin."""

    def epochs(self, n: int) -> None:
        """So many epochs of fits are over; fewer than none where fits that were begun begin anew."""

    def close(self) -> None:
        """There are no more fits."""


class Tally:
    """Fits and epochs of all rounds so far."""

    def __init__(self) -> None:
        self.n_fits = self.n_alone = self.n_programs = self.n_ahead = 0
        self.n_epochs = self.n_done = 0

    def meet(self, this: Round) -> None:
        """Fits begin."""
        self.n_fits += this.n_fits
        self.n_alone += this.n_alone
        self.n_programs, self.n_ahead = this.n_so_far, this.n_ahead
        self.n_epochs += this.n_epochs

    @property
    def n_epochs_in_all(self) -> int:
        """Epochs of the fits so far, and as many for each of those to come."""
        met = self.n_fits + self.n_alone
        return self.n_epochs + round(self.n_epochs * self.n_ahead / max(met, 1))

    def summary(self) -> str:
        """How many fits train in how many programs, and how many one by one."""
        return told_fits(self.n_fits, self.n_programs, self.n_alone)

    def told_epochs(self) -> str:
        """How many epochs are over."""
        return f"epoch {self.n_done}/{self.n_epochs_in_all}"


def told_fits(n_fits: int, n_programs: int, n_alone: int) -> str:
    """How many fits train in how many programs, and how many one by one."""
    together = f"{counted(n_fits, 'fit')} in {counted(n_programs, 'program')}" if n_fits else ""
    alone = f"{counted(n_alone, 'fit')} one by one" if n_alone else ""
    return ", ".join(filter(None, (together, alone)))


class FitsProgress:
    """A bar with all fits of a parallel call; plain lines now and then where its stream is no terminal.

    Parameters
    ----------
    stream : text stream, optional
        Where to draw; standard error by default.
    """

    def __init__(self, stream: TextIO | None = None):
        self._stream = sys.stderr if stream is None else stream
        self._lock = threading.Lock()
        self._tally = Tally()
        self._bar = self._new_bar() if self._stream.isatty() else None
        self._started = self._last_line = time.perf_counter()
        self._said: set[str] = set()

    def meet(self, this: Round) -> None:
        with self._lock:
            self._tally.meet(this)
            for line in this.reasons():
                self._say_once(line)
            if not self._bar:
                self._say_once(this.summary())
            self._show()
            if self._bar:
                self._bar.start()  # once
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
            self._say(tally.told_epochs() + self._told_left())

    def _told_left(self) -> str:
        done, in_all = self._tally.n_done, self._tally.n_epochs_in_all
        if not done:
            return ""
        left_s = (time.perf_counter() - self._started) * (in_all - done) / done
        return f", {timedelta(seconds=round(left_s))} left"

    def _say_once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._say(line)

    def _say(self, line: str) -> None:
        self._last_line = time.perf_counter()
        if self._bar:
            self._bar.console.print(line, highlight=False, markup=False)
        else:
            print(line, file=self._stream, flush=True)
