"""Draw the graph of a network in characters, for terminals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from nnbuild.records import Plan
from nnbuild.report.cells import WIDTH, cells_line, cut_widths
from nnbuild.report.diagram.boxes import parameters_text, times_text
from nnbuild.report.diagram.condense import condensed
from nnbuild.report.diagram.outline import Group, Key, Members, Outline, boxes, outlined
from nnbuild.report.units import printable, shape_text

_Line = tuple[str, str, str, str, str]
_LEAST = (14, 14, None, None, 16)  # minimum widths of name, type, shape, parameters and sources
_ARE_NUMBERS = (False, False, True, True, False)


def sketch(plan: Plan, width: int = WIDTH) -> str:
    """Draw the graph of a network as text, from its inputs at the top to its outputs at the bottom.

    Parameters
    ----------
    plan : Plan
    width : int
        Maximum number of characters per line.

    Returns
    -------
    str
        One line per layer, with its name, type, output shape and parameters. Frames are those of the diagram. Sources
        other than the line above are named: "and a" in addition to that line, "from a" in place of it.
    """
    outline = condensed(outlined(plan))
    lines = list(_lines(outline.members, "", _sources(outline)))
    widths = cut_widths([max(map(len, column)) for column in zip(*lines, strict=True)], _LEAST, width)
    return "".join(f"{cells_line(line, widths, _ARE_NUMBERS)}\n" for line in lines)


def _lines(members: Members, rails: str, sources: Mapping[Key, str]) -> Iterator[_Line]:
    """Yield name, type, shape, parameters and sources of each line, with frames as rails before the names."""
    for member in members:
        name = f"{printable(member.label)} {times_text(member.times)}".rstrip()
        if isinstance(member, Group):
            yield f"{rails}\N{BOX DRAWINGS LIGHT DOWN AND RIGHT} {name}", "", "", "", ""
            yield from _lines(member.members, f"{rails}\N{BOX DRAWINGS LIGHT VERTICAL} ", sources)
            yield f"{rails}\N{BOX DRAWINGS LIGHT UP AND RIGHT}", "", "", "", ""
        else:
            types = member.summary or " + ".join(printable(step.type) for step in member.steps) or f"({member.key[0]})"
            shape, parameters = shape_text(member.shape), parameters_text(member)
            yield f"{rails}{name}", types, shape, parameters, sources.get(member.key, "")


def _sources(outline: Outline) -> dict[Key, str]:
    """Return the sources of each box in addition to the box above it ("and"), or in place of it ("from")."""
    sources: dict[Key, list[Key]] = {}
    for source, key in outline.edges:
        sources.setdefault(key, []).append(source)
    above = {below: box for box, below in pairwise(box.key for box in boxes(outline.members))}
    others = {key: [source for source in found if source != above.get(key)] for key, found in sources.items()}
    return {
        key: f"{'from' if found == sources[key] else 'and'} {', '.join(_near(source, key) for source in found)}"
        for key, found in others.items()
        if found
    }


def _near(source: Key, key: Key) -> str:
    """Return the name of a source without the scopes that it shares with `key`."""
    parts, others = source[1].split("."), key[1].split(".")
    while len(parts) > 1 and len(others) > 1 and parts[0] == others[0]:
        parts, others = parts[1:], others[1:]
    return printable(".".join(parts))
