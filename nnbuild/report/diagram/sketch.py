"""Plan -> the graph of a network drawn in characters, for terminals."""

from __future__ import annotations

from collections.abc import Iterator

from nnbuild.records import Plan
from nnbuild.report.cells import WIDTH, cells_line, cut_widths
from nnbuild.report.diagram.boxes import parameters_text, times_text
from nnbuild.report.diagram.condense import condensed
from nnbuild.report.diagram.outline import Box, Group, Key, Members, Outline, boxes, outlined
from nnbuild.report.units import printable, shape_text

_Line = tuple[str, str, str, str, str]
_LEAST = (14, 14, None, None, 16)  # characters that name, type, shape, parameters and sources may be cut to
_ARE_NUMBERS = (False, False, True, True, False)


def sketch(plan: Plan, width: int = WIDTH) -> str:
    """The graph of a network as text, from its inputs at the top to its outputs at the bottom.

    Parameters
    ----------
    plan : Plan
    width : int
        Characters that a line may have.

    Returns
    -------
    str
        One line a layer, with its name, type, output, parameters; frames of scopes and of equal turns as in the
        diagram. What a layer takes is said where it is not the line above alone: "and a" is besides that line, "from
        a" in its place.
    """
    outline = condensed(outlined(plan))
    lines = list(_lines(outline.members, "", _sources(outline)))
    widths = cut_widths([max(map(len, column)) for column in zip(*lines, strict=True)], _LEAST, width)
    return "".join(f"{cells_line(line, widths, _ARE_NUMBERS)}\n" for line in lines)


def _lines(members: Members, rails: str, sources: dict[Key, str]) -> Iterator[_Line]:
    """Name, type, shape, parameters and sources of each line, frames as rails before the names."""
    for member in members:
        if isinstance(member, Group):
            yield f"{rails}\N{BOX DRAWINGS LIGHT DOWN AND RIGHT} {_name(member)}", "", "", "", ""
            yield from _lines(member.members, f"{rails}\N{BOX DRAWINGS LIGHT VERTICAL} ", sources)
            yield f"{rails}\N{BOX DRAWINGS LIGHT UP AND RIGHT}", "", "", "", ""
        else:
            yield _layer_line(member, rails, sources.get(member.key, ""))


def _layer_line(box: Box, rails: str, sources: str) -> _Line:
    types = box.summary or " + ".join(printable(step.type) for step in box.steps) or f"({box.key[0]})"
    return f"{rails}{_name(box)}", types, shape_text(box.shape), parameters_text(box), sources


def _name(member: Box | Group) -> str:
    return f"{printable(member.label)} {times_text(member.times)}".rstrip()


def _sources(outline: Outline) -> dict[Key, str]:
    """What is said of the sources of each box: nothing of the box above, and "from" where it is none of them."""
    sources: dict[Key, list[Key]] = {}
    for source, key in outline.edges:
        sources.setdefault(key, []).append(source)
    order = [box.key for box in boxes(outline.members)]
    above = dict(zip(order[1:], order, strict=False))
    told = {}
    for key, found in sources.items():
        others = [_near(source[1], key[1]) for source in found if source != above.get(key)]
        if others:
            told[key] = f"{'from' if len(others) == len(found) else 'and'} {', '.join(others)}"
    return told


def _near(source: str, name: str) -> str:
    """The name of a source without the scopes that it shares with `name`."""
    parts, others = source.split("."), name.split(".")
    while len(parts) > 1 and len(others) > 1 and parts[0] == others[0]:
        parts, others = parts[1:], others[1:]
    return printable(".".join(parts))
