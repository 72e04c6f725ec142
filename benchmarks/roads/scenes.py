"""`make_road_scenes`: pictures of a car's front camera, drawn, with what is where and how to steer."""

from __future__ import annotations

import numpy as np

from benchmarks.roads.geometry import Ground, Roads
from benchmarks.roads.light import Light, photographed, shaded, sky
from benchmarks.roads.surface import Look, surface_classes, surface_colours
from benchmarks.roads.things import Air, Camera, draw_thing, things_on

ROAD_CLASSES = ("background", "road", "lane marking", "obstacle")

_AT_ONCE = 32  # scenes that are drawn together, from random numbers of their own


def make_road_scenes(
    n_samples: int = 100, size: tuple[int, int] = (66, 200), random_state: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Drawn pictures of a car's front camera: the class of every pixel, and the angle to steer.

    Roads with one to four lanes bend through land of six kinds. Their lines are solid or dashed, white or yellow, and
    worn; cars, lorries and crates stand on them; trees, signs and houses beside them. Light, haze, shadows, glare,
    blur and noise change from scene to scene, as do the camera's height, its tilt and its focal length.

    Parameters
    ----------
    n_samples : int, default=100
        Number of scenes.
    size : tuple of (int, int), default=(66, 200)
        Height and width of the images in pixels.
    random_state : int, default=0
        The same number gives the same scenes; the first ones of many are those of a few.

    Returns
    -------
    images : array of shape (n_samples, height, width, 3), uint8
        Red, green and blue.
    masks : array of shape (n_samples, height, width), uint8
        The class of each pixel, by its place in `ROAD_CLASSES`: 0 background, 1 road, 2 lane marking, 3 obstacle.
    angles : array of shape (n_samples,)
        Angle of the front wheels in degrees, positive to the right.

    Notes
    -----
    With e the car's offset to the right of the middle of its lane, psi the angle by which it points to the right of the
    lane, k the lane's curvature at the car (1 / radius, positive to the right) and k' the curvature's change along the
    way, the middle of the lane, z metres ahead, is

        x(z) = -e - z tan(psi) + k z^2 / 2 + k' z^3 / 6

    metres to the right. The angle is that of pure pursuit, on an arc to the point L = 12 m ahead, with a wheelbase
    B = 2.7 m:

        angle = arctan(2 B x(L) / (x(L)^2 + L^2))

    Obstacles don't change it. It is known up to what pixels show: in a scene of 66 by 200, a metre to the side is about
    11 pixels there.

    References
    ----------
    .. [1] Coulter, "Implementation of the pure pursuit path tracking algorithm", CMU-RI-TR-92-01, 1992.
    """
    parts = [
        _scenes(np.random.default_rng(np.random.SeedSequence(random_state, spawn_key=(number,))), size)
        for number in range(-(-n_samples // _AT_ONCE))
    ]
    images, masks, angles = (np.concatenate(arrays)[:n_samples] for arrays in zip(*parts, strict=True))
    return images, masks, angles


def _scenes(rng: np.random.Generator, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As many scenes as are drawn together: images, masks and angles."""
    roads, look, light = Roads.drawn(rng, _AT_ONCE, size), Look.drawn(rng, _AT_ONCE), Light.drawn(rng, _AT_ONCE)
    first = int(roads.horizon.min())  # rows above are sky in all of them
    ground = Ground.seen(roads, first, size)
    masks = np.zeros((_AT_ONCE, *size), "uint8")
    masks[:, first:] = surface_classes(ground, roads, look)
    colours = sky(size, roads.horizon, light, look.seed)
    surface = shaded(surface_colours(ground, masks[:, first:], roads, look), ground, light, look.seed)
    colours[..., first:, :] = np.where(ground.is_ground[:, None], surface, colours[..., first:, :])
    for scene in range(_AT_ONCE):
        camera = Camera(roads.focal[scene].item(), roads.horizon[scene].item(), roads.height[scene].item(), size)
        air = Air(*(field[scene].squeeze() for field in (light.visibility, light.haze, light.shadow, light.sun)))
        for thing in things_on(rng, roads, scene):
            draw_thing(np.moveaxis(colours[scene], 0, -1), masks[scene], camera, thing, air)
    return photographed(colours, light, rng), masks, roads.steering()
