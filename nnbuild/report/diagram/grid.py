"""Arrange cells in rows and columns, and route the wires between them.

A cell is one row below its lowest source, in the first free column at or after that of a source. A wire that passes
rows uses the first column that is free in them. Between two rows, each wire that bends has its own track.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]

PORT_WIDTH = 2.0
_GAP, _LANE_GAP = 30.0, 13.0  # before a column of cells, before a column of wires only
_CHANNEL, _SHORT_CHANNEL = 30.0, 12.0  # height between two rows, and at the start or end of a frame
_TRACK_TOP, _TRACK_STEP, _TRACK_BOTTOM = 11.0, 9.0, 19.0
_ENTRY_STEP = 26.0  # between wires that enter the same box


@dataclass(eq=False)
class Cell:
    """A box, a frame, or the end of a wire on the frame around them; sizes in pixels."""

    kind: str  # "box", "frame", "entry" or "exit"
    width: float = 0.0
    height: float = 0.0
    axis: float = field(init=False)  # from the left side; axes of a column are aligned
    entries: dict[Hashable, float] = field(default_factory=dict)  # source -> end of its wire, from the left side
    exits: dict[Hashable, float] = field(default_factory=dict)  # source -> start of its wire, if not the axis
    row: int = 0
    column: int = 0
    x: float = 0.0  # of the left side
    y: float = 0.0

    def __post_init__(self) -> None:
        self.axis = self.width / 2

    @property
    def is_port(self) -> bool:
        return self.kind in ("entry", "exit")

    def entry(self, source: Hashable) -> float:
        """Return `x` of the wire of `source` that enters the cell."""
        return self.x + self.entries.get(source, self.axis)


@dataclass(eq=False)
class Net:
    """Wires of one source from one cell to others below it. They share a line as far as possible."""

    upper: Cell
    source: Hashable
    lowers: list[Cell] = field(default_factory=list)
    column: int = 0  # in the rows that it passes
    lane: float = 0.0  # `x` of that column
    tracks: dict[int, float] = field(default_factory=dict)  # row -> `y` of the bend below it

    @property
    def rows(self) -> range:
        """Rows below which it runs."""
        return range(self.upper.row, max(cell.row for cell in self.lowers))

    def start(self, row: int) -> float:
        """Return `x` at which it enters the channel below `row`."""
        return self.lane if row > self.upper.row else self.upper.x + self.upper.exits.get(self.source, self.upper.axis)

    def ends(self, row: int) -> list[float]:
        """Return the `x` at which it leaves the channel below `row`."""
        passing = [self.lane] if row + 1 in self.rows else []
        return [*passing, *(cell.entry(self.source) for cell in self.lowers if cell.row == row + 1)]

    def route(self, lower: Cell) -> list[Point]:
        """Return the corners from the bottom of the upper to the top of a lower cell."""
        x = self.start(self.upper.row)
        points = [(x, self.upper.y + self.upper.height)]
        for row in range(self.upper.row, lower.row):
            end = self.lane if row + 1 < lower.row else lower.entry(self.source)
            if abs(end - x) > 0.5:
                points += [(x, self.tracks[row]), (end, self.tracks[row])]
                x = end
        return [*points, (x, lower.y)]


def set_grid(cells: Sequence[Cell], nets: Sequence[Net]) -> tuple[float, float]:
    """Set positions of cells, given in topological order, and routes of nets; return width and height."""
    _set_rows(cells, nets)
    _set_columns(cells, nets)
    return _set_x(cells, nets), _set_y(cells, nets)


def _set_rows(cells: Sequence[Cell], nets: Sequence[Net]) -> None:
    for cell in cells:
        cell.row = 1 + max((net.upper.row for net in nets if cell in net.lowers), default=-1)
    last = 1 + max(cell.row for cell in cells if cell.kind != "exit")
    for cell in cells:
        cell.row = last if cell.kind == "exit" else cell.row


def _set_columns(cells: Sequence[Cell], nets: Sequence[Net]) -> None:
    """Set columns: first of boxes and frames, then of nets that pass rows, then of their exits."""
    taken: set[tuple[int, int]] = set()
    for cell in sorted(cells, key=lambda cell: cell.row):
        if cell.kind != "exit":
            start = min((net.upper.column for net in nets if cell in net.lowers), default=0)
            cell.column = _free_column(taken, start, [cell.row])
    n_columns = 1 + max(cell.column for cell in cells)
    for net in sorted(nets, key=lambda net: len(net.rows)):
        is_free = not any((row, net.upper.column) in taken for row in net.rows[1:])
        net.column = net.upper.column if is_free else _free_column(taken, n_columns, net.rows)
        taken.update((row, net.column) for row in net.rows)
    for net in nets:
        for cell in net.lowers:
            if cell.kind == "exit":
                cell.column = _free_column(taken, net.column, [cell.row])


def _free_column(taken: set[tuple[int, int]], column: int, rows: Sequence[int]) -> int:
    """Return the first column from `column` on that is free in `rows`, and mark it as taken."""
    while any((row, column) in taken for row in rows):
        column += 1
    taken.update((row, column) for row in rows)
    return column


def _set_x(cells: Sequence[Cell], nets: Sequence[Net]) -> float:
    """Set `x` of cells, lanes and wires, with the axes of a column aligned; return the width."""
    right = 0.0
    last = max([cell.column for cell in cells] + [net.column for net in nets])
    for column in range(last + 1):
        inside = [cell for cell in cells if cell.column == column]
        gap = 0.0 if column == 0 else _GAP if inside else _LANE_GAP
        axis = right + gap + max((cell.axis for cell in inside), default=PORT_WIDTH / 2)
        for cell in inside:
            cell.x = axis - cell.axis
        for net in nets:
            net.lane = axis if net.column == column else net.lane
        right = max((cell.x + cell.width for cell in inside), default=axis + PORT_WIDTH / 2)
    _spread_entries(nets)
    return right


def _spread_entries(nets: Iterable[Net]) -> None:
    """Set the entries of wires into boxes: the straight one at the axis, others on the side of their source."""
    arriving: dict[Cell, list[tuple[float, Hashable]]] = defaultdict(list)
    starts: dict[int, set[int]] = defaultdict(set)  # x of the wires that come down to a row
    for net in nets:
        for row in net.rows:
            starts[row + 1].add(round(net.start(row)))
        for cell in net.lowers:
            if cell.kind == "box":
                arriving[cell].append((net.start(cell.row - 1) - cell.x - cell.axis, net.source))
    for cell, found in arriving.items():
        found.sort(key=lambda wire: wire[0])
        center = (len(found) - 1) / 2  # index of the wire at the axis
        if straight := [n for n, (distance, _) in enumerate(found) if abs(distance) < 0.5]:
            center = straight[0]
        elif round(cell.x + cell.axis) in starts[cell.row]:  # the wire of another box would overlap
            center = sum(distance < 0 for distance, _ in found) - 0.5
        step = min(_ENTRY_STEP, (cell.width / 2 - 14) / max(center, len(found) - 1 - center, 1))
        cell.entries = {source: cell.axis + (n - center) * step for n, (_, source) in enumerate(found)}


def _set_y(cells: Sequence[Cell], nets: Sequence[Net]) -> float:
    """Set `y` of cells and tracks; return the height."""
    top, last = 0.0, max(cell.row for cell in cells)
    for row in range(last + 1):
        inside = [cell for cell in cells if cell.row == row]
        height = max(cell.height for cell in inside)
        for cell in inside:
            cell.y = top + (height - cell.height) / 2
        top += height
        bent = [net for net in nets if row in net.rows and any(abs(x - net.start(row)) > 0.5 for x in net.ends(row))]
        for number, net in enumerate(_from_above(bent, row)):
            net.tracks[row] = top + _TRACK_TOP + _TRACK_STEP * number
        ports = any(cell.is_port for cell in cells if cell.row in (row, row + 1))
        needed = _TRACK_TOP + _TRACK_STEP * (len(bent) - 1) + _TRACK_BOTTOM if bent else 0.0
        top += max(_SHORT_CHANNEL if ports else _CHANNEL, needed) if row < last else 0.0
    return top


def _from_above(nets: list[Net], row: int) -> list[Net]:
    """Return the nets that bend below a row, ordered for few crossings and without overlaps."""
    rest = sorted(nets, key=lambda net: net.start(row) * (1 if min(net.ends(row)) < net.start(row) else -1))
    order: list[Net] = []
    while rest:
        free = (net for net in rest if not any(_comes_down_on(other, net, row) for other in rest if other is not net))
        order.append(next(free, rest[0]))
        rest.remove(order[-1])
    return order


def _comes_down_on(upper: Net, lower: Net, row: int) -> bool:
    return any(abs(x - upper.start(row)) < 4 for x in lower.ends(row))
