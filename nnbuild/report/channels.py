"""Channels of a layered drawing: heights of rows, and the tracks on which wires run sideways between them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from nnbuild.report.rows import Cell, Link

Point = tuple[float, float]
Routes = dict[tuple[Hashable, Hashable, Hashable], list[Point]]

CHANNEL = 30.0  # height between two rows
SHORT_CHANNEL = 12.0  # the same where a frame begins or ends
_TRACK_TOP, _TRACK_STEP, _ARROW_ROOM = 11.0, 9.0, 19.0


@dataclass(frozen=True)
class _Net:
    """The pieces of wires that leave one cell at one place: they share a track."""

    start: float
    ends: tuple[float, ...]

    @property
    def left(self) -> float:
        return min(self.start, *self.ends)

    @property
    def right(self) -> float:
        return max(self.start, *self.ends)

    @property
    def is_straight(self) -> bool:
        return self.right - self.left < 0.5


def set_rows(rows: list[list[Cell]], links: list[Link]) -> tuple[Routes, float]:
    """Sets `y` of every cell, rows from 0 down.

    Returns
    -------
    routes : dict
        (key of the upper cell, source, key of the lower cell) -> points of each link, from bottom to top.
    height : float
        Of the whole drawing.
    """
    routes: Routes = {}
    top = 0.0
    for number, row in enumerate(rows):
        height = max((cell.height for cell in row), default=0.0)
        for cell in row:
            cell.height = height if cell.kind == "lane" else cell.height
            cell.y = top + (height - cell.height) / 2
        top += height
        if number + 1 < len(rows):
            top = _channel([link for link in links if link.upper.row == number], top, routes)
    for link in links:  # lower cells have their places only now
        points = routes[link.upper.key, link.source, link.lower.key]
        points[0], points[-1] = (points[0][0], link.upper.y + link.upper.height), (points[-1][0], link.lower.y)
    return routes, top


def _channel(links: list[Link], top: float, routes: Routes) -> float:
    """Adds the routes through one channel and returns its bottom."""
    nets = {
        (link.upper.key, link.source): _Net(
            link.upper.x + link.upper.exit(link.source),
            tuple(_end(other) for other in links if other.upper is link.upper and other.source == link.source),
        )
        for link in links
    }
    tracks = _tracks([net for net in nets.values() if not net.is_straight])
    for link in links:
        net = nets[link.upper.key, link.source]
        points = [(net.start, top), (_end(link), top)]
        if net in tracks:
            y = top + _TRACK_TOP + _TRACK_STEP * tracks[net]
            points[1:1] = [(net.start, y), (_end(link), y)]
        routes[link.upper.key, link.source, link.lower.key] = points
    room = _ARROW_ROOM if any(link.lower.kind == "item" for link in links) else _TRACK_TOP
    needed = _TRACK_TOP + _TRACK_STEP * max(tracks.values()) + room if tracks else 0.0
    at_frame = all(link.upper.kind == "entry" or link.lower.kind == "exit" for link in links)
    return top + max(needed, SHORT_CHANNEL if at_frame else CHANNEL)


def _end(link: Link) -> float:
    return link.lower.x + link.lower.entry(link.source)


def _tracks(nets: list[_Net]) -> dict[_Net, int]:
    """A track for each net, 0 the uppermost; nets whose tracks would touch lie on different ones."""
    tracks: dict[_Net, int] = {}
    for net in _from_above(sorted(set(nets), key=lambda net: net.left)):
        touching = [t for other, t in tracks.items() if other.left - 8 <= net.right and net.left - 8 <= other.right]
        tracks[net] = max(touching, default=-1) + 1
    return tracks


def _from_above(nets: list[_Net]) -> list[_Net]:
    """`nets` in an order of tracks with few conflicts: the next is always the one that gains most above the others."""
    losses = {a: {b: _conflicts(a, b) - _conflicts(b, a) for b in nets} for a in nets}
    total = {net: sum(row.values()) for net, row in losses.items()}
    order = []
    while total:
        order.append(min(total, key=total.__getitem__))
        del total[order[-1]]
        for net in total:
            total[net] -= losses[net][order[-1]]
    return order


def _conflicts(upper: _Net, lower: _Net) -> int:
    """Crossings of two nets with tracks one above the other; wires that lie on one another count as many."""
    crossings = sum(lower.left < x < lower.right for x in upper.ends) + (upper.left < lower.start < upper.right)
    return crossings + 100 * sum(abs(x - lower.start) < 4 for x in upper.ends)
