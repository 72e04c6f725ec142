"""Check that a network fits into the memory of the machine, before it is allocated."""

from __future__ import annotations

import os
from math import prod
from pathlib import Path

import keras

from nnbuild.errors import MemoryLimitError
from nnbuild.plan.symbolic import itemsize
from nnbuild.private.keras import calls_of
from nnbuild.report.units import data_size

MEMINFO = Path("/proc/meminfo")
# Limits of control groups, versions 2 and 1.
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def check_weights(model: keras.Model) -> None:
    """Raise a `MemoryLimitError` if the weights of a symbolic model need more memory than the machine has."""
    total = sum(map(n_bytes, model.variables))
    if total > machine_bytes():
        largest = max(model.layers, key=lambda layer: sum(map(n_bytes, layer.variables)))
        own = data_size(sum(map(n_bytes, largest.variables)))
        _refuse(model, total, "the weights", f"layer {largest.name!r} has {own} of them")


def check_training(model: keras.Model, batch_size: int) -> None:
    """Raise a `MemoryLimitError` if one training step needs more memory than the machine has.

    Parameters
    ----------
    model : keras.Model
        Model with weights, or symbolic.
    batch_size : int

    Notes
    -----
    The sum of weights, gradients and the largest layer output is compared: the minimum for one step.
    """
    check_weights(model)
    weights = sum(map(n_bytes, model.variables)) + sum(map(n_bytes, model.trainable_variables))
    calls = [(call, layer) for layer in model.layers for call in calls_of(layer)]
    sizes = [(batch_size * row_bytes(tensor), layer.name) for call, layer in calls for tensor in call.output_tensors]
    most, name = max(sizes)
    if weights + most > machine_bytes():
        why = f"layer {name!r} gives {data_size(most)} for a batch of {batch_size}"
        _refuse(model, weights + most, "a step of training", why)


def n_bytes(variable: keras.Variable) -> int:
    """Return the memory of a variable, in bytes."""
    return prod(variable.shape) * itemsize(variable.dtype)


def row_bytes(tensor: keras.KerasTensor) -> int:
    """Return the memory of one row of a tensor, in bytes; an axis of unknown length counts as one."""
    return prod(length or 1 for length in tensor.shape[1:]) * itemsize(tensor.dtype)


def machine_bytes() -> int:
    """Return the memory of the machine, in bytes; 16 GiB if the system does not report it."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2**34


def available_bytes() -> int:
    """Return the memory that this process can use, in bytes: free or reclaimable, and within the limit of a container.

    It is that of the machine if the system does not report it.
    """
    return min(_free_bytes(), *(limit for limit in map(_limit, LIMITS) if limit), machine_bytes())


def _free_bytes() -> int:
    """Return the memory that Linux reports as available; that of the machine on other systems."""
    try:
        lines = MEMINFO.read_text("utf-8").splitlines()
    except OSError:
        return machine_bytes()
    found = next((line for line in lines if line.startswith("MemAvailable:")), "")
    return int(found.split()[1]) * 1024 if found else machine_bytes()


def _limit(file: Path) -> int:
    """Return the limit of a control group, in bytes; 0 if there is none."""
    try:
        text = file.read_text("utf-8").strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def _refuse(model: keras.Model, needed: int, what: str, why: str) -> None:
    found = f"{what} of {model.name!r} need {data_size(needed)}, and this machine has {data_size(machine_bytes())}"
    hint = "use a smaller network; nnbuild.describe shows the memory of each layer and allocates none"
    raise MemoryLimitError(f"{found}: {why}\n  hint: {hint}")
