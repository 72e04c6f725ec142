"""Progress of a search: lines, table and remaining time."""

import io
import re

import pytest
from rich.console import Console

from nnbuild.runs.search import progress as search_progress
from nnbuild.runs.search.journal_file import JournalEntry
from nnbuild.runs.search.progress import SearchProgress
from nnbuild.train.fits_progress import Round
from terminals import Terminal


@pytest.fixture
def clock(monkeypatch):
    """A list with the time in seconds."""
    now = [0.0]
    monkeypatch.setattr(search_progress.time, "perf_counter", lambda: now[0])
    return now


def fit(rate, fold, score, error="", epochs=1):
    return JournalEntry({"rate": rate, "epochs": epochs}, fold, score, 0.5, 0.1, error)


def shown(progress) -> str:
    text = io.StringIO()
    Console(file=text, width=100).print(progress)
    return re.sub(" +\n", "\n", text.getvalue())


def test_lines_of_candidates_and_the_time_left(clock):
    lines = []
    progress = SearchProgress("accuracy", 2, 3, 6, None, lines.append, quiet=False)
    progress.fit(fit(0.1, 0, 0.8), False)  # of an earlier run: its time does not count
    assert progress.left_s() is None
    clock[0] = 10.0
    progress.fit(fit(0.1, 1, 0.9), True)
    assert progress.left_s() == 40.0
    clock[0] = 12.0
    progress.fit(fit(0.2, 1, float("nan"), "no"), True)
    progress.fit(fit(0.2, 0, 0.5), True)
    progress.fit(fit(0.2, 0, 0.5), False)  # drawn twice
    assert lines == [
        "1/3  accuracy 0.8500 ± 0.0500  rate=0.1 epochs=1  (best 0.8500, 0:00:40 left)",
        "2/3  accuracy failed  rate=0.2 epochs=1  (best 0.8500, 0:00:08 left)",
    ]


def test_a_table_of_the_best(clock):
    progress = SearchProgress("r2", 1, 12, 12, None, lambda line: None, quiet=False)
    for number in range(10):
        clock[0] += 1
        progress.fit(fit(number, 0, number / 10), True)
    lines = shown(progress).splitlines()
    assert lines[0].split() == ["r2", "seconds", "candidate"]
    assert lines[1].split() == ["1", "0.9000", "±", "0.0000", "0.5", "rate=9", "epochs=1"]
    assert len(lines) == 1 + 8 + 1
    assert lines[-1].split(maxsplit=1) == [
        "\N{BOX DRAWINGS HEAVY HORIZONTAL}" * 25,
        "10 fits, 10/12 candidates, 0:00:02 left",
    ]


def test_later_rounds_cost_more_and_beat_those_before(clock):
    progress = SearchProgress("r2", 1, 4, 3 * 1 + 1 * 3, "epochs", lambda line: None, quiet=False)
    for rate in (1, 2, 3):
        clock[0] += 1
        progress.fit(fit(rate, 0, rate / 10), True)
    assert progress.left_s() == 3.0
    progress.fit(fit(3, 0, 0.2, epochs=3), True)
    assert shown(progress).splitlines()[1].split()[-2:] == ["rate=3", "epochs=3"]
    assert progress.left_s() == 0.0


def test_batches_are_reported_and_their_epochs_are_work(clock):
    lines = []
    progress = SearchProgress("r2", 2, 4, 8, None, lines.append, quiet=False)
    progress.fit(fit(9, 0, 0.5), False)
    progress.meet(Round(3, 1, 1, {"loss Dice": 1}, n_epochs=40))
    clock[0] = 8.0
    progress.epochs(20)
    assert progress.left_s() == 8.0 * (8 - 3) / 2  # two of the fits are half of this batch
    assert lines == ["training   3 fits in 1 program, 1 fit one by one, 3 to come"]
    clock[0] = 31.0
    progress.epochs(10)
    for rate in (1, 2):
        progress.fit(fit(rate, 0, 0.5), True)
        progress.fit(fit(rate, 1, 0.5), True)
    progress.meet(Round(3, 1, 1, {}, n_epochs=30))
    progress.epochs(30)
    assert lines[1] == "epoch 30/70, 0:00:41 left"
    assert [line.partition("  (")[0] for line in lines[2:4]] == [
        "1/4  r2 0.5000 ± 0.0000  rate=1 epochs=1",
        "2/4  r2 0.5000 ± 0.0000  rate=2 epochs=1",
    ]
    assert lines[4:] == ["training   3 fits in 1 program"]
    assert progress.left_s() == 0.0
    progress.fit(fit(9, 1, 0.5), True)
    assert progress.left_s() == 0.0


def test_a_batch_of_a_halving_search_costs_its_epochs(clock):
    progress = SearchProgress("r2", 1, 4, 3 * 1 + 1 * 3, "epochs", lambda line: None, quiet=False)
    for rate in (1, 2, 3):
        clock[0] += 1
        progress.fit(fit(rate, 0, rate / 10), True)
    progress.meet(Round(1, 1, 1, {}, n_epochs=3))
    clock[0] += 2
    progress.epochs(2)
    assert progress.left_s() == 1.0


def test_a_terminal_shows_the_best_and_one_bar(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    terminal, printed = Terminal(), []
    monkeypatch.setattr(search_progress.sys, "stderr", terminal.stream)
    with SearchProgress("r2", 1, 4, 4, None, printed.append, quiet=False, verbose=True) as progress:
        progress.meet(Round(2, 1, 1, {"loss Dice": 1}, n_epochs=30))
        progress.epochs(20)
        progress.fit(fit(1, 0, 0.25), True)
        terminal.wait_for(" epoch 20/40, 1/4 candidates, ")
    monkeypatch.undo()
    lines = terminal.shown()
    assert printed == []
    assert "training   2 fits in 1 program, 1 to come" in lines
    assert "           1 fit one by one: loss Dice" in lines
    assert any(line.startswith("1  0.2500 ± 0.0000  0.5      rate=1 epochs=1") for line in lines)
    assert any(" epoch 20/40, 1/4 candidates, 0:00:0" in line for line in lines)


def test_quiet_is_quiet_on_a_terminal(monkeypatch):
    terminal, printed = Terminal(), []
    monkeypatch.setattr(search_progress.sys, "stderr", terminal.stream)
    with SearchProgress("r2", 1, 4, 4, None, printed.append, quiet=True) as progress:
        progress.meet(Round(4, 1, 1, {}, n_epochs=40))
    monkeypatch.undo()
    assert (terminal.shown(), printed) == ([], ["training   4 fits in 1 program"])
