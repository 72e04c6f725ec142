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
TURNS = {"type": "Repeat", "times": 2, "layers": [DENSE, {"type": "Dropout", "rate": 0.5}]}
RESIDUAL = {"type": "Residual", "layers": [TURNS]}
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


# --- What comes out


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


@pytest.mark.parametrize("seed", [-1, True, 1.5, "1"], ids=repr)
def test_seeds_are_whole_numbers(seed):
    with pytest.raises(nnbuild.RecipeError) as caught:
        built(seed=seed)
    shown = {-1: "-1", True: "true", 1.5: "1.5", "1": "'1'"}[seed]
    assert str(caught.value) == f"seed must be an integer of at least 0, or None, got {shown}"


def test_seeds_may_be_numpys_and_large():
    assert_same_bits(built(seed=np.int64(5)), built(seed=5))
    assert built(seed=2**100).get_weights()[0].shape == (4, 5)


def test_shape_problems_are_those_of_describe():
    with pytest.raises(nnbuild.RecipeError) as caught:
        nnbuild.build(recipe({"type": "Reshape", "target_shape": [3]}), (4,), n_outputs=3)
    assert str(caught.value) == (
        "layers[0]: Reshape 'reshape_1' can't reshape (4,) to (3,): 3 elements are not 4\n  shapes: input (4,)"
    )


# --- A resolved network is all that is needed


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
    probabilities = model.predict(X, verbose=0)
    assert loss == pytest.approx(-np.log(probabilities[np.arange(6), Y]).mean(), rel=1e-5)
    assert accuracy == pytest.approx((probabilities.argmax(axis=1) == Y).mean())


def test_several_outputs_with_their_weights():
    model = nnbuild.build(TWO_OUTPUTS, (4,), seed=0, compile=True)
    targets = {"first": Y, "second": Y[:, None].astype("float32")}
    result = model.evaluate(X, targets, verbose=0, return_dict=True)
    predicted = model.predict(X, verbose=0)
    first = -np.log(predicted["first"][np.arange(6), Y]).mean()
    second = ((predicted["second"] - targets["second"]) ** 2).mean()
    assert result["loss"] == pytest.approx(0.5 * first + 2.0 * second, rel=1e-5)
    assert result["first_accuracy"] == pytest.approx((predicted["first"].argmax(axis=1) == Y).mean())


def test_outputs_without_a_loss_can_not_be_compiled():
    described = {**TWO_OUTPUTS, "outputs": {"first": {"node": "kind", "loss": "mse"}, "second": {"node": "size"}}}
    with pytest.raises(nnbuild.RecipeError) as caught:
        nnbuild.build(described, (4,), compile=True)
    assert str(caught.value) == "outputs.second: has no loss\n  hint: set 'loss' there, or give the task"


def test_a_model_that_is_not_asked_for_it_is_not_compiled():
    assert not built().compiled


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
    before = model.get_weights()
    tolerance = 1e-6 if compute == variables else 0.02
    np.testing.assert_allclose(model.predict(X, verbose=0), by_hand(X, *before), atol=tolerance)
    model.fit(X, Y, verbose=0)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert any(not np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))


def by_hand(X, kernel, bias, output_kernel, output_bias):
    """What two Dense layers, with relu and softmax, make of X in 64 bits."""
    scores = np.maximum(X.astype("float64") @ kernel + bias, 0) @ output_kernel + output_bias
    odds = np.exp(scores)
    return odds / odds.sum(axis=1, keepdims=True)


def test_gradients_of_16_bits_are_scaled():
    optimizer = built(training={"precision": "mixed_float16"}, compile=True).optimizer
    assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    assert isinstance(optimizer.inner_optimizer, keras.optimizers.Adam)
    for precision in ("float32", "mixed_bfloat16", "float64"):
        assert isinstance(built(training={"precision": precision}, compile=True).optimizer, keras.optimizers.Adam)


def test_precision_reaches_cells_and_wrapped_layers():
    layers = [
        {"type": "Bidirectional", "layer": {"type": "GRU", "units": 2, "return_sequences": True}, "name": "both"},
        {"type": "RNN", "cell": {"type": "LSTMCell", "units": 2}, "name": "rnn"},
    ]
    described = recipe(*layers, training={"precision": "mixed_float16"})
    model = nnbuild.build(described, (5, 4), n_outputs=3, seed=0)
    parts = [model.get_layer("both").forward_layer.cell, model.get_layer("both").backward_layer.cell]
    assert [part.compute_dtype for part in [*parts, model.get_layer("rnn").cell]] == ["float16"] * 3


# --- Nothing global


def test_generators_are_left_alone():
    random.seed(3)
    keras.utils.set_random_seed(3)
    expected = [random.getstate(), np.random.get_state()[1].tolist()]  # noqa: NPY002
    drawn = np.asarray(keras.random.uniform((3,)))
    keras.utils.set_random_seed(3)
    built(DENSE, RESIDUAL, compile=True)
    nnbuild.describe(recipe(DENSE, RESIDUAL), (4,), n_outputs=3)
    assert [random.getstate(), np.random.get_state()[1].tolist()] == expected  # noqa: NPY002
    np.testing.assert_array_equal(keras.random.uniform((3,)), drawn)


def test_names_that_keras_counts_are_left_alone():
    before = L.Dense(1).name
    built(DENSE, RESIDUAL)
    number = int(before.rsplit("_", 1)[1]) if "_" in before else 0
    assert L.Dense(1).name == f"dense_{number + 1}"


@pytest.mark.parametrize("policy", ["mixed_float16", "float64"])
def test_a_policy_of_the_user_stays_and_has_no_effect(policy):
    expected = built(DENSE, RESIDUAL)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = built(DENSE, RESIDUAL, compile=True)
        cost = nnbuild.describe(recipe(DENSE, RESIDUAL), (4,), n_outputs=3).cost
        assert keras.config.dtype_policy().name == policy
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
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    assert loaded.compiled == compiled


def test_a_model_of_two_outputs_is_saved_and_loaded(tmp_path):
    model = nnbuild.build(TWO_OUTPUTS, (4,), seed=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras").predict(X, verbose=0)
    for name, expected in model.predict(X, verbose=0).items():
        np.testing.assert_array_equal(loaded[name], expected)


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


def check_own_layer(type_name):
    layer = {"type": type_name, "power": 2, "name": "own"}
    plan = nnbuild.describe(recipe(layer), (4,), n_outputs=3)
    models = [built(layer), built(layer)]
    own = models[0].get_layer("own")
    assert (type(own), own.power, plan.steps[0].type) == (Scaled, 2, type_name)
    assert plan.steps[0].n_trainable == 4
    assert_same_bits(*models)
    np.testing.assert_allclose(own(X), X * own.factor.numpy() ** 2, rtol=1e-6)


def test_a_registered_layer_is_built_by_its_name(tmp_path):
    keras.saving.register_keras_serializable("test_model")(Scaled)
    try:
        check_own_layer("test_model>Scaled")
        model = built({"type": "test_model>Scaled"})
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    finally:
        keras.saving.get_custom_objects().pop("test_model>Scaled")


def test_a_layer_of_a_custom_object_scope_is_built_by_its_name():
    with keras.saving.custom_object_scope({"Scaled": Scaled}):
        check_own_layer("Scaled")
    with pytest.raises(nnbuild.RecipeError):
        built({"type": "Scaled"})
