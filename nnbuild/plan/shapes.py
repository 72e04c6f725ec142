"""Texts of shapes, of the shapes on the path to a tensor, and of errors of Keras."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from nnbuild.records import Shape

_MAX_STEPS = 6  # of a trace; the middle of a longer one is omitted


def shape_text(shape: Iterable[int | None]) -> str:
    """Return a shape without its batch axis, as text; None is an unknown length.

    Examples
    --------
    >>> shape_text((None, 28, 28, 1)), shape_text((None, 64))
    ('(28, 28, 1)', '(64,)')
    """
    return str(tuple(shape)[1:])


def trace(names: Iterable[str], inputs: Mapping[str, tuple[str, ...]], shapes: Mapping[str, Shape]) -> str:
    """Return the shapes on the path from the network's input to each tensor, as text.

    Parameters
    ----------
    names : iterable of str
        The tensors.
    inputs : mapping of str to tuple of str
        Inputs of each node.
    shapes : mapping of str to Shape
        Shapes of all tensors, with the batch axis first.
    """
    paths = [_path_to(name, inputs) for name in dict.fromkeys(names)]
    last = [path for path in paths if not any(path == other[: len(path)] for other in paths if other is not path)]
    return " and ".join(_path_text(path, shapes) for path in last)


def _path_to(name: str, inputs: Mapping[str, tuple[str, ...]]) -> list[str]:
    steps = [name]
    while inputs.get(steps[0]):
        steps.insert(0, inputs[steps[0]][0])
    return steps


def _path_text(path: list[str], shapes: Mapping[str, Shape]) -> str:
    texts = [f"{step} {shape_text(shapes[step])}" for step in path]
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
