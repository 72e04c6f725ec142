"""Which engine trains what: what each layer, optimizer, loss and metric allows, as it was tried.

Layers are in `ways`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nnbuild.errors import show
from nnbuild.recipe import catalog
from nnbuild.recipe.forms import JsonForm, is_plain_accuracy, type_of
from nnbuild.recipe.registered import registered_among
from nnbuild.records import Resolved
from nnbuild.train.batches import MOST_STEPS, Data, is_sparse
from nnbuild.train.device import has_gpu
from nnbuild.train.loops import Inputs, runs_in_loops
from nnbuild.train.member import Member
from nnbuild.train.numbers import OPTIMIZER_NUMBERS
from nnbuild.train.program import optimizer_value
from nnbuild.train.ways import LAYERS, WAYS, every_layer, way_of

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
    "earlier": "warm_start",
    "engine": "engine='keras'",
    "drawn": "rows that are drawn anew in each epoch",
    "short": "too few steps to compile a program for",
}

ENGINES = ("auto", "compiled", "keras")

# Steps of one training from which it pays to compile it for itself. A step of a small network then takes 0.1 ms less,
# one of a large network as long as before, and compiling takes a second (benchmarks/single_fit.py). Recurrent layers
# that run in loops have nothing to compile: of those, any number of steps pays (benchmarks/README.md).
MANY_STEPS = 10_000
# Likewise of all members of a stack, where a step takes 0.15 ms less.
MANY_STEPS_TOGETHER = 6_000


def check_engine(name: object) -> None:
    """Raise a `ValueError` for what names no engine."""
    if not isinstance(name, str) or name not in ENGINES:
        raise ValueError(f"engine must be 'auto', 'compiled' or 'keras', got {name!r}")


def compiling_pays(
    resolved: Resolved, X: Inputs, n_rows: int, settings: Mapping, n_members: int = 1, device: str | None = None
) -> bool:
    """Whether a program for a training alone saves time: by what is asked, no clock.

    Parameters
    ----------
    resolved : Resolved
        The network.
    X : array, sparse matrix or mapping of str to either
        What it is given.
    n_rows : int
        To train on.
    settings : mapping
        The resolved `training` section.
    n_members : int, default=1
        Of an ensemble: one step of the program is one of each.
    device : {"cpu", "gpu"}, optional
    """
    if n_members * _n_steps(n_rows, settings) >= MANY_STEPS:
        return True
    # A program runs whole epochs, and Ctrl-C waits for them: they are as short as a call of Keras' engine.
    return math.ceil(n_rows / settings["batch_size"]) <= MOST_STEPS and _loops_pay(resolved, X, device)


def stacking_pays(members: Sequence[Member]) -> bool:
    """Whether members of one form train so long that the program for them saves time."""
    if sum(_n_steps(len(member.training), member.settings) for member in members) >= MANY_STEPS_TOGETHER:
        return True
    first = members[0]
    return _loops_pay(first.resolved, first.training.X, first.device)


def _loops_pay(resolved: Resolved, X: Inputs, device: str | None) -> bool:
    """Whether recurrent layers run in loops, which on a GPU cuDNN does better, layer by layer."""
    return not has_gpu(device) and runs_in_loops(resolved, X)


def _n_steps(n_rows: int, settings: Mapping) -> int:
    """Most steps of a training."""
    return settings["epochs"] * math.ceil(n_rows / settings["batch_size"])


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
    for family, known, value in (("losses", LOSSES, settings["loss"]), ("metrics", METRICS, settings["metrics"])):
        names = [_class_name(family, item) for item in _written(value)]
        yield from (REASONS[family].format(name) for name in names if name not in known)
    yield from _reasons_of_rows(member)


def _reasons_of_layers(resolved: Resolved) -> Iterator[str]:
    for node in resolved.nodes:
        yield from (REASONS["registered"].format(show(name)) for name in registered_among(node.strings))
    layers = list(every_layer(resolved))
    yield from (REASONS["layer"].format(kind) for kind, _ in layers if kind not in LAYERS)
    for kind, arguments in layers:
        yield from (REASONS["argument"].format(name, kind) for name in REFUSED if arguments.get(name))
        yield from (REASONS["argument"].format(name, kind) for name in arguments if _has_weights(arguments[name]))
    if way_of(resolved) is None:
        kinds = [next(kind for kind, _ in layers if LAYERS.get(kind) == (way,)) for way in WAYS]
        yield REASONS["layers"].format(*kinds)


def _has_weights(value: Any) -> bool:
    """Whether an argument is an activation with weights, which Keras makes only when the layer is called."""
    return isinstance(value, Mapping) and value.get("type") == "PReLU"


def _reasons_of_optimizer(settings: Mapping) -> Iterator[str]:
    value = optimizer_value(settings)
    name = _class_name("optimizers", value)
    if name not in OPTIMIZER_NUMBERS:
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


def _ids(resolved: Resolved, data: Data) -> Iterator[tuple[np.ndarray, int]]:
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

# Not those of a batch as a whole (CTC, Circle, Dice, Tversky), where rows of padding would count, nor the hinges that
# look at a whole batch to tell how its labels are written.
LOSSES = {
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy", "CategoricalHinge", "CosineSimilarity", "Huber", "KLDivergence", "LogCosh",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson",
    "SparseCategoricalCrossentropy",
}  # fmt: skip

METRICS = {
    "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError",
    "RootMeanSquaredError", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy",
}  # fmt: skip
