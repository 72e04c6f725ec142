"""Texts for shapes, for the shapes that lead to a tensor, and for errors of Keras."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from nnbuild.records import Shape

_MAX_STEPS = 6  # of a trace; a longer one omits the middle


def shape_text(shape: Iterable[int | None]) -> str:
    """Return the text of a shape without its batch axis; None is an unknown length.

    Examples
    --------
    >>> shape_text((None, 28, 28, 1)), shape_text((None, 64))
    ('(28, 28, 1)', '(64,)')
    """
    return str(tuple(shape)[1:])


def trace(names: Iterable[str], inputs: Mapping[str, tuple[str, ...]], shapes: Mapping[str, Shape]) -> str:
    """Return the text of the shapes that lead to some tensors, from the network's input on.

    Parameters
    ----------
    names : iterable of str
        The tensors.
    inputs : mapping of str to tuple of str
        Inputs of each node.
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
    if len(texts) > _MAX_STEPS:
        texts = [texts[0], "...", *texts[1 - _MAX_STEPS :]]
    return " -> ".join(texts)


def failure(error: Exception) -> str:
    """Return the message of an error of Keras on one line, without the context that Keras and Python add."""
    if isinstance(error, IndexError):  # Keras used an axis that does not exist
        return "the shape of its input does not suit its arguments"
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    text = re.sub(r"Exception encountered when calling [^\n]*\n+", "", text)
    text = re.split(r"\n\s*Arguments received by|\nFull (?:shape|error)|Full shape received", text)[0]
    text = re.sub(r"\{\{[^}]*\}\} |\[Op:\w+\]", "", text)
    text = " ".join(text.split()) or type(error).__name__
    return text if len(text) <= 300 else text[:296].rstrip() + " ..."
