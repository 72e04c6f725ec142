"""Progress of a training in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class ProgressListener(Protocol):
    """Receiver of the progress of `train`. Epochs and steps are counted from 1."""

    def start(self, n_epochs: int, n_steps: int) -> None:
        """Training begins, with at most `n_epochs` of `n_steps` batches each."""

    def step(self, epoch: int, step: int, loss: float) -> None:
        """`step` batches of an epoch are done, with the mean loss `loss`."""

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        """An epoch has ended with these values."""

    def stop(self) -> None:
        """Training has ended, for any reason."""


def bar_on(stream: TextIO, values: str) -> Progress:
    """Return a progress bar with the description of the task, the text format `values`, and the remaining time."""
    # By default, rich would replace sys.stdout and sys.stderr.
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(values),
        TimeRemainingColumn(),
        console=Console(file=stream),
        redirect_stdout=False,
        redirect_stderr=False,
    )


class ProgressBar:
    """Line with the epoch, the loss and the remaining time; silent if the stream is not a terminal.

    Parameters
    ----------
    stream : text stream, optional
        Output of the bar; standard error by default.
    """

    def __init__(self, stream: TextIO | None = None):
        self._stream = sys.stderr if stream is None else stream
        self._bar: Progress | None = None
        self._n_epochs = self._n_steps = 0
        self._val_loss = ""

    def start(self, n_epochs: int, n_steps: int) -> None:
        if not self._stream.isatty():
            return
        self._n_epochs, self._n_steps, self._val_loss = n_epochs, n_steps, ""
        self._bar = bar_on(self._stream, "{task.fields[values]}")
        self._bar.add_task(f"epoch 1/{n_epochs}", total=n_epochs * n_steps, values="")
        self._bar.start()

    def step(self, epoch: int, step: int, loss: float) -> None:
        self._show(epoch, step, loss)

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        if "val_loss" in logs:
            self._val_loss = f"  val_loss {logs['val_loss']:.4g}"
        self._show(epoch, self._n_steps, logs["loss"])

    def stop(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None

    def _show(self, epoch: int, step: int, loss: float) -> None:
        if self._bar:
            self._bar.update(
                self._bar.task_ids[0],
                description=f"epoch {epoch}/{self._n_epochs}",
                completed=(epoch - 1) * self._n_steps + step,
                values=f"loss {loss:.4g}{self._val_loss}",  # validation loss of the previous epoch
            )
