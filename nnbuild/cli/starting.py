"""Start of TensorFlow by commands, without its messages and with compiled programs on disk."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from nnbuild.errors import CacheError


def start_tensorflow(with_xla: bool = False, device: str | None = None) -> None:
    """Start TensorFlow, and XLA if requested, without their messages; raise an error if there is no such device."""
    with quiet():
        refusal = "" if "tensorflow" in sys.modules else _use_compiled_programs()
        from nnbuild.plan import symbolic

        symbolic.start_tensorflow()
        if with_xla:
            from nnbuild.train.common.tracing import start_xla

            start_xla()
        from nnbuild.train.common.device import has_gpu

        is_missing = device == "gpu" and not has_gpu(device)
    if refusal:
        click.echo(refusal, err=True)
    if is_missing:
        raise click.BadParameter("TensorFlow finds no GPU\n  hint: leave the option out", param_hint="--device")


def _use_compiled_programs() -> str:
    """Use compiled programs on disk; return the reason if the folder is refused, or ""."""
    from nnbuild.cache import enable

    try:
        enable()
    except CacheError as error:
        return str(error)
    return ""


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress messages that TensorFlow writes to the standard error of the process."""
    try:
        kept = os.dup(2)
    except OSError:  # standard error is closed
        yield
        return
    sys.stderr.flush()
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
