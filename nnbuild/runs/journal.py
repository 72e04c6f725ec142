"""A journal of the fits of a search, one line each, and the estimator that does no fit twice."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

import numpy as np
from sklearn.base import BaseEstimator

from nnbuild.errors import NNBuildError, show
from nnbuild.files.writing import NotWritten, write_file
from nnbuild.language.values import canonical, json_value
from nnbuild.runs.fingerprint import is_former
from nnbuild.runs.journal_lines import FINISHED, Fit, JournalError, read_journal, wave_lines

MOST_TRAINING_ROWS = 2000  # that are scored after a fit


class Journal:
    """The fits that a search has done, in a file that they are added to as soon as none is running.

    A file thus holds whole waves: a search that goes on from it trains the same stacks as one that was not disturbed.

    Parameters
    ----------
    path : Path
    about : mapping of str to JSON value
        All that scores depend on besides candidate and fold: the first line.
    resume : bool
        Whether to go on from the fits that the file holds.
    on_fit : callable, optional
        Is called with each fit, and whether it was done just now.

    Attributes
    ----------
    is_former : bool
        Whether the journal is of an earlier version, and its data can't be compared.
    unread : tuple of int
        Numbers of the lines that were there and gave no fit: damaged ones, and those of another search.

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
        self.is_former = resume and bool(kept.about) and is_former(kept.about, about)
        if resume and kept.about:
            _check_about(path, {**kept.about, "data": about["data"]} if self.is_former else kept.about, about)
        fits = kept.fits if resume else ()
        self._fits = {fit.key: fit for fit in fits}
        self.unread = kept.unread if resume else ()  # numbers of lines
        self._file = _written_anew(path, [json.dumps(dict(about)), *wave_lines(fits)])

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
        """A fit begins, which `close` is to wait for."""
        with self._lock:
            if self._is_closed:
                raise JournalError("the search was stopped")
            self._n_running += 1

    def add(self, fit: Fit) -> None:
        """Take note of a fit that has just ended."""
        with self._lock:
            self._fits[fit.key] = fit
            self._unwritten.append(fit)
            self._on_fit(fit, True)

    def end(self) -> None:
        """A fit that was begun has ended, with a result or without."""
        with self._lock:
            self._n_running -= 1
            self._lock.notify_all()
            if not self._n_running:
                self._write_wave()

    def finish(self) -> None:
        """Note that the search came to its end."""
        with self._lock:
            self._write([json.dumps(FINISHED)])

    def close(self, on_wait: Callable[[int], None] = lambda n_running: None) -> None:
        """Close the file once the fits that other threads are at have ended; no more can begin.

        Parameters
        ----------
        on_wait : callable, optional
            Is called with their number, if there are any.
        """
        with self._lock:
            self._is_closed = True
            if self._n_running:
                on_wait(self._n_running)
            self._lock.wait_for(lambda: not self._n_running)
            self._file.close()

    def _write_wave(self) -> None:
        fits, self._unwritten = self._unwritten, []
        self._write(wave_lines(fits))

    def _write(self, lines: list[str]) -> None:
        try:
            self._file.write("".join(f"{line}\n" for line in lines))
            self._file.flush()
        except OSError as error:
            raise JournalError(f"{self._file.name}: can't be written: {error.strerror}") from None


class Journalled(BaseEstimator):
    """An estimator for a search: fits that its journal holds are not done again, others are noted there.

    Parameters
    ----------
    estimator : estimator
        Its parameters are those of candidates, with ``estimator__`` before their names.
    scorer : callable
        As `sklearn.metrics.get_scorer` gives it.
    n_folds : int

    Notes
    -----
    It stands between the search and the estimator, so that the search remains scikit-learn's own: it passes `fit` its
    journal, and tells the fold by numbers of folds that scikit-learn takes along with the rows.
    """

    def __init__(self, estimator, scorer, n_folds):
        self.estimator = estimator
        self.scorer = scorer
        self.n_folds = n_folds

    def set_params(self, **params: Any) -> Journalled:
        """Become a candidate."""
        self._candidate = {name.removeprefix("estimator__"): json_value(params[name]) for name in sorted(params)}
        return super().set_params(**params)

    def fit(self, X, y, folds, journal: Journal) -> Journalled:
        """Fit on all folds but one, unless that is done.

        Parameters
        ----------
        X, y
            As the estimator takes them.
        folds : array of int, of shape (n_samples,)
            The fold of each row; the one that does not occur is scored on later.
        journal : Journal
        """
        (fold,) = set(range(self.n_folds)) - set(np.unique(folds).tolist())
        self._journal = journal
        self._kept = journal.find(self._candidate, fold)
        if self._kept is None:
            journal.begin()
            try:
                self._done = self._fit(X, y, fold)
                self._seen = _some(X, y)
            except BaseException:  # there will be no score
                journal.end()
                raise
        return self

    def score(self, X, y) -> float:
        """The score on the fold that was left out: NaN where the fit failed."""
        if self._kept:
            return self._kept.score
        try:
            fit = self._done if self._done.error else self._scored(X, y)
            self._journal.add(fit)
        finally:
            self._journal.end()
        return fit.score

    def _fit(self, X, y, fold: int) -> Fit:
        start, error = perf_counter(), ""
        try:
            self.estimator.fit(X, y)
        except (NNBuildError, ValueError) as failure:  # a candidate that can't be trained is a bad one
            error = str(failure)
        history = getattr(self.estimator, "history_", None)  # which knows nothing of waiting for others
        fit_s = perf_counter() - start if error or history is None else history.elapsed_s
        return Fit(self._candidate, fold, math.nan, fit_s, 0.0, error)

    def _scored(self, X, y) -> Fit:
        start, score, error = perf_counter(), math.nan, ""
        try:
            score = float(self.scorer(self.estimator, X, y))
        except ValueError as failure:  # predictions that are not finite
            error = f"the score can't be computed: {failure}"
        score_s = perf_counter() - start
        return replace(self._done, score=score, score_s=score_s, error=error, train_score=self._train_score())

    def _train_score(self) -> float | None:
        try:
            score = float(self.scorer(self.estimator, *self._seen))
        except ValueError:
            return None
        return score if math.isfinite(score) else None


def _some(X, y) -> tuple:
    """At most 2,000 of the training rows, evenly spread: enough for their score, in little time."""
    rows = np.unique(np.linspace(0, len(y) - 1, min(len(y), MOST_TRAINING_ROWS)).astype(int))
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows], y[rows]


def _check_about(path: Path, kept: Mapping, about: Mapping) -> None:
    """Refuse a journal of another search."""
    words = {"recipe": "the recipe is another", "data": "the data are others"}
    differing = [
        words.get(name, f"{name} was {show(kept.get(name))} and is {show(value)}")
        for name, value in about.items()
        if kept.get(name) != value
    ]
    if differing:
        raise JournalError(
            f"{path}: holds fits of another search: {'; '.join(differing)}\n"
            "  hint: search as before, or choose another file with --results"
        )


def _written_anew(path: Path, lines: list[str]) -> TextIO:
    """The file with these lines, open for more: what an interrupted write has left at its end is gone."""
    try:
        write_file(path, "".join(f"{line}\n" for line in lines))
        return path.open("a", encoding="utf-8")
    except NotWritten as error:
        raise JournalError(str(error)) from None
    except OSError as error:
        raise JournalError(f"{path}: can't be written: {error.strerror}") from None
