"""`model_` is a copy, and `set_weights_from` takes the weights of a changed one over, in every estimator."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import nnbuild
from estimators.samples import classes, classifier, message_of, quantities, regressor, same_bits
from nnbuild import NNClassifier, NNLanguageModel, NNMaskedLanguageModel, NNRecommender, NNRegressor, NNTranslator

X, Y = classes()
HINT = "the layers must be those of model_: change the weights of model_, or of keras.models.clone_model(model_)"
TEXT = {"kind": "text", "split": "character"}
STEPS = {"return_sequences": True}
TALKS = {
    "inputs": {"text": {**TEXT, "output_sequence_length": 6}},
    "layers": [{"type": "Embedding", "input_dim": "auto", "output_dim": 4}, {"type": "GRU", "units": 4, **STEPS}],
}
FILLS = {**TALKS, "layers": [TALKS["layers"][0], {"type": "Bidirectional", "layer": TALKS["layers"][1]}]}
TRANSLATES = {
    "inputs": {"source": TEXT, "target": TEXT},
    "layers": [
        {"type": "Embedding", "input_dim": "auto", "output_dim": 4, "inputs": ["source"]},
        {"type": "GRU", "units": 4, "name": "read"},
        {"type": "Embedding", "input_dim": "auto", "output_dim": 4, "inputs": ["target"], "name": "so_far"},
        {"type": "GRU", "units": 4, "inputs": ["so_far", "read"], **STEPS},
    ],
}
ONCE = {"epochs": 1, "random_state": 0}
WORDS = ["abcd", "bcda", "cdab", "dabc"] * 4
PAIRS = np.array([[user, (user + item) % 6] for user in range(8) for item in range(3)])


@pytest.fixture
def fitted():
    return classifier(epochs=1).fit(X, Y)


def changed(model, factor=-3.0):
    """A model with other weights."""
    model.set_weights([factor * weight for weight in model.get_weights()])
    return model


# Each estimator, and the methods whose results depend on its weights.
EVERY = {
    "classifier": (lambda: classifier().fit(X, Y), [lambda one: one.predict_proba(X), lambda one: one.predict(X)]),
    "regressor": (lambda: regressor().fit(*quantities()), [lambda one: one.predict(X)]),
    "language model": (
        lambda: NNLanguageModel(TALKS, **ONCE).fit("abcdab" * 9),
        [
            lambda one: one.score("abcdabba"),
            lambda one: one.predict_proba(["ab"]),
            lambda one: one.generate("ab", 24, seed=0),
        ],
    ),
    "masked language model": (
        lambda: NNMaskedLanguageModel(FILLS, **ONCE).fit("abcdab" * 9),
        [lambda one: one.score("abcdabba")],
    ),
    "translator": (
        lambda: NNTranslator(TRANSLATES, **ONCE).fit(WORDS, WORDS),
        [lambda one: one.score(WORDS, WORDS), lambda one: one.predict(WORDS)],
    ),
    "recommender": (
        lambda: NNRecommender(dim=4, **ONCE).fit(PAIRS),
        [lambda one: one.predict(PAIRS), lambda one: one.recommend([0, 1], 2)],
    ),
}


@pytest.mark.parametrize("name", EVERY)
def test_every_result_is_that_of_the_new_weights(name, tmp_path):
    """Two fits from different seeds: with the other's weights, one gives the other's results, before and after."""
    make, results = EVERY[name]
    one, other = make(), make()
    for result in results:
        result(one)  # whatever keeps weights has them by now
    assert one.set_weights_from(changed(other.model_)) is one
    other.set_weights_from(other.model_)
    one.save(tmp_path / "model.nnb")
    loaded, copied = nnbuild.load(tmp_path / "model.nnb"), pickle.loads(pickle.dumps(one))
    fresh = make()
    differing = 0
    for result in results:
        found = _plain(result(one))
        assert found == _plain(result(other)) == _plain(result(loaded)) == _plain(result(copied))
        differing += found != _plain(result(fresh))
    assert differing >= 1
    assert all(map(np.array_equal, one.model_.get_weights(), other.model_.get_weights()))


def _plain(value):
    return [part.tolist() for part in value] if isinstance(value, tuple) else np.asarray(value).tolist()


def test_a_changed_copy_changes_nothing_by_itself(fitted):
    before = fitted.predict_proba(X)
    copy = changed(fitted.model_)
    assert np.array_equal(fitted.predict_proba(X), before)
    fitted.set_weights_from(copy)
    np.testing.assert_allclose(fitted.predict_proba(X), copy.predict(X, verbose=0), atol=1e-6)
    assert fitted.model_ is not copy
    changed(copy)  # the estimator does not follow it
    np.testing.assert_allclose(fitted.predict_proba(X), fitted.model_.predict(X, verbose=0), atol=1e-6)


def test_a_copy_trained_by_keras_comes_back(fitted):
    model = keras.models.clone_model(fitted.model_)
    model.set_weights(fitted.model_.get_weights())
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy")
    model.fit(X, Y, epochs=3, verbose=0)
    fitted.set_weights_from(model)
    np.testing.assert_allclose(fitted.predict_proba(X), model.predict(X, verbose=0), atol=1e-6)


def test_a_file_of_keras_comes_back(fitted, tmp_path):
    changed(fitted.model_).save(tmp_path / "model.keras")
    other = classifier(epochs=1, random_state=3).fit(X, Y)
    other.set_weights_from(keras.models.load_model(tmp_path / "model.keras"))
    fitted.set_weights_from(fitted.model_)
    assert same_bits(fitted, other, X)


def test_training_continues_from_the_new_weights(fitted):
    """With the optimizer at its start, as that of a fit from the same weights is."""
    model = changed(fitted.model_, 0.5)
    warm = classifier(epochs=2, warm_start=True, optimizer="adam").fit(X, Y)
    state = warm._fitted.optimizer
    warm.set_weights_from(model)
    assert (len(state) > 2, warm._fitted.optimizer, warm.n_iter_) == (True, (), 2)
    plain = classifier(epochs=2, warm_start=True, optimizer="adam", random_state=5).fit(X, Y).set_weights_from(model)
    plain.random_state = warm.random_state
    assert same_bits(warm.partial_fit(X, Y), plain.partial_fit(X, Y), X)
    still = classifier(epochs=1, warm_start=True, learning_rate=1e-12).fit(X, Y).set_weights_from(model).fit(X, Y)
    np.testing.assert_allclose(still.predict_proba(X), model.predict(X, verbose=0), atol=1e-5)


def test_other_dtypes_are_converted(fitted):
    double = classifier(epochs=1, precision="float64").fit(X, Y)
    fitted.set_weights_from(double.model_)
    assert {weight.dtype for weight in fitted.model_.get_weights()} == {np.dtype("float32")}
    np.testing.assert_allclose(fitted.predict_proba(X), double.predict_proba(X), atol=1e-6)


def test_states_of_layers_that_are_no_weights_stay():
    """Dropout has the state of its random numbers, and batch normalization weights that are not trained."""
    layers = [{"type": "Dense", "units": 4}, {"type": "BatchNormalization"}, {"type": "Dropout", "rate": 0.5}]
    one, other = (NNClassifier({"layers": layers}, epochs=2, random_state=seed).fit(X, Y) for seed in (0, 1))
    assert not same_bits(one, other, X)
    assert same_bits(one.set_weights_from(other.model_), other, X)


def test_weights_of_tables_and_scaled_targets():
    rows, y = quantities()
    one, other = (regressor(prepare={}, random_state=seed).fit(rows, y) for seed in (0, 1))
    assert same_bits(one.set_weights_from(other.model_), other, rows)


class TestMistakes:
    def built(self, *sizes, names=("repeat_1.1.dense_1", "output")):
        layers = [keras.layers.Dense(size, name=name) for size, name in zip(sizes, names, strict=True)]
        return keras.Sequential([keras.Input((4,)), *layers])

    def refused(self, fitted, model, kind=ValueError):
        before, kept = fitted.predict_proba(X), fitted.model_
        message = message_of(lambda: fitted.set_weights_from(model), kind)
        assert np.array_equal(fitted.predict_proba(X), before)
        assert fitted.model_ is kept
        return message

    def test_other_shapes(self, fitted):
        assert self.refused(fitted, self.built(9, 3)) == (
            "layer 'repeat_1.1.dense_1' has weights of shapes (4, 8), (8,) in the network, but (4, 9), (9,) in the "
            f"model\n  hint: {HINT}"
        )

    def test_a_layer_without_bias(self, fitted):
        layers = [
            keras.layers.Dense(8, name="repeat_1.1.dense_1", use_bias=False),
            keras.layers.Dense(3, name="output"),
        ]
        assert self.refused(fitted, keras.Sequential([keras.Input((4,)), *layers])) == (
            "layer 'repeat_1.1.dense_1' has weights of shapes (4, 8), (8,) in the network, but (4, 8) in the model\n"
            f"  hint: {HINT}"
        )

    def test_a_missing_layer(self, fitted):
        assert self.refused(fitted, self.built(8, 3, names=("repeat_1.1.dense_1", "outputs"))) == (
            f"the model has no layer 'output' with weights; it has: outputs, repeat_1.1.dense_1\n  hint: {HINT}"
        )

    def test_a_layer_too_many(self, fitted):
        model = self.built(8, 3, 2, names=("repeat_1.1.dense_1", "output", "more"))
        assert self.refused(fitted, model) == (
            f"the network has no layer 'more' with weights; it has: output, repeat_1.1.dense_1\n  hint: {HINT}"
        )

    def test_a_model_that_is_not_built(self, fitted):
        model = keras.Sequential([keras.layers.Dense(8, name="repeat_1.1.dense_1")])
        assert self.refused(fitted, model) == (
            "the model has no layer 'repeat_1.1.dense_1' with weights; it has: none\n"
            "  hint: call the model on some samples first, so that its layers are built"
        )

    @pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
    def test_values_that_are_not_finite(self, fitted, value):
        model = classifier(epochs=1, precision="float64").fit(X, Y).model_
        model.get_layer("output").bias.assign([0, value, 0])
        assert self.refused(fitted, model) == "weight 'bias' of layer 'output' is NaN or infinite in the model"

    @pytest.mark.parametrize(("what", "shown"), [("weights", "'weights'"), (None, "null"), ([1], "[1]")])
    def test_no_model(self, fitted, what, shown):
        assert self.refused(fitted, what, TypeError) == f"model must be a keras.Model, got {shown}"

    def test_an_estimator(self, fitted):
        message = self.refused(fitted, fitted, TypeError)
        assert message.startswith("model must be a keras.Model, got NNClassifier(")

    def test_several_members(self):
        estimator = classifier(epochs=1, n_members=2).fit(X, Y)
        assert message_of(lambda: estimator.set_weights_from(estimator.members_[0].model_)) == (
            "the ensemble has 2 networks\n  hint: call set_weights_from of one of members_"
        )
        first = estimator.members_[0]
        assert not same_bits(first.set_weights_from(changed(first.model_)), estimator.members_[0], X)

    def test_no_network(self):
        estimator = classifier().fit(X, np.zeros(60))
        assert (
            message_of(lambda: estimator.set_weights_from(None)) == "there is no network, because y had only one class"
        )

    @pytest.mark.parametrize("kind", [NNClassifier, NNRegressor, NNLanguageModel, NNTranslator, NNRecommender])
    def test_not_fitted(self, kind):
        with pytest.raises(NotFittedError, match=rf"^This {kind.__name__} instance is not fitted yet\."):
            kind().set_weights_from(None)


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


def test_a_weight_outside_the_layers(fitted):
    layers = [layer for layer in fitted.model_.layers if layer.weights]
    model = WithScale([layer.name for layer in layers], [layer.units for layer in layers])
    model(X)
    found = f"the model has the weight '{model.scale.path}', which belongs to none of its layers"
    assert message_of(lambda: fitted.set_weights_from(model)) == f"{found}\n  hint: {HINT}"


def test_weights_of_equal_shapes_and_other_names():
    """A beta is no gamma."""
    normalised = [{"type": "Dense", "units": 4, "name": "a"}, {"type": "BatchNormalization", "center": False}]
    fitted = NNClassifier({"layers": normalised}, **ONCE).fit(X, Y)
    _, norm, last = (layer for layer in fitted.model_.layers if layer.weights)
    other = keras.layers.BatchNormalization(scale=False, name=norm.name)
    model = keras.Sequential([keras.Input(X.shape[1:]), keras.layers.Dense(4, name="a"), other, _like(last)])
    own, others = "'gamma', 'moving_mean', 'moving_variance'", "'beta', 'moving_mean', 'moving_variance'"
    found = f"layer '{norm.name}' has the weights {own} in the network, but {others} in the model"
    assert message_of(lambda: fitted.set_weights_from(model)) == f"{found}\n  hint: {HINT}"


def _like(layer):
    return type(layer).from_config(layer.get_config())
