"""Train members that have the same template with one compiled program."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from dataclasses import replace

from nnbuild.catalog.registered import registered_among
from nnbuild.language.values import canonical
from nnbuild.train.common.batches import TrainingData
from nnbuild.train.common.course import Outcome
from nnbuild.train.common.device import has_gpu, on_device
from nnbuild.train.common.epochs import Hooks
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import environment_key
from nnbuild.train.common.pooling import pools_of
from nnbuild.train.common.program_cache import Store
from nnbuild.train.common.progress import ProgressListener
from nnbuild.train.common.template import Template
from nnbuild.train.stacked.recurrent_loops import has_loop_after_layers
from nnbuild.train.stacked.side_by_side import side_by_side
from nnbuild.train.stacked.stack_batches import StackBatches, uses_whole_batches
from nnbuild.train.stacked.stack_program import StackProgram
from nnbuild.train.stacked.stack_rows import StackRows, size_class
from nnbuild.train.stacked.stack_run import Hooked, StackRun

MAX_PROGRAMS = 32
MAX_STATE_BYTES = 2**28  # weights, optimizer states and layer outputs of a group; the program uses about five copies
MAX_GROUP = 32  # members per group: more are not faster on a CPU, and XLA rounds differently for more
MIN_GROUP = 4  # members per thread, if there are several threads


def train_stack(
    members: Sequence[Member],
    progress: ProgressListener | None = None,
    n_threads: int | None = None,
    hooks: Hooks = (),
    deadline_s: float = math.inf,
) -> list[Outcome]:
    """Train members that have the same template with one program.

    Parameters
    ----------
    members : sequence of Member
        With equal `program_key`, and data of the same shapes except for the number of samples.
    progress : ProgressListener, optional
    n_threads : int, optional
        Number of threads; by default one per processor, or one for a GPU.
    hooks : sequence of sequence of EpochHooks
        Hooks of each member, called before and after each epoch in the training threads; by default none.
    deadline_s : float, default=inf
        Time of `time.perf_counter`, after which the trainings end with their current epoch. Groups of members that one
        thread trains one after another divide the time.

    Returns
    -------
    list of Outcome
        Outcome of each member. It equals that of the member trained alone, up to the rounding of sums.
    """
    started = time.perf_counter()
    first = members[0]
    n_threads = 1 if has_gpu(first.device) else n_threads or os.cpu_count() or 1
    with on_device(first.device):
        program = program_for(first.template, first.training, first.device)
        parts = [data for member in members for data in member.parts]
        for member in members:
            program.check(member)
        batches = StackBatches(members, StackRows(parts, program.float_dtype), program.sums_losses)
    if has_loop_after_layers(first.resolved, first.training.X):
        size = 1
    else:
        size = _group_size(len(members), program.member_bytes(first.settings["batch_size"]), n_threads)
    hooked = list(zip(members, hooks or [()] * len(members), strict=True))
    groups = _groups(hooked, size)
    n_places = size_class(max(map(len, groups)))
    outcomes = _train_groups(program, batches, groups, n_places, progress, n_threads, deadline_s)
    elapsed_s = (time.perf_counter() - started) / len(members)
    return [replace(outcome, history=replace(outcome.history, elapsed_s=elapsed_s)) for outcome in outcomes]


def program_key(member: Member) -> str:
    """Return a key that is equal for members that one program can train together."""
    n_rows = len(member.training) if uses_whole_batches(member.resolved) else None
    shapes = list(map(_shapes, member.parts))
    return canonical([_template_text(member.template), member.settings["batch_size"], shapes, n_rows, member.device])


def program_for(template: Template, data: TrainingData, device: str | None = None) -> StackProgram:
    """Return the program of a template, from the cache if possible. A program stays on the device of its creation."""
    key = f"{environment_key(template.resolved)} {device} {_template_text(template)} {_shapes(data)}"
    stored = "" if registered_among(template.strings) else key  # code of the user may change
    return _programs.get(key, lambda: StackProgram(template, data, stored))


def _group_size(n_members: int, member_bytes: int, n_threads: int) -> int:
    """Return the number of members per group; each thread trains one group at a time."""
    most = max(1, min(MAX_GROUP, MAX_STATE_BYTES // (member_bytes * n_threads)))
    n_groups = max(-(-n_members // most), min(n_threads, n_members // MIN_GROUP))
    return -(-n_members // n_groups)


def _groups(hooked: Sequence[Hooked], size: int) -> list[list[Hooked]]:
    """Split members into groups of at most `size` members. A pool is in one group, which may be larger."""
    groups: list[list[Hooked]] = [[]]
    for places in pools_of([member for member, _ in hooked]):
        if groups[-1] and len(groups[-1]) + len(places) > size:
            groups.append([])
        groups[-1] += [hooked[place] for place in places]
    return groups


def _train_groups(
    program: StackProgram,
    batches: StackBatches,
    groups: Sequence[Sequence[Hooked]],
    n_places: int,
    progress: ProgressListener | None,
    n_threads: int,
    deadline_s: float,
) -> list[Outcome]:
    """Train groups of members, one in each thread, and return the outcomes of all members."""
    n_turns = -(-len(groups) // n_threads)

    def train(numbered: tuple[int, Sequence[Hooked]], listener: ProgressListener | None) -> list[Outcome]:
        number, group = numbered
        started = time.perf_counter()
        end_s = started + (deadline_s - started) / (n_turns - number // n_threads)
        with on_device(group[0][0].device):
            return StackRun(program, batches, group, n_places, end_s).run(listener)

    found = side_by_side(train, list(enumerate(groups)), progress, n_threads)
    return [outcome for outcomes in found for outcome in outcomes]


def _shapes(data: TrainingData) -> list:
    inputs = data.X if isinstance(data.X, dict) else {"": data.X}
    shapes = [[name, list(array.shape[1:]), str(array.dtype)] for name, array in {**inputs, **data.y}.items()]
    return [*shapes, *(list(array.shape[1:]) for array in data.weights.values())]


def _template_text(template: Template) -> str:
    return canonical([template.resolved.to_dict(), dict(template.settings), [list(place) for place in template.places]])


_programs: Store[StackProgram] = Store(MAX_PROGRAMS)
