"""Images of shapes: centred at their position, reproducible, and of three kinds."""

import numpy as np
import pytest

from nnbuild.datasets import make_shapes


def test_the_position_is_the_centre_of_the_bright_pixels():
    X, y = make_shapes(60, size=40, noise=0.0, random_state=0)
    assert X.shape == (60, 40, 40, 1)
    assert set(y["kind"]) == {"disc", "square", "triangle"}
    bright, places = X[..., 0] > 0.5, (np.arange(40) + 0.5) / 40
    areas = bright.mean(axis=(1, 2))
    for kind, area in {"disc": np.pi * 0.2**2, "square": 0.4**2, "triangle": 0.4**2 / 2}.items():
        np.testing.assert_allclose(areas[y["kind"] == kind], area, rtol=0.15)
    across = [places[image.any(axis=0)] for image in bright]
    np.testing.assert_allclose([(one[0] + one[-1]) / 2 for one in across], y["x"], atol=0.03)
    down = [places[image.any(axis=1)] for image in bright]
    np.testing.assert_allclose([(one[0] + one[-1]) / 2 for one in down], y["y"], atol=0.03)


def test_the_same_seed_gives_the_same_images():
    (first, y), (second, other) = (make_shapes(5, random_state=1) for _ in range(2))
    assert np.array_equal(first, second)
    assert y.equals(other)
    assert not np.array_equal(first, make_shapes(5, random_state=2)[0])


def test_refused():
    with pytest.raises(ValueError, match=r"^size == 4, must be >= 8\.$"):
        make_shapes(5, size=4)
