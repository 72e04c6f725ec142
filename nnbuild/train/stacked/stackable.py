"""Which engine trains what: what each layer, optimizer, loss and metric allows, as it was tried.

Layers are in `ways`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts, loss_facts, metric_facts, object_facts
from nnbuild.catalog.json_form import JsonForm, is_plain_accuracy, type_of
from nnbuild.catalog.registered import registered_among
from nnbuild.errors import show
from nnbuild.records import Resolved
from nnbuild.train.common.batches import MOST_STEPS, TrainingData, is_sparse, steps_in
from nnbuild.train.common.device import has_gpu
from nnbuild.train.common.member import Member
from nnbuild.train.common.optimizers import optimizer_value
from nnbuild.train.stacked.execution_modes import WAYS, every_layer, way_of
from nnbuild.train.stacked.recurrent_loops import runs_in_loops

MOST_BYTES = 2**29  # of a member's rows, which are on the device as a whole

# What makes a fit train alone beside others, in the words that it is told in.
REASONS = {
    "layer": "layers of type {}",
    "layers": "layers of types {} and {} in one network",
    "argument": "{} of a layer of type {}",
    "registered": "{}, a class or function of your own",
    "text": "inputs of text",
    "precision": "precision {}",
    "optimizer": "optimizer {}",
    "losses": "loss {}",
    "metrics": "metric {}",
    "sparse": "sparse X",
    "rows": f"more than {MOST_BYTES // 2**20} MiB of rows",
    "ids": "ids that an Embedding does not have",
    "callbacks": "Keras' callbacks",
    "warm_start": "warm_start",
    "engine": "engine='keras'",
    "drawn": "rows that are drawn anew in each epoch",
    "short": "too few steps to compile a program for",
}

# Steps of one training from which it pays to compile it for itself. A step of a small network then takes 0.1 ms less,
# one of a large network as long as before, and compiling takes a second (benchmarks/single_fit.py). Recurrent layers
# that run in loops have nothing to compile: of those, any number of steps pays (benchmarks/README.md).
MANY_STEPS = 10_000
# Likewise of all members of a stack, where a step takes 0.15 ms less.
MANY_STEPS_TOGETHER = 6_000


def compiling_pays(member: Member, n_members: int = 1) -> bool:
    """Whether a program for a training alone saves time: by what is asked, no clock.

    Parameters
    ----------
    member : Member
    n_members : int, default=1
        Of an ensemble: one step of the program is one of each.
    """
    if n_members * _n_steps(member) >= MANY_STEPS:
        return True
    # A program runs whole epochs, and Ctrl-C waits for them: they are as short as a call of Keras' engine.
    return steps_in(member.training, member.settings["batch_size"]) <= MOST_STEPS and _loops_pay(member)


def stacking_pays(members: Sequence[Member]) -> bool:
    """Whether members of one template train so long that the program for them saves time."""
    return sum(map(_n_steps, members)) >= MANY_STEPS_TOGETHER or _loops_pay(members[0])


def _loops_pay(member: Member) -> bool:
    """Whether recurrent layers run in loops, which on a GPU cuDNN does better, layer by layer."""
    return not has_gpu(member.device) and runs_in_loops(member.resolved, member.training.X)


def _n_steps(member: Member) -> int:
    """Most steps of a training."""
    return member.settings["epochs"] * steps_in(member.training, member.settings["batch_size"])


def why_alone(member: Member) -> str:
    """Why a training can't be one of a stack, as `REASONS` says it; empty where it can."""
    return next(_reasons(member), "")


def _reasons(member: Member) -> Iterator[str]:
    settings = member.settings
    yield from _reasons_of_layers(member.resolved)
    if any(spec.get("dtype") == "string" for spec in member.resolved.inputs.values()):
        yield REASONS["text"]
    if settings["precision"] not in PRECISIONS:
        yield REASONS["precision"].format(settings["precision"])
    yield from _reasons_of_optimizer(settings)
    for family, facts, value in (
        ("losses", loss_facts, settings["loss"]),
        ("metrics", metric_facts, settings["metrics"]),
    ):
        names = [_class_name(family, item) for item in _written(value)]
        yield from (REASONS[family].format(name) for name in names if not facts(name).stacked)
    yield from _reasons_of_rows(member)


def _reasons_of_layers(resolved: Resolved) -> Iterator[str]:
    for node in resolved.nodes:
        yield from (REASONS["registered"].format(show(name)) for name in registered_among(node.strings))
    layers = list(every_layer(resolved))
    yield from (REASONS["layer"].format(kind) for kind, _ in layers if not layer_facts(kind).ways)
    for kind, arguments in layers:
        yield from (REASONS["argument"].format(name, kind) for name in REFUSED if arguments.get(name))
        yield from (REASONS["argument"].format(name, kind) for name in arguments if _has_weights(arguments[name]))
    if way_of(resolved) is None:
        kinds = [next(kind for kind, _ in layers if layer_facts(kind).ways == (way,)) for way in WAYS]
        yield REASONS["layers"].format(*kinds)


def _has_weights(value: Any) -> bool:
    """Whether an argument is an activation with weights, which Keras makes only when the layer is called."""
    return isinstance(value, Mapping) and value.get("type") == "PReLU"


def _reasons_of_optimizer(settings: Mapping) -> Iterator[str]:
    value = optimizer_value(settings)
    name = _class_name("optimizers", value)
    if object_facts("optimizers", name).numbers is None:
        yield REASONS["optimizer"].format(name)


def _written(value: Any) -> Iterator[JsonForm]:
    """Losses or metrics of all outputs."""
    if isinstance(value, Mapping) and "type" not in value:
        for item in value.values():
            yield from _written(item)
    elif isinstance(value, list | tuple):
        yield from value
    elif value is not None:
        yield value


def _class_name(family: str, value: JsonForm) -> str:
    if is_plain_accuracy(value):
        return "Accuracy"
    return catalog.own_name(family, type_of(value))


def _reasons_of_rows(member: Member) -> Iterator[str]:
    """What keeps the rows from being on the device as a whole."""
    for data in member.parts:
        inputs = list(data.X.values()) if isinstance(data.X, dict) else [data.X]
        if any(is_sparse(array) for array in inputs):
            yield REASONS["sparse"]
        elif any(array.dtype.kind not in "biuf" for array in inputs):
            yield REASONS["text"]
        elif any(_are_outside(ids, n) for ids, n in _ids(member.resolved, data)):
            yield REASONS["ids"]  # a compiled program would take others; layer by layer, the error says so
        if len(data.weights) * data.row_bytes > MOST_BYTES:
            yield REASONS["rows"]


def _ids(resolved: Resolved, data: TrainingData) -> Iterator[tuple[np.ndarray, int]]:
    """Inputs that go into an Embedding, and how many ids that has."""
    inputs = data.X if isinstance(data.X, dict) else dict.fromkeys(resolved.inputs, data.X)
    for node in resolved.nodes:
        if node.type == "Embedding" and node.inputs[0] in inputs:
            yield inputs[node.inputs[0]], node.arguments["input_dim"]


def _are_outside(ids: np.ndarray, n: int) -> bool:
    return bool(ids.size) and not (ids.min() >= 0 and ids.max() < n)


# Arguments of layers that keep them out: losses over whole batches, states from batch to batch, weights of other kinds.
REFUSED = ("activity_regularizer", "stateful", "lora_rank", "quantization_config")
PRECISIONS = ("float32", "float64")
