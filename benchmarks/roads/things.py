"""Objects on the ground: cars, lorries and crates on the road, and trees and posts next to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.roads.geometry import Roads
from benchmarks.roads.surface import OBSTACLE


@dataclass(frozen=True)
class Camera:
    """Camera of one scene of `Roads`, with the image size."""

    focal: float
    horizon: float
    height: float
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Thing:
    """Axis-aligned box with the class of an object.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    x, z : float
        Middle of its back, in metres.
    width, height, length : float
    colour : array of shape (3,)
    """

    kind: str
    x: float
    z: float
    width: float
    height: float
    length: float
    colour: np.ndarray


@dataclass(frozen=True, eq=False)
class Air:
    """Haze and light of one scene of `Light`, as numbers."""

    visibility: float
    haze: np.ndarray  # (3,)
    shadow: float
    sun: float


def things_on(rng: np.random.Generator, roads: Roads, scene: int) -> list[Thing]:
    """Return the objects of one scene, the farthest first."""
    placed = [*_obstacles(rng, roads, scene), *_beside(rng, roads, scene)]
    return sorted(placed, key=lambda thing: -thing.z)


def draw_thing(image: np.ndarray, mask: np.ndarray, camera: Camera, thing: Thing, air: Air) -> None:
    """Draw an object and its shadow in an image, (height, width, 3), and a mask, (height, width)."""
    rows, columns = _window(camera, thing, air)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    right, down = np.meshgrid(
        (np.arange(columns.start, columns.stop) + 0.5 - camera.size[1] / 2) / camera.focal,
        (np.arange(rows.start, rows.stop) + 0.5 - camera.horizon) / camera.focal,
    )
    part = image[rows, columns]
    part[_shadow(camera, thing, air, right, down)] *= 1 - air.shadow
    painted, colours = KINDS[thing.kind].painter(camera, thing, right, down)
    clear = np.exp(-thing.z / air.visibility)
    part[painted] = colours[painted] * clear + air.haze * (1 - clear)
    mask[rows, columns][painted] = KINDS[thing.kind].marks


def _obstacles(rng: np.random.Generator, roads: Roads, scene: int) -> Iterator[Thing]:
    lanes = np.arange(-roads.n_left[scene].item(), roads.n_right[scene].item() + 1)
    for _ in range(rng.choice(5, p=(0.2, 0.3, 0.25, 0.15, 0.1))):
        lane, z = rng.choice(lanes), np.exp(rng.uniform(np.log(6), np.log(55)))
        kind = str(rng.choice(["car", "lorry", "crate"], p=(0.6, 0.15, 0.25)))
        yield _placed(rng, roads, scene, kind, (lane + rng.normal(0, 0.1)) * roads.lane[scene].item(), z)


def _beside(rng: np.random.Generator, roads: Roads, scene: int) -> Iterator[Thing]:
    lane, shoulder = roads.lane[scene].item(), roads.shoulder[scene].item()
    for _ in range(rng.integers(0, 9)):
        side = rng.choice([-1, 1])
        edge = (0.5 + (roads.n_left if side < 0 else roads.n_right)[scene].item()) * lane + shoulder
        kind = str(rng.choice(["tree", "post", "house"], p=(0.65, 0.25, 0.1)))
        away = 0.4 + rng.exponential(4) + (3 if kind != "post" else 0)
        yield _placed(rng, roads, scene, kind, side * (edge + away), np.exp(rng.uniform(np.log(7), np.log(90))))


def _placed(rng: np.random.Generator, roads: Roads, scene: int, kind: str, across: float, z: float) -> Thing:
    """Return an object of random size and colour at a distance from the middle of the lane."""
    ranges = KINDS[kind]
    slope = roads.slope(z)[scene].item()
    x = roads.middle(z)[scene].item() + across * np.sqrt(1 + slope**2)
    width, height, length = (rng.uniform(*span) for span in (ranges.width, ranges.height, ranges.length))
    colour = np.array(ranges.colours[rng.choice(len(ranges.colours))]) + rng.normal(0, 0.06, 3)
    return Thing(kind, x, z, width, height, length, np.clip(colour, 0.02, 1))


def _window(camera: Camera, thing: Thing, air: Air) -> tuple[slice, slice]:
    """Return the rows and columns of an object and its shadow."""
    depths = np.array([thing.z - _REACH, thing.z + thing.length])
    sides = [thing.x - thing.width / 2, thing.x + thing.width / 2]
    sides += [side + air.sun * thing.height for side in sides]
    columns = camera.size[1] / 2 + camera.focal * np.divide.outer(sides, depths)
    rows = camera.horizon + camera.focal * np.divide.outer([camera.height, camera.height - thing.height], depths)
    return _cut(rows, camera.size[0]), _cut(columns, camera.size[1])


def _cut(places: np.ndarray, length: int) -> slice:
    return slice(max(0, int(places.min())), min(length, int(places.max()) + 2))


def _shadow(camera: Camera, thing: Thing, air: Air, right: np.ndarray, down: np.ndarray) -> np.ndarray:
    z = camera.height / np.maximum(down, 1e-3)
    x = right * z - thing.x
    low, high = sorted((0.0, air.sun * thing.height))
    beside = (x > low - thing.width / 2) & (x < high + thing.width / 2)
    return beside & (z > thing.z - _REACH) & (z < thing.z + thing.length) & (down > 1e-3)


def _box(camera: Camera, thing: Thing, right: np.ndarray, down: np.ndarray) -> dict[str, tuple[Any, Any, Any]]:
    """Return the visible pixels of the faces of a box, and two coordinates on each face.

    Those of the back go from -1 to 1 across and from 0 to 1 up, of the side from 0 to 1 ahead and up, of the top from 0
    to 1 ahead and from -1 to 1 across.
    """
    across, up = (right * thing.z - thing.x) / (thing.width / 2), (camera.height - down * thing.z) / thing.height
    faces = {"back": (_within(across, -1) & _within(up, 0), across, up)}
    towards = thing.x - np.sign(thing.x) * thing.width / 2  # the visible side, if any
    z = np.divide(towards, right, out=np.full(right.shape, -1.0), where=np.abs(right) > 1e-6)
    ahead, up = (z - thing.z) / thing.length, (camera.height - down * z) / thing.height
    faces["side"] = (_within(ahead, 0) & _within(up, 0) & (towards * thing.x > 0), ahead, up)
    z = (camera.height - thing.height) / np.where(np.abs(down) > 1e-6, down, 1e-6)
    ahead, across = (z - thing.z) / thing.length, (right * z - thing.x) / (thing.width / 2)
    faces["top"] = (_within(ahead, 0) & _within(across, -1), ahead, across)
    return faces


def _within(values: np.ndarray, low: float) -> np.ndarray:
    return (values >= low) & (values <= 1)


def _car(camera: Camera, thing: Thing, right: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    (back, across, up), (side, ahead, side_up), (top, roof, _) = _box(camera, thing, right, down).values()
    back = back & (np.abs(across) < 1 - 0.5 * np.clip(up - 0.55, 0, None))
    side = side & ((side_up < 0.55) | (np.abs(ahead - 0.42) < 0.34 - 0.3 * (side_up - 0.55)))
    top = top & (np.abs(roof - 0.42) < 0.22)
    colours = _painted(thing, (top, 1.1), (side, 0.62), (back, 0.85))
    colours[side & (side_up > 0.58) & (side_up < 0.9)] = _GLASS
    colours[side & (side_up < 0.3) & (np.minimum(np.abs(ahead - 0.2), np.abs(ahead - 0.8)) < 0.08)] = _DARK
    _paint_back(colours, back, across, up)
    return back | side | top, colours


def _paint_back(colours: np.ndarray, back: np.ndarray, across: np.ndarray, up: np.ndarray) -> None:
    """Add window, lights, plate, bumper and wheels."""
    width = np.abs(across)
    colours[back & (up > 0.58) & (up < 0.92) & (width < 0.74)] = _GLASS
    colours[back & (up > 0.36) & (up < 0.5) & (width > 0.68)] = (0.75, 0.06, 0.05)
    colours[back & (up > 0.26) & (up < 0.34) & (width < 0.26)] = (0.8, 0.8, 0.75)
    colours[back & (up < 0.2)] *= 0.35
    colours[back & (up < 0.14) & (np.abs(width - 0.75) < 0.15)] = _DARK


def _lorry(camera: Camera, thing: Thing, right: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    (back, across, up), (side, ahead, side_up), (top, _, _) = _box(camera, thing, right, down).values()
    colours = _painted(thing, (top, 1.1), (side, 0.68), (back, 0.85))
    colours[back & (np.abs(across) < 0.03)] *= 0.5
    colours[(back & (up < 0.2)) | (side & (side_up < 0.2))] = _DARK
    colours[back & (up > 0.2) & (up < 0.26) & (np.abs(across) > 0.75)] = (0.75, 0.06, 0.05)
    colours[side & (side_up > 0.2) & (np.abs(ahead * 4 % 1 - 0.5) > 0.47)] *= 0.8
    return back | side | top, colours


def _crate(camera: Camera, thing: Thing, right: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    (back, across, up), (side, ahead, side_up), (top, _, _) = _box(camera, thing, right, down).values()
    colours = _painted(thing, (top, 1.1), (side, 0.6), (back, 0.8))
    colours[back & ((np.abs(across) > 0.84) | (np.abs(up - 0.5) > 0.42))] *= 0.7
    colours[side & ((np.abs(ahead - 0.5) > 0.42) | (np.abs(side_up - 0.5) > 0.42))] *= 0.7
    return back | side | top, colours


def _house(camera: Camera, thing: Thing, right: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    (back, across, up), (side, ahead, side_up), _ = _box(camera, thing, right, down).values()
    colours = _painted(thing, (side, 0.7), (back, 0.9))
    colours[back & (np.abs(across * 2 % 1 - 0.5) < 0.2) & (np.abs(up * 2.5 % 1 - 0.5) < 0.22)] = _GLASS
    colours[side & (np.abs(ahead * 3 % 1 - 0.5) < 0.2) & (np.abs(side_up * 2.5 % 1 - 0.5) < 0.22)] = _GLASS
    return back | side, colours


def _tree(camera: Camera, thing: Thing, right: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, across, up = _box(camera, thing, right, down)["back"]
    edge = 1 + 0.13 * np.sin(9 * np.arctan2(up - 0.65, across) + 7 * thing.x)  # irregular outline of leaves
    crown = across**2 + ((up - 0.65) / 0.35) ** 2 < edge
    trunk = (np.abs(across) < 0.12) & (up > 0) & (up < 0.65)
    lit = 0.75 + 0.35 * np.clip(up - 0.3, 0, 1) + 0.12 * np.sin(23 * across + 5 * thing.z) * np.sin(29 * up)
    colours = np.where(crown[..., None], thing.colour * lit[..., None], (0.25, 0.18, 0.12))
    return crown | trunk, colours


def _post(camera: Camera, thing: Thing, right: np.ndarray, down: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels and colours of a post, with a sign if it is high."""
    back, across, up = _box(camera, thing, right, down)["back"]
    seen = back & ((up > 0.72) | (np.abs(across) < 0.14)) if thing.height > 1.6 else back & (np.abs(across) < 0.3)
    colours = np.where((up > 0.72)[..., None], thing.colour, (0.55, 0.55, 0.53))
    return seen, colours


def _painted(thing: Thing, *faces: tuple[np.ndarray, float]) -> np.ndarray:
    """Return the colours of an object with a brightness per face; later faces hide earlier ones."""
    colours = np.zeros((*faces[0][0].shape, 3))
    for seen, light in faces:
        colours[seen] = thing.colour * light
    return colours


@dataclass(frozen=True)
class Kind:
    """Ranges of sizes in metres, colours, class, and drawing function."""

    width: tuple[float, float]
    height: tuple[float, float]
    length: tuple[float, float]
    colours: tuple[tuple[float, float, float], ...]
    marks: int
    painter: Callable[[Camera, Thing, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


_REACH = 0.3  # metres of shadow in front of an object
_GLASS = (0.12, 0.15, 0.2)
_DARK = (0.05, 0.05, 0.05)
_CARS = (
    (0.85, 0.85, 0.86), (0.5, 0.52, 0.55), (0.1, 0.1, 0.12), (0.65, 0.1, 0.1), (0.12, 0.2, 0.5), (0.8, 0.65, 0.15),
    (0.15, 0.35, 0.2),
)  # fmt: skip
KINDS = {
    "car": Kind((1.65, 1.95), (1.35, 1.7), (3.6, 4.8), _CARS, OBSTACLE, _car),
    "lorry": Kind((2.2, 2.5), (2.6, 3.6), (6, 11), (*_CARS[:2], *_CARS[4:]), OBSTACLE, _lorry),
    "crate": Kind((0.6, 1.6), (0.5, 1.4), (0.5, 1.4), ((0.6, 0.42, 0.22), (0.75, 0.4, 0.1)), OBSTACLE, _crate),
    "tree": Kind((2.5, 6), (4, 9), (0.5, 0.6), ((0.15, 0.33, 0.12), (0.3, 0.42, 0.15), (0.5, 0.3, 0.1)), 0, _tree),
    "post": Kind((0.3, 0.8), (0.9, 2.6), (0.1, 0.2), ((0.85, 0.85, 0.85), (0.8, 0.1, 0.1), (0.1, 0.2, 0.6)), 0, _post),
    "house": Kind((5, 9), (3.5, 7), (6, 10), ((0.8, 0.75, 0.65), (0.6, 0.35, 0.28), (0.55, 0.55, 0.55)), 0, _house),
}
