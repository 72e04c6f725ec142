"""Shapes in words: what led to them, and what Keras says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from nnbuild.records import Shape

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
