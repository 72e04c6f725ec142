"""The projection of a Residual whose input and output differ in shape."""

from __future__ import annotations

from typing import Any

from nnbuild import catalog
from nnbuild.errors import Problem
from nnbuild.plan.shapes import shape_text
from nnbuild.records import Node, Shape, frozen_mapping

# Convolutions by the number of axes, the batch's among them.
_CONVOLUTIONS = {3: "Conv1D", 4: "Conv2D", 5: "Conv3D"}


def projection(shortcut: Node, start: Shape, end: Shape) -> Node | Problem:
    """The layer that brings a tensor of shape `start` to the shape `end`, or why there is none.

    Parameters
    ----------
    shortcut : Node
        The stand-in for it; its name is the scope.
    start, end : Shape
        Shapes of the Residual's input and of its body's result, the batch axis first, channels last. Axes of unknown
        length are taken to agree.

    Returns
    -------
    Node or Problem
        A Dense layer for vectors and for tensors of more axes than convolutions take; else a convolution with a window
        of 1 and the strides that fit. Neither has a bias or an activation (He et al., "Deep Residual Learning",
        arXiv:1512.03385, option B).
    """
    strides = [_stride(before, after) for before, after in zip(start[1:-1], end[1:-1], strict=False)]
    dense = len(start) not in _CONVOLUTIONS
    if len(start) != len(end) or None in strides or end[-1] is None or (dense and {*strides} - {1}):
        found = f"Residual can't add its input {shape_text(start)} to the result {shape_text(end)} of its layers"
        hint = "give the Residual a 'shortcut' of its own"
        if len(start) == len(end):
            hint = f"padding='same' keeps the shape; or {hint}"
        return Problem(shortcut.path, found, hint=hint)
    if dense:
        return _node(shortcut, "Dense", units=end[-1])
    type_name = _CONVOLUTIONS[len(start)]
    return _node(shortcut, type_name, filters=end[-1], kernel_size=1, strides=strides)


def _stride(before: int | None, after: int | None) -> int | None:
    """The stride that takes an axis of `before` elements to `after`; None where there is none.

    A window of 1 with stride s has ceil(before / s) places.
    """
    if before is None or after is None:
        return 1 if before == after else None
    if after < 1 or after > before:
        return None
    stride = -(-before // after)
    return stride if -(-before // stride) == after else None


def _node(shortcut: Node, type_name: str, **given: Any) -> Node:
    arguments = catalog.with_defaults("layers", type_name, **given, use_bias=False)
    if isinstance(given.get("strides"), list) and len(set(given["strides"])) == 1:
        arguments["strides"] = given["strides"][0]
    name = f"{shortcut.name}.{catalog.snake_case(type_name)}_1"
    return Node(name, type_name, shortcut.inputs[:1], frozen_mapping(arguments), shortcut.path)
