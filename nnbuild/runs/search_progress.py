"""Progress of a search: a table of the best candidates on a terminal, a line for each candidate elsewhere."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from nnbuild.recipe.values import canonical
from nnbuild.runs.journal import Fit
from nnbuild.runs.search_results import Candidate, ranked, told_params, told_score

N_BEST = 8


class SearchProgress:
    """What is said while a search runs.

    Parameters
    ----------
    scoring : str
    n_folds : int
    n_candidates : int
        In all rounds together.
    work : float
        Of all fits: the number of them or, where the epochs of rounds differ, their epochs.
    resource : str, optional
        The param that grows from round to round.
    say : callable
        Takes lines, where there is no terminal.
    quiet : bool
        Whether to show nothing on a terminal.
    """

    def __init__(
        self, scoring: str, n_folds: int, n_candidates: int, work: float,
        resource: str | None, say: Callable[[str], None], quiet: bool,
    ):  # fmt: skip
        self._scoring, self._n_folds, self._n_candidates, self._resource = scoring, n_folds, n_candidates, resource
        self._work, self._done, self._done_before = work, 0.0, 0.0
        self._fits: dict[tuple[str, int], Fit] = {}
        self._n_left: dict[str, int] = defaultdict(lambda: n_folds)
        self._start = time.perf_counter()
        self._say = say
        self._live: Live | None = None
        if sys.stderr.isatty() and not quiet:
            # Other output stays as it is: rich would put its own streams in place of sys.stdout and sys.stderr.
            console = Console(stderr=True)
            self._live = Live(self, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)

    def __enter__(self) -> SearchProgress:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def fit(self, fit: Fit, is_new: bool) -> None:
        """A fit is done, just now or before."""
        if fit.key in self._fits:  # a candidate that was drawn twice
            return
        self._fits[fit.key] = fit
        cost = fit.params[self._resource] if self._resource else 1
        self._done += cost
        self._done_before += 0 if is_new else cost
        name = canonical(fit.params)
        self._n_left[name] -= 1
        if is_new and not self._n_left[name] and not self._live:
            self._say(self._line(name))

    def left_s(self) -> float | None:
        """Seconds left, from the pace so far; None where nothing is known."""
        new = self._done - self._done_before
        return (time.perf_counter() - self._start) * (self._work - self._done) / new if new else None

    def _line(self, name: str) -> str:
        best = ranked(self._fits.values(), self._n_folds, self._resource)[0]
        this = Candidate(*self._of(name))
        count = f"{self._n_whole():>{len(str(self._n_candidates))}}/{self._n_candidates}"
        ahead = f"(best {best.mean:.4f}{self._told_left()})"
        return f"{count}  {self._scoring} {told_score(this)}  {told_params(this.params)}  {ahead}"

    def _of(self, name: str) -> tuple[dict, tuple[Fit, ...]]:
        fits = tuple(fit for (candidate, _), fit in self._fits.items() if candidate == name)
        return fits[0].params, fits

    def _n_whole(self) -> int:
        """Candidates that lack no fold."""
        return sum(not left for left in list(self._n_left.values()))

    def _told_left(self) -> str:
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
            table.add_row(str(one.rank), told_score(one), f"{seconds:.1f}", Text(told_params(one.params)))
        counts = f"{len(self._fits)} fits, {self._n_whole()}/{self._n_candidates} candidates"
        return Group(table, Text(f"{counts}{self._told_left()}"))
