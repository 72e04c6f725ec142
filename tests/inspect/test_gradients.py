"""`gradients`: against numbers by hand, one step of training, and its arguments."""

import numpy as np
import pytest

from nnbuild import NNClassifier, NNRegressor, Recipe
from nnbuild.errors import DataError
from nnbuild.inspect import gradients
from nnbuild.inspect.saturation import saturated

RNG = np.random.default_rng(0)
X = RNG.normal(size=(24, 3))
Y = np.where(X[:, 0] > X[:, 1], "yes", "no")
HALF = {"type": "Constant", "value": 0.5}


def dense(units, activation="linear", **arguments):
    return {"type": "Dense", "units": units, "activation": activation, "kernel_initializer": HALF, **arguments}


def by_hand(**arguments):
    """A network of two units and an output, all weights 0.5, with the squared error."""
    layers = [dense(2, "relu", name="hidden", **arguments), dense(1, name="end")]
    return NNRegressor({"nnbuild": 1, "layers": layers, "outputs": "last"}, prepare=None, scale_target=False)


SETTINGS = {"optimizer": {"type": "SGD"}, "learning_rate": 0.5, "epochs": 1, "batch_size": 16}
LAYERS = [
    {
        "type": "Dense",
        "units": 4,
        "activation": "tanh",
        "kernel_regularizer": {"type": "L2", "l2": 0.1},
        "name": "one",
        "kernel_initializer": "unit_variance",
    },
    {"type": "BatchNormalization", "name": "norm"},
    {"type": "Dropout", "rate": 0.4, "name": "drop"},
]


@pytest.fixture(scope="module")
def classifier():
    """An estimator before its fit of one epoch, with two batches, and after it."""
    before = NNClassifier({"nnbuild": 1, "layers": LAYERS, "training": SETTINGS}, random_state=1)
    return before, NNClassifier(**before.get_params()).fit(X, Y)


def test_the_chain_rule_on_one_sample_by_hand():
    found = gradients(by_hand(), [[9.0, 9.0], [1.0, 2.0]], [9.0, 1.0], row=1)
    hidden, end = found.layers
    assert (found.loss, found.penalty, found.rows) == (0.25, 0, (1,))  # (1.5 - 1)^2
    assert [hidden.z.values.tolist(), hidden.a.values.tolist(), end.a.values.tolist()] == [[[1.5, 1.5]]] * 2 + [[[1.5]]]
    assert [end.da.values.tolist(), end.dz.values.tolist()] == [[[1.0]]] * 2  # 2 (a - y), not 2 (y - a)
    assert end["kernel"].gradient.values.tolist() == [[1.5], [1.5]]
    assert end["bias"].gradient.values.tolist() == [1.0]
    assert [hidden.da.values.tolist(), hidden.dz.values.tolist()] == [[[0.5, 0.5]]] * 2
    assert hidden["kernel"].gradient.values.tolist() == [[0.5, 0.5], [1.0, 1.0]]
    assert found["hidden"]["bias"].value.zeros == 1


def test_penalties_are_apart_and_in_the_gradient():
    plain, found = (
        gradients(by_hand(**more), [[1.0, 2.0]] * 2, [1.0] * 2, row=0)
        for more in ({}, {"kernel_regularizer": {"type": "L2", "l2": 0.25}})
    )
    kernel = found["hidden"]["kernel"]
    assert (found.loss, found.penalty) == (0.25, 0.25)  # 0.25 times the sum of four squares of 0.5
    assert kernel.penalty.values.tolist() == [[0.25, 0.25]] * 2  # 2 * 0.25 * 0.5
    assert (kernel.gradient.values - kernel.penalty.values == plain["hidden"]["kernel"].gradient.values).all()
    assert found["end"]["kernel"].penalty is None


def test_a_step_of_training_uses_these_gradients():
    recipe = {"nnbuild": 1, "layers": LAYERS, "training": {**SETTINGS, "batch_size": 24}}
    estimator = NNClassifier(recipe, random_state=1)
    found = gradients(estimator, X, Y)
    assert (len(found.rows), found.is_fitted, found.training) == (24, False, True)
    assert found["drop"].a.zeros > 0.2
    model = estimator.fit(X, Y).model_
    for layer in found.layers:
        for weight in layer.weights:
            (new,) = [v for v in model.get_layer(layer.name).trainable_variables if v.name == weight.name]
            np.testing.assert_allclose(new, weight.value.values - 0.5 * weight.gradient.values, atol=1e-6)


def test_a_fitted_estimator_has_its_own_weights(classifier):
    fitted = classifier[1]
    found = gradients(fitted, X, Y, row=[3, 4], training=False)
    assert found.is_fitted
    assert found["one"]["kernel"].value.values.tolist() == fitted.model_.get_layer("one").get_weights()[0].tolist()
    np.testing.assert_allclose(found["output"].a.values[:, 0], fitted.predict_proba(X)[3:5, 1], rtol=1e-5)
    assert (found["drop"].a.values == found["norm"].a.values).all()


def test_the_gradient_of_probabilities_is_that_of_the_loss(classifier):
    found = gradients(classifier[1], X, Y, row=3, training=False)["output"]
    (((p,),), y) = found.a.values, float(Y[3] == "yes")
    np.testing.assert_allclose(found.da.values, [[(p - y) / (p * (1 - p))]], rtol=1e-4)
    np.testing.assert_allclose(found.dz.values, [[p - y]], rtol=1e-5)


def test_calls_of_a_shared_layer_add_up():
    once = {**dense(3, "tanh", name="twice"), "activity_regularizer": {"type": "L2", "l2": 0.1}}
    recipe = {"nnbuild": 1, "layers": [once, {"type": "Shared", "node": "twice", "name": "again"}, dense(1)]}
    found = gradients({**recipe, "outputs": "last", "training": {"loss": "mse"}}, X, X[:, 0], check=True)
    assert [layer.name for layer in found.layers] == ["twice", "again", "dense_1"]
    assert [len(layer.weights) for layer in found.layers] == [2, 0, 2]
    penalties = [0.1 * found[name].a.norm ** 2 / 24 for name in ("twice", "again")]
    assert found.penalty == pytest.approx(sum(penalties), rel=1e-5)
    assert found.max_error < 1e-6


def test_masks_are_no_layers():
    layers = [{"type": "Embedding", "input_dim": 4, "output_dim": 2, "mask_zero": True}, {"type": "LSTM", "units": 2}]
    found = gradients(Recipe(layers), [[1, 2, 0], [3, 0, 0]], ["a", "b"])
    assert [layer.name for layer in found.layers] == ["embedding_1", "lstm_1", "output"]


def test_the_table_and_the_frame(classifier):
    found = gradients(classifier[1], X, Y, row=3, training=False, check=True)
    frame = found.to_frame()
    assert frame["array"].tolist()[:8] == ["z", "a", "dL/dz", "dL/da", "kernel", "dL/dkernel", "bias", "dL/dbias"]
    assert frame["layer"].unique().tolist() == ["one", "norm", "drop", "output"]
    lines = str(found).splitlines()
    assert lines[0] == "samples    row 3; weights of the model; layers as in prediction"
    assert lines[2].startswith("check      largest error ")
    assert lines[2].endswith("; 29 elements compared, 0 left out")
    assert lines[4].split() == ["signals", "layer", "activation", "output", "mean", "variance", "zeros", "saturated"]
    assert lines[10].split() == ["gradients", "layer", "|dL/da|", "|dL/dz|", "|dL/dweights|"]
    titles = ["weights", "layer", "weight", "shape", "norm", "gradient", "zeros", "penalty", "error"]
    assert lines[16].split() == titles
    assert found.max_error < 1e-6
    assert len(found.checks) == 6
    assert found.to_dict()["layers"][0]["weights"][1]["check"]["n_compared"] == 4


def test_unknown_rows_members_and_layers_are_errors(classifier):
    fitted = classifier[1]
    with pytest.raises(DataError, match=r"^row 24 is not in X\n  allowed: 0 to 23$"):
        gradients(fitted, X, Y, row=24)
    with pytest.raises(DataError, match=r"^row must be an integer or a list of integers, got 'last'$"):
        gradients(fitted, X, Y, row="last")
    with pytest.raises(ValueError, match=r"^member=1, but members are numbered from 0 to 0$"):
        gradients(fitted, X, Y, member=1)
    with pytest.raises(DataError, match=r"^y has only one class, so there is no network$"):
        gradients(classifier[0], X, ["yes"] * 24)
    with pytest.raises(KeyError, match=r"there is no layer 'two'\\n  allowed: one, norm, drop, output"):
        gradients(fitted, X, Y, row=0)["two"]


@pytest.mark.parametrize(
    ("activation", "z", "derivative", "share"),
    [
        ("sigmoid", [6.0, 5.9], [0.0024664, 0.0027211], 0.5),
        ("tanh", [3.0, 2.9], [0.0098660, 0.0120369], 0.5),
        ("relu", [0.0, 1.0], [0.0, 1.0], 0.5),
        ("linear", [0.0, 1.0], None, None),
        ("", [0.0, 1.0], None, None),
    ],
)
def test_units_are_saturated_below_a_hundredth_of_the_largest_derivative(activation, z, derivative, share):
    assert saturated(activation, np.array([z]), derivative and np.array([derivative])) == share
