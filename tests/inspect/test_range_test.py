"""The range of learning rates that lower the loss, and findings about that of a recipe."""

from dataclasses import replace

import numpy as np
import pytest

from nnbuild import NNClassifier
from nnbuild.diagnosis.learning_rates import RangeTest, rate_too_high, rate_too_low
from nnbuild.estimators.before_fit import members_to_train
from nnbuild.inspect.range_test import range_test

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 4)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype(int)
FALLING = RangeTest(tuple(10.0**n for n in range(-6, 3)), (1.0, 1.0, 1.0, 0.9, 0.5, 0.2, 0.1, 0.5, 40.0), 0.01)


@pytest.fixture(scope="module")
def measured():
    training = {"batch_size": 16, "learning_rate": 0.01, "optimizer": {"type": "SGD"}}
    recipe = {"layers": [{"type": "Dense", "units": 8, "activation": "relu"}], "training": training}
    (member,) = members_to_train(NNClassifier(recipe, random_state=0), X, Y)
    return range_test(member)


def test_the_usable_range_is_below_the_rates_that_diverge(measured):
    low, high = measured.usable
    assert 1e-4 < low < measured.suggested < high
    assert measured.rate == 0.01
    assert len(measured.rates) == len(measured.losses)
    assert low < 0.3 < 10


def test_rates_outside_the_range_are_found():
    def codes(rate):
        test = replace(FALLING, rate=rate)
        return [rule.__name__ for rule in (rate_too_high, rate_too_low) if list(rule(test))]

    assert codes(FALLING.suggested) == []
    assert codes(1e3) == ["rate_too_high"]
    assert codes(1e-9) == ["rate_too_low"]
    assert codes(None) == []
    (evidence,) = rate_too_high(replace(FALLING, rate=1e3))
    assert evidence.edit == {("training", "learning_rate"): FALLING.suggested}
    assert evidence.text.startswith("usable learning rates are ")
    assert evidence.text.endswith("; the recipe has 1000")


def test_losses_that_do_not_fall_have_no_range():
    flat = RangeTest((1e-6, 1e-3, 1.0), (0.7, 0.7, float("nan")), 0.01)
    assert (flat.usable, flat.suggested) == (None, None)
    assert str(flat) == "no learning rate from 1e-06 to 1 lowers the loss"
