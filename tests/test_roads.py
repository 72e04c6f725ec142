"""Drawn road scenes: geometry, masks, steering angles and variety."""

import numpy as np
import pytest

from benchmarks.roads.geometry import LOOK_AHEAD, WHEELBASE, Ground, Roads
from benchmarks.roads.scenes import ROAD_CLASSES, make_road_scenes
from benchmarks.roads.surface import noise


@pytest.fixture(scope="module")
def scenes():
    return make_road_scenes(64, size=(48, 96), random_state=0)


def test_shapes_and_dtypes(scenes):
    images, masks, angles = scenes
    assert (images.shape, images.dtype) == ((64, 48, 96, 3), np.uint8)
    assert (masks.shape, masks.dtype) == ((64, 48, 96), np.uint8)
    assert (angles.shape, angles.dtype) == ((64,), np.float64)
    assert images.flags.c_contiguous
    assert make_road_scenes(1, random_state=0)[0].shape == (1, 66, 200, 3)  # the size of PilotNet


def test_a_seed_gives_the_same_scenes_whatever_their_number():
    few, many = make_road_scenes(3, (32, 48), random_state=3), make_road_scenes(40, (32, 48), random_state=3)
    for some, all_of_them in zip(few, many, strict=True):
        np.testing.assert_array_equal(some, all_of_them[:3])
    assert not np.array_equal(many[0][:3], many[0][32:35])  # later ones are drawn from numbers of their own


def test_wheels_at_the_angle_drive_to_the_middle_of_the_lane():
    """On a circle around a point beside the rear axle, as a car with these wheels turns."""
    roads = Roads.drawn(np.random.default_rng(0), 50, (66, 200))
    radius = WHEELBASE / np.tan(np.radians(roads.steering()))
    x = roads.middle(LOOK_AHEAD).ravel()
    np.testing.assert_allclose(np.hypot(x - radius, LOOK_AHEAD), np.abs(radius), rtol=1e-4)
    assert (np.sign(roads.steering()) == np.sign(x)).all()


def test_the_middle_of_the_lane_is_road_in_the_mask(scenes):
    """Projected by hand, at twelve metres: no scene has land or sky there."""
    roads = Roads.drawn(np.random.default_rng(np.random.SeedSequence(0, spawn_key=(0,))), 32, (48, 96))
    rows = (roads.horizon + roads.focal * roads.height / LOOK_AHEAD).ravel().astype(int)
    columns = (48 + roads.focal * roads.middle(LOOK_AHEAD) / LOOK_AHEAD).ravel().astype(int)
    found = scenes[1][np.arange(32), rows, columns]
    assert set(found) <= {1, 3}
    assert (found == 1).mean() > 0.7


def test_the_road_behind_a_pixel_is_in_its_lane():
    roads = Roads.drawn(np.random.default_rng(1), 4, (66, 200))
    ground = Ground.seen(roads, 0, (66, 200))
    straight = np.abs(roads.slope(ground.z)) < 0.05
    assert ground.is_ground.any()
    assert not ground.is_ground[:, 0].any()
    x = ground.x - roads.middle(ground.z)
    near = ground.is_ground & straight
    np.testing.assert_allclose(ground.across[near], x[near], rtol=2e-3, atol=1e-4)
    assert (np.abs(ground.across) <= np.abs(x) * (1 + 1e-5)).all()  # a bend makes the way across shorter than in x


def test_the_shares_of_the_classes(scenes):
    """Of pixels; and of scenes with an obstacle: one pixel in 500, and one scene, may be another."""
    shares = np.bincount(scenes[1].ravel(), minlength=len(ROAD_CLASSES)) / scenes[1].size
    assert shares.tolist() == pytest.approx([0.549, 0.407, 0.026, 0.017], abs=0.002)
    assert (scenes[1] == 3).any(axis=(1, 2)).sum() == pytest.approx(52, abs=1)


def test_steering_goes_both_ways_and_follows_the_road_in_the_mask(scenes):
    _, masks, angles = scenes
    assert (angles > 1).mean() > 0.15
    assert (angles < -1).mean() > 0.15
    rows = masks[:, 20:28] > 0
    columns = (rows * np.arange(96)).sum(axis=(1, 2)) / rows.sum(axis=(1, 2))
    assert 0.5 < np.corrcoef(columns, angles)[0, 1] < 0.95  # other lanes and obstacles are in the way


def test_colour_alone_does_not_separate_the_classes(scenes):
    """The nearest of the mean colours of the classes is right for little more than half of the pixels."""
    images, masks, _ = scenes
    means = np.array([images[masks == number].mean(axis=0) for number in range(4)])
    nearest = ((images[:, :, :, None].astype(float) - means) ** 2).sum(axis=-1).argmin(axis=-1)
    overlaps = [((nearest == k) & (masks == k)).sum() / ((nearest == k) | (masks == k)).sum() for k in range(4)]
    assert np.mean(overlaps) < 0.35


def test_scenes_differ_in_light_and_land(scenes):
    images = scenes[0].astype(float)
    brightness = images.mean(axis=(1, 2, 3))
    assert brightness.min() < 60
    assert brightness.max() > 170
    assert (images[:, -1].mean(axis=1) - images[:, -1].mean()).std() > 20
    assert not np.array_equal(images[0], images[1])


def test_noise_is_smooth_reproducible_and_from_0_to_1():
    x, y = np.meshgrid(np.linspace(-40, 40, 801, dtype="float32"), np.linspace(-3, 3, 61, dtype="float32"))
    seeds = np.array([1, 2], "uint32")[:, None, None]
    values = noise(x[None], y[None], seeds)
    assert values.shape == (2, 61, 801)
    assert 0 <= values.min() < 0.05
    assert 0.95 < values.max() <= 1
    assert np.abs(np.diff(values, axis=-1)).max() < 0.2  # a tenth of a step along
    assert abs(np.corrcoef(values[0].ravel(), values[1].ravel())[0, 1]) < 0.2
    np.testing.assert_array_equal(noise(x[None, :, :5], y[None, :, :5], seeds), values[..., :5])
