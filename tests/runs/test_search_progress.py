"""What is shown while a search runs."""

import io
import re

import pytest
from rich.console import Console

from nnbuild.runs import search_progress
from nnbuild.runs.journal import Fit
from nnbuild.runs.search_progress import SearchProgress


@pytest.fixture
def clock(monkeypatch):
    """Seconds that have gone by."""
    now = [0.0]
    monkeypatch.setattr(search_progress.time, "perf_counter", lambda: now[0])
    return now


def fit(rate, fold, score, error="", epochs=1):
    return Fit({"rate": rate, "epochs": epochs}, fold, score, 0.5, 0.1, error)


def shown(progress) -> str:
    text = io.StringIO()
    Console(file=text, width=100).print(progress)
    return re.sub(" +\n", "\n", text.getvalue())


def test_lines_of_candidates_and_the_time_left(clock):
    lines = []
    progress = SearchProgress("accuracy", 2, 3, 6, None, lines.append, quiet=False)
    progress.fit(fit(0.1, 0, 0.8), False)  # of an earlier run: it took no time of this one
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
    assert lines[-1] == "10 fits, 10/12 candidates, 0:00:02 left"


def test_later_rounds_cost_more_and_beat_those_before(clock):
    progress = SearchProgress("r2", 1, 4, 3 * 1 + 1 * 3, "epochs", lambda line: None, quiet=False)
    for rate in (1, 2, 3):
        clock[0] += 1
        progress.fit(fit(rate, 0, rate / 10), True)
    assert progress.left_s() == 3.0
    progress.fit(fit(3, 0, 0.2, epochs=3), True)
    assert shown(progress).splitlines()[1].split()[-2:] == ["rate=3", "epochs=3"]
    assert progress.left_s() == 0.0
