"""The journal of a search: a file with a line for each of its fits, from which an interrupted search continues."""

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
    """A journal that can't be written, or that this search can't continue from."""


@dataclass(frozen=True)
class Fit:
    """One fit of a search: a candidate on a fold.

    Attributes
    ----------
    params : dict
        The candidate: JSON values by address.
    fold : int
    score : float
        On the rows of the fold; NaN where the fit failed.
    fit_s, score_s : float
        Seconds to train, or its share of the time of a stack, and to score.
    error : str, default=""
        Why the fit failed.
    train_score : float or None
        On rows that it was trained on; None where the fit failed, or in a journal of an earlier version.
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
        """One line, from which `from_json` makes the same fit with the same bits; NaN is written as Python does."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, values: Mapping) -> Fit:
        """The fit in a line.

        Raises
        ------
        ValueError
            If there is none.
        """
        values = {"train_score": None, **values}  # which journals of the first version lack
        if values.keys() != _FIELDS.keys() or any(type(values[name]) not in kinds for name, kinds in _FIELDS.items()):
            raise ValueError("no fit")
        return cls(**{**values, "score": float(values["score"])})


class Journal:
    """The finished fits of a search, which are written to its file whenever no fit is running.

    A file thus holds whole batches of fits: a search that continues from it trains the same stacks as an undisturbed
    one.

    Parameters
    ----------
    path : Path
    about : mapping of str to JSON value
        Identity of the search, in the first line.
    resume : bool
        Whether to continue from the fits in the file.
    on_fit : callable, optional
        Is called with each fit, and whether it is new.

    Attributes
    ----------
    is_former : bool
        Whether the journal is of an earlier version, and its data can't be compared.
    unread : tuple of int
        Numbers of the lines that hold no fit: damaged ones, and those of another search.

    Raises
    ------
    JournalError
        If the file can't be written; holds fits of another search; or of one that was not finished, without `resume`.
    """

    def __init__(
        self, path: Path, about: Mapping, resume: bool, on_fit: Callable[[Fit, bool], None] = lambda fit, is_new: None
    ):
        self._lock = threading.Condition()
        self._n_running, self._is_closed = 0, False
        self._unwritten: list[Fit] = []
        self._on_fit = on_fit
        kept = read_journal(path)
        if not resume and kept.fits and not kept.is_finished:
            raise JournalError(
                f"{path}: holds {len(kept.fits)} fits of a search that was not finished\n"
                "  hint: go on with --resume, or remove the file to start anew"
            )
        self.is_former = resume and bool(kept.about) and has_former_data(kept.about, about)
        if resume and kept.about:
            _check_identity(path, {**kept.about, "data": about["data"]} if self.is_former else kept.about, about)
        fits = kept.fits if resume else ()
        self._fits = {fit.key: fit for fit in fits}
        self.unread = kept.unread if resume else ()  # numbers of lines
        self._file = _rewritten(path, [json.dumps(dict(about)), *batch_lines(fits)])

    # No length: scikit-learn would take a journal with as many fits as the data has rows for a value of each row.
    @property
    def fits(self) -> list[Fit]:
        """All fits so far, in the order in which they ended."""
        with self._lock:
            return list(self._fits.values())

    def find(self, params: dict, fold: int) -> Fit | None:
        """The fit of a candidate on a fold, if it is done."""
        with self._lock:
            fit = self._fits.get((canonical(params), fold))
            if fit:
                self._on_fit(fit, False)
            return fit

    def begin(self) -> None:
        """Count a fit as running, for `close` to wait for."""
        with self._lock:
            if self._is_closed:
                raise JournalError("the search was stopped")
            self._n_running += 1

    def add(self, fit: Fit) -> None:
        """Add a finished fit."""
        with self._lock:
            self._fits[fit.key] = fit
            self._unwritten.append(fit)
            self._on_fit(fit, True)

    def end(self) -> None:
        """Count a fit as ended, with a result or without; write the batch if it was the last one running."""
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
        """Close the file once the fits in other threads have ended; no more can begin.

        Parameters
        ----------
        on_wait : callable, optional
            Is called with their number, where there are any.
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
        Its first line; empty where there is no file.
    fits : tuple of Fit
        Of whole batches, each candidate and fold once.
    is_finished : bool
        Whether its search is complete.
    unread : tuple of int
        Numbers of the lines, from 1, that are damaged or of another search.
    """

    about: dict
    fits: tuple[Fit, ...] = ()
    is_finished: bool = False
    unread: tuple[int, ...] = ()


def read_journal(path: Path) -> Kept:
    """Contents of a journal, without damaged lines and those of other searches.

    A line that is cut off and fits of an incomplete batch, which a kill leaves behind, are dropped too.

    Raises
    ------
    JournalError
        If the file can't be read, or its first line, which identifies the search, is not that of a journal.
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
        found = "its first line, which names the search of its fits, is damaged" if has_fits else NO_JOURNAL
        raise JournalError(f"{path}: {found}\n  hint: remove the file to start anew")
    fits, unread = _fits_of(lines, about)
    return Kept(about, tuple({fit.key: fit for fit in fits}.values()), lines[-1:] == [FINISHED], tuple(unread))


def _value_of(line: bytes) -> dict | None:
    """The object of a line; None where it is damaged."""
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _fits_of(lines: list[dict | None], about: Mapping) -> tuple[list[Fit], list[int]]:
    """The fits of whole batches, and the numbers of the lines that hold none.

    A damaged line may have been the end of a batch: the fits before it count.
    """
    fits: list[Fit] = []
    unread: list[int] = []
    n_whole, is_own = 0, True
    for number, line in enumerate(lines, 2):  # behind the first line
        if line is not None and line.keys() == about.keys():
            is_own = line == about  # several journals in one file
        fit = _fit_of(line, about) if is_own else None
        if fit:
            fits.append(fit)
        else:
            n_whole = len(fits)
            unread += [] if line in (WHOLE, FINISHED, about) else [number]
    return fits[:n_whole], unread


def _fit_of(line: dict | None, about: Mapping) -> Fit | None:
    """The fit of a line, if it has one of this search."""
    try:
        fit = None if line is None else Fit.from_json(line)
    except (ValueError, OverflowError):
        return None
    return fit if fit and 0 <= fit.fold < about.get("--cv", math.inf) else None


def _check_identity(path: Path, kept: Mapping, about: Mapping) -> None:
    """Raise a `JournalError` for the journal of another search."""
    if found := differences(kept, about):
        raise JournalError(
            f"{path}: holds fits of another search: {'; '.join(found)}\n"
            "  hint: search as before, or choose another file with --results"
        )


def _rewritten(path: Path, lines: list[str]) -> TextIO:
    """The file with these lines, open for more, without the remains of an interrupted write."""
    try:
        write_file(path, "".join(f"{line}\n" for line in lines))
        return path.open("a", encoding="utf-8")
    except NotWritten as error:
        raise JournalError(str(error)) from None
    except OSError as error:
        raise JournalError(f"{path}: can't be written: {error.strerror}") from None


def batch_lines(fits: Sequence[Fit]) -> list[str]:
    """The lines of a batch of fits."""
    return [*(fit.to_json() for fit in fits), json.dumps(WHOLE)] if fits else []


WHOLE = {"whole": True}  # the line after a batch: its fits count only if all are there
FINISHED = {"finished": True}  # the last line of a complete search
NO_JOURNAL = "is no journal of a search"
_NUMBER = (int, float)
_FIELDS = {
    "params": (dict,), "fold": (int,), "score": _NUMBER, "fit_s": _NUMBER, "score_s": _NUMBER, "error": (str,),
    "train_score": (*_NUMBER, NoneType),
}  # fmt: skip
