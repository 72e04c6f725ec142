"""Members of one template -> their trained weights and histories, from one compiled program."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

from nnbuild.language.values import canonical
from nnbuild.train.common.batches import TrainingData
from nnbuild.train.common.course import Outcome
from nnbuild.train.common.device import has_gpu, on_device
from nnbuild.train.common.epochs import Hooks
from nnbuild.train.common.member import Member
from nnbuild.train.common.pool import surroundings
from nnbuild.train.common.program_cache import Store
from nnbuild.train.common.progress import ProgressListener
from nnbuild.train.common.template import Template
from nnbuild.train.stacked.recurrent_loops import loops_behind_weights
from nnbuild.train.stacked.side_by_side import side_by_side
from nnbuild.train.stacked.stack_batches import StackBatches, looks_at_batches
from nnbuild.train.stacked.stack_program import StackProgram
from nnbuild.train.stacked.stack_rows import StackRows, size_class
from nnbuild.train.stacked.stack_run import Hooked, StackRun

MOST_PROGRAMS = 32
MOST_STATE_BYTES = 2**28  # of weights, optimizers and layers' values at a time; there are about five copies
MOST_TOGETHER = 32  # members at a time: more are no faster on a CPU, and XLA then computes with other bits
FEWEST_TOGETHER = 4  # of one thread, where there are several


def train_stack(
    members: Sequence[Member],
    progress: ProgressListener | None = None,
    n_threads: int | None = None,
    hooks: Hooks = (),
) -> list[Outcome]:
    """Train members of one template, by one program.

    Parameters
    ----------
    members : sequence of Member
        All of one `program_key`, with data of the same shapes but for the number of rows.
    progress : ProgressListener, optional
    n_threads : int, optional
        In how many threads; by default as many as there are processors, one for a GPU.
    hooks : sequence of sequence of EpochHooks
        Of each member, called around each epoch in the threads that train; none by default.

    Returns
    -------
    list of Outcome
        In the order of the members. Each is what the member would be alone, but for the order of sums in the last bits.
    """
    started = time.perf_counter()
    first = members[0]
    n_threads = 1 if has_gpu(first.device) else n_threads or os.cpu_count() or 1
    with on_device(first.device):
        program = program_for(first.template, first.training, first.device)
        parts = [data for member in members for data in member.parts]
        for data in parts:
            program.check(data, first.settings["batch_size"])
        batches = StackBatches(members, StackRows(parts, program.float_dtype), program.sums_losses)
    if loops_behind_weights(first.resolved, first.training.X):
        size = 1
    else:
        size = _together(len(members), program.member_bytes(first.settings["batch_size"]), n_threads)
    hooked = list(zip(members, hooks or [()] * len(members), strict=True))
    groups = [hooked[start : start + size] for start in range(0, len(members), size)]
    outcomes = _trained(program, batches, groups, size_class(size), progress, n_threads)
    elapsed_s = (time.perf_counter() - started) / len(members)
    return [replace(outcome, history=replace(outcome.history, elapsed_s=elapsed_s)) for outcome in outcomes]


def program_key(member: Member) -> str:
    """Text that is the same for members that one program can train together."""
    n_rows = len(member.training) if looks_at_batches(member.resolved) else None
    shapes = list(map(_shapes, member.parts))
    return canonical([_template_text(member.template), member.settings["batch_size"], shapes, n_rows, member.device])


def program_for(template: Template, data: TrainingData, device: str | None = None) -> StackProgram:
    """The program of a template; those used last are kept. Like a model, it stays on the device where it was made."""
    key = f"{surroundings(template.resolved)} {device} {_template_text(template)} {_shapes(data)}"
    return _programs.get(key, lambda: StackProgram(template, data))


def _together(n_members: int, member_bytes: int, n_threads: int) -> int:
    """How many members train at a time in each thread."""
    most = max(1, min(MOST_TOGETHER, MOST_STATE_BYTES // (member_bytes * n_threads)))
    n_groups = max(-(-n_members // most), min(n_threads, n_members // FEWEST_TOGETHER))
    return -(-n_members // n_groups)


def _trained(
    program: StackProgram,
    batches: StackBatches,
    groups: Sequence[Sequence[Hooked]],
    n_places: int,
    progress: ProgressListener | None,
    n_threads: int,
) -> list[Outcome]:
    """Outcomes of groups of members, several groups at a time; what each needs of memory is free again afterwards."""

    def train(group: Sequence[Hooked], listener: ProgressListener | None) -> list[Outcome]:
        with on_device(group[0][0].device):
            return StackRun(program, batches, group, n_places).run(listener)

    return [outcome for found in side_by_side(train, groups, progress, n_threads) for outcome in found]


def _shapes(data: TrainingData) -> list:
    inputs = data.X if isinstance(data.X, dict) else {"": data.X}
    shapes = [[name, list(array.shape[1:]), str(array.dtype)] for name, array in {**inputs, **data.y}.items()]
    return [*shapes, list(data.weights.shape[1:])]


def _template_text(template: Template) -> str:
    return canonical([template.resolved.to_dict(), dict(template.settings), [list(place) for place in template.places]])


_programs: Store[StackProgram] = Store(MOST_PROGRAMS)
