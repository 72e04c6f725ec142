"""Progress of a search: the best candidates and a bar on a terminal, a line for each candidate elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import isnan

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from nnbuild.language.values import canonical
from nnbuild.report.cells import section
from nnbuild.runs.search.journal_file import JournalEntry
from nnbuild.runs.search.results import Candidate, params_text, ranked, score_text
from nnbuild.train.fits_progress import SECONDS_BETWEEN_LINES, Round, Tally

N_BEST = 8


class SearchProgress:
    """Printed progress of a search, and a listener of the fits that train together.

    Parameters
    ----------
    scoring : str
    n_folds : int
    n_candidates : int
        Number of candidates in all rounds.
    work : float
        Number of fits, or of all their epochs if rounds differ in epochs.
    resource : str, optional
        Param that grows from round to round.
    echo : callable
        Prints lines if there is no terminal.
    quiet : bool
        Whether to draw nothing on a terminal.
    verbose : bool
        Whether to print the reason why fits train one by one.
    """

    def __init__(
        self, scoring: str, n_folds: int, n_candidates: int, work: float,
        resource: str | None, echo: Callable[[str], object], quiet: bool, verbose: bool = False,
    ):  # fmt: skip
        self._scoring, self._n_folds, self._n_candidates, self._resource = scoring, n_folds, n_candidates, resource
        self._work, self._done, self._done_before = work, 0.0, 0.0
        self._fits: dict[tuple[str, int], JournalEntry] = {}
        self._n_left: dict[str, int] = defaultdict(lambda: n_folds)
        self._tally, self._lock = Tally(), threading.Lock()
        self._batch_start, self._batch, self._batch_epochs, self._batch_done = 0.0, 0.0, 0, 0
        self._start = self._last_line = time.perf_counter()
        self._echo, self._verbose = echo, verbose
        self._live: Live | None = None
        if sys.stderr.isatty() and not quiet:
            # Other output is unchanged: rich would replace sys.stdout and sys.stderr.
            console = Console(stderr=True)
            self._live = Live(self, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)

    def __enter__(self) -> SearchProgress:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def fit(self, fit: JournalEntry, is_new: bool) -> None:
        """Count a finished fit, new or from the journal."""
        if fit.key in self._fits:  # a candidate drawn twice
            return
        self._fits[fit.key] = fit
        cost = fit.params[self._resource] if self._resource else 1
        self._done += cost
        self._done_before += 0 if is_new else cost
        name = canonical(fit.params)
        self._n_left[name] -= 1
        if is_new and not self._n_left[name] and not self._live:
            self._print(self._line(name))

    def meet(self, this: Round) -> None:
        """Count the fits of a batch as begun."""
        with self._lock:
            n_ahead = self._n_candidates * self._n_folds - len(self._fits) - this.n_fits - this.n_separate
            this = replace(this, n_ahead=max(n_ahead, 0))
            self._tally.meet(this)
            self._batch_start, self._batch_epochs, self._batch_done = self._done, this.n_epochs, 0
            self._batch = this.n_epochs if self._resource else this.n_fits + this.n_separate
        self._print(section("training", self._round_lines(this)))

    def epochs(self, n: int) -> None:
        """Count epochs of fits as ended."""
        with self._lock:
            self._tally.n_done += n
            self._batch_done += n
            is_time = not self._live and time.perf_counter() - self._last_line > SECONDS_BETWEEN_LINES
        if is_time:
            self._print(self._tally.epochs_text() + self._left_text())

    def close(self) -> None:
        """Do nothing: further calls of the search may have more fits."""

    def left_s(self) -> float | None:
        """Return the estimated seconds left; None before the first new fit."""
        done = self._done_so_far()
        new = done - self._done_before
        return (time.perf_counter() - self._start) * (self._work - done) / new if new else None

    def _done_so_far(self) -> float:
        """Return the finished work, including that of running fits."""
        share = self._batch_done / self._batch_epochs if self._batch_epochs else 0.0
        return max(self._done, self._batch_start + share * self._batch)

    def _round_lines(self, this: Round) -> list[str]:
        ahead = f", {this.n_ahead} to come" if this.n_ahead else ""
        if not self._verbose:
            return [this.summary() + ahead]
        stacked = replace(this, separate={}).summary()
        return [*([stacked + ahead] if stacked else []), *this.reasons()]

    def _print(self, text: str) -> None:
        """Print lines, above the drawing on a terminal."""
        self._last_line = time.perf_counter()
        if self._live:
            self._live.console.print(text, highlight=False, markup=False)
        else:
            self._echo(text)

    def _line(self, name: str) -> str:
        best = ranked(self._fits.values(), self._n_folds, self._resource)[0]
        this = Candidate(*self._of(name))
        count = f"{self._n_whole():>{len(str(self._n_candidates))}}/{self._n_candidates}"
        best_text = "none is scored" if isnan(best.mean) else f"best {best.mean:.4f}"
        ahead = f"({best_text}{self._left_text()})"
        return f"{count}  {self._scoring} {score_text(this)}  {params_text(this.params)}  {ahead}"

    def _of(self, name: str) -> tuple[dict, tuple[JournalEntry, ...]]:
        fits = tuple(fit for (candidate, _), fit in self._fits.items() if candidate == name)
        return fits[0].params, fits

    def _n_whole(self) -> int:
        """Number of candidates with all folds."""
        return sum(not left for left in list(self._n_left.values()))

    def _left_text(self) -> str:
        left = self.left_s()
        return "" if left is None else f", {timedelta(seconds=round(left))} left"

    def __rich__(self) -> Group:
        best = [one for one in ranked(list(self._fits.values()), self._n_folds, self._resource) if one.rank]
        table = Table(box=None, pad_edge=False)
        table.add_column("", justify="right")
        for name in (self._scoring, "seconds", "candidate"):
            table.add_column(name, no_wrap=name != "candidate")
        for one in best[:N_BEST]:
            seconds = sum(fit.fit_s for fit in one.fits)
            table.add_row(str(one.rank), score_text(one), f"{seconds:.1f}", Text(params_text(one.params)))
        bar = Table.grid(padding=(0, 1))
        counts = f"{self._tally.epochs_text()}, {self._n_whole()}/{self._n_candidates} candidates{self._left_text()}"
        if not self._tally.n_epochs:  # fits one after another
            counts = f"{len(self._fits)} fits, {self._n_whole()}/{self._n_candidates} candidates{self._left_text()}"
        bar.add_row(ProgressBar(self._work, self._done_so_far(), width=30), Text(counts))
        return Group(table, bar)
