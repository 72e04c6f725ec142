"""Sky, haze, shadows, and the response of the camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.roads.geometry import Ground
from benchmarks.roads.surface import noise, shaped


@dataclass(frozen=True, eq=False)
class Light:
    """Light of scenes: arrays of shape (n, 1, 1), colours (n, 3, 1, 1) from 0 to 1.

    Attributes
    ----------
    zenith, haze : array
        Colours of the sky, and of the horizon and haze.
    visibility : array
        Distance in metres at which contrast falls to a third.
    shadow, shade : array
        Darkness of shadows, and fraction of the ground in shadows of trees and clouds.
    sun : array
        Length of shadows to the right per metre of height.
    gain, slant, gamma : array
        Camera: brightness, its change from left to right, and gamma exponent.
    tint : array
        Factors of red, green and blue.
    glare : array
        Strength of the glare in the direction of the sun.
    blur, grain : array
        Weight of each of the four neighbour pixels, and standard deviation of noise.
    """

    zenith: np.ndarray
    haze: np.ndarray
    visibility: np.ndarray
    shadow: np.ndarray
    shade: np.ndarray
    sun: np.ndarray
    gain: np.ndarray
    slant: np.ndarray
    gamma: np.ndarray
    tint: np.ndarray
    glare: np.ndarray
    blur: np.ndarray
    grain: np.ndarray

    @classmethod
    def drawn(cls, rng: np.random.Generator, n: int) -> Light:
        """Draw the light of `n` scenes."""
        clear = rng.random((n, 1))
        grey = rng.uniform(0.6, 0.9, (n, 1)) * np.ones(3)
        values = {
            "zenith": clear * (0.3, 0.5, 0.8) + (1 - clear) * grey,
            "haze": clear * (0.75, 0.82, 0.9) + (1 - clear) * grey,
            "visibility": np.exp(rng.uniform(np.log(45), np.log(400), n)),
            "shadow": rng.uniform(0.2, 0.6, n) * (0.5 + 0.5 * clear[:, 0]),
            "shade": rng.uniform(0, 0.5, n),
            "sun": rng.uniform(-1.2, 1.2, n),
            "gain": np.exp(rng.uniform(np.log(0.4), np.log(1.35), n)),
            "slant": rng.uniform(-0.25, 0.25, n),
            "gamma": rng.uniform(0.8, 1.25, n),
            "tint": 1 + rng.uniform(-1, 1, (n, 1)) * (0.1, 0.0, -0.12) + rng.normal(0, 0.02, (n, 3)),
            "glare": np.where(rng.random(n) < 0.25, rng.uniform(0.1, 0.5, n), 0),
            "blur": rng.uniform(0, 0.16, n),
            "grain": rng.uniform(0.005, 0.05, n),
        }
        return cls(**{name: shaped(value) for name, value in values.items()})


def shaded(colours: np.ndarray, ground: Ground, light: Light, seed: np.ndarray) -> np.ndarray:
    """Return the colours of the ground with shadows of objects outside the image, and with haze."""
    pattern = noise(ground.x / 3.5 - light.sun * ground.z / 9, ground.z / 1.7, seed + np.uint32(2))
    lit = 1 - np.clip((light.shade - pattern) * 9, 0, 1) * light.shadow
    clear = np.exp(-ground.z / light.visibility)
    return colours * (lit * clear)[:, None] + light.haze * (1 - clear)[:, None]


def sky(size: tuple[int, int], horizon: np.ndarray, light: Light, seed: np.ndarray) -> np.ndarray:
    """Return the sky above the horizon and haze below it, shape (n, 3, height, width), float32."""
    rows = np.arange(size[0], dtype="float32")[None, :, None] + 0.5
    columns = np.arange(size[1], dtype="float32")[None, None, :] / size[1]
    above = np.clip(1 - rows / horizon, 0, 1)
    clouds = noise(columns * 5, rows / size[0] * 9, seed + np.uint32(3))
    colours = light.haze + (light.zenith - light.haze) * (above * (1.3 - clouds))[:, None]
    hills = noise(columns * 4, 0 * columns, seed + np.uint32(4)) * 0.09 * size[0]
    far = (horizon - rows < hills) & (horizon > rows)
    return np.where(far[:, None], light.haze * _HILLS, colours)


def photographed(colours: np.ndarray, light: Light, rng: np.random.Generator) -> np.ndarray:
    """Convert colours, shape (n, 3, height, width), to camera images, shape (n, height, width, 3), uint8."""
    height, width = colours.shape[2:]
    across = np.linspace(-1, 1, width, dtype="float32")[None, None, :]
    down = np.linspace(0, 1, height, dtype="float32")[None, :, None]
    glare = light.glare * np.exp(-3 * ((across + light.sun / 1.2) ** 2 + down**2))
    seen = colours * (light.gain * (1 + light.slant * across))[:, None] * light.tint + glare[:, None]
    seen = _blurred(np.clip(seen, 0, 1), light.blur[:, None]) ** light.gamma[:, None]
    seen += light.grain[:, None] * rng.standard_normal(seen.shape, dtype="float32")
    return np.ascontiguousarray(np.moveaxis((np.clip(seen, 0, 1) * 255 + 0.5).astype("uint8"), 1, -1))


def _blurred(seen: np.ndarray, share: np.ndarray) -> np.ndarray:
    padded = np.pad(seen, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    around = padded[..., :-2, 1:-1] + padded[..., 2:, 1:-1] + padded[..., 1:-1, :-2] + padded[..., 1:-1, 2:]
    return seen * (1 - 4 * share) + around * share


_HILLS = np.array((0.62, 0.68, 0.66), "float32").reshape(3, 1, 1)  # relative to the colour of the haze
