"""Shapes in words: which tensors a layer takes, why it can't take these, and what led to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import keras

from nnbuild.errors import Problem
from nnbuild.records import Node, Shape

_MOST_STEPS = 6  # of a trace; the middle of a longer one is left out
_AXES = {2: "(features)", 3: "(steps, channels)", 4: "(height, width, channels)", 5: "(depth, height, width, channels)"}
_POOLS = {3: "GlobalAveragePooling1D", 4: "GlobalAveragePooling2D", 5: "GlobalAveragePooling3D"}


def shape_text(shape: Iterable[int | None]) -> str:
    """A shape without its batch axis, as a tuple; an unknown length is None.

    Examples
    --------
    >>> shape_text((None, 28, 28, 1)), shape_text((None, 64))
    ('(28, 28, 1)', '(64,)')
    """
    return str(tuple(shape)[1:])


def trace(names: Iterable[str], inputs: Mapping[str, tuple[str, ...]], shapes: Mapping[str, Shape]) -> str:
    """The shapes that lead to some tensors, from the network's input on.

    Parameters
    ----------
    names : iterable of str
        The tensors.
    inputs : mapping of str to tuple of str
        What each node takes.
    shapes : mapping of str to Shape
        Shapes of all tensors, the batch axis first.
    """
    return " and ".join(_path_to(name, inputs, shapes) for name in dict.fromkeys(names))


def _path_to(name: str, inputs: Mapping[str, tuple[str, ...]], shapes: Mapping[str, Shape]) -> str:
    steps = [name]
    while inputs.get(steps[0]):
        steps.insert(0, inputs[steps[0]][0])
    texts = [f"{step} {shape_text(shapes[step])}" for step in steps]
    if len(texts) > _MOST_STEPS:
        texts = [texts[0], "...", *texts[1 - _MOST_STEPS :]]
    return " -> ".join(texts)


def shape_problem(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Why a layer can't take tensors of these shapes; None where nothing is known to be wrong.

    Parameters
    ----------
    node : Node
        The layer's node.
    layer : keras.Layer
        Not called yet.
    shapes : tuple of Shape
        Of its inputs, the batch axis first.
    """
    check = CHECKS.get(node.type)
    return _wrong_rank(node, layer, shapes) or (check(node, layer, shapes) if check else None)


def _wrong_rank(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    specs = layer.input_spec if isinstance(layer.input_spec, list | tuple) else [layer.input_spec]
    for spec, shape in zip(specs, shapes, strict=False):
        if spec is None:
            continue
        rank, least = spec.ndim, spec.min_ndim
        if (rank is not None and len(shape) != rank) or (least is not None and len(shape) < least):
            wanted = _AXES.get(rank or least, f"{(rank or least) - 1} axes")
            found = f"{node.type} {node.name!r} takes {wanted}, got {shape_text(shape)}"
            return Problem(node.path, found, hint=_rank_hint(len(shape), rank or least))
    return None


def _rank_hint(rank: int, wanted: int) -> str:
    if rank > wanted and rank in _POOLS:
        return f"put Flatten or {_POOLS[rank]} before it" if wanted == 2 else "put a Reshape before it"
    return "put a Reshape before it"


def _window_too_large(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """A convolution or pooling whose window does not fit into its input."""
    arguments = vars(layer)
    window = arguments.get("kernel_size") or arguments.get("pool_size")
    if arguments.get("padding") != "valid" or not isinstance(window, tuple | list):
        return None
    spread = arguments.get("dilation_rate", 1)
    spread = spread if isinstance(spread, tuple | list) else (spread,) * len(window)
    first = arguments.get("data_format") == "channels_first"
    axes = shapes[0][2:] if first else shapes[0][1:-1]
    reach = [step * (size - 1) + 1 for size, step in zip(window, spread, strict=True)]
    if all(axis is None or size <= axis for size, axis in zip(reach, axes, strict=False)):
        return None
    what = "kernel" if "kernel_size" in arguments else "pool"
    dilated = " (dilated)" if list(reach) != list(window) else ""
    found = f"the {what} of {node.type} {node.name!r} is larger than its input: {_by(reach)}{dilated} on {_by(axes)}"
    hint = "use padding='same', a smaller window, or fewer strides and pools before it"
    return Problem(node.path, found, hint=hint)


def _by(sizes: Iterable[int | None]) -> str:
    return "x".join("?" if size is None else str(size) for size in sizes)


def _cannot_add(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Tensors that elementwise merging can't bring together: axes must agree or be 1."""
    for axes in zip(*(shape[::-1] for shape in (_padded(shapes))), strict=True):
        known = {axis for axis in axes if axis not in (None, 1)}
        if len(known) > 1:
            return _no_merge(node, shapes, "axes must agree or be 1")
    return None


def _padded(shapes: tuple[Shape, ...]) -> list[Shape]:
    """Shapes without the batch axis, of one rank: axes of 1 put in front."""
    most = max(map(len, shapes))
    return [(1,) * (most - len(shape)) + tuple(shape[1:]) for shape in shapes]


def _cannot_concatenate(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    if len({len(shape) for shape in shapes}) > 1:
        return _no_merge(node, shapes, "they have different numbers of axes")
    axis = node.arguments.get("axis", -1)
    rank = len(shapes[0])
    if not -rank <= axis < rank or axis % rank == 0:
        return _no_merge(node, shapes, f"there is no axis {axis} to join them on")
    others = [tuple(length for index, length in enumerate(shape) if index != axis % rank) for shape in shapes]
    for lengths in zip(*others, strict=True):
        if len({length for length in lengths if length is not None}) > 1:
            return _no_merge(node, shapes, f"all axes but axis {axis} must agree")
    return None


def _no_merge(node: Node, shapes: tuple[Shape, ...], why: str) -> Problem:
    verb = {"Concatenate": "join", "Add": "add"}.get(node.type, f"apply {node.type} to")
    listed = " and ".join(shape_text(shape) for shape in shapes)
    return Problem(node.path, f"{node.name!r} can't {verb} {listed}: {why}")


def flat_problem(node_path: tuple, shape: Shape, task: str, name: str) -> Problem | None:
    """Why the output layer of a task can't stand on a tensor of this shape; None where it can."""
    if len(shape) == 2 and shape[1] is not None:
        return None
    if len(shape) == 2:
        return Problem(node_path, f"the number of features of {name!r} is not known")
    hint = f"end with Flatten or {_POOLS[len(shape)]}" if len(shape) in _POOLS else "end with a flat layer"
    hint += ", or set outputs to 'last' where the last node is the output"
    found = f"the network ends in {shape_text(shape)}, but the output of a {task} task stands on a flat (features,)"
    return Problem(node_path, found, hint=hint)


def failure(error: Exception) -> str:
    """What an error of Keras says, on one line, without Python's and Keras' surroundings."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    text = re.sub(r"Exception encountered when calling [^\n]*\n+", "", text)
    text = re.split(r"\n\s*Arguments received by|\nFull (shape|error)|Full shape received", text)[0]
    text = " ".join(text.split()) or type(error).__name__
    return text if len(text) <= 300 else text[:296].rstrip() + " ..."


Check = Callable[[Node, keras.Layer, tuple[Shape, ...]], Problem | None]

# Checks with words of our own, by layer type; all others are left to Keras.
CHECKS: dict[str, Check] = {
    **dict.fromkeys(
        (
            "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "Conv1D", "Conv2D", "Conv3D",
            "DepthwiseConv1D", "DepthwiseConv2D", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D",
            "SeparableConv1D", "SeparableConv2D",
        ),
        _window_too_large,
    ),
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"), _cannot_add),
    "Concatenate": _cannot_concatenate,
}  # fmt: skip
