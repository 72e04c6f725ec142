"""Conditions for stacking: supported optimizers, losses, metrics and data, and the minimum number of steps.

`execution_modes` contains the conditions for layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts, loss_facts, metric_facts, object_facts
from nnbuild.catalog.json_form import JsonForm, type_of
from nnbuild.catalog.registered import registered_among
from nnbuild.errors import show
from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.batches import MAX_STEPS, TrainingData, is_sparse, steps_in
from nnbuild.train.common.device import has_gpu
from nnbuild.train.common.member import Member
from nnbuild.train.common.metrics import class_of
from nnbuild.train.common.optimizers import optimizer_value
from nnbuild.train.stacked.execution_modes import EXECUTION_MODES, every_layer, execution_mode
from nnbuild.train.stacked.recurrent_loops import has_loop_after_layers, runs_in_loops

MAX_BYTES = 2**29  # of a member's training data, all of which is on the device

# Reasons why a fit is not stacked, as shown to users.
REASONS = {
    "layer": "layers of type {}",
    "layers": "layers of types {} and {} in one network",
    "argument": "{} of a layer of type {}",
    "registered": "{}, a custom class or function",
    "text": "inputs of text",
    "precision": "precision {}",
    "optimizer": "optimizer {}",
    "losses": "loss {}",
    "metrics": "metric {}",
    "sparse": "sparse X",
    "rows": f"more than {MAX_BYTES // 2**20} MiB of rows",
    "ids": "ids outside the range of an Embedding",
    "callbacks": "Keras' callbacks",
    "warm_start": "warm_start",
    "engine": "engine='keras'",
    "drawn": "samples that are drawn in each epoch",
    "pooled": "members that keep the same epoch, with different numbers of samples for {}",
    "pooled loops": "members that keep the same epoch, with recurrent layers after other layers",
    "short": "too few steps to be worth compiling",
}

# Minimum number of steps for which a compiled program saves time in a single training. Compiling takes a second, and
# saves 0.1 ms per step of a small network but nothing for a large one (benchmarks/single_fit.py). There is no minimum
# for recurrent layers in loops, which need no compilation (benchmarks/README.md).
MANY_STEPS = 10_000
MIN_BUDGET_S = 10.0  # a small network takes that many steps in about 5 s
# The same for the sum over all members of a stack. Stacking saves 0.15 ms per step.
MANY_STEPS_STACKED = 6_000
# Steps that take as long as the copies for one epoch of a pooled member in Keras' engine, where the members alternate:
# its weights and the state of its optimizer are copied into the model and out of it.
STEPS_OF_COPIES = 50


def compiling_pays(member: Member, n_members: int = 1, time_budget_s: float = math.inf) -> bool:
    """Return whether a compiled program saves time for a single fit, as estimated from its settings.

    Parameters
    ----------
    member : Member
    n_members : int, default=1
        Number of members of an ensemble.
    time_budget_s : float, default=inf
        Seconds after which the fit ends.
    """
    if n_members * _n_steps(member) >= MANY_STEPS and time_budget_s >= MIN_BUDGET_S:
        return True
    # Ctrl-C waits for the end of a call, which is a whole epoch here. Calls may not be longer than in Keras' engine.
    return steps_in(member.training, member.settings["batch_size"]) <= MAX_STEPS and _loops_pay(member)


def stacking_pays(members: Sequence[Member]) -> bool:
    """Return whether a compiled program saves time for members with one template."""
    return sum(map(_n_steps, members)) >= MANY_STEPS_STACKED or _loops_pay(members[0])


def _loops_pay(member: Member) -> bool:
    """Return whether recurrent layers run in loops on a CPU. On a GPU, Keras' engine is faster, because of cuDNN."""
    return not has_gpu(member.device) and runs_in_loops(member.resolved, member.training.X)


def _n_steps(member: Member) -> int:
    """Return the maximum number of steps over all epochs of a training, including the time of copies."""
    copies = 0 if member.pool is None else STEPS_OF_COPIES
    return member.settings["epochs"] * (copies + steps_in(member.training, member.settings["batch_size"]))


def obstacle_to_pooling(members: Sequence[Member]) -> str:
    """Return the reason in `REASONS` why one program can't train all members of a pool at once; empty if it can."""
    first = members[0]
    if first.pool is None:
        return ""
    if has_loop_after_layers(first.resolved, first.training.X):
        return REASONS["pooled loops"]
    layers = [node.type for node in first.resolved.nodes if layer_facts(node.type).whole_batches]
    lengths = {len(member.training) for member in members if member.pool is first.pool}
    return REASONS["pooled"].format(layers[0]) if layers and len(lengths) > 1 else ""


def obstacle_to_stacking(member: Member) -> str:
    """Return the reason in `REASONS` why a training can't be stacked; empty if it can."""
    return next(_reasons(member), "")


def _reasons(member: Member) -> Iterator[str]:
    settings = member.settings
    yield from _reasons_of_layers(member.resolved)
    if any(spec.get("dtype") == "string" for spec in member.resolved.inputs.values()):
        yield REASONS["text"]
    if settings["precision"] not in PRECISIONS:
        yield REASONS["precision"].format(settings["precision"])
    yield from _reasons_of_optimizer(settings)
    losses = [catalog.own_name("losses", type_of(loss)) for loss in _written(settings["loss"])]
    yield from (REASONS["losses"].format(name) for name in losses if not loss_facts(name).stacked)
    metrics = [class_of(metric) for metric in _written(settings["metrics"])]
    yield from (REASONS["metrics"].format(name) for name in metrics if not metric_facts(name).stacked)
    yield from _reasons_of_rows(member)


def _reasons_of_layers(resolved: ResolvedNetwork) -> Iterator[str]:
    for node in resolved.nodes:
        yield from (REASONS["registered"].format(show(name)) for name in registered_among(node.strings))
    layers = list(every_layer(resolved))
    yield from (REASONS["layer"].format(kind) for kind, _ in layers if not layer_facts(kind).modes)
    for kind, arguments in layers:
        yield from (REASONS["argument"].format(name, kind) for name in REFUSED if arguments.get(name))
        yield from (REASONS["argument"].format(name, kind) for name in arguments if _has_weights(arguments[name]))
    if execution_mode(resolved) is None:
        kinds = [next(kind for kind, _ in layers if layer_facts(kind).modes == (mode,)) for mode in EXECUTION_MODES]
        yield REASONS["layers"].format(*kinds)


def _has_weights(value: Any) -> bool:
    """Return whether an argument is an activation with weights, which Keras creates only when the layer is called."""
    return isinstance(value, Mapping) and layer_facts(value.get("type", "")).learned


def _reasons_of_optimizer(settings: Mapping) -> Iterator[str]:
    name = catalog.own_name("optimizers", type_of(optimizer_value(settings)))
    if object_facts("optimizers", name).numbers is None:
        yield REASONS["optimizer"].format(name)


def _written(value: Any) -> Iterator[JsonForm]:
    """Yield the losses or metrics of all outputs."""
    if isinstance(value, Mapping) and "type" not in value:
        for item in value.values():
            yield from _written(item)
    elif isinstance(value, list | tuple):
        yield from value
    elif value is not None:
        yield value


def _reasons_of_rows(member: Member) -> Iterator[str]:
    """Yield reasons why the training data can't be on the device as a whole."""
    for data in member.parts:
        inputs = list(data.X.values()) if isinstance(data.X, dict) else [data.X]
        if any(is_sparse(array) for array in inputs):
            yield REASONS["sparse"]
        elif any(array.dtype.kind not in "biuf" for array in inputs):
            yield REASONS["text"]
        elif any(_are_outside(ids, n) for ids, n in _ids(member.resolved, data)):
            yield REASONS["ids"]  # Keras' engine raises an error; a compiled program would use other ids
        if data.n_rows * data.row_bytes > MAX_BYTES:
            yield REASONS["rows"]


def _ids(resolved: ResolvedNetwork, data: TrainingData) -> Iterator[tuple[np.ndarray, int]]:
    """Yield inputs of embeddings, with their vocabulary size."""
    inputs = data.X if isinstance(data.X, dict) else dict.fromkeys(resolved.inputs, data.X)
    for node in resolved.nodes:
        if layer_facts(node.type).looks_up and node.inputs[0] in inputs:
            yield inputs[node.inputs[0]], node.arguments["input_dim"]


def _are_outside(ids: np.ndarray, n: int) -> bool:
    return bool(ids.size) and not (ids.min() >= 0 and ids.max() < n)


# Arguments of layers that prevent stacking, because of losses over whole batches, states across batches, or other kinds
# of weights.
REFUSED = ("activity_regularizer", "stateful", "lora_rank", "quantization_config")
PRECISIONS = ("float32", "float64")
