"""Checks of a layer's inputs before Keras calls the layer, with messages of nnbuild."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import prod

import keras

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem, show
from nnbuild.plan.argument_checks import group_hint, held
from nnbuild.plan.ranks import AXES_BY_RANK, rank_problem
from nnbuild.plan.shapes import shape_text
from nnbuild.records import Node, Shape


def shape_problem(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem if a layer does not support inputs of these shapes; None if no check fails.

    Parameters
    ----------
    node : Node
        The layer's node.
    layer : keras.Layer
        Layer that has not been called.
    shapes : tuple of Shape
        Shapes of the inputs, with the batch axis first.
    """
    check = CHECKS.get(layer_facts(node.type).shapes)
    return rank_problem(node, layer, shapes) or (check(node, layer, shapes) if check else None)


def text_problem(node: Node, dtypes: Iterable[str]) -> Problem | None:
    """Return a problem if a layer for numbers gets text, or a layer for text gets numbers."""
    dtypes, facts = list(dtypes), layer_facts(node.type)
    inverts = node.arguments.get("invert")
    if facts.needs_text and "string" not in dtypes and not inverts:
        found = f"{node.type} {node.name!r} takes text, got numbers of dtype {dtypes[0]}"
        return Problem(node.path, found, hint=facts.needs_text)
    if "string" not in dtypes or (facts.takes_text and not inverts) or catalog.find("layers", node.type) is None:
        return None
    found = f"{node.type} {node.name!r} takes numbers, got text"
    return Problem(node.path, found, hint="add TextVectorization or StringLookup before it")


def _convolution(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    return _window_too_large(node, layer, shapes) or _uneven_groups(node, layer, shapes)


def _window_too_large(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem if the window of a convolution or pooling is larger than the input."""
    arguments = vars(layer)
    window = arguments.get("kernel_size") or arguments.get("pool_size")
    if arguments.get("padding") != "valid" or not isinstance(window, tuple | list):
        return None
    dilation = arguments.get("dilation_rate", 1)
    dilation = dilation if isinstance(dilation, tuple | list) else (dilation,) * len(window)
    first = arguments.get("data_format") == "channels_first"
    axes = shapes[0][2:] if first else shapes[0][1:-1]
    extent = [step * (size - 1) + 1 for size, step in zip(window, dilation, strict=True)]
    if all(axis is None or size <= axis for size, axis in zip(extent, axes, strict=False)):
        return None
    what = "kernel" if "kernel_size" in arguments else "pool"
    dilated = " (dilated)" if list(extent) != list(window) else ""
    sizes = f"{_sizes_text(extent)}{dilated} on {_sizes_text(axes)}"
    found = f"the {what} of {node.type} {node.name!r} is larger than its input: {sizes}"
    return Problem(node.path, found, hint=_WINDOW_HINT)


def _sizes_text(sizes: Iterable[int | None]) -> str:
    return "x".join("?" if size is None else str(size) for size in sizes)


def _uneven_groups(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem unless the channels can be split into groups of equal size."""
    axis = getattr(layer, "axis", 1 if getattr(layer, "data_format", None) == "channels_first" else -1)
    channels, groups = shapes[0][axis], getattr(layer, "groups", 1)
    if channels is None or groups == -1 or channels % groups == 0:
        return None
    found = f"{node.type} {node.name!r} can't split {channels} channels into {groups} groups of equal size"
    return Problem(node.path, found, hint=group_hint(channels))


def _group_normalization(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    return _no_axis(node, layer, shapes) or _uneven_groups(node, layer, shapes)


def _pooled_volumes(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem for 3D pooling on a CPU in a dtype that TensorFlow supports only on GPUs."""
    dtype = layer.compute_dtype
    if dtype in ("float32", "bfloat16") or keras.distribution.list_devices("gpu"):
        return _window_too_large(node, layer, shapes)
    found = f"TensorFlow computes {node.type} in float32 or bfloat16 on a CPU, got {dtype} for {node.name!r}"
    return Problem((*node.path, "dtype"), found, hint="set its dtype to 'float32'")


def _nothing_left(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem if a cropping layer removes all elements of an axis."""
    first = getattr(layer, "data_format", None) == "channels_first"
    axes = shapes[0][2:] if first else shapes[0][1:-1]
    cuts = [layer.cropping] if node.type == "Cropping1D" else layer.cropping
    for name, length, (before, after) in zip(AXES_BY_RANK[len(shapes[0])], axes, cuts, strict=False):
        if length is not None and before + after >= length:
            found = f"{node.type} {node.name!r} removes all {length} {_UNITS[name]}"
            return Problem((*node.path, "cropping"), f"{found}: {before} at the start and {after} at the end")
    return None


def _signal_too_short(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem if a signal is too short for the mirrored padding at its ends."""
    length, margin = shapes[0][-1], layer.fft_length // 2
    if length is None or length > margin:
        return None
    found = f"{node.type} {node.name!r} mirrors {margin} steps at each end, but its input has {length}"
    return Problem(node.path, found, hint="use longer signals, or a smaller fft_length")


def _frame_too_long(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    length = shapes[0][2 if layer.data_format == "channels_first" else 1]
    if layer.padding != "valid" or length is None or layer.frame_length <= length:
        return None
    found = f"the frame of {node.type} {node.name!r} is longer than its input: {layer.frame_length} on {length}"
    return Problem(node.path, found, hint="use a smaller frame_length, or padding='same'")


def _conv_lstm(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    step = (shapes[0][0], *shapes[0][2:])
    return _window_too_large(node, layer.cell, (step,)) or _wrong_states(node, layer, shapes)


def _wrong_states(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem unless the further inputs of a recurrent layer suit its states: one tensor per state."""
    states = shapes[1:]
    parts = [layer.forward_layer, layer.backward_layer] if node.type == "Bidirectional" else [layer]
    if not states or not all(hasattr(part, "cell") for part in parts):
        return None
    sizes = [size for part in parts for size in keras.tree.flatten(part.cell.state_size)]
    if len(states) == len(sizes) and all(map(_is_size, states, sizes)):
        return None
    noun = "state" if len(sizes) == 1 else "states"
    wanted = " and ".join(shape_text((None, size)) for size in sizes)
    listed = " and ".join(map(shape_text, states))
    return Problem(node.path, f"{node.type} {node.name!r} starts from {len(sizes)} {noun}, {wanted}, got {listed}")


def _is_size(shape: Shape, size: int) -> bool:
    """Return whether a state has the size that its cell requires. Keras checks states that are images."""
    return len(shape) > 2 or shape[1:] in ((size,), (None,))


def _bidirectional(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    inner = held(node, node.arguments["layer"], "layer")
    return rank_problem(inner, layer.forward_layer, shapes[:1]) or _wrong_states(node, layer, shapes)


def _time_distributed(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem of the layer inside a TimeDistributed, which calls it once per step."""
    steps = tuple((shape[0], *shape[2:]) for shape in shapes)
    return _wrapped(node, layer, steps)


def _wrapped(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    inner = held(node, node.arguments["layer"], "layer")
    return _merging_inside(node, inner) or shape_problem(inner, layer.layer, shapes)


def _merging_inside(node: Node, inner: Node) -> Problem | None:
    """Return a problem if a layer that requires several inputs is inside a layer that passes it only one."""
    if not layer_facts(inner.type).merges:
        return None
    found = f"{inner.type} merges tensors, but {node.type} {node.name!r} passes it only one"
    return Problem(inner.path, found, hint=f"write {inner.type} as a node of its own")


def _pipeline(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return the first problem of the layers of a Pipeline."""
    for index, (value, part) in enumerate(zip(node.arguments["layers"], layer.layers, strict=True)):
        inner = held(node, value, "layers", index)
        problem = _merging_inside(node, inner) or _built_late(node, inner) or shape_problem(inner, part, shapes)
        if problem is not None:
            return problem
        try:
            shapes = (tuple(part.compute_output_shape(shapes[0])),)
        except Exception:  # Keras raises its own error when the layer is called
            return None
    return None


def _built_late(node: Node, inner: Node) -> Problem | None:
    """Return a problem for a Normalization in a Pipeline, because Keras builds it only in the first call."""
    if inner.type != "Normalization":
        return None
    found = f"a Normalization can't be inside {node.type} {node.name!r}: Keras builds it too late"
    return Problem(inner.path, found, hint="write Normalization as a node of its own")


def _attention(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem if a MultiHeadAttention attends over the batch, the features, or a missing axis."""
    rank = len(shapes[0])
    for axis in keras.tree.flatten(node.arguments.get("attention_axes")):
        if axis is not None and (not -rank <= axis < rank or axis % rank in (0, rank - 1)):
            found = f"{node.type} {node.name!r} can't attend over axis {axis} of {shape_text(shapes[0])}"
            allowed = ", ".join(map(str, range(1, rank - 1)))
            return Problem((*node.path, "attention_axes"), found, allowed)
    return None


def _no_axis(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem if a layer's arguments contain the batch axis, a missing axis, or an axis twice."""
    rank = len(shapes[0])
    axes = keras.tree.flatten(node.arguments.get("axis", node.arguments.get("shared_axes")))
    for axis in axes:
        if axis is not None and (not -rank <= axis < rank or axis % rank == 0):
            found = f"{node.type} {node.name!r} uses axis {axis}, which its input {shape_text(shapes[0])} does not have"
            return Problem(node.path, found, hint="axis 0 is the batch, 1 the first of the shape, -1 the last")
    if None not in axes and len({axis % rank for axis in axes}) < len(axes):
        found = f"{node.type} {node.name!r} uses an axis of {shape_text(shapes[0])} twice: {show(axes)}"
        return Problem(node.path, found, hint="axis -1 is the last one, which has a number from the front too")
    return None


def _normalization(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem if the mean or variance of a Normalization does not have one value per feature."""
    axes = keras.tree.flatten(node.arguments.get("axis", -1))
    problem = _no_axis(node, layer, shapes)
    if problem or len(axes) != 1 or axes[0] is None or shapes[0][axes[0]] is None:
        return problem
    for key in ("mean", "variance"):
        values = keras.tree.flatten(node.arguments.get(key))
        if len(values) not in (1, shapes[0][axes[0]]):
            found = f"Normalization {node.name!r} has {len(values)} values of {key} for {shapes[0][axes[0]]} features"
            return Problem((*node.path, key), found)
    return None


def _wrong_size(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem if a Reshape changes the number of elements."""
    target = tuple(layer.target_shape)
    axes = [axis for axis in shapes[0][1:] if axis is not None]
    if len(axes) < len(shapes[0]) - 1:
        return None
    size, wanted = prod(axes), prod(axis for axis in target if axis != -1)
    if size == wanted if -1 not in target else size % wanted == 0:
        return None
    found = f"Reshape {node.name!r} can't reshape {shape_text(shapes[0])} to {target}"
    why = f"{size} is not a multiple of {wanted}" if -1 in target else f"{wanted} elements are not {size}"
    return Problem(node.path, f"{found}: {why}")


def _too_few_places(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    length, n_places = shapes[0][1], layer.sequence_length
    if None in (length, n_places) or length <= n_places:
        return None
    found = f"PositionEmbedding {node.name!r} supports {n_places} positions, got a sequence of {length}"
    return Problem((*node.path, "sequence_length"), found)


def _no_step(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    length = shapes[0][1]
    if length is None or -length <= layer.step < length:
        return None
    return Problem(
        (*node.path, "step"), f"TakeStep {node.name!r} uses step {layer.step}, but its input has {length} steps"
    )


def _bad_equation(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem if an einsum equation is invalid, or its axes do not match those of the input."""
    path = (*node.path, "equation")
    match = re.fullmatch(r"([a-zA-Z.]+),([a-zA-Z.]+)->([a-zA-Z.]+)", layer.equation)
    if not match:
        found = f"must be axes of input, kernel and output, as 'abc,cd->abd', got {layer.equation!r}"
        return Problem(path, found)
    source, kernel, output = (part.replace("...", "") for part in match.groups())
    rank = len(shapes[0])
    if len(source) > rank or (len(source) < rank and "..." not in layer.equation):
        axes = f"{rank} axes" if rank > 1 else "1 axis"
        found = f"{source!r} names {len(source)} axes, but the input {shape_text(shapes[0])} has {axes} with the batch"
        return Problem(path, found)
    unknown = [axis for axis in output if axis not in source + kernel]
    return Problem(path, f"axis {unknown[0]!r} of the output is in neither input nor kernel") if unknown else None


def _cannot_add(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem unless the inputs of an elementwise merging layer can be broadcast."""
    for axes in zip(*(shape[::-1] for shape in (_padded(shapes))), strict=True):
        known = {axis for axis in axes if axis not in (None, 1)}
        if len(known) > 1:
            return _no_merge(node, shapes, "axes must agree or be 1")
    return None


def _padded(shapes: tuple[Shape, ...]) -> list[Shape]:
    """Return shapes without the batch axis, padded at the front with axes of length 1 to the same number of axes."""
    most = max(map(len, shapes))
    return [(1,) * (most - len(shape)) + tuple(shape[1:]) for shape in shapes]


def _cannot_concatenate(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem unless the inputs have equal lengths in all axes except the axis of concatenation."""
    if len({len(shape) for shape in shapes}) > 1:
        return _no_merge(node, shapes, "they have different numbers of axes")
    axis = node.arguments.get("axis", -1)
    rank = len(shapes[0])
    if not -rank <= axis < rank or axis % rank == 0:
        return _no_merge(node, shapes, f"there is no axis {axis} to join them on")
    others = [tuple(length for index, length in enumerate(shape) if index != axis % rank) for shape in shapes]
    for lengths in zip(*others, strict=True):
        if len({length for length in lengths if length is not None}) > 1:
            joined = "the last" if axis % rank == rank - 1 else f"axis {axis}"
            return _no_merge(node, shapes, f"all axes but {joined} must agree")
    return None


def _cannot_multiply(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem unless the summed axes of a Dot have equal length."""
    axes = layer.axes if isinstance(layer.axes, list | tuple) else (layer.axes, layer.axes)
    for axis, shape in zip(axes, shapes, strict=True):
        if not -len(shape) <= axis < len(shape) or axis % len(shape) == 0:
            return _no_merge(node, shapes, f"{shape_text(shape)} has no axis {axis}")
    lengths = [shape[axis] for axis, shape in zip(axes, shapes, strict=True)]
    if None not in lengths and lengths[0] != lengths[1]:
        return _no_merge(node, shapes, f"the summed axes have {lengths[0]} and {lengths[1]} elements")
    return None


def _no_merge(node: Node, shapes: tuple[Shape, ...], why: str) -> Problem:
    verb = layer_facts(node.type).merges or f"apply {node.type} to"
    listed = " and ".join(shape_text(shape) for shape in shapes)
    return Problem(node.path, f"{node.name!r} can't {verb} {listed}: {why}")


Check = Callable[[Node, keras.Layer, tuple[Shape, ...]], Problem | None]

_UNITS = {"steps": "steps", "depth": "layers of depth", "height": "rows", "width": "columns"}
_WINDOW_HINT = "use padding='same', a smaller window, or fewer strides and pools before it"
# Keys are values of `shapes` in catalog/facts.
CHECKS: dict[str, Check] = {
    "attention": _attention,
    "bad_equation": _bad_equation,
    "both_ways": _bidirectional,
    "cannot_add": _cannot_add,
    "cannot_concatenate": _cannot_concatenate,
    "cannot_multiply": _cannot_multiply,
    "chained": _pipeline,
    "conv_lstm": _conv_lstm,
    "convolution": _convolution,
    "frame_too_long": _frame_too_long,
    "group_normalization": _group_normalization,
    "inside": _time_distributed,
    "no_axis": _no_axis,
    "no_step": _no_step,
    "normalization": _normalization,
    "nothing_left": _nothing_left,
    "pooled_volumes": _pooled_volumes,
    "signal_too_short": _signal_too_short,
    "too_few_places": _too_few_places,
    "window_too_large": _window_too_large,
    "wrapped": _wrapped,
    "wrong_size": _wrong_size,
    "wrong_states": _wrong_states,
}
