"""`build`: plain Keras models, compiled, saved, in any precision, and nothing global touched."""

import json
import random

import keras
import numpy as np
import pytest

import nnbuild
from nnbuild.records import ResolvedNetwork

L = keras.layers
DENSE = {"type": "Dense", "units": 5, "activation": "relu"}
ITERATIONS = {"type": "Repeat", "times": 2, "layers": [DENSE, {"type": "Dropout", "rate": 0.5}]}
RESIDUAL = {"type": "Residual", "layers": [ITERATIONS]}
TWO_OUTPUTS = {
    "nnbuild": 1,
    "layers": [
        {"type": "Dense", "units": 3, "activation": "softmax", "name": "kind"},
        {"type": "Dense", "units": 1, "name": "size", "inputs": ["input"]},
    ],
    "outputs": {
        "first": {"node": "kind", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], "weight": 0.5},
        "second": {"node": "size", "loss": "mse", "weight": 2.0},
    },
}
X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Y = np.array([0, 1, 2, 0, 1, 2])


def recipe(*layers, **parts):
    return {"nnbuild": 1, "layers": list(layers or [DENSE]), **parts}


def built(*layers, seed=0, compile=False, **parts):
    return nnbuild.build(recipe(*layers, **parts), (4,), n_outputs=3, seed=seed, compile=compile)


def assert_same_bits(first, second):
    assert [variable.path for variable in first.variables] == [variable.path for variable in second.variables]
    for one, other in zip(first.variables, second.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


# --- Models


def test_a_functional_model_of_plain_layers_named_as_in_the_recipe():
    model = built(DENSE, RESIDUAL, name="two words!")
    assert isinstance(model, keras.Model)
    assert model.name == "two_words_"
    assert built().name == "network"
    assert [(layer.name, type(layer)) for layer in model.layers] == [
        ("input", L.InputLayer),
        ("dense_1", L.Dense),
        ("residual_1.repeat_1.1.dense_1", L.Dense),
        ("residual_1.repeat_1.1.dropout_1", L.Dropout),
        ("residual_1.repeat_1.2.dense_1", L.Dense),
        ("residual_1.repeat_1.2.dropout_1", L.Dropout),
        ("residual_1.add", L.Add),
        ("output", L.Dense),
    ]


@pytest.mark.parametrize(("seed", "shown"), [(-1, "-1"), (True, "true"), (1.5, "1.5")])
def test_seeds_are_integers(seed, shown):
    with pytest.raises(nnbuild.RecipeError) as caught:
        built(seed=seed)
    assert str(caught.value) == f"seed must be an integer of at least 0, or None, got {shown}"


def test_seeds_may_be_numpys_and_large():
    assert_same_bits(built(seed=np.int64(5)), built(seed=5))
    assert built(seed=2**100).get_weights()[0].shape == (4, 5)


# --- Resolved networks


@pytest.mark.parametrize(
    "described",
    [recipe(DENSE, RESIDUAL), TWO_OUTPUTS, recipe(DENSE, training={"precision": "mixed_float16", "epochs": 3})],
    ids=["residual", "two outputs", "precision"],
)
def test_a_resolved_network_survives_json_and_builds_the_same(described):
    outputs = {} if "outputs" in described else {"n_outputs": 3}
    resolved = nnbuild.resolve(described, (4,), **outputs)
    again = ResolvedNetwork.from_dict(json.loads(json.dumps(resolved.to_dict())))
    assert again == resolved
    first = nnbuild.build(described, (4,), **outputs, seed=4)
    assert_same_bits(first, nnbuild.build(again, seed=4))
    assert [layer.dtype_policy.name for layer in first.layers] == [
        layer.dtype_policy.name for layer in nnbuild.build(again, seed=4).layers
    ]


# --- Compiled


def test_a_compiled_model_has_the_recipes_optimizer_loss_and_metrics():
    training = {"optimizer": {"type": "SGD", "momentum": 0.5}, "learning_rate": 0.25, "metrics": ["accuracy"]}
    model = built(training=training, compile=True)
    assert type(model.optimizer) is keras.optimizers.SGD
    assert (float(model.optimizer.learning_rate.numpy()), model.optimizer.momentum) == (0.25, 0.5)
    loss, accuracy = model.evaluate(X, Y, verbose=0)
    probabilities = np.array(model(X))
    assert loss == pytest.approx(-np.log(probabilities[np.arange(6), Y]).mean(), rel=1e-5)
    assert accuracy == pytest.approx((probabilities.argmax(axis=1) == Y).mean())


def test_several_outputs_with_their_weights():
    model = nnbuild.build(TWO_OUTPUTS, (4,), seed=0, compile=True)
    targets = {"first": Y, "second": Y[:, None].astype("float32")}
    result = model.evaluate(X, targets, verbose=0, return_dict=True)
    predicted = keras.tree.map_structure(np.array, model(X))
    first = -np.log(predicted["first"][np.arange(6), Y]).mean()
    second = ((predicted["second"] - targets["second"]) ** 2).mean()
    assert result["loss"] == pytest.approx(0.5 * first + 2.0 * second, rel=1e-5)
    assert result["first_accuracy"] == pytest.approx((predicted["first"].argmax(axis=1) == Y).mean())


def test_outputs_without_a_loss_can_not_be_compiled():
    described = {**TWO_OUTPUTS, "outputs": {"first": {"node": "kind", "loss": "mse"}, "second": {"node": "size"}}}
    with pytest.raises(nnbuild.RecipeError) as caught:
        nnbuild.build(described, (4,), compile=True)
    assert str(caught.value) == "outputs.second: has no loss\n  hint: set 'loss' there, or give the task"


# --- Precision


@pytest.mark.parametrize(
    "precision, compute, variables, output",
    [
        ("float32", "float32", "float32", "float32"),
        ("float64", "float64", "float64", "float64"),
        ("mixed_float16", "float16", "float32", "float32"),
        ("mixed_bfloat16", "bfloat16", "float32", "float32"),
    ],
)
def test_precision(precision, compute, variables, output):
    model = built(training={"precision": precision}, compile=True)
    assert model.get_layer("dense_1").compute_dtype == compute
    assert {weight.dtype for weight in model.weights} == {variables}
    assert model.output.dtype == output
    optimizer = model.optimizer
    if compute == "float16":
        assert type(optimizer) is keras.optimizers.LossScaleOptimizer  # gradients of 16 bits are scaled
        optimizer = optimizer.inner_optimizer
    assert type(optimizer) is keras.optimizers.Adam
    tolerance = 1e-6 if compute == variables else 0.02
    np.testing.assert_allclose(np.array(model(X)), by_hand(X, *model.get_weights()), atol=tolerance)


def by_hand(X, kernel, bias, output_kernel, output_bias):
    """The output of two Dense layers, with relu and softmax, in 64 bits."""
    scores = np.maximum(X.astype("float64") @ kernel + bias, 0) @ output_kernel + output_bias
    odds = np.exp(scores)
    return odds / odds.sum(axis=1, keepdims=True)


# --- Nothing global


def test_global_generators_do_not_change():
    random.seed(3)
    keras.utils.set_random_seed(3)
    expected = [random.getstate(), np.random.get_state()[1].tolist()]  # noqa: NPY002
    drawn = np.asarray(keras.random.uniform((3,)))
    keras.utils.set_random_seed(3)
    built(DENSE, RESIDUAL, compile=True)
    nnbuild.describe(recipe(DENSE, RESIDUAL), (4,), n_outputs=3)
    assert [random.getstate(), np.random.get_state()[1].tolist()] == expected  # noqa: NPY002
    np.testing.assert_array_equal(keras.random.uniform((3,)), drawn)


def test_counters_of_kerass_names_do_not_change():
    before = L.Dense(1).name
    built(DENSE, RESIDUAL)
    number = int(before.rsplit("_", 1)[1]) if "_" in before else 0
    assert L.Dense(1).name == f"dense_{number + 1}"


def test_a_global_policy_does_not_change_and_has_no_effect():
    expected = built(DENSE, RESIDUAL)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        model = built(DENSE, RESIDUAL, compile=True)
        cost = nnbuild.describe(recipe(DENSE, RESIDUAL), (4,), n_outputs=3).cost
        assert keras.config.dtype_policy().name == "float64"
    finally:
        keras.config.set_dtype_policy(before)
    assert_same_bits(model, expected)
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    assert model.dtype_policy.name == "float32"
    assert cost == nnbuild.describe(recipe(DENSE, RESIDUAL), (4,), n_outputs=3).cost


# --- Saved


@pytest.mark.parametrize("compiled", [False, True])
def test_a_model_is_saved_and_loaded_without_custom_objects(tmp_path, compiled):
    bent = {"type": "Dense", "units": 4, "activation": {"type": "PReLU"}}
    model = built(DENSE, {"type": "BatchNormalization"}, RESIDUAL, bent, compile=compiled)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    np.testing.assert_array_equal(np.array(loaded(X)), np.array(model(X)))
    assert loaded.compiled == compiled


# --- Layers of the user's own


class Scaled(L.Layer):
    """One trained factor per feature."""

    def __init__(self, power=1, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def build(self, input_shape):
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="random_normal", name="factor")

    def call(self, inputs):
        return inputs * self.factor**self.power

    def get_config(self):
        return {**super().get_config(), "power": self.power}


@pytest.mark.parametrize("is_registered", [True, False])
def test_an_own_layer_is_built_by_its_name(is_registered):
    type_name = "test_model>Scaled" if is_registered else "Scaled"
    layer = {"type": type_name, "power": 2, "name": "own"}
    with keras.saving.custom_object_scope({type_name: Scaled}):
        plan = nnbuild.describe(recipe(layer), (4,), n_outputs=3)
        models = [built(layer), built(layer)]
    own = models[0].get_layer("own")
    assert (type(own), own.power, plan.steps[0].type, plan.steps[0].n_trainable) == (Scaled, 2, type_name, 4)
    assert_same_bits(*models)
    np.testing.assert_allclose(own(X), X * own.factor.numpy() ** 2, rtol=1e-6)
    with pytest.raises(nnbuild.RecipeError):
        built(layer)
