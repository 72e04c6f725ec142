"""Check the number of axes of a layer's inputs, and suggest a layer that changes this number."""

from __future__ import annotations

import keras

from nnbuild.catalog.facts import layer_facts
from nnbuild.errors import Problem
from nnbuild.records import Node, Shape

# Global average pooling, by the number of axes of its input, including the batch axis.
GLOBAL_POOLS = {3: "GlobalAveragePooling1D", 4: "GlobalAveragePooling2D", 5: "GlobalAveragePooling3D"}


def rank_problem(node: Node, layer: keras.Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    """Return a problem for the first tensor with a number of axes that the layer does not accept.

    Parameters
    ----------
    node : Node
        The layer's node.
    layer : keras.Layer
        Layer that has not been called.
    shapes : tuple of Shape
        Shapes of the inputs, with the batch axis first.
    """
    for spec, shape in zip(_specs(node, layer, len(shapes)), shapes, strict=False):
        if spec is None:
            continue
        least = spec.ndim or spec.min_ndim or 0
        most = spec.ndim or spec.max_ndim or len(shape)
        if not least <= len(shape) <= most:
            found = f"{node.type} {node.name!r} takes {_axes(node, layer, least)}, got {tuple(shape)[1:]}"
            return Problem(node.path, found, hint=_hint(shape, least))
    return None


def _specs(node: Node, layer: keras.Layer, count: int) -> list[keras.InputSpec | None]:
    """Return the known requirements for each input; the states of an RNN are checked by Keras."""
    facts = layer_facts(node.type)
    if facts.ndim or facts.min_ndim:
        spec = keras.InputSpec(ndim=facts.ndim, min_ndim=facts.min_ndim)
        return [spec] * (1 if node.type == "RNN" else count)
    return layer.input_spec if isinstance(layer.input_spec, list) else [layer.input_spec]


def _axes(node: Node, layer: keras.Layer, rank: int) -> str:
    """Return the axes that a layer accepts, without the batch axis, as text."""
    own = layer_facts(node.type).axes
    names = AXES_BY_RANK.get(rank, ()) if own is None else own
    if len(names) != rank - 1:
        return f"{rank - 1} axes"
    if getattr(layer, "data_format", None) == "channels_first" and names[-1] == "channels":
        steps = 1 if names[0] == "steps" and rank > 3 else 0  # the time axis of a ConvLSTM remains first
        names = (*names[:steps], "channels", *names[steps:-1])
    return f"({names[0]},)" if len(names) == 1 else f"({', '.join(names)})"


def _hint(shape: Shape, wanted: int) -> str:
    rank = len(shape)
    if wanted == 2 and rank in GLOBAL_POOLS:
        return f"add Flatten or {GLOBAL_POOLS[rank]} before it"
    if rank == 1 or rank > wanted:
        return f"add a Reshape to {wanted - 1} {'axis' if wanted == 2 else 'axes'} before it"
    longer = [-1 if axis is None else axis for axis in shape[1:]] + [1] * (wanted - rank)
    if rank == 2 and wanted == 3:
        return f"add Embedding before it for token ids, otherwise Reshape to {longer}"
    if wanted == rank + 1:
        return f"add a Reshape before it, such as to {longer}"
    return f"add a Reshape to {wanted - 1} axes before it"


_IMAGE = ("height", "width", "channels")
AXES_BY_RANK = {
    2: ("features",),
    3: ("steps", "channels"),
    4: _IMAGE,
    5: ("depth", *_IMAGE),
}
