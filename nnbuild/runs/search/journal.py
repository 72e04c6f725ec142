"""Journal of a search: a file with one line per fit, from which an interrupted search continues."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import NoneType
from typing import TextIO

from nnbuild.errors import NNBuildError
from nnbuild.files.writing import NotWritten, write_file
from nnbuild.language.values import canonical
from nnbuild.runs.search.identity import differences, has_former_data


class JournalError(NNBuildError, ValueError):
    """Error of a journal that can't be written, or from which the search can't continue."""


@dataclass(frozen=True)
class JournalEntry:
    """One fit of a search: a candidate on a fold.

    Attributes
    ----------
    params : dict
        The candidate: JSON values by address.
    fold : int
    score : float
        Score on the test fold; NaN if the fit failed.
    fit_s, score_s : float
        Seconds of training (the share of a stack's time) and of scoring.
    error : str, default=""
        Reason why the fit failed.
    train_score : float or None
        Score on training samples; None if the fit failed, or in a journal of an earlier version.
    """

    params: dict
    fold: int
    score: float
    fit_s: float
    score_s: float
    error: str = ""
    train_score: float | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Candidate and fold, as a key."""
        return canonical(self.params), self.fold

    def to_json(self) -> str:
        """Return one line of JSON, with NaN as in Python. `from_json` restores the same bits."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, values: Mapping) -> JournalEntry:
        """Return the fit of a line.

        Raises
        ------
        ValueError
            If the line contains none.
        """
        values = {"train_score": None, **values}  # missing in journals of the first version
        if values.keys() != _FIELDS.keys() or any(type(values[name]) not in kinds for name, kinds in _FIELDS.items()):
            raise ValueError("no fit")
        return cls(**{**values, "score": float(values["score"])})


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
    ):
        self._lock = threading.Condition()
        self._n_running, self._is_closed = 0, False
        self._unwritten: list[JournalEntry] = []
        self._on_fit = on_fit
        kept = read_journal(path)
        if not resume and kept.fits and not kept.is_finished:
            raise JournalError(
                f"{path}: contains {len(kept.fits)} fits of an unfinished search\n"
                "  hint: continue with --resume, or remove the file to start a new search"
            )
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
        """Count a fit as running, so that `close` waits for it."""
        with self._lock:
            if self._is_closed:
                raise JournalError("the search was stopped")
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


@dataclass(frozen=True)
class Kept:
    """Contents of a journal.

    Attributes
    ----------
    about : dict
        First line of the file; empty if there is no file.
    fits : tuple of JournalEntry
        Fits of whole batches, each candidate and fold once.
    is_finished : bool
        Whether the search is complete.
    unread : tuple of int
        Numbers, from 1, of lines that are damaged or of another search.
    """

    about: dict
    fits: tuple[JournalEntry, ...] = ()
    is_finished: bool = False
    unread: tuple[int, ...] = ()


def read_journal(path: Path) -> Kept:
    """Read a journal, without damaged lines and those of other searches.

    Incomplete lines and batches, which remain after a kill, are dropped too.

    Raises
    ------
    JournalError
        If the file can't be read, or its first line is not the identity of a search.
    """
    try:
        content = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise JournalError(f"{path}: can't be read: {error.strerror}") from None
    if not content:
        return Kept({})
    about, *lines = map(_value_of, content.split(b"\n")[:-1] or [content])
    if about is None or "recipe" not in about:
        has_fits = any(_fit_of(line, {}) for line in lines)
        found = "its first line, which identifies the search, is damaged" if has_fits else NO_JOURNAL
        raise JournalError(f"{path}: {found}\n  hint: remove the file to start a new search")
    fits, unread = _fits_of(lines, about)
    return Kept(about, tuple({fit.key: fit for fit in fits}.values()), lines[-1:] == [FINISHED], tuple(unread))


def _value_of(line: bytes) -> dict | None:
    """Return the JSON object of a line, or None for a damaged line."""
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _fits_of(lines: list[dict | None], about: Mapping) -> tuple[list[JournalEntry], list[int]]:
    """Return the fits of whole batches, and the numbers of the lines without a fit.

    A damaged line may be the end of a batch, so the fits before it are kept.
    """
    fits: list[JournalEntry] = []
    unread: list[int] = []
    n_whole, is_own = 0, True
    for number, line in enumerate(lines, 2):  # after the first line
        if line is not None and line.keys() == about.keys():
            is_own = line == about  # several journals in one file
        fit = _fit_of(line, about) if is_own else None
        if fit:
            fits.append(fit)
        else:
            n_whole = len(fits)
            unread += [] if line in (WHOLE, FINISHED, about) else [number]
    return fits[:n_whole], unread


def _fit_of(line: dict | None, about: Mapping) -> JournalEntry | None:
    """Return the fit of a line, or None if the line has no fit of this search."""
    try:
        fit = None if line is None else JournalEntry.from_json(line)
    except (ValueError, OverflowError):
        return None
    return fit if fit and 0 <= fit.fold < about.get("--cv", math.inf) else None


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


def batch_lines(fits: Sequence[JournalEntry]) -> list[str]:
    """Return the lines of a batch of fits."""
    return [*(fit.to_json() for fit in fits), json.dumps(WHOLE)] if fits else []


WHOLE = {"whole": True}  # line after a batch: its fits are kept only if all of them are written
FINISHED = {"finished": True}  # last line of a complete search
NO_JOURNAL = "is not the journal of a search"
_NUMBER = (int, float)
_FIELDS = {
    "params": (dict,), "fold": (int,), "score": _NUMBER, "fit_s": _NUMBER, "score_s": _NUMBER, "error": (str,),
    "train_score": (*_NUMBER, NoneType),
}  # fmt: skip
