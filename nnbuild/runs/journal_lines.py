"""Lines of the journal of a search <-> fits."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import NoneType

from nnbuild.errors import NNBuildError
from nnbuild.language.values import canonical


class JournalError(NNBuildError, ValueError):
    """A journal that can't be written, or that the search at hand can't go on from."""


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
        Seconds that it took to train, or its share of a training together, and to score.
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
        """What tells it from the other fits of its search."""
        return canonical(self.params), self.fold

    def to_json(self) -> str:
        """One line, from which `from_json` makes the same fit with the same bits; NaN is in it, as Python writes it."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, values: Mapping) -> Fit:
        """The fit that a line describes.

        Raises
        ------
        ValueError
            If it describes none.
        """
        values = {"train_score": None, **values}  # which journals of the first version lack
        if values.keys() != _FIELDS.keys() or any(type(values[name]) not in kinds for name, kinds in _FIELDS.items()):
            raise ValueError("no fit")
        return cls(**{**values, "score": float(values["score"])})


@dataclass(frozen=True)
class Kept:
    """What a journal holds.

    Attributes
    ----------
    about : dict
        Its first line; empty where there is no file.
    fits : tuple of Fit
        Of whole waves, each candidate and fold once.
    is_finished : bool
        Whether its search came to its end.
    unread : tuple of int
        Numbers of the lines, from 1, that are damaged or of another search.
    """

    about: dict
    fits: tuple[Fit, ...] = ()
    is_finished: bool = False
    unread: tuple[int, ...] = ()


def read_journal(path: Path) -> Kept:
    """What a journal holds; damaged lines, and those of other searches, are left out.

    A line that was cut off and fits of a wave that was not whole are left out too: a kill in the middle leaves them.

    Raises
    ------
    JournalError
        If the file can't be read, or its first line is not that of a journal: nothing else says of which search the
        fits are.
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
    """The fits of whole waves, and the numbers of the lines that give none.

    A line that is damaged may have been the end of a wave: what is in front of it counts.
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


def wave_lines(fits: Sequence[Fit]) -> list[str]:
    """The lines of fits that count together."""
    return [*(fit.to_json() for fit in fits), json.dumps(WHOLE)] if fits else []


WHOLE = {"whole": True}  # a line after fits that ended together: those of a wave count only if all are there
FINISHED = {"finished": True}  # the last line of a search that came to its end
NO_JOURNAL = "is no journal of a search"
_NUMBER = (int, float)
_FIELDS = {
    "params": (dict,), "fold": (int,), "score": _NUMBER, "fit_s": _NUMBER, "score_s": _NUMBER, "error": (str,),
    "train_score": (*_NUMBER, NoneType),
}  # fmt: skip
