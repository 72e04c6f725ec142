"""The progress bar on a terminal and elsewhere."""

import io
import sys

from nnbuild.train.common.progress import ProgressBar
from train.nets import classes, settings, softmax_net, train


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_epoch_loss_and_time_left(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    streams = sys.stdout, sys.stderr
    chosen = settings(epochs=2, validation_fraction=0.2)
    history = train(softmax_net(), *classes(), chosen, seed=0, progress=ProgressBar(terminal))
    text = terminal.getvalue()
    assert "epoch 2/2" in text
    assert f"loss {history.curves['loss'][-1]:.4g}" in text
    assert f"val_loss {history.curves['val_loss'][-1]:.4g}" in text
    assert "0:00:00" in text
    assert (sys.stdout, sys.stderr) == streams


def test_other_streams_stay_empty():
    stream = io.StringIO()
    train(softmax_net(), *classes(), settings(), progress=ProgressBar(stream))
    assert stream.getvalue() == ""


def test_it_can_be_used_twice(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    bar = ProgressBar(terminal)
    for _ in range(2):
        bar.start(1, 1)
        bar.epoch(1, {"loss": 1.0})
        bar.stop()
        bar.stop()
    assert terminal.getvalue().count("epoch 1/1") >= 2
