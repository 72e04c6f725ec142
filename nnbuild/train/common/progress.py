"""Progress of a training, shown in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class ProgressListener(Protocol):
    """What `train` tells about its progress. Epochs and steps are counted from 1."""

    def start(self, n_epochs: int, n_steps: int) -> None:
        """Training begins: at most `n_epochs` of `n_steps` batches each."""

    def step(self, epoch: int, step: int, loss: float) -> None:
        """`step` batches of an epoch are done; `loss` is their mean."""

    def epoch(self, epoch: int, logs: Mapping[str, float]) -> None:
        """An epoch has ended with these values."""

    def stop(self) -> None:
        """Training is over, for whatever reason."""


def bar_on(stream: TextIO, values: str) -> Progress:
    """A bar between what is done, the `values` of the task, and the time left."""
    # Other output stays as it is: rich would put its own streams in place of sys.stdout and sys.stderr.
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
    """One line with the epoch, the loss and the time left; silent where its stream is no terminal.

    Parameters
    ----------
    stream : text stream, optional
        Where to draw; standard error by default.
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
                values=f"loss {loss:.4g}{self._val_loss}",  # the validation loss is that of the epoch before
            )
