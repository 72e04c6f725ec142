"""`make_shapes`: images of one shape, with its kind and its position."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state, check_scalar

KINDS = ("disc", "square", "triangle")
RADIUS = 0.2  # half of the size of a shape, as a share of the image


def make_shapes(n_samples=1000, *, size=32, noise=0.2, random_state=None):
    """Generate noisy grey images of a disc, a square or a triangle, with the kind and the position of the shape.

    Parameters
    ----------
    n_samples : int, default=1000
    size : int, default=32
        Height and width of the images, in pixels.
    noise : float, default=0.2
        Standard deviation of the noise of each pixel.
    random_state : int, RandomState instance or None, default=None
        The same integer gives the same images.

    Returns
    -------
    X : array of shape (n_samples, size, size, 1), float32
        Pixels of the shape have the mean 1, others 0.
    y : DataFrame of shape (n_samples, 3)
        Columns "kind" ("disc", "square" or "triangle"), and "x" and "y": the centre of the shape as shares of width and
        height, from the left and from the top.

    Examples
    --------
    >>> X, y = make_shapes(3, random_state=0)
    >>> X.shape, y.columns.tolist(), y["kind"].tolist()
    ((3, 32, 32, 1), ['kind', 'x', 'y'], ['disc', 'square', 'disc'])
    """
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    check_scalar(size, "size", Integral, min_val=8)
    rng = check_random_state(random_state)
    kinds = rng.randint(len(KINDS), size=n_samples)
    x, y = rng.uniform(RADIUS, 1 - RADIUS, (2, n_samples, 1, 1))
    pixels = (np.arange(size) + 0.5) / size
    right, down = pixels - x, pixels[:, np.newaxis] - y  # distances from the centre
    inside = np.stack(
        [
            right**2 + down**2 < RADIUS**2,
            np.maximum(np.abs(right), np.abs(down)) < RADIUS,
            (np.abs(down) < RADIUS) & (np.abs(right) < (down + RADIUS) / 2),
        ]
    )  # (n_kinds, n_samples, size, size)
    shapes = inside[kinds, np.arange(n_samples)]
    images = rng.normal(shapes, noise)[..., np.newaxis].astype("float32")
    return images, pd.DataFrame({"kind": np.array(KINDS, object)[kinds], "x": x.ravel(), "y": y.ravel()})
