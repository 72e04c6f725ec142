"""Outline -> layout: places of boxes and frames, and the ways of the wires between them.

Every frame is laid out by itself, then stands as one cell in the frame around it. Wires enter a frame at its top and
leave it at its bottom, so none crosses a box or a frame that it does not belong to.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError

from nnbuild.report.diagram.grid import PORT_WIDTH, Cell, Link, Point, set_grid
from nnbuild.report.diagram.outline import Box, Group, Key, Outline, boxes

FRAME_PADDING = 16.0
FRAME_HEADER = 26.0


@dataclass(frozen=True)
class Place:
    """A rectangle, in pixels from the upper left corner of the drawing."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Wire:
    """An arrow from box to box: its corners, from the bottom of the one to the top of the other."""

    source: Key
    target: Key
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Layout:
    """A drawing: boxes, frames (outer before inner) and wires with their places.

    Attributes
    ----------
    boxes : tuple of (Box, Place)
    frames : tuple of (Group, Place)
    wires : tuple of Wire
    width, height : float
        Size in pixels.
    """

    boxes: tuple[tuple[Box, Place], ...]
    frames: tuple[tuple[Group, Place], ...]
    wires: tuple[Wire, ...]
    width: float
    height: float


@dataclass(frozen=True)
class Sizes:
    """How large things are drawn, in pixels.

    Attributes
    ----------
    of_box : callable
        Box -> (width, height).
    of_label : callable
        Group -> (width of the label on the left of its head, width of what stands on the right).
    """

    of_box: Callable[[Box], tuple[float, float]]
    of_label: Callable[[Group], tuple[float, float]]


def laid_out(outline: Outline, sizes: Sizes) -> Layout:
    """The layout of `outline`, from top to bottom; without frames, where a wire would leave one and come back."""
    try:
        return _laid_out(outline, sizes)
    except CycleError:
        return _laid_out(replace(outline, members=tuple(_without_frames(outline.members))), sizes)


def _without_frames(members: tuple[Box | Group, ...], label: str = "", times: int = 1) -> Iterator[Box]:
    """All boxes; what was in frames keeps their names and times."""
    for member in members:
        if isinstance(member, Group):
            yield from _without_frames(member.members, f"{label}{member.label}.", times * member.times)
        else:
            yield replace(member, label=label + member.label, times=times * member.times)


def _laid_out(outline: Outline, sizes: Sizes) -> Layout:
    homes = _homes(outline.members, ())
    areas: dict[Home, _Area] = {}
    whole = _area(None, outline.members, (), _pieces(outline, homes), sizes, areas)
    _move(areas, (), 0.0, 0.0)
    items = [(area, cell) for area in areas.values() for cell in area.cells.values() if cell.kind == "item"]
    places = {cell.key: Place(area.x + cell.x, area.y + cell.y, cell.width, cell.height) for area, cell in items}
    frames = [area.group for home, area in sorted(areas.items(), key=lambda item: len(item[0])) if area.group]
    return Layout(
        tuple((box, places[box.key]) for box in boxes(outline.members)),
        tuple((group, places[group.key]) for group in frames),
        tuple(Wire(a, b, _way(a, b, homes, areas)) for a, b in outline.edges),
        whole.width,
        whole.height,
    )


Home = tuple[Key, ...]  # keys of the frames around something, from the outside
Piece = tuple[
    Hashable, Key, Hashable
]  # part of a wire within one frame: key of a cell, box where it starts, key of a cell


@dataclass
class _Area:
    """The inside of one frame, or the whole drawing; cells and routes count from its corner at `x`, `y`."""

    group: Group | None
    cells: dict[Hashable, Cell]
    routes: dict[Piece, list[Point]]
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0

    def ports(self, kind: str) -> dict[Hashable, float]:
        """Where wires enter ("entry") or leave ("exit") the frame, by the boxes where they start."""
        return {cell.key[1]: cell.x + cell.width / 2 for cell in self.cells.values() if cell.kind == kind}  # type: ignore[index]


def _homes(members: tuple[Box | Group, ...], home: Home) -> dict[Key, Home]:
    """The frames around each box."""
    homes: dict[Key, Home] = {}
    for member in members:
        homes |= _homes(member.members, (*home, member.key)) if isinstance(member, Group) else {member.key: home}
    return homes


def _pieces(outline: Outline, homes: Mapping[Key, Home]) -> dict[Home, list[Piece]]:
    """Each frame's parts of the wires, without repeats."""
    pieces: dict[Home, dict[Piece, None]] = {}
    for a, b in outline.edges:
        for home, piece in _through(a, b, homes):
            pieces.setdefault(home, {})[piece] = None
    return {home: list(found) for home, found in pieces.items()}


def _through(a: Key, b: Key, homes: Mapping[Key, Home]) -> list[tuple[Home, Piece]]:
    """The parts of the wire from box `a` to box `b`: out of the frames of `a`, across, into the frames of `b`."""
    out, into = (*homes[a], a), (*homes[b], b)
    common = 0
    while out[common] == into[common]:
        common += 1
    leaving = [(out[:depth], (out[depth], a, ("exit", a))) for depth in range(len(out) - 1, common, -1)]
    across = (out[:common], (out[common], a, into[common]))
    entering = [(into[:depth], (("entry", a), a, into[depth])) for depth in range(common + 1, len(into))]
    return [*leaving, across, *entering]


def _area(
    group: Group | None,
    members: tuple[Box | Group, ...],
    home: Home,
    pieces: Mapping[Home, list[Piece]],
    sizes: Sizes,
    areas: dict[Home, _Area],
) -> _Area:
    """The area of one frame; it and those inside it are added to `areas`."""
    cells: dict[Hashable, Cell] = {}
    for member in members:
        if isinstance(member, Group):
            inner = _area(member, member.members, (*home, member.key), pieces, sizes, areas)
            entries, exits = inner.ports("entry"), inner.ports("exit")
            axis = next(iter(entries.values()), inner.width / 2)
            cells[member.key] = Cell(member.key, inner.width, inner.height, axis, entries, exits)
        else:
            width, height = sizes.of_box(member)
            cells[member.key] = Cell(member.key, width, height, width / 2)
    here = pieces.get(home, [])
    for key in dict.fromkeys(end for upper, _, lower in here for end in (upper, lower)):
        if key not in cells:
            cells[key] = Cell(key, PORT_WIDTH, 0.0, PORT_WIDTH / 2, kind=key[0])  # type: ignore[index]
    links = {piece: Link(cells[piece[0]], piece[1], cells[piece[2]]) for piece in here}
    routes, width, height = set_grid(cells.values(), links.values())
    areas[home] = _Area(group, cells, {piece: routes[link] for piece, link in links.items()}, width, height)
    if group:
        _frame(areas[home], *sizes.of_label(group))
    return areas[home]


def _frame(area: _Area, label: float, badge: float) -> None:
    """Makes room for a frame around the area, with its label left and its badge right of the wires that enter."""
    ports = area.ports("entry").values()
    first, last = min(ports, default=area.width), max(ports, default=0.0)
    left = max(FRAME_PADDING, FRAME_PADDING + label + 8 - first) if ports else FRAME_PADDING
    right = max(FRAME_PADDING, FRAME_PADDING + last + badge + 8 - area.width) if badge else FRAME_PADDING
    _shift(area, left, FRAME_HEADER)
    area.width = max(left + area.width + right, 2 * FRAME_PADDING + label + badge + 8)
    area.height += FRAME_HEADER + (0.0 if area.ports("exit") else FRAME_PADDING)


def _shift(area: _Area, x: float, y: float) -> None:
    for cell in area.cells.values():
        cell.x, cell.y = cell.x + x, cell.y + y
    for key, points in area.routes.items():
        area.routes[key] = [(px + x, py + y) for px, py in points]


def _move(areas: Mapping[Home, _Area], home: Home, x: float, y: float) -> None:
    """Sets where the areas lie in the whole drawing."""
    area = areas[home]
    area.x, area.y = x, y
    for cell in area.cells.values():
        inner = (*home, cell.key)
        if inner in areas:
            _move(areas, inner, x + cell.x, y + cell.y)  # type: ignore[arg-type]


def _way(a: Key, b: Key, homes: Mapping[Key, Home], areas: Mapping[Home, _Area]) -> tuple[Point, ...]:
    pieces = [(areas[home], areas[home].routes[piece]) for home, piece in _through(a, b, homes)]
    return tuple(_corners([(area.x + x, area.y + y) for area, points in pieces for x, y in points]))


def _corners(points: list[Point]) -> list[Point]:
    """`points` without those that lie within a straight line."""
    corners: list[Point] = []
    for point in points:
        if corners and abs(point[0] - corners[-1][0]) + abs(point[1] - corners[-1][1]) < 0.01:
            continue
        if len(corners) > 1 and _in_line(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    return corners


def _in_line(a: Point, b: Point, c: Point) -> bool:
    return abs(a[0] - b[0]) + abs(b[0] - c[0]) < 0.5 or abs(a[1] - b[1]) + abs(b[1] - c[1]) < 0.5
