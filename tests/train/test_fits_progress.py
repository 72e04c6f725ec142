"""Progress of many fits: one bar on a terminal, a line now and then elsewhere."""

import io

import pytest

from nnbuild.train import fits_progress
from nnbuild.train.fits_progress import FitsProgress, Round
from terminals import Terminal


@pytest.fixture
def clock(monkeypatch):
    """Seconds that have gone by."""
    now = [0.0]
    monkeypatch.setattr(fits_progress.time, "perf_counter", lambda: now[0])
    return now


def test_one_bar_on_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    progress = FitsProgress(terminal.stream)
    progress.meet(Round(4, 2, 2, {"layers of type LSTM": 1, "loss Dice": 3}, n_epochs=80, n_ahead=8))
    progress.epochs(40)
    terminal.wait_for("epoch 40/160 ")
    progress.meet(Round(8, 2, 3, {}, n_epochs=160))
    progress.epochs(200)
    progress.close()
    lines = terminal.shown()
    assert lines[:2] == ["3 fits one by one: loss Dice", "1 fit one by one: layers of type LSTM"]
    bars = [line for line in lines[2:] if not line.startswith("4 fits in 2 programs, 4 fits one by one ")]
    assert "epoch 40/160 " in "".join(lines[2 : -len(bars)])
    assert {line[:40] for line in bars} == {"12 fits in 3 programs, 4 fits one by one"}
    assert "epoch 240/240 0:00:00" in bars[-1]


def test_lines_elsewhere(clock):
    stream = io.StringIO()
    progress = FitsProgress(stream)
    progress.meet(Round(1, 1, 1, {"loss Dice": 1}, n_epochs=20))
    for clock[0] in (10.0, 31.0, 40.0, 62.0):
        progress.epochs(2)
    progress.meet(Round(1, 1, 1, {"loss Dice": 1}, n_epochs=20))
    progress.close()
    assert stream.getvalue().splitlines() == [
        "1 fit one by one: loss Dice",
        "1 fit in 1 program, 1 fit one by one",
        "epoch 4/20, 0:02:04 left",
        "epoch 8/20, 0:01:33 left",
    ]


def test_restarted_fits_add_no_epochs(clock):
    stream = io.StringIO()
    progress = FitsProgress(stream)
    progress.meet(Round(2, 1, 1, {}, n_epochs=20))
    progress.epochs(8)
    progress.epochs(-8)
    clock[0] = 31.0
    progress.epochs(5)
    assert stream.getvalue().splitlines() == ["2 fits in 1 program", "epoch 5/20, 0:01:33 left"]
