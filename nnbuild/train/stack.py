"""Members of one form -> their trained weights and histories, from one compiled program."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import tensorflow as tf

from nnbuild.recipe.values import canonical
from nnbuild.records import History, Resolved, frozen_mapping
from nnbuild.train.batches import Data, epoch_order, steps_in
from nnbuild.train.device import on_device
from nnbuild.train.epochs import EpochHooks
from nnbuild.train.metrics import directions
from nnbuild.train.numbers import Form, separated
from nnbuild.train.pool import surroundings
from nnbuild.train.progress import ProgressListener
from nnbuild.train.stack_program import StackProgram, State
from nnbuild.train.stack_rows import StackRows, size_class
from nnbuild.train.stopping import Watch, curves, divergence, stopping_rule
from nnbuild.train.store import Store


@dataclass(frozen=True, eq=False)
class Member:
    """One training, before it runs.

    Attributes
    ----------
    resolved : Resolved
        The network.
    settings : mapping
        As `train` takes them.
    seed : int
        Of the first weights, random layers and the order of batches.
    training, held_out : Data
        Rows to train on, and to validate on; None for no validation.
    device : {"cpu", "gpu"} or None
    hooks : tuple of EpochHooks
        Are called around each epoch, in the thread that trains.
    """

    resolved: Resolved
    settings: Mapping
    seed: int
    training: Data
    held_out: Data | None
    device: str | None = None
    hooks: tuple[EpochHooks, ...] = ()


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the training of a member has led to.

    Attributes
    ----------
    weights : list of array
        Values of the model's variables to keep, in the model's order.
    history : History
    trouble : str
        What became NaN or infinite, if anything did: then the weights are those of the best epoch, or of the start.
    """

    weights: list[np.ndarray]
    history: History
    trouble: str = ""


def train_stack(members: Sequence[Member], progress: ProgressListener | None = None) -> list[Outcome]:
    """Train members of one form, all at once.

    Parameters
    ----------
    members : sequence of Member
        All of one form, as `form_key` tells, with data of the same shapes but for the number of rows.
    progress : ProgressListener, optional

    Returns
    -------
    list of Outcome
        In the order of the members. Each is what the member would be alone, but for the order of sums in the last bits.
    """
    started = time.perf_counter()
    first = members[0]
    form, _ = separated(first.resolved, first.settings)
    with on_device(first.device):
        program = program_for(form, first.training, first.device)
        for data in (data for member in members for data in (member.training, member.held_out) if data):
            program.check(data)
        most = max(1, MOST_STATE_BYTES // program.member_bytes)
        parts = [members[start : start + most] for start in range(0, len(members), most)]
        outcomes = [outcome for part in parts for outcome in _trained(program, part, progress)]
    elapsed_s = (time.perf_counter() - started) / len(members)
    return [replace(outcome, history=replace(outcome.history, elapsed_s=elapsed_s)) for outcome in outcomes]


def form_key(member: Member) -> str:
    """Text that is the same for members that one program can train together."""
    form, _ = separated(member.resolved, member.settings)
    shapes = [_shapes(data) for data in (member.training, member.held_out) if data]
    n_rows = len(member.training) if looks_at_batches(member.resolved) else None
    return canonical([_form_text(form), member.settings["batch_size"], shapes, n_rows, member.device])


def program_for(form: Form, data: Data, device: str | None = None) -> StackProgram:
    """The program of a form; those used last are kept. Like a model, it stays on the device where it was made."""
    key = f"{surroundings(form.resolved)} {device} {_form_text(form)} {_shapes(data)}"
    return _programs.get(key, lambda: StackProgram(form, data))


def _trained(program: StackProgram, members: Sequence[Member], progress: ProgressListener | None) -> list[Outcome]:
    """Outcomes of as many members as fit in memory together, which is free again afterwards."""
    stack = _Stack(program, members)
    stack.run(progress)
    return [stack.outcome(place) for place in range(len(members))]


class _Stack:
    """One training of a stack: its rows on the device, its state, and the loop over epochs."""

    def __init__(self, program: StackProgram, members: Sequence[Member]):
        self._program, self._members = program, members
        self._n_members = size_class(len(members))
        self._exact = looks_at_batches(members[0].resolved)
        everyone = [*members, *[members[0]] * (self._n_members - len(members))]  # copies that no batch reaches
        self._numbers = np.array([separated(m.resolved, m.settings)[1] for m in everyone], np.float64)
        self._state = program.start([member.seed for member in everyone])
        self._best = self._state
        parts = [data for m in members for data in (m.training, m.held_out) if data]
        self._rows = StackRows(parts, program.float_dtype)
        self._padding = np.array([[self._rows.padding_of(member.training)] for member in everyone], np.int32)
        names = list(members[0].resolved.outputs)
        ways = [directions(names, member.settings) for member in members]
        self._watches = [
            Watch(stopping_rule(m.settings["early_stopping"], way, m.held_out is not None))
            for m, way in zip(members, ways, strict=True)
        ]
        self._epochs: list[list[dict[str, float]]] = [[] for _ in members]
        self._ends = ["" for _ in members]
        self._troubles = ["" for _ in members]

    def run(self, progress: ProgressListener | None) -> None:
        """Train until each member has ended."""
        n_epochs = max(member.settings["epochs"] for member in self._members)
        held_out = self._held_out_batches()
        if progress:
            progress.start(n_epochs, self._n_steps())
        try:
            for epoch in range(1, n_epochs + 1):
                if all(self._ends):
                    break
                self._run_epoch(epoch, held_out)
                if progress:
                    progress.epoch(epoch, self._shown())
        finally:
            if progress:
                progress.stop()

    def outcome(self, place: int) -> Outcome:
        """What a member has become; the time that it took is not known here."""
        watch, stopped = self._watches[place], self._ends[place]
        n_epochs = len(self._epochs[place])
        takes_best = stopped == "diverged" or (watch.rule.restore_best and watch.best_epoch)
        weights = self._program.weights(self._best if takes_best else self._state, place)
        history = History(
            frozen_mapping(curves(self._epochs[place])),
            watch.best_epoch if takes_best else n_epochs,
            stopped,
            elapsed_s=0.0,
        )
        return Outcome(weights, history, self._troubles[place])

    def _run_epoch(self, epoch: int, held_out: np.ndarray | None) -> None:
        here = [place for place, end in enumerate(self._ends) if not end]
        for hooks in (hooks for place in here for hooks in self._members[place].hooks):
            hooks.begin(epoch)
        training = [m.training if place in here else None for place, m in enumerate(self._members)]
        orders = self._parts(self._order(training, epoch))
        self._state, means, val_means, losses, finite = self._program.epoch(
            self._state, self._numbers, self._rows.tensors, orders, held_out
        )
        improved = np.zeros(self._n_members, bool)
        for place in here:
            val = None if val_means is None else val_means[place]
            n_steps = steps_in(self._members[place].training, self._batch_size())
            taken = self._losses_of(losses[:, place], n_steps)
            improved[place] = self._end_epoch(place, epoch, means[place], val, taken, finite[place])
        self._best = _chosen(improved, self._state, self._best)

    def _end_epoch(self, place, epoch, means, val_means, losses, is_finite) -> bool:
        """Take note of a member's epoch; whether its weights are the best so far."""
        names = self._program.curve_names
        logs = dict(zip(names, means.tolist(), strict=True))
        val_loss = None
        if val_means is not None and self._members[place].held_out:
            logs |= {f"val_{name}": value for name, value in zip(names, val_means.tolist(), strict=True)}
            val_loss = logs["val_loss"]
        if trouble := divergence(epoch, losses, val_loss, bool(is_finite)):
            self._troubles[place], self._ends[place] = trouble, "diverged"
            return False
        self._epochs[place].append(logs)
        watch = self._watches[place]
        patience_ended = watch.end_epoch(epoch, logs)
        if self._hooks_stop(place, epoch):
            self._ends[place] = "callback"
        elif patience_ended:
            self._ends[place] = "early_stopping"
        elif epoch == self._members[place].settings["epochs"]:
            self._ends[place] = "epochs"
        return watch.improved

    def _hooks_stop(self, place: int, epoch: int) -> bool:
        """Tell a member's hooks of the end of its epoch; whether one of them stops it."""
        stops = [h.end(epoch, lambda: self._program.weights(self._state, place)) for h in self._members[place].hooks]
        return any(stops)

    def _order(self, parts: Sequence[Data | None], epoch: int | None) -> np.ndarray:
        """Rows of each member in the order of an epoch, of shape (n_members, n_rows), and places of padding behind."""
        most = max(len(data) for member in self._members for data in (member.training, member.held_out) if data)
        order = np.repeat(self._padding, most, axis=1)
        drawn: dict[tuple, np.ndarray] = {}
        for place, data in enumerate(parts):
            if data is not None:
                order[place, : len(data)] = self._drawn(data, self._members[place], epoch, drawn)
        return order

    def _parts(self, order: np.ndarray) -> list[np.ndarray]:
        """An epoch cut into batches; where layers look at whole batches, the last one is as short as it is."""
        most = max(len(member.training) for member in self._members)
        n_whole = most // self._batch_size() * self._batch_size()
        if not self._exact or n_whole == most:
            return [self._batches(order[:, :most], self._batch_size())]
        tail = order[None, :, n_whole:most]
        return [self._batches(order[:, :n_whole], self._batch_size()), tail] if n_whole else [tail]

    def _batches(self, order: np.ndarray, size: int) -> np.ndarray:
        """Rows of shape (n_members, n_rows) as batches of shape (n_steps, n_members, size), padded."""
        n_steps = size_class(-(-order.shape[1] // size))
        missing = n_steps * size - order.shape[1]
        padded = np.hstack([order, np.repeat(self._padding, missing, axis=1)])
        return np.swapaxes(padded.reshape(self._n_members, n_steps, size), 0, 1)

    def _drawn(self, data: Data, member: Member, epoch: int | None, drawn: dict) -> np.ndarray:
        """Rows of a member in the order of an epoch; members with the same seed and rows share it."""
        shuffle = member.settings["shuffle"] and epoch is not None
        key = (self._rows.start_of(data), data.rows.tobytes(), shuffle, member.seed)
        if key not in drawn:
            drawn[key] = epoch_order(data, shuffle, member.seed, epoch or 0) + self._rows.start_of(data)
        return drawn[key]

    def _batch_size(self) -> int:
        most = max(len(member.training) for member in self._members)
        wanted = self._members[0].settings["batch_size"]
        return min(wanted, most if self._exact else size_class(most))

    def _held_out_batches(self) -> np.ndarray | None:
        most = max((len(m.held_out) for m in self._members if m.held_out), default=0)
        if not most:
            return None
        wanted = self._members[0].settings["batch_size"]
        size = min(wanted if self._program.sums_losses else max(wanted, EVALUATED_AT_ONCE), size_class(most))
        return self._batches(self._order([m.held_out for m in self._members], None)[:, :most], size)

    def _losses_of(self, losses: np.ndarray, n_steps: int) -> np.ndarray:
        """Losses of a member's steps, of those of all steps: an exact last batch stands behind the padding."""
        short = self._exact and len(self._members[0].training) % self._batch_size()
        return np.append(losses[: n_steps - 1], losses[-1]) if short else losses[:n_steps]

    def _n_steps(self) -> int:
        return max(steps_in(member.training, self._batch_size()) for member in self._members)

    def _shown(self) -> dict[str, float]:
        """Values of the last epoch: the means over members."""
        last = [epochs[-1] for epochs in self._epochs if epochs]
        return {name: float(np.mean([logs[name] for logs in last])) for name in (last[0] if last else {})}


def _chosen(mask: np.ndarray, new: State, old: State) -> State:
    """The new weights of the members of `mask`, and the old ones of the others."""
    if mask.all() or not mask.any():
        return new if mask.all() else old
    which = tf.constant(mask)

    def of(new_value, old_value):
        return tf.where(tf.reshape(which, (-1, *[1] * (len(new_value.shape) - 1))), new_value, old_value)

    return replace(new, trained=list(map(of, new.trained, old.trained)), others=list(map(of, new.others, old.others)))


def _shapes(data: Data) -> list:
    inputs = data.X if isinstance(data.X, dict) else {"": data.X}
    return [[name, list(array.shape[1:]), str(array.dtype)] for name, array in {**inputs, **data.y}.items()]


def _form_text(form: Form) -> str:
    return canonical([form.resolved.to_dict(), dict(form.settings), [list(place) for place in form.places]])


def looks_at_batches(resolved: Resolved) -> bool:
    """Whether a network trains otherwise on a batch with rows of padding: then a stack has rows of one number only."""
    return any(node.type in OF_BATCHES for node in resolved.nodes)


OF_BATCHES = {"BatchNormalization"}
EVALUATED_AT_ONCE = 256  # rows of a batch in evaluation
MOST_PROGRAMS = 32
MOST_STATE_BYTES = 2**28  # of weights and optimizers of a stack; there are about five copies of them at a time

_programs: Store[StackProgram] = Store(MOST_PROGRAMS)
