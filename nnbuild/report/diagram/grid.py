"""Cells and links -> a grid: rows and columns of cells, lanes for links that pass rows, tracks between the rows.

A cell stands one row below the lowest of what feeds it, in the column of what feeds it or the next free one. A link
that passes rows goes down its own column where that is free, and in a lane on the right otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

Point = tuple[float, float]

PORT_WIDTH = 2.0
_GAP = 30.0  # between two columns
_CHANNEL, _SHORT_CHANNEL = 30.0, 12.0  # height between two rows; where a frame begins or ends
_LANE_ROOM, _LANE_STEP = 14.0, 12.0
_TRACK_TOP, _TRACK_STEP, _ARROW_ROOM = 11.0, 9.0, 19.0
_ENTRY_STEP = 26.0  # between wires that reach one box


@dataclass(eq=False)
class Cell:
    """One thing that takes a place: a box, a frame, or the end of a wire on the frame around them.

    Attributes
    ----------
    key : hashable
    width, height : float
    axis : float
        What is above the axes of other cells of the column, from its left side.
    entries, exits : mapping of source to float, or None
        Where wires of a source reach and leave it, from its left side; None: on its axis.
    kind : {"item", "entry", "exit"}
    row, column : int
    x, y : float
        Its upper left corner.
    """

    key: Hashable
    width: float
    height: float
    axis: float
    entries: Mapping[Hashable, float] | None = None
    exits: Mapping[Hashable, float] | None = None
    kind: str = "item"
    row: int = 0
    column: int = 0
    x: float = 0.0
    y: float = 0.0
    shifts: dict[Hashable, float] = field(default_factory=dict)  # from the axis, for a box that several wires reach

    def entry(self, source: Hashable) -> float:
        """`x` of a wire of `source` that reaches the cell."""
        return self.x + (self.entries[source] if self.entries is not None else self.axis + self.shifts.get(source, 0.0))

    def exit(self, source: Hashable) -> float:
        """`x` of a wire of `source` that leaves the cell."""
        return self.x + (self.exits[source] if self.exits is not None else self.axis)


@dataclass(frozen=True)
class Link:
    """A piece of a wire from a cell to one further down; `source` is the box where the wire starts."""

    upper: Cell
    source: Hashable
    lower: Cell

    @property
    def net(self) -> Hashable:
        """What shares one line: the links of one source from one cell."""
        return self.upper.key, self.source


Routes = dict[Link, list[Point]]


def set_grid(cells: Collection[Cell], links: Collection[Link]) -> tuple[Routes, float, float]:
    """Set the places of cells, from 0 on.

    Returns
    -------
    routes : dict of Link to list of points
        From the bottom of the upper to the top of the lower cell.
    width, height : float

    Raises
    ------
    graphlib.CycleError
        If cells feed each other in a circle.
    """
    uppers: dict[Cell, list[Cell]] = {cell: [] for cell in cells}
    for link in links:
        uppers[link.lower].append(link.upper)
    _set_rows(uppers)
    width = _set_columns(uppers)
    lanes, width = _lanes(cells, links, width)
    _spread_entries(links, lanes)
    routes, height = _routes(cells, links, lanes)
    return routes, width, height


def _set_rows(uppers: Mapping[Cell, list[Cell]]) -> None:
    first = int(any(cell.kind == "entry" for cell in uppers))
    for cell in TopologicalSorter(uppers).static_order():
        above = [upper.row + 1 for upper in uppers[cell]]
        cell.row = 0 if cell.kind == "entry" else max([first, *above])
    last = 1 + max((cell.row for cell in uppers if cell.kind != "exit"), default=0)
    for cell in uppers:
        cell.row = last if cell.kind == "exit" else cell.row


def _set_columns(uppers: Mapping[Cell, list[Cell]]) -> float:
    """Set columns and `x`, axes one above the other; return the width of all columns."""
    taken: set[tuple[int, int]] = set()
    for cell in sorted(uppers, key=lambda cell: cell.row):  # stable: the order of the recipe within a row
        cell.column = min((upper.column for upper in uppers[cell]), default=0)
        while (cell.row, cell.column) in taken:
            cell.column += 1
        taken.add((cell.row, cell.column))
    right = -_GAP
    for column in range(1 + max(cell.column for cell in uppers)):
        inside = [cell for cell in uppers if cell.column == column]
        axis = right + _GAP + max((cell.axis for cell in inside), default=0.0)
        for cell in inside:
            cell.x = axis - cell.axis
        right = max((cell.x + cell.width for cell in inside), default=axis)
    return right


def _lanes(cells: Collection[Cell], links: Collection[Link], width: float) -> tuple[dict[Hashable, float], float]:
    """`x` of the lane of each net that passes rows, and the width with all lanes."""
    last: dict[Hashable, int] = {}
    first: dict[Hashable, Link] = {}
    for link in links:
        last[link.net] = max(link.lower.row, last.get(link.net, 0))
        first.setdefault(link.net, link)
    filled = {(cell.row, cell.column) for cell in cells}
    lanes: dict[Hashable, float] = {}
    right: list[list[tuple[int, int]]] = []  # rows that each lane on the right is used for
    for net, link in sorted(first.items(), key=lambda item: last[item[0]] - item[1].upper.row):
        top, bottom = link.upper.row, last[net]
        passed = {(row, link.upper.column) for row in range(top + 1, bottom)}
        if not passed:
            continue
        if not passed & filled:
            filled |= passed
            lanes[net] = link.upper.exit(link.source)
            continue
        free = (n for n, rows in enumerate(right) if all(bottom <= a or top >= b for a, b in rows))
        lane = next(free, len(right))
        right += [[]] if lane == len(right) else []
        right[lane].append((top, bottom))
        lanes[net] = width + _LANE_ROOM + _LANE_STEP * lane
    return lanes, width + (_LANE_ROOM + _LANE_STEP * (len(right) - 1) + PORT_WIDTH if right else 0.0)


def _arrival(link: Link, lanes: Mapping[Hashable, float]) -> float:
    """`x` from which a link comes to its lower cell."""
    return link.upper.exit(link.source) if link.lower.row == link.upper.row + 1 else lanes[link.net]


def _spread_entries(links: Collection[Link], lanes: Mapping[Hashable, float]) -> None:
    """Wires that reach one box stand apart: the straight one in the middle, others to the side they come from."""
    arriving: dict[Cell, list[Link]] = defaultdict(list)
    for link in links:
        if link.lower.entries is None and link.lower.kind == "item":
            arriving[link.lower].append(link)
    starts: dict[int, set[int]] = defaultdict(set)  # where wires come down above a row
    for link in links:
        starts[link.lower.row].add(round(_arrival(link, lanes)))
        starts[link.upper.row + 1].add(round(link.upper.exit(link.source)))
    for cell, found in arriving.items():
        found.sort(key=lambda link: _arrival(link, lanes))
        from_middle = [_arrival(link, lanes) - cell.x - cell.axis for link in found]
        center = (len(found) - 1) / 2  # which of the links reaches the axis
        if straight := [n for n, distance in enumerate(from_middle) if abs(distance) < 0.5]:
            center = straight[0]
        elif round(cell.x + cell.axis) in starts[cell.row]:  # that of another box would lie on these
            center = sum(distance < 0 for distance in from_middle) - 0.5
        most = max(center, len(found) - 1 - center)
        step = min(_ENTRY_STEP, (cell.width / 2 - 14) / most) if most else 0.0
        cell.shifts = {link.source: (n - center) * step for n, link in enumerate(found)}


@dataclass(frozen=True)
class _Drop:
    """The way of a net through the channel below a row: from one place to one or several."""

    start: float
    ends: tuple[float, ...]

    @property
    def left(self) -> float:
        return min(self.start, *self.ends)

    @property
    def right(self) -> float:
        return max(self.start, *self.ends)


def _routes(cells: Collection[Cell], links: Collection[Link], lanes: Mapping) -> tuple[Routes, float]:
    """Set `y` of the cells; return the routes of the links and the height."""
    drops = _drops(links, lanes)
    tracks: dict[tuple[int, Hashable], float] = {}
    top, last = 0.0, max(cell.row for cell in cells)
    for row in range(last + 1):
        inside = [cell for cell in cells if cell.row == row]
        height = max((cell.height for cell in inside), default=0.0)
        for cell in inside:
            cell.y = top + (height - cell.height) / 2
        top += height
        numbers = _numbered([drop for drop in drops[row].values() if drop.right - drop.left > 0.5])
        for net, drop in drops[row].items():
            tracks[row, net] = top + _TRACK_TOP + _TRACK_STEP * numbers.get(drop, 0)
        top += _channel(row, links, max(numbers.values(), default=-1)) if row < last else 0.0
    return {link: _route(link, lanes, tracks) for link in links}, top


def _drops(links: Collection[Link], lanes: Mapping) -> dict[int, dict[Hashable, _Drop]]:
    """The ways of the nets through the channel below each row."""
    starts: dict[tuple[int, Hashable], float] = {}
    ends: dict[tuple[int, Hashable], list[float]] = defaultdict(list)
    for link in links:
        above, below = link.upper.row, link.lower.row - 1
        starts[above, link.net] = link.upper.exit(link.source)
        if below > above:
            ends[above, link.net].append(lanes[link.net])
            starts[below, link.net] = lanes[link.net]
        ends[below, link.net].append(link.lower.entry(link.source))
    drops: dict[int, dict[Hashable, _Drop]] = defaultdict(dict)
    for (row, net), start in starts.items():
        drops[row][net] = _Drop(start, tuple(ends[row, net]))
    return drops


def _channel(row: int, links: Collection[Link], last_track: int) -> float:
    """Height of the channel below a row."""
    arriving = [link for link in links if link.lower.row == row + 1]
    here = [link for link in links if link.upper.row == row or link.lower.row == row + 1]
    at_frame = all(
        (link.upper.row == row and link.upper.kind == "entry")
        or (link.lower.row == row + 1 and link.lower.kind == "exit")
        for link in here
    )
    room = _ARROW_ROOM if any(link.lower.kind == "item" for link in arriving) else _TRACK_TOP
    needed = _TRACK_TOP + _TRACK_STEP * last_track + room if last_track >= 0 else 0.0
    return max(needed, _SHORT_CHANNEL if here and at_frame else _CHANNEL)


def _route(link: Link, lanes: Mapping, tracks: Mapping) -> list[Point]:
    start, end = link.upper.exit(link.source), link.lower.entry(link.source)
    above, below = tracks[link.upper.row, link.net], tracks[link.lower.row - 1, link.net]
    lane = lanes[link.net] if below != above else start
    way = [(start, above), (lane, above), (lane, below), (end, below)]
    return [(start, link.upper.y + link.upper.height), *way, (end, link.lower.y)]


def _numbered(drops: list[_Drop]) -> dict[_Drop, int]:
    """A track for each drop, 0 the uppermost; drops whose tracks would touch lie on different ones."""
    tracks: dict[_Drop, int] = {}
    for drop in _from_above(sorted(set(drops), key=lambda drop: drop.left)):
        touching = [n for other, n in tracks.items() if other.left - 8 <= drop.right and drop.left - 8 <= other.right]
        tracks[drop] = max(touching, default=-1) + 1
    return tracks


def _from_above(drops: list[_Drop]) -> list[_Drop]:
    """`drops` in an order with few conflicts: the next is always the one that gains most above the others."""
    losses = {a: {b: _conflicts(a, b) - _conflicts(b, a) for b in drops} for a in drops}
    total = {drop: sum(row.values()) for drop, row in losses.items()}
    order = []
    while total:
        order.append(min(total, key=total.__getitem__))
        del total[order[-1]]
        for drop in total:
            total[drop] -= losses[drop][order[-1]]
    return order


def _conflicts(upper: _Drop, lower: _Drop) -> int:
    """Crossings of two drops with tracks one above the other; wires that lie on one another count as many."""
    crossings = sum(lower.left < x < lower.right for x in upper.ends) + (upper.left < lower.start < upper.right)
    return crossings + 100 * sum(abs(x - lower.start) < 4 for x in upper.ends)
