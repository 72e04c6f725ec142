"""Journal of a search: a file with one line per fit, from which an interrupted search continues."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from nnbuild.files.writing import NotWritten, write_file
from nnbuild.language.values import canonical
from nnbuild.runs.search.identity import differences, has_former_data
from nnbuild.runs.search.journal_file import (
    FINISHED,
    JournalEntry,
    JournalError,
    batch_lines,
    check_continued,
    read_journal,
)


class TimeBudgetEnded(Exception):
    """Raised by `Journal.begin` after the time budget of a search."""


class Journal:
    """Finished fits of a search, written to a file whenever no fit is running.

    The file therefore contains whole batches of fits. A search that continues from it trains the same stacks as a
    search without interruption.

    Parameters
    ----------
    path : Path
    about : mapping of str to JSON value
        Identity of the search, in the first line.
    resume : bool
        Whether to continue from the fits in the file.
    on_fit : callable, optional
        Called with each fit, and whether it is new.
    deadline_s : float, default=inf
        Time of `time.perf_counter`, after which no batch of fits begins, except the first.

    Attributes
    ----------
    is_former : bool
        Whether the journal is of an earlier version, whose fingerprint of the data can't be compared.
    unread : tuple of int
        Numbers of the lines without a fit: damaged ones, and those of another search.

    Raises
    ------
    JournalError
        If the file can't be written, contains fits of another search, or of an incomplete search without `resume`.
    """

    def __init__(
        self,
        path: Path,
        about: Mapping,
        resume: bool,
        on_fit: Callable[[JournalEntry, bool], None] = lambda fit, is_new: None,
        deadline_s: float = math.inf,
    ):
        self._lock = threading.Condition()
        self._n_running, self._is_closed = 0, False
        self._unwritten: list[JournalEntry] = []
        self._deadline_s, self._is_first_batch = deadline_s, True
        self._on_fit = on_fit
        kept = read_journal(path)
        check_continued(path, kept, resume)
        self.is_former = resume and bool(kept.about) and has_former_data(kept.about, about)
        if resume and kept.about:
            _check_identity(path, {**kept.about, "data": about["data"]} if self.is_former else kept.about, about)
        fits = kept.fits if resume else ()
        self._fits = {fit.key: fit for fit in fits}
        self.unread = kept.unread if resume else ()  # numbers of lines
        self._file = _rewritten(path, [json.dumps(dict(about)), *batch_lines(fits)])

    # No __len__: if a journal had as many fits as the data has rows, scikit-learn would split it with the rows.
    @property
    def fits(self) -> list[JournalEntry]:
        """All finished fits, in the order in which they ended."""
        with self._lock:
            return list(self._fits.values())

    def find(self, params: dict, fold: int) -> JournalEntry | None:
        """Return the fit of a candidate on a fold, or None."""
        with self._lock:
            fit = self._fits.get((canonical(params), fold))
            if fit:
                self._on_fit(fit, False)
            return fit

    def begin(self) -> None:
        """Count a fit as running, so that `close` waits for it.

        Raises
        ------
        TimeBudgetEnded
            If the fit is the first of a batch, after the deadline.
        """
        with self._lock:
            if self._is_closed:
                raise JournalError("the search was stopped")
            if not self._n_running and not self._is_first_batch and time.perf_counter() >= self._deadline_s:
                raise TimeBudgetEnded
            self._is_first_batch = False
            self._n_running += 1

    def add(self, fit: JournalEntry) -> None:
        """Add a finished fit."""
        with self._lock:
            self._fits[fit.key] = fit
            self._unwritten.append(fit)
            self._on_fit(fit, True)

    def end(self) -> None:
        """Count a fit as ended, with or without a result. Write the batch if no fit is running."""
        with self._lock:
            self._n_running -= 1
            self._lock.notify_all()
            if not self._n_running:
                self._write_batch()

    def finish(self) -> None:
        """Mark the search as complete."""
        with self._lock:
            self._write([json.dumps(FINISHED)])

    def close(self, on_wait: Callable[[int], None] = lambda n_running: None) -> None:
        """Wait for the fits in other threads, and close the file. No fit can begin after that.

        Parameters
        ----------
        on_wait : callable, optional
            Called with the number of running fits, if there are any.
        """
        with self._lock:
            self._is_closed = True
            if self._n_running:
                on_wait(self._n_running)
            self._lock.wait_for(lambda: not self._n_running)
            self._file.close()

    def _write_batch(self) -> None:
        fits, self._unwritten = self._unwritten, []
        self._write(batch_lines(fits))

    def _write(self, lines: list[str]) -> None:
        try:
            self._file.write("".join(f"{line}\n" for line in lines))
            self._file.flush()
        except OSError as error:
            raise JournalError(f"{self._file.name}: can't be written: {error.strerror}") from None


def _check_identity(path: Path, kept: Mapping, about: Mapping) -> None:
    """Raise a `JournalError` for the journal of another search."""
    if found := differences(kept, about):
        raise JournalError(
            f"{path}: contains fits of another search: {'; '.join(found)}\n"
            "  hint: use the same options as before, or choose another file with --results"
        )


def _rewritten(path: Path, lines: list[str]) -> TextIO:
    """Replace the file, and what remains of an interrupted write, by these lines; return it open for appending."""
    try:
        write_file(path, "".join(f"{line}\n" for line in lines))
        return path.open("a", encoding="utf-8")
    except NotWritten as error:
        raise JournalError(str(error)) from None
    except OSError as error:
        raise JournalError(f"{path}: can't be written: {error.strerror}") from None
