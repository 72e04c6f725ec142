"""Keras losses of nnbuild equal scikit-learn's metrics, also after saving."""

import keras
import numpy as np
import pytest
from sklearn.metrics import mean_gamma_deviance, mean_pinball_loss, mean_tweedie_deviance

from nnbuild.keras_losses import Gamma, Quantile, Tweedie

RNG = np.random.default_rng(0)
Y = RNG.normal(size=(40, 2))
LEVELS = [0.05, 0.5, 0.8]


def test_pinball_losses_are_those_of_scikit_learn():
    predicted = RNG.normal(size=(40, 2, 3))
    wanted = [mean_pinball_loss(Y, predicted[..., place], alpha=level) for place, level in enumerate(LEVELS)]
    found = Quantile(LEVELS, dtype="float64")(Y, predicted.reshape(40, 6))
    assert float(found) == pytest.approx(np.mean(wanted), rel=1e-12)


def test_one_target_may_have_one_axis():
    predicted = RNG.normal(size=(40, 3))
    given, column = (float(Quantile(LEVELS)(y, predicted)) for y in (Y[:, 0], Y[:, :1]))
    assert given == column


def test_a_wrong_number_of_predictions():
    with pytest.raises(ValueError, match="Quantile takes 3 predictions for each target, got 4"):
        Quantile(LEVELS)(Y, np.zeros((40, 4)))


DEVIANCES = [
    (Gamma, {}, mean_gamma_deviance),
    *((Tweedie, {"power": power}, mean_tweedie_deviance) for power in (1.01, 1.5, 1.9)),
]


@pytest.mark.parametrize(("loss", "arguments", "metric"), DEVIANCES)
def test_deviances_are_those_of_scikit_learn(loss, arguments, metric):
    y, predicted = np.exp(Y), np.exp(RNG.normal(size=(40, 2)))
    wanted = [metric(y[:, column], predicted[:, column], **arguments) for column in (0, 1)]
    assert float(loss(**arguments, dtype="float64")(y, predicted)) == pytest.approx(np.mean(wanted), rel=1e-12)


def test_a_target_of_a_tweedie_distribution_may_be_0():
    y, predicted = np.maximum(Y[:, :1], 0), np.exp(Y[:, 1:])
    assert float(Tweedie(dtype="float64")(y, predicted)) == pytest.approx(
        mean_tweedie_deviance(y, predicted, power=1.5)
    )


@pytest.mark.parametrize("loss", [Gamma(), Quantile(LEVELS, reduction="sum"), Tweedie(1.2)], ids=lambda loss: loss.name)
def test_a_saved_loss_is_equal(loss):
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
    assert type(again) is type(loss)
