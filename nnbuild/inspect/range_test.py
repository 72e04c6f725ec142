"""Range test: a short training of a copy of the network with a rising learning rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count as numbers_from
from typing import Any

import numpy as np

from nnbuild.catalog.kinds import is_number
from nnbuild.diagnosis.learning_rates import RangeTest
from nnbuild.train.common.batches import epoch_order
from nnbuild.train.common.device import on_device
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import borrowed
from nnbuild.train.common.optimizers import optimizer_value
from nnbuild.train.keras.program import program_for
from nnbuild.train.keras.trainer import place_weights

N_STEPS = 120
LOWEST, HIGHEST = 1e-6, 10.0  # learning rates
DIVERGED = 4.0  # times the first loss


def range_test(member: Member, n_steps: int = N_STEPS) -> RangeTest:
    """Train a network for a few steps, each with a higher learning rate, and return the losses.

    Parameters
    ----------
    member : Member
        Its network is not changed.
    n_steps : int, default=120
        Number of steps, each on a batch.
    """
    settings = {**member.settings, "learning_rate": LOWEST, "schedules": {}}
    rates, losses = np.geomspace(LOWEST, HIGHEST, n_steps).tolist(), []
    with on_device(member.device), borrowed(member.resolved, member.seed, member.device) as model:
        place_weights(model, member)
        program = program_for(model, settings, member.training)
        optimizer = getattr(program.optimizer, "inner_optimizer", program.optimizer)
        for rate, (epoch, rows) in zip(rates, _batches(member), strict=False):
            optimizer.learning_rate = rate
            data = member.training.of_epoch(epoch)
            losses.append(float(program.run(data, rows, member.settings["batch_size"], True)[0, 0]))
            if not losses[-1] <= DIVERGED * max(losses[0], 1e-6):  # NaN too
                break
    return RangeTest(tuple(rates[: len(losses)]), tuple(losses), _rate(member.settings))


def _batches(member: Member) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the number of an epoch and the samples of a batch, in the order of training, without end."""
    size = member.settings["batch_size"]
    for epoch in numbers_from(1):
        order = epoch_order(member.training, member.settings["shuffle"], member.seed, epoch)
        n_whole = max(size, len(order) // size * size)
        yield from ((epoch, order[start : start + size]) for start in range(0, n_whole, size))


def _rate(settings: Mapping) -> float | None:
    """Return the learning rate of the settings, without the factors of a schedule."""
    rate: Any = optimizer_value(settings).get("learning_rate")
    return float(rate) if is_number(rate) else None
