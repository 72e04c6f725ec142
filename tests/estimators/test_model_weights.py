"""`model_` is a copy; `set_weights_from` replaces the weights of each estimator by those of a model."""

import copy
import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import nnbuild
from estimators.each_estimator import CASES, EACH, fitted
from estimators.samples import classes, classifier, message_of, same_bits
from estimators.test_each_estimator import results_of
from nnbuild import NNClassifier

X, Y = classes()
HINT = "the layers must be those of model_: change the weights of model_, or of keras.models.clone_model(model_)"
ONCE = {"epochs": 1, "random_state": 0}


@pytest.fixture
def one_epoch():
    return classifier(epochs=1).fit(X, Y)


def changed(model, factor=-3.0):
    """A model with other weights."""
    model.set_weights([factor * weight for weight in model.get_weights()])
    return model


@EACH
def test_results_are_those_of_the_new_weights(name, tmp_path):
    """Results that were computed before are not reused, and copies have the new weights."""
    case = CASES[name]
    one, other = copy.deepcopy(fitted(name)), copy.deepcopy(fitted(name))
    before = results_of(one, name)
    assert one.set_weights_from(changed(other.model_)) is one
    other.set_weights_from(one.model_)
    one.save(tmp_path / "model.nnb")
    found = results_of(one, name)
    assert found != before
    for again in (other, nnbuild.load(tmp_path / "model.nnb"), pickle.loads(pickle.dumps(one))):
        assert results_of(again, name) == found
    assert all(map(np.array_equal, one.model_.get_weights(), other.model_.get_weights()))
    assert message_of(lambda: clone(one).set_weights_from(None), NotFittedError).startswith(f"This {name} instance")
    assert not np.array_equal(one.transform(case.X), fitted(name).transform(case.X))


def test_the_estimator_does_not_follow_its_copy(one_epoch):
    before = one_epoch.predict_proba(X)
    copy = changed(one_epoch.model_)
    assert np.array_equal(one_epoch.predict_proba(X), before)
    one_epoch.set_weights_from(copy)
    np.testing.assert_allclose(one_epoch.predict_proba(X), np.array(copy(X)), atol=1e-6)
    assert one_epoch.model_ is not copy
    changed(copy)  # the estimator does not follow it
    np.testing.assert_allclose(one_epoch.predict_proba(X), np.array(one_epoch.model_(X)), atol=1e-6)


def test_weights_of_a_keras_file(one_epoch, tmp_path):
    changed(one_epoch.model_).save(tmp_path / "model.keras")
    other = classifier(epochs=1, random_state=3).fit(X, Y)
    other.set_weights_from(keras.models.load_model(tmp_path / "model.keras"))
    one_epoch.set_weights_from(one_epoch.model_)
    assert same_bits(one_epoch, other, X)


def test_training_continues_from_the_new_weights(one_epoch):
    """The optimizer starts again."""
    model = changed(one_epoch.model_, 0.5)
    warm = classifier(epochs=2, warm_start=True, optimizer="adam").fit(X, Y)
    state = warm._fitted.optimizer
    warm.set_weights_from(model)
    assert (len(state) > 2, warm._fitted.optimizer, warm.n_iter_) == (True, (), 2)
    plain = classifier(epochs=2, warm_start=True, optimizer="adam", random_state=5).fit(X, Y).set_weights_from(model)
    plain.random_state = warm.random_state
    assert same_bits(warm.partial_fit(X, Y), plain.partial_fit(X, Y), X)
    still = classifier(epochs=1, warm_start=True, learning_rate=1e-12).fit(X, Y).set_weights_from(model).fit(X, Y)
    np.testing.assert_allclose(still.predict_proba(X), np.array(model(X)), atol=1e-5)


def test_other_dtypes_are_converted(one_epoch):
    double = classifier(epochs=1, precision="float64").fit(X, Y)
    one_epoch.set_weights_from(double.model_)
    assert {weight.dtype for weight in one_epoch.model_.get_weights()} == {np.dtype("float32")}
    np.testing.assert_allclose(one_epoch.predict_proba(X), double.predict_proba(X), atol=1e-6)


def test_states_other_than_weights_are_kept():
    """Dropout has a state of random numbers, and batch normalization has weights that are not trained."""
    layers = [{"type": "Dense", "units": 4}, {"type": "BatchNormalization"}, {"type": "Dropout", "rate": 0.5}]
    one, other = (NNClassifier({"layers": layers}, epochs=2, random_state=seed).fit(X, Y) for seed in (0, 1))
    assert not same_bits(one, other, X)
    assert same_bits(one.set_weights_from(other.model_), other, X)


def built(*sizes, names=("repeat_1.1.dense_1", "output"), shape=(4,)):
    inputs = [keras.Input(shape)] if shape else []
    layers = [keras.layers.Dense(size, name=name) for size, name in zip(sizes, names, strict=True)]
    return keras.Sequential([*inputs, *layers])


class TestMistakes:
    @pytest.mark.parametrize(
        "model, message",
        [
            (
                built(9, 3),
                "layer 'repeat_1.1.dense_1' has weights of shapes (4, 8), (8,) in the network, but (4, 9), (9,) in the "
                f"model\n  hint: {HINT}",
            ),
            (
                built(8, 3, names=("repeat_1.1.dense_1", "outputs")),
                f"the model has no layer 'output' with weights; it has: outputs, repeat_1.1.dense_1\n  hint: {HINT}",
            ),
            (
                built(8, 3, 2, names=("repeat_1.1.dense_1", "output", "more")),
                f"the network has no layer 'more' with weights; it has: output, repeat_1.1.dense_1\n  hint: {HINT}",
            ),
            (
                built(8, names=["repeat_1.1.dense_1"], shape=None),
                "the model has no layer 'repeat_1.1.dense_1' with weights; it has: none\n"
                "  hint: call the model on some samples first, so that its layers are built",
            ),
        ],
        ids=["shapes", "missing", "unknown", "not built"],
    )
    def test_other_layers(self, one_epoch, model, message):
        assert self.refused(one_epoch, model) == message

    def refused(self, one_epoch, model, kind=ValueError):
        before, kept = one_epoch.predict_proba(X), one_epoch.model_
        message = message_of(lambda: one_epoch.set_weights_from(model), kind)
        assert np.array_equal(one_epoch.predict_proba(X), before)
        assert one_epoch.model_ is kept
        return message

    @pytest.mark.parametrize("value", [np.nan, 1e300])
    def test_values_must_be_finite(self, one_epoch, value):
        model = classifier(epochs=1, precision="float64").fit(X, Y).model_
        model.get_layer("output").bias.assign([0, value, 0])
        assert self.refused(one_epoch, model) == "weight 'bias' of layer 'output' is NaN or infinite in the model"

    def test_no_model(self, one_epoch):
        assert self.refused(one_epoch, "weights", TypeError) == "model must be a keras.Model, got 'weights'"

    def test_several_members(self):
        estimator = classifier(epochs=1, n_members=2).fit(X, Y)
        assert message_of(lambda: estimator.set_weights_from(estimator.members_[0].model_)) == (
            "the ensemble has 2 networks\n"
            "  hint: an ensemble keeps its weights; copy a member with member = estimator.members_[0], "
            "and call member.set_weights_from(model)"
        )

    def test_a_member_is_a_copy(self):
        estimator = classifier(epochs=1, n_members=2).fit(X, Y)
        before, member = estimator.predict_proba(X), estimator.members_[0]
        model = changed(member.model_)
        member.set_weights_from(model)
        np.testing.assert_allclose(member.predict_proba(X), model.predict(X, verbose=0), rtol=1e-5)
        assert not same_bits(member, estimator.members_[0], X)
        np.testing.assert_array_equal(estimator.predict_proba(X), before)

    def test_no_network(self):
        estimator = classifier().fit(X, np.zeros(60))
        assert (
            message_of(lambda: estimator.set_weights_from(None)) == "there is no network, because y had only one class"
        )


class WithScale(keras.Model):
    """A model with a weight outside its layers."""

    def __init__(self, names, sizes):
        super().__init__()
        self.scale = self.add_weight(shape=(), name="scale")
        self.parts = [keras.layers.Dense(size, name=name) for name, size in zip(names, sizes, strict=True)]

    def call(self, inputs):
        for part in self.parts:
            inputs = part(inputs)
        return self.scale * inputs


def test_a_weight_outside_the_layers(one_epoch):
    layers = [layer for layer in one_epoch.model_.layers if layer.weights]
    model = WithScale([layer.name for layer in layers], [layer.units for layer in layers])
    model(X)
    found = f"the model has the weight '{model.scale.path}', which belongs to none of its layers"
    assert message_of(lambda: one_epoch.set_weights_from(model)) == f"{found}\n  hint: {HINT}"


def test_weights_of_equal_shapes_and_other_names():
    normalised = [{"type": "Dense", "units": 4, "name": "a"}, {"type": "BatchNormalization", "center": False}]
    one_epoch = NNClassifier({"layers": normalised}, **ONCE).fit(X, Y)
    _, norm, last = (layer for layer in one_epoch.model_.layers if layer.weights)
    other = keras.layers.BatchNormalization(scale=False, name=norm.name)
    model = keras.Sequential([keras.Input(X.shape[1:]), keras.layers.Dense(4, name="a"), other, _like(last)])
    own, others = "'gamma', 'moving_mean', 'moving_variance'", "'beta', 'moving_mean', 'moving_variance'"
    found = f"layer '{norm.name}' has the weights {own} in the network, but {others} in the model"
    assert message_of(lambda: one_epoch.set_weights_from(model)) == f"{found}\n  hint: {HINT}"


def _like(layer):
    return type(layer).from_config(layer.get_config())
