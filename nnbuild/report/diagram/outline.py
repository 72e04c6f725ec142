"""Convert a plan to an outline: boxes, frames and arrows, with equal iterations of a Repeat drawn once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeVar

from nnbuild.records import Plan, Shape, Step

T = TypeVar("T")
Key = tuple[str, str]  # ("layer", "dense_1"), ("input", "image"), ("output", "price")


@dataclass(frozen=True)
class Box:
    """Box of a diagram.

    Attributes
    ----------
    key : Key
        ("input" or "output" or "layer", name).
    label : str
        Name within the frame around it.
    shape : Shape
        Shape of its output, with the batch axis first.
    steps : tuple of Step
        Layers in the box, several if they are merged. Empty for inputs and outputs.
    times : int
        Number of equal iterations of a Repeat for which it is drawn.
    summary : str
        Layers of a frame that is drawn as a box; "" otherwise.
    """

    key: Key
    label: str
    shape: Shape
    steps: tuple[Step, ...] = ()
    times: int = 1
    summary: str = ""


@dataclass(frozen=True)
class Group:
    """Frame around boxes and other frames: a scope of the recipe, or equal iterations of a Repeat.

    Attributes
    ----------
    scope : str
        Full name.
    label : str
        Name within the frame around it.
    times : int
        Number of equal iterations for which it is drawn.
    members : tuple of Box or Group
        In the order of computation.
    """

    scope: str
    label: str
    times: int
    members: tuple[Box | Group, ...]


Members = tuple[Box | Group, ...]


@dataclass(frozen=True)
class Outline:
    """Diagram without positions: boxes and frames in the order of computation, and arrows between boxes."""

    members: Members
    edges: tuple[tuple[Key, Key], ...]


def outlined(plan: Plan) -> Outline:
    """Return the outline of `plan`: a box per layer, a frame per scope, equal consecutive iterations of a Repeat once.

    Iterations are equal if their layers have the same names, types, weights and shapes.
    """
    drawn: dict[str, str] = {}
    members = _members([(step.name, step) for step in plan.steps], drawn)
    shapes = {step.name: step.output_shape for step in plan.steps} | dict(plan.inputs)
    inputs = [Box(("input", name), name, shape) for name, shape in plan.inputs.items()]
    outputs = [Box(("output", name), name, shapes[step]) for name, step in plan.outputs.items()]
    return Outline((*inputs, *members, *outputs), tuple(dict.fromkeys(_edges(plan, drawn))))


def boxes(members: Iterable[Box | Group]) -> Iterator[Box]:
    """Yield all boxes of `members`, including those in frames."""
    for member in members:
        if isinstance(member, Box):
            yield member
        else:
            yield from boxes(member.members)


def name_parts(rows: Iterable[tuple[str, T]]) -> list[tuple[str, str, list[tuple[str, T]]]]:
    """Group consecutive rows by the first part of their names: the part, "." if more follows, and the rows below."""
    return [
        (part, dot, [(name.partition(".")[2], value) for name, value in run])
        for (part, dot), run in groupby(rows, lambda row: row[0].partition(".")[:2])
    ]


def tidy(group: Group) -> Box | Group:
    """Return `group`, or its only member with names and numbers of iterations combined."""
    if len(group.members) != 1:
        return group
    (only,) = group.members
    return replace(only, label=f"{group.label}.{only.label}", times=group.times * only.times)


_Row = tuple[str, Step]  # name of a step within its scope, and the step


def _members(rows: Iterable[_Row], drawn: dict[str, str]) -> Members:
    """Return boxes and frames of one scope, and record in `drawn` which step is drawn for those of equal iterations."""
    members: list[Box | Group] = []
    for part, dot, inside in name_parts(rows):
        if dot:
            members.append(_group(part, inside, drawn))
        else:
            members += [Box(("layer", step.name), part, step.output_shape, (step,)) for _, step in inside]
    return tuple(members)


def _group(label: str, rows: list[_Row], drawn: dict[str, str]) -> Box | Group:
    iterations = name_parts(rows)
    if not all(dot and number.isdecimal() for number, dot, _ in iterations):
        return _framed(label, 1, rows, _members(rows, drawn))
    members: list[Box | Group] = []
    for _, equal in groupby(iterations, lambda iteration: [_facts(*row) for row in iteration[2]]):
        (first, _, shown), *others = equal
        for _, _, iteration in others:
            drawn |= {step.name: earlier.name for (_, step), (_, earlier) in zip(iteration, shown, strict=True)}
        inside = _members(shown, drawn)
        if others and 1 + len(others) == len(iterations):
            return _framed(label, len(iterations), rows, inside)
        if others:
            members.append(_framed(f"{first}\N{EN DASH}{others[-1][0]}", 1 + len(others), shown, inside))
        else:
            members += [replace(member, label=f"{first}.{member.label}") for member in inside]
    return _framed(label, 1, rows, tuple(members))


def _framed(label: str, times: int, rows: list[_Row], members: Members) -> Box | Group:
    rest, step = rows[0]
    return tidy(Group(step.name.removesuffix(f".{rest}"), label, times, members))


def _facts(name: str, step: Step) -> tuple:
    """Return the values that must agree for iterations to be equal. Their connections always agree in a Repeat."""
    return name, step.type, step.input_shapes, step.output_shape, step.weights


def _edges(plan: Plan, drawn: Mapping[str, str]) -> Iterator[tuple[Key, Key]]:
    """Yield arrows between drawn boxes, without those into the other equal iterations."""

    def key(name: str) -> Key:
        while name in drawn:
            name = drawn[name]
        return ("input" if name in plan.inputs else "layer", name)

    for step in plan.steps:
        if step.name not in drawn:
            yield from ((key(name), ("layer", step.name)) for name in step.inputs)
    yield from ((key(step), ("output", name)) for name, step in plan.outputs.items())
