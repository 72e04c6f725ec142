"""Synthetic images of a car's front camera, with a class per pixel and a steering angle."""

from __future__ import annotations

import numpy as np

from benchmarks.roads.geometry import Ground, Roads
from benchmarks.roads.light import Light, photographed, shaded, sky
from benchmarks.roads.surface import Look, surface_classes, surface_colours
from benchmarks.roads.things import Air, Camera, draw_thing, things_on

ROAD_CLASSES = ("background", "road", "lane marking", "obstacle")

_AT_ONCE = 32  # scenes per batch; each batch has its own seed


def make_road_scenes(
    n_samples: int = 100, size: tuple[int, int] = (66, 200), random_state: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return synthetic images of a car's front camera, with a class per pixel and a steering angle.

    The curved roads have one to four lanes in six kinds of landscape. Lines are solid or dashed, white or yellow, and
    worn. Cars, lorries and crates are on the road; trees, signs and houses next to it. Light, haze, shadows, glare,
    blur and noise vary between scenes, and so do height, tilt and focal length of the camera.

    Parameters
    ----------
    n_samples : int, default=100
        Number of scenes.
    size : tuple of (int, int), default=(66, 200)
        Height and width of the images in pixels.
    random_state : int, default=0
        Seed. The first scenes do not depend on `n_samples`.

    Returns
    -------
    images : array of shape (n_samples, height, width, 3), uint8
        Red, green and blue.
    masks : array of shape (n_samples, height, width), uint8
        Index in `ROAD_CLASSES` of the class of each pixel: 0 background, 1 road, 2 lane marking, 3 obstacle.
    angles : array of shape (n_samples,)
        Angle of the front wheels in degrees, positive to the right.

    Notes
    -----
    Let e be the offset of the car to the right of the middle of its lane, psi its heading to the right of the lane, k
    the curvature of the lane at the car (1 / radius, positive to the right) and k' its derivative along the road. At z
    metres ahead, the middle of the lane is

        x(z) = -e - z tan(psi) + k z^2 / 2 + k' z^3 / 6

    metres to the right. The angle is that of pure pursuit, on an arc to the point L = 12 m ahead, with a wheelbase
    B = 2.7 m:

        angle = arctan(2 B x(L) / (x(L)^2 + L^2))

    It does not depend on obstacles. The resolution limits its accuracy: in a 66x200 image, one metre to the side at
    this distance is about 11 pixels.

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
    """Return images, masks and angles of a batch of scenes."""
    roads, look, light = Roads.drawn(rng, _AT_ONCE, size), Look.drawn(rng, _AT_ONCE), Light.drawn(rng, _AT_ONCE)
    first = int(roads.horizon.min())  # rows above are sky in all scenes
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
