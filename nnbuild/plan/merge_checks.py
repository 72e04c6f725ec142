"""Checks of layers that merge tensors, with nnbuild's own messages."""

from __future__ import annotations

import keras

from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem
from nnbuild.plan.shapes import shape_text
from nnbuild.records import Node, Shape


def cannot_add(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem unless the axes of tensors for elementwise merging agree or are 1."""
    for axes in zip(*(shape[::-1] for shape in (_padded(shapes))), strict=True):
        known = {axis for axis in axes if axis not in (None, 1)}
        if len(known) > 1:
            return _no_merge(node, shapes, "axes must agree or be 1")
    return None


def _padded(shapes: tuple[Shape, ...]) -> list[Shape]:
    """Return shapes of equal rank without the batch axis, with axes of 1 in front."""
    most = max(map(len, shapes))
    return [(1,) * (most - len(shape)) + tuple(shape[1:]) for shape in shapes]


def cannot_concatenate(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem unless all axes of the tensors agree except the one that joins them."""
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


def cannot_multiply(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
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
