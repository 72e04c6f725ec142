"""Lay out an outline: positions of boxes and frames, and routes of the wires between them.

Every frame is laid out separately and is one cell of the frame around it. Wires enter a frame at its top and leave it
at its bottom, so no wire crosses an unrelated box or frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from nnbuild.report.diagram.boxes import box_size, box_width, frame_label, text_width, times_text
from nnbuild.report.diagram.grid import PORT_WIDTH, Cell, Net, Point, set_grid
from nnbuild.report.diagram.outline import Box, Group, Key, Members, Outline

_PADDING = 16.0  # of a frame
_HEADER = 26.0


@dataclass(frozen=True)
class Place:
    """Rectangle, in pixels from the upper left corner of the drawing."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Wire:
    """Arrow between two boxes: its corners, from the bottom of the source to the top of the target."""

    source: Key
    target: Key
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Layout:
    """Positions of boxes, frames (outer before inner) and wires, and the size of the drawing, in pixels."""

    boxes: tuple[tuple[Box, Place], ...]
    frames: tuple[tuple[Group, Place], ...]
    wires: tuple[Wire, ...]
    width: float
    height: float


# Index of a box or frame in each frame around it, outermost first. The end of a wire on a frame has
# ("entry" or "exit", source of the wire) in place of the last index.
_Path = tuple
_Piece = tuple[_Path, Key, _Path]  # part of a wire within one frame: upper end, source of the wire, lower end
_Nets = Mapping[tuple[_Path, Key], Net]


def laid_out(outline: Outline) -> Layout:
    """Return the layout of `outline`, from top to bottom."""
    members = dict(_found(outline.members))
    paths = {member.key: path for path, member in members.items() if isinstance(member, Box)}
    frames = {path: member for path, member in members.items() if isinstance(member, Group)}
    wires = {(a, b): list(_pieces(a, paths[a], paths[b])) for a, b in outline.edges}
    cells, nets = _cells_and_nets(members, dict.fromkeys(chain(*wires.values())), box_width(outline.members))
    lefts = {path: _set_frame(group, path, cells, nets) for path, group in reversed(frames.items())}
    width, height = _set_inside((), cells, nets)
    corners = {(): (0.0, 0.0)}  # of the inside of each frame
    places = {}
    for path in members:
        (x, y), cell = corners[path[:-1]], cells[path]
        places[path] = Place(x + cell.x, y + cell.y, cell.width, cell.height)
        if path in frames:
            corners[path] = x + cell.x + lefts[path], y + cell.y + _HEADER
    return Layout(
        tuple((member, places[path]) for path, member in members.items() if isinstance(member, Box)),
        tuple((group, places[path]) for path, group in frames.items()),
        tuple(Wire(*ends, _way(pieces, cells, nets, corners)) for ends, pieces in wires.items()),
        width,
        height,
    )


def _found(members: Members, path: _Path = ()) -> Iterator[tuple[_Path, Box | Group]]:
    """Yield all boxes and frames, outer before inner."""
    for number, member in enumerate(members):
        yield (*path, number), member
        if isinstance(member, Group):
            yield from _found(member.members, (*path, number))


def _pieces(source: Key, out: _Path, into: _Path) -> Iterator[_Piece]:
    """Yield the parts of a wire: out of the frames of its source, across, into the frames of its target."""
    common = next(depth for depth, (a, b) in enumerate(zip(out, into, strict=False)) if a != b)
    for depth in range(len(out) - 1, common, -1):
        yield out[: depth + 1], source, (*out[:depth], ("exit", source))
    yield out[: common + 1], source, into[: common + 1]
    for depth in range(common + 1, len(into)):
        yield (*into[:depth], ("entry", source)), source, into[: depth + 1]


def _cells_and_nets(
    members: Mapping[_Path, Box | Group], pieces: Iterable[_Piece], layer_width: float
) -> tuple[dict[_Path, Cell], _Nets]:
    """Return all cells and nets; cells of frames have no sizes yet."""
    cells = {
        path: Cell("box", *box_size(member, layer_width)) if isinstance(member, Box) else Cell("frame")
        for path, member in members.items()
    }
    nets: dict[tuple[_Path, Key], Net] = {}
    for upper, source, lower in pieces:
        for end in (upper, lower):
            if end not in cells:
                cells[end] = Cell(end[-1][0], PORT_WIDTH)
        nets.setdefault((upper, source), Net(cells[upper], source)).lowers.append(cells[lower])
    return cells, nets


def _set_inside(path: _Path, cells: Mapping[_Path, Cell], nets: _Nets) -> tuple[float, float]:
    """Set the positions of all cells in a frame, relative to its inner corner; return width and height."""
    return set_grid(
        [cell for end, cell in cells.items() if end[:-1] == path],
        [net for (upper, _), net in nets.items() if upper[:-1] == path],
    )


def _set_frame(group: Group, path: _Path, cells: Mapping[_Path, Cell], nets: _Nets) -> float:
    """Set the size of a frame, with its label left and its number of iterations right of the entering wires.

    Returns the distance from its left side to its contents.
    """
    width, height = _set_inside(path, cells, nets)
    label, times = text_width(frame_label(group), "label"), times_text(group.times)
    badge = text_width(times, "times") + 16 if times else 0.0
    ports = [(*end[-1], cell.x + cell.axis) for end, cell in cells.items() if end[:-1] == path and cell.is_port]
    entries, exits = ({source: x for each, source, x in ports if each == kind} for kind in ("entry", "exit"))
    left = max(_PADDING, _PADDING + label + 8 - min(entries.values()))
    right = max(_PADDING, _PADDING + max(entries.values()) + badge + 8 - width if badge else 0.0)
    frame = cells[path]
    frame.width = max(left + width + right, 2 * _PADDING + label + badge + 8)
    frame.height = _HEADER + height + (0.0 if exits else _PADDING)
    frame.entries, frame.exits = ({source: left + x for source, x in found.items()} for found in (entries, exits))
    frame.axis = next(iter(frame.entries.values()))
    return left


def _way(
    pieces: Iterable[_Piece], cells: Mapping[_Path, Cell], nets: _Nets, corners: Mapping[_Path, Point]
) -> tuple[Point, ...]:
    """Return the corners of a wire, without its ends on frames."""
    points: list[Point] = []
    for upper, source, lower in pieces:
        left, top = corners[upper[:-1]]
        piece = [(left + x, top + y) for x, y in nets[upper, source].route(cells[lower])]
        points = [*points[:-1], *piece[1:]] if points else piece
    return tuple(points)
