"""Random roads in camera coordinates, and steering angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LOOK_AHEAD = 12.0  # metres to the target point of steering
WHEELBASE = 2.7  # metres between the axles


@dataclass(frozen=True, eq=False)
class Roads:
    """Roads on flat ground in front of pinhole cameras, one per scene.

    Lengths are in metres: x to the right of the camera, z ahead of it. All fields are arrays of shape (n, 1, 1).

    Attributes
    ----------
    focal, horizon : array
        Focal length, and the row of the horizon, in pixels.
    height : array
        Of the camera above the ground.
    offset : array
        How far the car is to the right of the middle of its lane.
    heading : array
        Angle in radians by which the car points to the right of its lane.
    curvature, bend : array
        Of the lane at the car, in 1 / m and positive to the right, and its change on the way, in 1 / m ** 2.
    lane : array
        Width of each lane.
    n_left, n_right : array
        Lanes to the left and to the right of the car's own.
    shoulder : array
        Width of the road beyond its outer lines.
    """

    focal: np.ndarray
    horizon: np.ndarray
    height: np.ndarray
    offset: np.ndarray
    heading: np.ndarray
    curvature: np.ndarray
    bend: np.ndarray
    lane: np.ndarray
    n_left: np.ndarray
    n_right: np.ndarray
    shoulder: np.ndarray

    @classmethod
    def drawn(cls, rng: np.random.Generator, n: int, size: tuple[int, int]) -> Roads:
        """Draw `n` roads for images of a size."""
        lane = rng.uniform(2.8, 3.7, n)
        values = {
            "focal": size[1] * rng.uniform(0.58, 0.72, n),
            "horizon": size[0] * rng.uniform(0.28, 0.42, n),
            "height": rng.uniform(1.1, 1.6, n),
            "offset": lane * rng.uniform(-0.28, 0.28, n),
            "heading": np.radians(rng.uniform(-4, 4, n)),
            "curvature": rng.uniform(-1, 1, n) * rng.choice([0.004, 0.012, 0.022], n),
            "bend": rng.uniform(-1.5e-4, 1.5e-4, n),
            "lane": lane,
            "n_left": rng.integers(0, 3, n),
            "n_right": rng.choice([0, 0, 1], n),
            "shoulder": rng.uniform(0.2, 1.2, n),
        }
        return cls(**{name: value[:, None, None].astype("float32") for name, value in values.items()})

    def middle(self, z: np.ndarray | float) -> np.ndarray:
        """Return the x coordinates of the middle of the lane at distances ahead."""
        return -self.offset + z * (-np.tan(self.heading) + z * (self.curvature / 2 + z * self.bend / 6))

    def slope(self, z: np.ndarray | float) -> np.ndarray:
        """Return the slope of the lane: metres to the right per metre ahead."""
        return -np.tan(self.heading) + z * (self.curvature + z * self.bend / 2)

    def steering(self) -> np.ndarray:
        """Return steering angles in degrees, shape (n,), as in `make_road_scenes`."""
        x = self.middle(LOOK_AHEAD).ravel().astype("float64")
        return np.degrees(np.arctan(2 * WHEELBASE * x / (x**2 + LOOK_AHEAD**2)))


@dataclass(frozen=True, eq=False)
class Ground:
    """Ground coordinates of each pixel below the horizon, float32 arrays of shape (n, n_rows, width).

    Attributes
    ----------
    x, z : array
        Where it is, in metres; far away where it is no ground.
    across, along : array
        How far it is to the right of the middle of the car's lane, and along the road.
    step : array
        How far it is from one pixel to the next, across the lane.
    is_ground : array of bool
    """

    x: np.ndarray
    z: np.ndarray
    across: np.ndarray
    along: np.ndarray
    step: np.ndarray
    is_ground: np.ndarray

    @classmethod
    def seen(cls, roads: Roads, first_row: int, size: tuple[int, int]) -> Ground:
        """Return the ground coordinates of the rows from `first_row`."""
        below = np.arange(first_row, size[0], dtype="float32")[None, :, None] + 0.5 - roads.horizon
        is_ground = below > 0.25
        z = roads.focal * roads.height / np.where(is_ground, below, 0.25)  # (n, n_rows, 1)
        right = (np.arange(size[1], dtype="float32") + 0.5 - size[1] / 2) / roads.focal  # (n, 1, width)
        slope = roads.slope(z)
        stretch = np.sqrt(1 + slope**2)
        down = z**2 / (roads.focal * roads.height)  # ahead, from one row to the next
        parts = (
            right * z,
            z,
            (right * z - roads.middle(z)) / stretch,
            z * (1 + slope**2 / 6),
            np.maximum(z / roads.focal, np.abs(right - slope) * down) / stretch,
        )
        shape = (*z.shape[:2], size[1])
        x, z, across, along, step = (np.broadcast_to(part.astype("float32"), shape) for part in parts)
        return cls(x, z, across, along, step, np.broadcast_to(is_ground, shape))
