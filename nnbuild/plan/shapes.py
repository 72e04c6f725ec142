"""Shapes in words: what led to them, what a network may end in, and what Keras says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from nnbuild.errors import Problem
from nnbuild.plan.ranks import GLOBAL_POOLS
from nnbuild.records import Shape

_ONE_LABEL = (
    "give one label for each place: y[..., 0] of a last axis of one, y.argmax(axis=-1) of classes in one-hot form"
)
_KEEPS = (
    "use padding='same', leave out Flatten and global pooling, and make axes as long again as strides made them short"
)
_MOST_STEPS = 6  # of a trace; the middle of a longer one is left out


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
    ways = [_way_to(name, inputs) for name in dict.fromkeys(names)]
    last = [way for way in ways if not any(way == other[: len(way)] for other in ways if other is not way)]
    return " and ".join(_way_text(way, shapes) for way in last)


def _way_to(name: str, inputs: Mapping[str, tuple[str, ...]]) -> list[str]:
    steps = [name]
    while inputs.get(steps[0]):
        steps.insert(0, inputs[steps[0]][0])
    return steps


def _way_text(way: list[str], shapes: Mapping[str, Shape]) -> str:
    texts = [f"{step} {shape_text(shapes[step])}" for step in way]
    if len(texts) > _MOST_STEPS:
        texts = [texts[0], "...", *texts[1 - _MOST_STEPS :]]
    return " -> ".join(texts)


def end_problem(
    node_path: tuple, shape: Shape, task: str, name: str, positions: tuple[int, ...] | None
) -> Problem | None:
    """Why the output layer of a task can't stand on a tensor of this shape; None where it can."""
    if task == "segmentation":
        problem = positions_problem(node_path, shape, positions)
    elif task == "tokens":
        problem = None if len(shape) == 3 else _no_steps(node_path, shape)
    else:
        problem = None if len(shape) == 2 else _not_flat(node_path, shape, task)
    if problem is None and shape[-1] is None:
        found = f"the network ends in {name!r}, whose number of features is not known"
        return Problem(node_path, found, hint="give that axis a length, or end with a layer that has a fixed one")
    return problem


def positions_problem(node_path: tuple, shape: Shape, positions: tuple[int, ...] | None) -> Problem | None:
    """Why a network that ends in this shape does not tell a class for each position of y; None where it may."""
    there = shape[1:-1]
    if positions is None and len(there) < 2:
        found = f"the network ends in {shape_text(shape)}, but a segmentation takes (height, width, channels) there"
        return Problem(node_path, found, hint=_KEEPS)
    fits = positions is None or (
        len(there) == len(positions)
        and all(length in (None, wanted) for length, wanted in zip(there, positions, strict=True))
    )
    if fits:
        return None
    found = f"the network ends in {shape_text(shape)}, but y has a class for each place of {positions}"
    one_more = positions is not None and positions[:-1] == tuple(there)
    return Problem(node_path, found, hint=_ONE_LABEL if one_more else _KEEPS)


def _no_steps(node_path: tuple, shape: Shape) -> Problem:
    found = f"the network ends in {shape_text(shape)}, but the output layer of a tokens task takes (steps, features)"
    hint = "end with a layer that gives something for each step, such as one with return_sequences"
    return Problem(node_path, found, hint=hint)


def _not_flat(node_path: tuple, shape: Shape, task: str) -> Problem:
    ends = ["Flatten"] if None not in shape[1:] else []  # of axes of unknown length it makes another one
    end = " or ".join(ends + ([GLOBAL_POOLS[len(shape)]] if len(shape) in GLOBAL_POOLS else [])) or "a flat layer"
    found = f"the network ends in {shape_text(shape)}, but the output layer of a {task} task takes (features,)"
    hint = f"end with {end}, or set outputs to 'last' where the last node is the output"
    return Problem(node_path, found, hint=hint)


def failure(error: Exception) -> str:
    """What an error of Keras says, on one line, without Python's and Keras' surroundings."""
    if isinstance(error, IndexError):  # Keras looked for an axis that is not there
        return "the shape of its input does not suit its arguments"
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    text = re.sub(r"Exception encountered when calling [^\n]*\n+", "", text)
    text = re.split(r"\n\s*Arguments received by|\nFull (?:shape|error)|Full shape received", text)[0]
    text = re.sub(r"\{\{[^}]*\}\} |\[Op:\w+\]", "", text)
    text = " ".join(text.split()) or type(error).__name__
    return text if len(text) <= 300 else text[:296].rstrip() + " ..."
