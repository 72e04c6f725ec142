"""Choose the projection of a Residual whose input and output differ in shape."""

from __future__ import annotations

from typing import Any

from nnbuild import catalog
from nnbuild.errors import Problem
from nnbuild.plan.shapes import shape_text
from nnbuild.records import Node, Shape, frozen_mapping

# Convolutions by the number of axes of their input, including the batch axis.
_CONVOLUTIONS = {3: "Conv1D", 4: "Conv2D", 5: "Conv3D"}


def projection(shortcut: Node, start: Shape, end: Shape) -> Node | Problem:
    """Return the layer that projects a tensor of shape `start` to the shape `end`, or a problem.

    Parameters
    ----------
    shortcut : Node
        Placeholder for the projection; its name is the prefix of the projection's name.
    start, end : Shape
        Shapes of the Residual's input and of the output of its layers, with the batch axis first and channels last.
        Axes of unknown length are assumed to be equal.

    Returns
    -------
    Node or Problem
        Dense for vectors, and for tensors with more axes than convolutions support; otherwise a convolution with kernel
        size 1 and strides. The layer has no bias and no activation (He et al., "Deep Residual Learning",
        arXiv:1512.03385, option B).
    """
    strides = [_stride(before, after) for before, after in zip(start[1:-1], end[1:-1], strict=False)]
    dense = len(start) not in _CONVOLUTIONS
    if len(start) != len(end) or None in strides or end[-1] is None or (dense and {*strides} - {1}):
        found = f"Residual can't add its input {shape_text(start)} to the result {shape_text(end)} of its layers"
        hint = "set the 'shortcut' of the Residual"
        if len(start) == len(end):
            hint = f"padding='same' keeps the shape; or {hint}"
        return Problem(shortcut.path, found, hint=hint)
    if dense:
        return _node(shortcut, "Dense", units=end[-1])
    type_name = _CONVOLUTIONS[len(start)]
    return _node(shortcut, type_name, filters=end[-1], kernel_size=1, strides=strides)


def _stride(before: int | None, after: int | None) -> int | None:
    """Return the stride that reduces an axis from `before` to `after` elements, or None.

    A window of size 1 with stride s has ceil(before / s) positions.
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
