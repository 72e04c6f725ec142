"""Rows of a layered drawing: which cells stand on one height, lanes for wires that pass by, order from left to right.

The steps of Sugiyama, Tagawa & Toda, "Methods for visual understanding of hierarchical system structures",
IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981: rows by longest paths, a lane in every row that a
wire passes, order by barycenters.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

LANE_WIDTH = 2.0
_SWEEPS = 8
_MOST_WIRES = 400  # between two rows; more are left in their first order, as counting crossings takes their square


@dataclass(eq=False)
class Cell:
    """One thing that takes a place in a drawing: a box, a frame, the end of a wire on a frame, or a lane.

    Attributes
    ----------
    key : hashable
        What stands in the cell.
    width, height : float
    entries, exits : mapping of source to float, or None
        Where wires of a source reach and leave it, from its left side; None: in its middle.
    kind : {"item", "entry", "exit", "lane"}
    row : int
    x, y : float
        Its upper left corner.
    """

    key: Hashable
    width: float
    height: float
    entries: Mapping[Hashable, float] | None = None
    exits: Mapping[Hashable, float] | None = None
    kind: str = "item"
    row: int = 0
    x: float = 0.0
    y: float = 0.0
    shifts: dict[Hashable, float] = field(default_factory=dict)  # from the middle, for a box that several wires reach

    def entry(self, source: Hashable) -> float:
        """Where a wire of `source` reaches the cell, from its left side."""
        return self.entries[source] if self.entries is not None else self.width / 2 + self.shifts.get(source, 0.0)

    def exit(self, source: Hashable) -> float:
        """Where a wire of `source` leaves the cell, from its left side."""
        return self.exits[source] if self.exits is not None else self.width / 2


@dataclass(frozen=True)
class Link:
    """A piece of a wire from a cell to one in the next row; `source` is the box where the wire starts."""

    upper: Cell
    source: Hashable
    lower: Cell


def in_rows(cells: Iterable[Cell], links: Iterable[Link]) -> tuple[list[list[Cell]], list[Link]]:
    """Cells in rows from top to bottom, each from left to right, with lanes added; and links between neighbour rows.

    Parameters
    ----------
    cells : iterable of Cell
        Their order is kept where it costs no crossings. Entries stand in the first row, exits in the last.
    links : iterable of Link
        Without cycles; they may pass rows. Links of one source from one cell share their lanes.
    """
    cells, links = list(cells), list(links)
    _number_rows(cells, links)
    lanes, links = _with_lanes(links)
    rows: list[list[Cell]] = [[] for _ in range(1 + max(cell.row for cell in cells))]
    for cell in [*cells, *lanes]:
        rows[cell.row].append(cell)
    return _ordered(rows, links), links


def _number_rows(cells: list[Cell], links: list[Link]) -> None:
    """Each cell one row below the lowest of what feeds it (Kahn's order)."""
    waiting = dict.fromkeys(cells, 0)
    below: dict[Cell, list[Cell]] = {cell: [] for cell in cells}
    for link in links:
        waiting[link.lower] += 1
        below[link.upper].append(link.lower)
    first = 1 if any(cell.kind == "entry" for cell in cells) else 0
    ready = [cell for cell in cells if not waiting[cell]]
    for cell in ready:
        cell.row = 0 if cell.kind == "entry" else max(cell.row, first)
        for lower in below[cell]:
            lower.row = max(lower.row, cell.row + 1)
            waiting[lower] -= 1
            ready += [] if waiting[lower] else [lower]
    last = 1 + max((cell.row for cell in cells if cell.kind != "exit"), default=0)
    for cell in cells:
        cell.row = last if cell.kind == "exit" else cell.row


def _with_lanes(links: list[Link]) -> tuple[list[Cell], list[Link]]:
    lanes: dict[Hashable, Cell] = {}
    pieces: list[Link] = []
    for link in links:
        upper = link.upper
        for row in range(link.upper.row + 1, link.lower.row):
            key = ("lane", link.upper.key, link.source, row)
            if key not in lanes:
                lanes[key] = Cell(key, LANE_WIDTH, 0.0, kind="lane", row=row)
                pieces.append(Link(upper, link.source, lanes[key]))
            upper = lanes[key]
        pieces.append(replace(link, upper=upper))
    return list(lanes.values()), pieces


def _ordered(rows: list[list[Cell]], links: list[Link]) -> list[list[Cell]]:
    """The order with the fewest crossings that barycenters and exchanges reach; the first one on a tie."""
    best, fewest = rows, _n_crossings(rows, links)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        rows = _exchanged(_swept(rows, links, down=sweep % 2 == 0), links)
        crossings = _n_crossings(rows, links)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _exchanged(rows: list[list[Cell]], links: list[Link]) -> list[list[Cell]]:
    """`rows` with neighbours exchanged wherever their own wires then cross less."""
    rows = [list(row) for row in rows]
    place = {cell: index for row in rows for index, cell in enumerate(row)}
    ends: dict[Cell, tuple[list[Cell], list[Cell]]] = {cell: ([], []) for cell in place}
    for link in links:
        ends[link.upper][1].append(link.lower)
        ends[link.lower][0].append(link.upper)
    for row in rows:
        for index in range(len(row) - 1):
            a, b = row[index : index + 2]
            pairs = [
                (place[x], place[y]) for near, far in zip(ends[a], ends[b], strict=True) for x in near for y in far
            ]
            if sum(x > y for x, y in pairs) > sum(x < y for x, y in pairs):
                row[index : index + 2] = [b, a]
                place[a], place[b] = index + 1, index
    return rows


def _swept(rows: list[list[Cell]], links: list[Link], down: bool) -> list[list[Cell]]:
    near: dict[Cell, list[Cell]] = {}
    for link in links:
        here, there = (link.lower, link.upper) if down else (link.upper, link.lower)
        near.setdefault(here, []).append(there)
    place: dict[Cell, float] = {}
    result = []
    for row in rows if down else reversed(rows):
        centers = {}
        for index, cell in enumerate(row):
            places = [place[other] for other in near.get(cell, [])]
            centers[cell] = sum(places) / len(places) if places else float(index)
        row = sorted(row, key=centers.__getitem__)  # stable: ties keep their order
        place |= {cell: float(index) for index, cell in enumerate(row)}
        result.append(row)
    return result if down else result[::-1]


def _n_crossings(rows: list[list[Cell]], links: list[Link]) -> int:
    place = {cell: index for row in rows for index, cell in enumerate(row)}
    between: list[list[tuple[int, int]]] = [[] for _ in rows]
    for link in links:
        between[link.upper.row].append((place[link.upper], place[link.lower]))
    total = 0
    for pairs in between:
        if len(pairs) <= _MOST_WIRES:
            total += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(pairs) for c, d in pairs[:i])
    return total
