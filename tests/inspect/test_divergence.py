"""The first step and layer of a training that diverges, against the message of the fit."""

import numpy as np
import pytest

from nnbuild import NNRegressor
from nnbuild.errors import DivergenceError, DivergenceWarning
from nnbuild.estimators.before_fit import members_to_train
from nnbuild.inspect.divergence import divergence_of

rng = np.random.default_rng(0)
X = rng.normal(size=(32, 3)).astype("float32")
Y = X @ [1.0, -2.0, 0.5]


def regressor(learning_rate, activation="linear", epochs=30):
    layers = [
        {"type": "Dense", "units": 4, "activation": "tanh", "name": "first"},
        {"type": "Dense", "units": 1, "activation": activation, "name": "last"},
    ]
    training = {"optimizer": {"type": "SGD"}, "learning_rate": learning_rate, "batch_size": 8, "epochs": epochs}
    recipe = {"layers": layers, "outputs": "last", "training": {**training, "validation_fraction": 0}}
    return NNRegressor(recipe, prepare=None, scale_target=False, random_state=0)


def place_of(estimator, **limit):
    (member,) = members_to_train(estimator, X, Y)
    return divergence_of(member, **limit)


def test_outputs_that_overflow_are_named():
    estimator = regressor(1e3, "exponential")
    place = place_of(estimator)
    assert (place.what, place.layer, place.path, place.epoch) == ("outputs", "last", ("layers", 1), 1)
    assert str(place) == f"NaN or infinite first in the outputs of layer last, in epoch 1, step {place.step} of 4"
    with pytest.raises(DivergenceError, match=rf"^the loss became \w+ in epoch 1, step {place.step} of 4") as caught:
        estimator.fit(X, Y)
    assert caught.value.__notes__ == [f"  {place}"]


def test_a_later_epoch_is_repeated_from_the_start():
    estimator = regressor(1.5)
    place = place_of(estimator)
    assert place.epoch > 1
    with pytest.warns(DivergenceWarning, match=rf"in epoch {place.epoch}, step {place.step} of 4"):
        estimator.fit(X, Y)
    assert place_of(estimator, max_steps=4) is None


def test_a_training_that_does_not_diverge_has_no_place():
    assert place_of(regressor(0.01, epochs=2)) is None
