"""Classes and colours of the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.roads.geometry import Ground, Roads

BACKGROUND, ROAD, LINE, OBSTACLE = range(4)


@dataclass(frozen=True, eq=False)
class Look:
    """Appearance of roads, lines and landscape: arrays of shape (n, 1, 1), colours (n, 3, 1, 1) from 0 to 1.

    Attributes
    ----------
    line : array
        Width of lines, in metres.
    period, dash, phase : array
        Of dashed lines: from one dash to the next, the share that is painted, and where the first begins.
    dashed_outside, dashed_inside : array of bool
        Whether the lines at the sides, and those between lanes, are dashed.
    paint, inner_paint, asphalt, land, land_too : array
        Colours of outer lines, inner lines, road, and two colours of the landscape.
    worn : array
        Fraction of worn paint.
    roughness : array
        Texture strength of the ground.
    seed : array of uint32
        Seed of all patterns.
    """

    line: np.ndarray
    period: np.ndarray
    dash: np.ndarray
    phase: np.ndarray
    dashed_outside: np.ndarray
    dashed_inside: np.ndarray
    paint: np.ndarray
    inner_paint: np.ndarray
    asphalt: np.ndarray
    land: np.ndarray
    land_too: np.ndarray
    worn: np.ndarray
    roughness: np.ndarray
    seed: np.ndarray

    @classmethod
    def drawn(cls, rng: np.random.Generator, n: int) -> Look:
        """Draw the appearance of `n` scenes."""
        lands = rng.choice(len(LANDS), n)
        values = {
            "line": rng.uniform(0.12, 0.24, n),
            "period": rng.uniform(4, 12, n),
            "dash": rng.uniform(0.35, 0.65, n),
            "phase": rng.uniform(0, 12, n),
            "dashed_outside": rng.random(n) < 0.2,
            "dashed_inside": rng.random(n) < 0.75,
            "paint": _tinted(rng, PAINTS[rng.choice(len(PAINTS), n, p=(0.75, 0.25))], 0.05),
            "inner_paint": _tinted(rng, PAINTS[rng.choice(len(PAINTS), n, p=(0.7, 0.3))], 0.05),
            "asphalt": _tinted(rng, rng.uniform(0.22, 0.55, (n, 1)) * np.ones(3), 0.03),
            "land": _tinted(rng, LANDS[lands, 0], 0.06),
            "land_too": _tinted(rng, LANDS[lands, 1], 0.06),
            "worn": rng.uniform(0.0, 0.45, n),
            "roughness": rng.uniform(0.04, 0.22, n),
            "seed": rng.integers(0, 2**32, n, dtype="uint32"),
        }
        return cls(**{name: shaped(value) for name, value in values.items()})


def shaped(value: np.ndarray) -> np.ndarray:
    """Reshape a number or colour per scene for broadcasting over pixels; floats as float32."""
    value = value.astype("float32") if value.dtype == "float64" else value
    return value.reshape(*value.shape, 1, 1)


def surface_classes(ground: Ground, roads: Roads, look: Look) -> np.ndarray:
    """Return the class of each ground pixel, shape (n, n_rows, width), uint8."""
    right = (roads.n_right + 0.5) * roads.lane + roads.shoulder
    left = (roads.n_left + 0.5) * roads.lane + roads.shoulder
    on_road = ground.is_ground & (ground.across < right) & (ground.across > -left) & (ground.step < roads.lane)
    number, is_outer = _nearest_line(ground, roads)
    # Distant lines are at least a pixel wide, to be continuous; very distant ones are not drawn.
    half = np.maximum(look.line / 2, ground.step / 2)
    near = (np.abs(ground.across - (number + 0.5) * roads.lane) < half) & (half < 0.15 * roads.lane)
    painted = (ground.along + look.phase) % look.period < look.dash * look.period
    solid = ~np.where(is_outer, look.dashed_outside, look.dashed_inside)
    return np.where(on_road & near & (solid | painted), LINE, np.where(on_road, ROAD, BACKGROUND)).astype("uint8")


def surface_colours(ground: Ground, classes: np.ndarray, roads: Roads, look: Look) -> np.ndarray:
    """Return the colours of the ground under even light, shape (n, 3, n_rows, width), float32 from 0 to 1."""
    patches = noise(ground.x / 2.5, ground.z / 2.5, look.seed)
    grain = noise(ground.x * 5, ground.z * 5, look.seed + np.uint32(1)) - 0.5
    grain *= np.exp(-ground.z / 20)  # distant ground has the mean colour
    land = look.land + (look.land_too - look.land) * patches[:, None]
    # Wheels polish the middle of each half of a lane.
    tracks = np.cos(4 * np.pi * ground.across / roads.lane) * 0.03
    asphalt = look.asphalt + (tracks + 0.12 * (patches - 0.5))[:, None]
    colours = np.where((classes == BACKGROUND)[:, None], land, asphalt)
    paint = np.where(_nearest_line(ground, roads)[1][:, None], look.paint, look.inner_paint)
    left = 1 - look.worn * (0.6 + 1.6 * np.clip(patches - 0.4 + grain, 0, None))
    share = np.where(classes == LINE, np.clip(left, 0.35, 1), np.float32(0))
    colours += share[:, None] * (paint - colours)
    return colours * (1 + 2.2 * look.roughness * grain)[:, None]


def noise(x: np.ndarray, y: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Return smooth random values from 0 to 1 at coordinates. They depend on coordinates and seed only.

    Parameters
    ----------
    x, y : array of shape (n, ...)
        In units of the distance between values that are independent.
    seed : array of uint32 that broadcasts to them

    Notes
    -----
    Values at integers, between them the bilinear mean of the four around, with smoothed steps.
    """
    left, top = np.floor(x), np.floor(y)
    across, down = _smooth(x - left), _smooth(y - top)
    # Cast by int64, because negative values can't be cast to uint32.
    column, row = (part.astype("int64").astype("uint32") for part in (left, top))
    upper, lower = (
        (1 - across) * _random(column, line, seed) + across * _random(column + _ONE, line, seed)
        for line in (row, row + _ONE)
    )
    return (1 - down) * upper + down * lower


def _nearest_line(ground: Ground, roads: Roads) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the nearest line (0 is to the right of the car), and whether it is an outer line."""
    number = np.clip(np.round(ground.across / roads.lane - 0.5), -roads.n_left - 1, roads.n_right)
    return number, (number == -roads.n_left - 1) | (number == roads.n_right)


def _smooth(share: np.ndarray) -> np.ndarray:
    return share * share * (3 - 2 * share)


def _random(column: np.ndarray, row: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Return a hash of grid coordinates, from 0 to 1, mixed as in MurmurHash3."""
    bits = column * np.uint32(0x9E3779B1) ^ row * np.uint32(0x85EBCA77) ^ seed
    bits ^= bits >> np.uint32(16)
    bits *= np.uint32(0x85EBCA6B)
    bits ^= bits >> np.uint32(13)
    bits *= np.uint32(0xC2B2AE35)
    bits ^= bits >> np.uint32(16)
    return (bits >> np.uint32(8)).astype("float32") * np.float32(2**-24)


def _tinted(rng: np.random.Generator, colours: np.ndarray, spread: float) -> np.ndarray:
    return np.clip(colours + rng.normal(0, spread, colours.shape), 0, 1)


_ONE = np.uint32(1)
PAINTS = np.array([(0.92, 0.92, 0.9), (0.9, 0.72, 0.2)])
# Two colours per landscape: grass, dry grass, sand, earth, snow, and stone similar to the road.
LANDS = np.array(
    [
        [(0.18, 0.35, 0.12), (0.32, 0.48, 0.2)],
        [(0.45, 0.42, 0.2), (0.6, 0.55, 0.3)],
        [(0.72, 0.6, 0.4), (0.82, 0.72, 0.52)],
        [(0.33, 0.24, 0.16), (0.48, 0.37, 0.27)],
        [(0.8, 0.82, 0.86), (0.92, 0.94, 0.96)],
        [(0.38, 0.37, 0.35), (0.52, 0.51, 0.49)],
    ]
)
