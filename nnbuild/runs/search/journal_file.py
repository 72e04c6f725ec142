"""File of a journal: its entries, and the fits that can be read from it. Only the standard library is imported."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import NoneType

from nnbuild.errors import NNBuildError
from nnbuild.language.values import canonical
from nnbuild.records import History
from nnbuild.report.units import counted


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
    curves : dict of str to list of float, or None
        Learning curves, rounded; None if the fit failed, or in a journal of an earlier version.
    """

    params: dict
    fold: int
    score: float
    fit_s: float
    score_s: float
    error: str = ""
    train_score: float | None = None
    curves: dict[str, list[float]] | None = None

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
        values = {"train_score": None, "curves": None, **values}  # missing in journals of earlier versions
        if values.keys() != _FIELDS.keys() or any(type(values[name]) not in kinds for name, kinds in _FIELDS.items()):
            raise ValueError("no fit")
        if not all(map(_is_curve, (values["curves"] or {}).values())):
            raise ValueError("no fit")
        return cls(**{**values, "score": float(values["score"])})


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


def journal_of(results: Path) -> Path:
    """Return the path of the journal of a search, from that of its table of results."""
    return results.with_name(f"{results.name}.journal")


def check_continued(path: Path, kept: Kept, resume: bool) -> None:
    """Raise a `JournalError` if a file contains fits of an unfinished search that `resume` does not continue."""
    if not resume and kept.fits and not kept.is_finished:
        raise JournalError(
            f"{path}: contains {counted(len(kept.fits), 'fit')} of an unfinished search\n"
            "  hint: continue with --resume, or remove the file to start a new search"
        )


def batch_lines(fits: Sequence[JournalEntry]) -> list[str]:
    """Return the lines of a batch of fits."""
    return [*(fit.to_json() for fit in fits), json.dumps(WHOLE)] if fits else []


def journal_curves(history: History) -> dict[str, list[float]]:
    """Return the curves of the loss and the first metric, and those of the validation set, with 5 significant digits.

    Examples
    --------
    >>> journal_curves(History({"loss": (0.123456, 0.1), "val_loss": (0.5, 0.4)}, 2, "epochs", 0.0))
    {'loss': [0.12346, 0.1], 'val_loss': [0.5, 0.4]}
    """
    names = [name for name in history.curves if not name.startswith("val_")][:2]
    kept = (name for name in history.curves if name.removeprefix("val_") in names)
    return {name: [float(f"{value:.5g}") for value in history.curves[name]] for name in kept}


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


def _is_curve(value: object) -> bool:
    return isinstance(value, list) and all(type(number) in _NUMBER for number in value)


WHOLE = {"whole": True}  # line after a batch: its fits are kept only if all of them are written
FINISHED = {"finished": True}  # last line of a complete search
NO_JOURNAL = "is not the journal of a search"
_NUMBER = (int, float)
_FIELDS = {
    "params": (dict,), "fold": (int,), "score": _NUMBER, "fit_s": _NUMBER, "score_s": _NUMBER, "error": (str,),
    "train_score": (*_NUMBER, NoneType), "curves": (dict, NoneType),
}  # fmt: skip
