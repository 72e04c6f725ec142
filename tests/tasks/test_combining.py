"""Weights of groups and temperature, compared with direct computations."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from nnbuild.tasks.behaviours import class_targets
from nnbuild.tasks.combining import (
    TEMPERATURES,
    at_temperature,
    error_weights,
    fitted_temperature,
    mixture_weights,
)
from nnbuild.tasks.regression import RegressionTargets

RNG = np.random.default_rng(0)
N = 200
WEIGHTS = RNG.integers(1, 4, N)


def probabilities(sharpness):
    logits = sharpness * RNG.normal(size=(N, 3))
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


CODES = RNG.integers(0, 3, N)
GROUPS = np.stack([0.5 * probabilities(1) + 0.5 * np.eye(3)[CODES], probabilities(3), probabilities(0.1)])
TRUE = GROUPS[:, np.arange(N), CODES]


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["equal", "weighted"])
def test_mixture_weights_have_the_highest_likelihood(weights):
    found = mixture_weights(TRUE[:2], weights)
    best = minimize_scalar(
        lambda share: -np.average(np.log(share * TRUE[0] + (1 - share) * TRUE[1]), weights=weights),
        bounds=(0, 1),
        method="bounded",
    )
    np.testing.assert_allclose(found, [best.x, 1 - best.x], atol=1e-3)


def test_mixture_weights_are_those_of_a_loop_over_samples():
    expected = np.full(3, 1 / 3)
    for _ in range(100):
        shares = [expected * TRUE[:, row] / (expected @ TRUE[:, row]) for row in range(N)]
        expected = np.mean(shares, axis=0)
    np.testing.assert_allclose(mixture_weights(TRUE), expected, rtol=1e-9)


def test_sample_weights_are_repetitions():
    repeated = np.repeat(np.arange(N), WEIGHTS)
    np.testing.assert_allclose(mixture_weights(TRUE, WEIGHTS), mixture_weights(TRUE[:, repeated]), rtol=1e-9)
    y, found = RNG.normal(size=N), RNG.normal(size=(3, N))
    np.testing.assert_allclose(
        error_weights(found, y, WEIGHTS), error_weights(found[:, repeated], y[repeated]), rtol=1e-6
    )
    assert fitted_temperature(GROUPS[1], CODES, WEIGHTS) == fitted_temperature(GROUPS[1][repeated], CODES[repeated])


def test_error_weights_are_those_of_exponentiated_gradients():
    y = RNG.normal(size=N)
    found = np.stack([y + RNG.normal(size=N), y + 0.5 * RNG.normal(size=N), RNG.normal(size=N)])
    expected, error = np.full(3, 1 / 3), np.mean((found.mean(axis=0) - y) ** 2)
    for _ in range(100):
        gradient = [np.mean((expected @ found - y) * one) for one in found]
        expected = expected * np.exp(-0.5 * np.array(gradient) / error)
        expected = expected / expected.sum()
    weights = error_weights(found, y)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    assert np.mean((weights @ found - y) ** 2) < error
    assert error_weights(np.stack([y, y]), y).tolist() == [0.5, 0.5]


def test_error_weights_of_targets_do_not_depend_on_their_units():
    y = np.stack([RNG.normal(size=N), RNG.normal(size=N)], axis=1)
    found = np.stack([y + RNG.normal(size=y.shape), y + 0.3 * RNG.normal(size=y.shape)])
    units = np.array([1000.0, 0.01])
    targets = RegressionTargets.of(y, scaled=True)
    np.testing.assert_allclose(
        targets.group_weights(5 + units * found, 5 + units * y, None), targets.group_weights(found, y, None), rtol=1e-6
    )


def test_the_temperature_is_the_root_of_the_best_one():
    losses = []
    for temperature in TEMPERATURES:
        powers = GROUPS[1] ** (1 / temperature)
        losses.append(log_loss(CODES, powers / powers.sum(axis=1, keepdims=True)))
    assert fitted_temperature(GROUPS[1], CODES) == pytest.approx(TEMPERATURES[np.argmin(losses)] ** 0.5)
    np.testing.assert_allclose(at_temperature(GROUPS[0], 1.0), GROUPS[0], rtol=1e-6)


def test_tasks_of_several_labels():
    y = RNG.integers(0, 2, (N, 3))
    found = RNG.uniform(size=(2, N, 3))
    targets = class_targets(y, None)
    true = np.where(y, found, 1 - found).reshape(2, -1)
    np.testing.assert_allclose(targets.group_weights(found, y, None), mixture_weights(true), rtol=1e-9)
    assert targets.temperature(found[0], y, None) == 1
