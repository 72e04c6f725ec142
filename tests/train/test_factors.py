"""Factors by weight and by step in single trainings: against formulas, and what they leave unchanged."""

import numpy as np
import pytest

from nnbuild import Recipe, resolve
from nnbuild.factor_schedules import Cosine, CosLog, FlatCosine, WarmupCosine
from nnbuild.train.common.factors import step_factors
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import borrowed, network_key
from nnbuild.train.common.settings import settings_of
from nnbuild.train.common.splits import training_and_validation
from nnbuild.train.keras.trainer import train, train_member
from train.nets import classes

RNG = np.random.default_rng(1)
FEATURES = RNG.normal(size=(20, 4)).astype("float32")
TARGETS = (FEATURES @ [1.0, -2.0, 0.5, 0.0] + 3).astype("float32")[:, None]
LINEAR = {"type": "Dense", "units": 1, "name": "linear", "bias_initializer": "ones"}
ADAM = {"type": "Adam", "learning_rate": 0.05, "beta_1": 0.9, "beta_2": 0.95, "epsilon": 1e-8}
SCHEDULES = {"learning_rate": {"type": "WarmupCosine", "warmup": 0.3}, "weight_decay": "FlatCosine"}


def linear(epochs=4, defaults=None, **training):
    """A linear regression: 20 rows in batches of 8, in the order of the rows."""
    training = {"loss": "mean_squared_error", "epochs": epochs, "batch_size": 8, "shuffle": False, **training}
    recipe = Recipe([LINEAR], outputs="last", defaults=defaults, training=training)
    resolved = resolve(recipe, (4,), task="regression", n_outputs=1)
    data = training_and_validation(["output"], FEATURES, TARGETS, None, None, None)
    return Member(resolved, settings_of(resolved), 0, *data)


def initial(member):
    with borrowed(member.resolved, member.seed) as model:
        return [np.array(value, "float64") for value in model.get_weights()]


def adamw(member, factors, decays, rate=0.05, decay=0.2, epochs=4):
    """Weights of the linear regression by AdamW (arXiv:1711.05101, algorithm 2) with factors of kernel and bias."""
    kernel, bias = initial(member)
    weights = np.append(kernel[:, 0], bias)
    momentum = velocity = np.zeros(5)
    factors, decays = (np.array([value["kernel"]] * 4 + [value["bias"]]) for value in (factors, decays))
    X = np.column_stack([FEATURES, np.ones(20)]).astype("float64")
    for step in range(3 * epochs):
        rows = slice(step % 3 * 8, min(step % 3 * 8 + 8, 20))
        t = (step + 0.5) / (3 * epochs)
        current = rate * min(1, t / 0.3) * (1 + np.cos(np.pi * t)) / 2
        current_decay = decay * (1 if t < 0.5 else (1 + np.cos(np.pi * (2 * t - 1))) / 2)
        gradient = 2 * X[rows].T @ (X[rows] @ weights - TARGETS[rows, 0]) / len(X[rows])
        momentum = 0.9 * momentum + 0.1 * gradient
        velocity = 0.95 * velocity + 0.05 * gradient**2
        m, v = momentum / (1 - 0.9 ** (step + 1)), velocity / (1 - 0.95 ** (step + 1))
        update = m / (np.sqrt(v) + 1e-8) + decays * current_decay * weights
        weights = weights - factors * current * update
    return weights


@pytest.mark.parametrize("factors", [{"kernel": 1.0, "bias": 0.1}, {"kernel": 3.0, "bias": 0.0}])
def test_adamw_with_factors_and_schedules(factors):
    decays = {"kernel": 0.5, "bias": 0.0}
    member = linear(
        defaults={"learning_rate_factor": factors, "weight_decay_factor": decays},
        optimizer=ADAM, weight_decay=0.2, schedules=SCHEDULES,
    )  # fmt: skip
    kernel, bias = train_member(member).weights[:2]
    expected = adamw(member, factors, decays)
    np.testing.assert_allclose(np.append(kernel[:, 0], bias), expected, rtol=1e-5, atol=1e-6)
    if factors["bias"] == 0:
        assert bias == initial(member)[1]


def weights_of(member):
    return [value for value in train_member(member).weights if value.dtype.kind == "f"]


def assert_equal(first, second):
    assert all(np.array_equal(*pair) for pair in zip(first, second, strict=True))


@pytest.mark.parametrize("optimizer", ["Adam", {"type": "SGD", "momentum": 0.9}])
def test_a_factor_of_all_weights_is_a_learning_rate(optimizer):
    halved = {"defaults": {"learning_rate_factor": 0.5}, "learning_rate": 0.05}
    assert_equal(
        weights_of(linear(optimizer=optimizer, weight_decay=0.1, **halved)),
        weights_of(linear(optimizer=optimizer, weight_decay=0.1, learning_rate=0.025)),
    )


def test_the_setting_weight_decay_is_the_argument_of_the_optimizer():
    assert_equal(
        weights_of(linear(optimizer="AdamW", weight_decay=0.3)),
        weights_of(linear(optimizer={"type": "AdamW", "weight_decay": 0.3})),
    )


def test_programs_without_factors_have_no_further_settings():
    plain, scaled = linear(), linear(defaults={"learning_rate_factor": 2}, schedules={"dropout": "Cosine"})
    assert {*scaled.template.settings} - {*plain.template.settings} == {"weight_factors", "schedules"}
    assert scaled.template.resolved == plain.template.resolved
    assert network_key(scaled.resolved) == network_key(plain.resolved)


def test_epochs_and_schedules_need_no_new_program():
    first, second = linear(schedules=SCHEDULES, weight_decay=0.1), linear(7, weight_decay=0.1, schedules={
        "learning_rate": {"type": "CosLog"}, "weight_decay": {"type": "FlatCosine", "flat": 0.1},
    })  # fmt: skip
    with borrowed(first.resolved, 0) as model:
        train(model, first.settings, 0, first.training)
        program = model.optimizer
        train(model, second.settings, 0, second.training)
        assert model.optimizer is program


IMAGES = RNG.normal(size=(12, 3, 4, 2)).astype("float32")


def images(**training):
    """A training with AlphaDropout, which stacks do not support."""
    layers = [{"type": "AlphaDropout", "rate": 0.3}, {"type": "Flatten"}]
    recipe = Recipe(layers, training={"epochs": 1, "batch_size": 6, **training})
    resolved = resolve(recipe, (3, 4, 2), task="multiclass", n_outputs=3)
    data = training_and_validation(["output"], IMAGES, classes(12)[1], None, None, None)
    return Member(resolved, settings_of(resolved), 0, *data)


@pytest.mark.parametrize("precision", ["float32", pytest.param("mixed_float16", marks=pytest.mark.slow)])
def test_dropout_rates_of_keras_own_layers(precision):
    constant = weights_of(images(precision=precision))
    schedules = [{"dropout": {"type": "FlatCosine", "flat": 0.9}}, {"dropout": "Cosine"}]
    equal, other = (weights_of(images(precision=precision, schedules=one)) for one in schedules)
    for one, same in zip(constant, equal, strict=True):
        np.testing.assert_allclose(one, same, rtol=0, atol=1e-5)
    assert any(not np.allclose(*pair) for pair in zip(constant, other, strict=True))


class TestProgress:
    SETTINGS = {"epochs": 2, "schedules": {"dropout": {"type": "Cosine"}}}  # noqa: RUF012

    def test_steps_of_all_epochs(self):
        found = [step_factors(self.SETTINGS, 2, epoch)["dropout"] for epoch in (1, 2)]
        np.testing.assert_allclose(found, Cosine()(np.array([[1, 3], [5, 7]]) / 8))

    def test_a_previous_training_counts_only_with_its_number_of_epochs(self):
        assert_equal(step_factors(self.SETTINGS, 2, 1, 1)["dropout"], step_factors(self.SETTINGS, 2, 1)["dropout"])
        steps = {**self.SETTINGS, "epochs": 1, "scheduled_epochs": 2}
        found = [step_factors(steps, 2, 1, n_before)["dropout"] for n_before in (1, 2)]
        np.testing.assert_allclose(found, Cosine()(np.array([[5, 7], [8, 8]]) / 8))


def test_schedules_at_their_ends():
    ends = np.array([0.0, 1.0])
    found = [schedule(ends).round(12).tolist() for schedule in (Cosine(), WarmupCosine(), FlatCosine(), CosLog())]
    assert found == [[1, 0], [0, 0], [1, 0], [0, 0]]
    assert WarmupCosine(warmup=0)(ends).tolist() == Cosine()(ends).tolist()
    np.testing.assert_allclose(
        CosLog(cycles=4)(2 ** np.arange(0, 4.1, 0.5) / 15 - 1 / 15), [0, 1] * 4 + [0], atol=1e-12
    )
