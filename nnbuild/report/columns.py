"""Columns of a layered drawing: where cells stand from left to right, so that main paths run straight down.

After Brandes & Köpf, "Fast and simple horizontal coordinate assignment", Graph Drawing 2001: cells are aligned in
blocks, one above the other, and blocks are moved as a whole. Unlike there, a path follows its longest way, not the
median neighbour, and blocks settle by weighted means instead of the average of four layouts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

from nnbuild.report.rows import Cell, Link

_GAPS = (16.0, 22.0, 30.0)  # between two lanes, a lane and a box, two boxes; in pixels
_ENTRY_STEP = 26.0  # between wires that reach one box
_ROUNDS = 60


def set_columns(rows: list[list[Cell]], links: list[Link]) -> None:
    """Sets `x` of every cell from 0 on, keeping the order of the rows, and where wires reach their boxes."""
    spine = _spine(rows, links)
    blocks = _blocks(rows, spine)
    _connect(rows, blocks)
    _pack(blocks)
    _settle(blocks, [link for link in links if link.lower not in spine or spine[link.lower] is not link])
    left = min(block.x + offset for block in blocks for offset in block.offsets.values())
    for block in blocks:
        for cell, offset in block.offsets.items():
            cell.x = block.x + offset - left
    _spread_entries(links, spine)


def _spine(rows: list[list[Cell]], links: list[Link]) -> dict[Cell, Link]:
    """Links that run straight down, by their lower cells: at most one into and one out of a cell, none crossing."""
    place = {cell: index for row in rows for index, cell in enumerate(row)}
    ups: dict[Cell, list[Link]] = {}
    downs: dict[Cell, list[Link]] = {}
    for link in links:
        ups.setdefault(link.lower, []).append(link)
        downs.setdefault(link.upper, []).append(link)
    above = _lengths(rows, {cell: [link.upper for link in found] for cell, found in ups.items()})
    below = _lengths(rows[::-1], {cell: [link.lower for link in found] for cell, found in downs.items()})
    down = {cell: _straight(found, "lower", below, place) for cell, found in downs.items()}
    up = {cell: _straight(found, "upper", above, place) for cell, found in ups.items()}
    wanted = [link for link in links if down[link.upper] is link and up[link.lower] is link]
    wanted.sort(key=lambda link: (link.upper.kind != "lane" or link.lower.kind != "lane", place[link.upper]))
    kept: dict[int, list[Link]] = {}
    for link in wanted:
        row = kept.setdefault(link.upper.row, [])
        if not any((place[a.upper] - place[link.upper]) * (place[a.lower] - place[link.lower]) < 0 for a in row):
            row.append(link)
    return {link.lower: link for row in kept.values() for link in row}


def _lengths(rows: list[list[Cell]], before: dict[Cell, list[Cell]]) -> dict[Cell, int]:
    """Longest path to each cell, in cells that are no lanes."""
    lengths: dict[Cell, int] = {}
    for row in rows:
        for cell in row:
            longest = max((lengths[other] for other in before.get(cell, [])), default=0)
            lengths[cell] = longest + (cell.kind != "lane")
    return lengths


def _straight(found: list[Link], side: str, lengths: dict[Cell, int], place: dict[Cell, int]) -> Link | None:
    """Which of the links at one end of a cell runs straight on: the way of the longest path, else the middle one."""

    def other(link: Link) -> Cell:
        return link.lower if side == "lower" else link.upper

    real = [link for link in found if other(link).kind != "lane"] or found
    longest = max(lengths[other(link)] for link in real)
    ways = sorted((link for link in real if lengths[other(link)] == longest), key=lambda link: place[other(link)])
    return ways[len(ways) // 2] if len(ways) % 2 else None


@dataclass(eq=False)
class _Block:
    """Cells in one straight line; `offsets` are their left sides from the block's `x`."""

    offsets: dict[Cell, float]
    x: float = 0.0
    rights: dict[_Block, float] = field(default_factory=dict)  # neighbours to the right -> least distance of the x
    lefts: dict[_Block, float] = field(default_factory=dict)


def _blocks(rows: list[list[Cell]], spine: dict[Cell, Link]) -> list[_Block]:
    home: dict[Cell, _Block] = {}
    blocks: list[_Block] = []
    for cell in (cell for row in rows for cell in row):
        link = spine.get(cell)
        if link is None:
            home[cell] = _Block({cell: 0.0})
            blocks.append(home[cell])
        else:
            block = home[cell] = home[link.upper]
            block.offsets[cell] = block.offsets[link.upper] + link.upper.exit(link.source) - cell.entry(link.source)
    return blocks


def _connect(rows: list[list[Cell]], blocks: list[_Block]) -> None:
    home = {cell: block for block in blocks for cell in block.offsets}
    for row in rows:
        for left, right in pairwise(row):
            a, b = home[left], home[right]
            least = a.offsets[left] + left.width + _gap(left, right) - b.offsets[right]
            a.rights[b] = max(least, a.rights.get(b, least))
            b.lefts[a] = a.rights[b]


def _gap(left: Cell, right: Cell) -> float:
    boxes = (left.kind == "item") + (right.kind == "item")
    return _GAPS[boxes]


def _pack(blocks: list[_Block]) -> None:
    """Every block as far left as its neighbours let it; no links cross, so no block is left of itself."""
    waiting = {block: len(block.lefts) for block in blocks}
    ready = [block for block in blocks if not waiting[block]]
    for block in ready:
        block.x = max((left.x + least for left, least in block.lefts.items()), default=-min(block.offsets.values()))
        for right in block.rights:
            waiting[right] -= 1
            ready += [] if waiting[right] else [right]
    assert len(ready) == len(blocks)
    blocks[:] = ready


def _settle(blocks: list[_Block], links: list[Link]) -> None:
    """Moves blocks in turn to the mean of what their bent wires ask for, as far as their neighbours let them."""
    home = {cell: block for block in blocks for cell in block.offsets}
    pulls: dict[_Block, list[tuple[_Block, float]]] = {block: [] for block in blocks}
    for link in links:
        upper, lower = home[link.upper], home[link.lower]
        ends = upper.offsets[link.upper] + link.upper.exit(link.source)
        starts = lower.offsets[link.lower] + link.lower.entry(link.source)
        pulls[upper].append((lower, starts - ends))
        pulls[lower].append((upper, ends - starts))
    for turn in range(_ROUNDS):
        moved = 0.0
        for block in blocks if turn % 2 else reversed(blocks):
            if pulls[block]:
                wish = sum(other.x + shift for other, shift in pulls[block]) / len(pulls[block])
                low = max((left.x + least for left, least in block.lefts.items()), default=-inf)
                high = min((right.x - least for right, least in block.rights.items()), default=inf)
                new = max(low, min(wish, high))
                moved, block.x = max(moved, abs(new - block.x)), new
        if moved < 0.1:
            break


def _spread_entries(links: list[Link], spine: dict[Cell, Link]) -> None:
    """Wires that reach one box stand apart: the straight one in the middle, others to the side they come from."""
    arriving: dict[Cell, list[Link]] = {}
    for link in links:
        if link.lower.entries is None and link.lower.kind == "item":
            arriving.setdefault(link.lower, []).append(link)
    for cell, found in arriving.items():
        found.sort(key=lambda link: link.upper.x + link.upper.exit(link.source))
        straight = spine.get(cell)
        middle = found.index(straight) if straight else (len(found) - 1) / 2
        most = max(middle, len(found) - 1 - middle)
        step = min(_ENTRY_STEP, (cell.width / 2 - 14) / most) if most else 0.0
        cell.shifts = {link.source: (index - middle) * step for index, link in enumerate(found)}
