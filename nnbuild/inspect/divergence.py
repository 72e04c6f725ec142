"""Place where a training diverged: the first step, layer and array with values that are NaN or infinite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np

from nnbuild.inspect.network_gradients import pass_on
from nnbuild.inspect.passes import PassArrays
from nnbuild.language.shared import layer_name
from nnbuild.train.common.batches import MAX_STEPS, calls, epoch_order, steps_in
from nnbuild.train.common.device import on_device
from nnbuild.train.common.factors import step_factors
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import Weights, borrowed
from nnbuild.train.keras.program import Program, optimizer_state, program_for
from nnbuild.train.keras.trainer import place_weights

MAX_REPEATED = 2000  # steps


@dataclass(frozen=True)
class Divergence:
    """First step of a training with values that are NaN or infinite, and the layer.

    Attributes
    ----------
    epoch, step, n_steps : int
        From 1, and the number of steps per epoch.
    what : {"outputs", "gradients", "weights", "loss"}
        First of these that is not finite, in the order of computation.
    layer : str
        Name of the layer; "" for the loss.
    path : tuple of str and int
        Path of its node in the recipe; empty for a layer that nnbuild adds.
    """

    epoch: int
    step: int
    n_steps: int
    what: str
    layer: str = ""
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        place = f"the {self.what} of layer {self.layer}" if self.layer else "the loss"
        return f"NaN or infinite first in {place}, in epoch {self.epoch}, step {self.step} of {self.n_steps}"


def divergence_of(member: Member, max_steps: int = MAX_REPEATED) -> Divergence | None:
    """Repeat a training until values are NaN or infinite, and return the place.

    Parameters
    ----------
    member : Member
    max_steps : int, default=2000
        Maximum number of steps to repeat.

    Returns
    -------
    Divergence or None
        None if all values in these steps are finite.

    Notes
    -----
    The steps are those of Keras' engine, without callbacks. Steps are repeated in blocks, and those of the block that
    diverges one by one.
    """
    with on_device(member.device), borrowed(member.resolved, member.seed, member.device) as model:
        place_weights(model, member)
        program = program_for(model, member.settings, member.training)
        if member.previous and member.previous.optimizer:
            program.resume(member.previous.optimizer)
        found = _first_place(member, model, program, max_steps)
    return found


@dataclass(frozen=True)
class _Block:
    """Samples of consecutive steps, after `done` steps of an epoch."""

    epoch: int
    done: int
    rows: np.ndarray


def _first_place(member: Member, model: keras.Model, program: Program, max_steps: int) -> Divergence | None:
    for block in _blocks(member, max_steps):
        state = _state(model)
        if _is_finite(member, program, block):
            continue
        _restore(model, program, state)
        for step in _steps(member, block):
            state = _state(model)
            if not _is_finite(member, program, step):
                after = [variable for variable in model.trainable_variables if not np.isfinite(variable.numpy()).all()]
                _restore(model, program, state)
                return _place(member, step, pass_on(model, member, step.rows, step.epoch), after)
    return None


def _blocks(member: Member, max_steps: int) -> Iterator[_Block]:
    """Yield blocks of steps in the order of training."""
    size, n_before = member.settings["batch_size"], member.previous.n_epochs if member.previous else 0
    n_left = max_steps
    for epoch in range(1, member.settings["epochs"] + 1):
        order, done = epoch_order(member.training, member.settings["shuffle"], member.seed, n_before + epoch), 0
        for rows in calls(member.training, order, size, MAX_STEPS):
            if n_left <= 0:
                return
            yield _Block(epoch, done, rows)
            done, n_left = done + -(-len(rows) // size), n_left - -(-len(rows) // size)


def _steps(member: Member, block: _Block) -> Iterator[_Block]:
    size = member.settings["batch_size"]
    for start in range(0, len(block.rows), size):
        yield _Block(block.epoch, block.done + start // size, block.rows[start : start + size])


def _is_finite(member: Member, program: Program, block: _Block) -> bool:
    """Train on a block, and return whether losses and weights are finite."""
    settings, size = member.settings, member.settings["batch_size"]
    n_before, n_steps = member.previous.n_epochs if member.previous else 0, steps_in(member.training, size)
    factors = step_factors(settings, n_steps, block.epoch, n_before)
    part = slice(block.done, block.done + -(-len(block.rows) // size))
    of_block = {name: values[part] for name, values in factors.items()}
    data = member.training.of_epoch(n_before + block.epoch)
    losses = program.run(data, block.rows, size, True, of_block).numpy()[:, 0]
    return bool(np.isfinite(losses).all()) and program.weights_are_finite()


def _state(model: keras.Model) -> tuple[Weights, tuple[np.ndarray, ...]]:
    return Weights.of(model), optimizer_state(model)


def _restore(model: keras.Model, program: Program, state: tuple[Weights, tuple[np.ndarray, ...]]) -> None:
    state[0].place_in(model)
    program.resume(state[1])


def _place(member: Member, step: _Block, arrays: PassArrays, after: list[keras.Variable]) -> Divergence:
    """Return the first array that is not finite in a step: outputs forward, then gradients backward, then weights."""
    what, layer = "loss", ""
    forward = [call.layer for call in arrays.calls if not _finite(call.a)]
    backward = [call.layer for call in reversed(arrays.calls) if not (_finite(call.da) and _finite(call.dz))]
    of_weights = [variable.path.partition("/")[0] for variable in after]
    for name, layers in (("outputs", forward), ("gradients", backward), ("weights", of_weights)):
        if layers:
            what, layer = name, layers[0]
            break
    paths = {layer_name(node): node.path for node in reversed(member.resolved.nodes)}
    n_steps = steps_in(member.training, member.settings["batch_size"])
    return Divergence(step.epoch, step.done + 1, n_steps, what, layer, paths.get(layer, ()))


def _finite(values: np.ndarray | None) -> bool:
    return values is None or values.dtype.kind not in "fc" or bool(np.isfinite(values).all())
