"""Members of one form -> their trained weights and histories, from one compiled program."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

from nnbuild.recipe.values import canonical
from nnbuild.train.batches import Data
from nnbuild.train.device import has_gpu, on_device
from nnbuild.train.loops import loops_behind_weights
from nnbuild.train.member import Member, Outcome
from nnbuild.train.numbers import Form
from nnbuild.train.pool import surroundings
from nnbuild.train.progress import ProgressListener
from nnbuild.train.side_by_side import side_by_side
from nnbuild.train.stack_batches import StackBatches, looks_at_batches
from nnbuild.train.stack_program import StackProgram
from nnbuild.train.stack_rows import StackRows, size_class
from nnbuild.train.stack_run import StackRun
from nnbuild.train.store import Store

MOST_PROGRAMS = 32
MOST_STATE_BYTES = 2**28  # of weights, optimizers and layers' values at a time; there are about five copies
MOST_TOGETHER = 32  # members at a time: more are no faster on a CPU, and XLA then computes with other bits
FEWEST_TOGETHER = 4  # of one thread, where there are several


def train_stack(
    members: Sequence[Member], progress: ProgressListener | None = None, n_threads: int | None = None
) -> list[Outcome]:
    """Train members of one form, by one program.

    Parameters
    ----------
    members : sequence of Member
        All of one form, as `form_key` tells, with data of the same shapes but for the number of rows.
    progress : ProgressListener, optional
    n_threads : int, optional
        In how many threads; by default as many as there are processors, one for a GPU.

    Returns
    -------
    list of Outcome
        In the order of the members. Each is what the member would be alone, but for the order of sums in the last bits.
    """
    started = time.perf_counter()
    first = members[0]
    n_threads = 1 if has_gpu(first.device) else n_threads or os.cpu_count() or 1
    with on_device(first.device):
        program = program_for(first.form, first.training, first.device)
        parts = [data for member in members for data in member.parts]
        for data in parts:
            program.check(data, first.settings["batch_size"])
        batches = StackBatches(members, StackRows(parts, program.float_dtype), program.sums_losses)
    if loops_behind_weights(first.resolved, first.training.X):
        size = 1
    else:
        size = _together(len(members), program.member_bytes(first.settings["batch_size"]), n_threads)
    groups = [members[start : start + size] for start in range(0, len(members), size)]
    outcomes = _trained(program, batches, groups, size_class(size), progress, n_threads)
    elapsed_s = (time.perf_counter() - started) / len(members)
    return [replace(outcome, history=replace(outcome.history, elapsed_s=elapsed_s)) for outcome in outcomes]


def form_key(member: Member) -> str:
    """Text that is the same for members that one program can train together."""
    n_rows = len(member.training) if looks_at_batches(member.resolved) else None
    shapes = list(map(_shapes, member.parts))
    return canonical([_form_text(member.form), member.settings["batch_size"], shapes, n_rows, member.device])


def program_for(form: Form, data: Data, device: str | None = None) -> StackProgram:
    """The program of a form; those used last are kept. Like a model, it stays on the device where it was made."""
    key = f"{surroundings(form.resolved)} {device} {_form_text(form)} {_shapes(data)}"
    return _programs.get(key, lambda: StackProgram(form, data))


def _together(n_members: int, member_bytes: int, n_threads: int) -> int:
    """How many members train at a time in each thread."""
    most = max(1, min(MOST_TOGETHER, MOST_STATE_BYTES // (member_bytes * n_threads)))
    n_groups = max(-(-n_members // most), min(n_threads, n_members // FEWEST_TOGETHER))
    return -(-n_members // n_groups)


def _trained(
    program: StackProgram,
    batches: StackBatches,
    groups: Sequence[Sequence[Member]],
    n_places: int,
    progress: ProgressListener | None,
    n_threads: int,
) -> list[Outcome]:
    """Outcomes of groups of members, several groups at a time; what each needs of memory is free again afterwards."""

    def train(members: Sequence[Member], listener: ProgressListener | None) -> list[Outcome]:
        with on_device(members[0].device):
            return StackRun(program, batches, members, n_places).run(listener)

    return [outcome for found in side_by_side(train, groups, progress, n_threads) for outcome in found]


def _shapes(data: Data) -> list:
    inputs = data.X if isinstance(data.X, dict) else {"": data.X}
    shapes = [[name, list(array.shape[1:]), str(array.dtype)] for name, array in {**inputs, **data.y}.items()]
    return [*shapes, list(data.weights.shape[1:])]


def _form_text(form: Form) -> str:
    return canonical([form.resolved.to_dict(), dict(form.settings), [list(place) for place in form.places]])


_programs: Store[StackProgram] = Store(MOST_PROGRAMS)
