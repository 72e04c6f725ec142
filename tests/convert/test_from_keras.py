"""Recipes from Keras models: the same network again, or a problem with its fix."""

import json
from importlib import import_module

import keras
import numpy as np
import pytest
from keras import layers

import nnbuild
from convert.networks import CASES, built, by_network, configs, copy_weights, data_for, gallery, outputs_of
from nnbuild import Recipe, catalog
from nnbuild.catalog.facts import layer_facts, module_of, object_facts
from nnbuild.convert.from_keras import document_of
from nnbuild.convert.keras_config import Described, arguments_of

ALL = {**CASES, **gallery()}
UNSHARED = [name for name, case in ALL.items() if '"Shared"' not in json.dumps(case.document)]


@pytest.mark.parametrize("name", by_network(UNSHARED))
def test_the_recipe_of_a_model_gives_the_same_layers_and_outputs(name):
    assert_built_again(built(name))


def renamed(name):
    return "layer_1st_state" if name == "1st-state" else name.replace(".", "_")


def assert_built_again(model):
    """Return the recipe of `model`, which must give equal layers and outputs."""
    recipe = Recipe.from_keras(model)
    again = nnbuild.build(recipe, seed=1)
    assert again.count_params() == model.count_params()
    wanted = {renamed(name): config for name, config in configs(model).items()}
    assert {name: config for name, config in configs(again).items() if name not in recipe.network.inputs} == {
        name: config for name, config in wanted.items() if config.get("batch_shape") is None
    }
    copy_weights(model, again, renamed)
    data = data_for(model)
    names = dict(zip((tensor.name for tensor in model.inputs), recipe.network.inputs, strict=True))
    same = {names[name]: value for name, value in data.items()} if isinstance(data, dict) else data
    order = list(recipe.network.outputs) if isinstance(recipe.network.outputs, dict) else None
    for given, wanted in zip(outputs_of(again, same, order), outputs_of(model, data), strict=True):
        np.testing.assert_allclose(given, wanted, rtol=0, atol=1e-6)
    return recipe


def test_the_recipe_of_a_sequential_model():
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            layers.Conv2D(8, (3, 3), activation="relu", kernel_initializer="he_normal"),
            layers.MaxPooling2D(),
            layers.MaxPooling2D(3, strides=(2, 1), name="pool.two"),
            layers.Flatten(),
            layers.Dropout(0.3, seed=5),
            layers.Dense(10, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.001)),
        ],
        name="digits",
    )
    model.layers[0].name, model.layers[-1].name = "conv", "kinds"
    model.compile(keras.optimizers.Adam(0.002), "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert document_of(model) == {
        "nnbuild": 1,
        "name": "digits",
        "inputs": {"image": {"shape": [28, 28, 1], "dtype": "float32"}},
        "layers": [
            {
                "type": "Conv2D",
                "name": "conv",
                "filters": 8,
                "kernel_size": 3,
                "activation": "relu",
                "kernel_initializer": "he_normal",
            },
            {"type": "MaxPooling2D", "name": model.layers[1].name},
            {"type": "MaxPooling2D", "name": "pool_two", "pool_size": 3, "strides": [2, 1]},
            {"type": "Flatten", "name": model.layers[3].name},
            {"type": "Dropout", "name": model.layers[4].name, "rate": 0.3, "seed": 5},
            {
                "type": "Dense",
                "name": "kinds",
                "units": 10,
                "activation": "softmax",
                "kernel_regularizer": {"type": "L2", "l2": 0.001},
            },
        ],
        "outputs": "last",
        "training": {
            "optimizer": {"type": "Adam", "learning_rate": 0.002},
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
        },
    }


def test_branches_are_read_one_after_the_other():
    text, table = keras.Input((None,), dtype="int32", name="text"), keras.Input((3,), name="table__1")
    words = layers.Embedding(9, 4, mask_zero=True, name="words")(text)
    left = layers.Bidirectional(layers.LSTM(2), name="left")(words)
    right = layers.GRU(4, name="1st-state")(words, initial_state=layers.Dense(4, name="start")(table))
    joined = layers.Concatenate(name="joined")([left, right])
    model = keras.Model([text, table], [layers.Dense(1, name="size")(joined), right], name="two")
    recipe = assert_built_again(model)
    assert recipe.to_dict()["inputs"] == {
        "text": {"shape": [None], "dtype": "int32"},
        "table_1": {"shape": [3], "dtype": "float32"},
    }
    assert recipe.to_dict()["layers"] == [
        {"type": "Embedding", "name": "words", "input_dim": 9, "output_dim": 4, "mask_zero": True, "inputs": ["text"]},
        {"type": "Bidirectional", "name": "left", "layer": {"type": "LSTM", "units": 2}},
        {"type": "Dense", "name": "start", "units": 4, "inputs": ["table_1"]},
        {"type": "GRU", "name": "layer_1st_state", "units": 4, "inputs": ["words", "start"]},
        {"type": "Concatenate", "name": "joined", "inputs": ["left", "layer_1st_state"]},
        {"type": "Dense", "name": "size", "units": 1},
    ]
    assert recipe.to_dict()["outputs"] == {"size": {"node": "size"}, "layer_1st_state": {"node": "layer_1st_state"}}


def test_models_inside_are_opened_up():
    inner = keras.Input((4,), name="a")
    ends = {"b": layers.Dense(2, name="b")(inner), "a": layers.Dense(3, name="dense_a")(inner)}
    two = keras.Model({"a": inner}, ends, name="two")
    tail = keras.Sequential([layers.Dense(3, name="b"), layers.ReLU(name="relu")], name="tail")
    given = keras.Input((4,), name="given")
    both = two({"a": layers.Dense(4, name="stem")(given)})
    model = keras.Model(given, layers.Concatenate(name="all")([both["b"], tail(both["a"])]))
    recipe = Recipe.from_keras(model)
    assert [(node["name"], node.get("inputs")) for node in recipe.to_dict()["layers"]] == [
        ("stem", None),
        ("dense_a", None),
        ("tail_b", None),
        ("relu", None),
        ("b", ["stem"]),
        ("all", ["b", "relu"]),
    ]
    again = nnbuild.build(recipe)
    for name, layer in {"stem": model, "b": two, "dense_a": two, "tail_b": tail}.items():
        again.get_layer(name).set_weights(layer.get_layer(name.removeprefix("tail_")).get_weights())
    data = data_for(model)
    np.testing.assert_allclose(outputs_of(again, data), outputs_of(model, data), rtol=0, atol=1e-6)


def test_a_model_without_inputs_yet_leaves_them_open():
    model = keras.Sequential([keras.Sequential([layers.Dense(3, name="a")]), layers.Dense(2, name="b")], name="open")
    assert document_of(model) == {
        "nnbuild": 1,
        "name": "open",
        "layers": [{"type": "Dense", "name": "a", "units": 3}, {"type": "Dense", "name": "b", "units": 2}],
        "outputs": "last",
    }


def test_the_policy_of_most_layers_is_the_precision():
    policy = "mixed_bfloat16"
    model = keras.Sequential(
        [
            keras.Input((3,), name="x"),
            layers.Dense(3, name="a", dtype=policy),
            layers.ReLU(name="b", dtype=policy),
            layers.Dense(2, name="c", dtype="float32", activation=layers.LeakyReLU(0.1)),
        ]
    )
    document = document_of(model)
    assert document["training"] == {"precision": "mixed_bfloat16"}
    assert document["layers"] == [
        {"type": "Dense", "name": "a", "units": 3},
        {"type": "ReLU", "name": "b"},
        {
            "type": "Dense",
            "name": "c",
            "units": 2,
            "activation": {"type": "LeakyReLU", "negative_slope": 0.1},
            "dtype": "float32",
        },
    ]


def test_losses_and_metrics_of_two_outputs():
    given = keras.Input((3,))
    outputs = [layers.Dense(2, name="kind")(given), layers.Dense(1, name="size")(given)]
    model = keras.Model(given, outputs)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 100, 0.5)
    model.compile(
        keras.optimizers.SGD(schedule, momentum=0.9),
        loss={"kind": keras.losses.CategoricalCrossentropy(label_smoothing=0.1), "size": keras.losses.Huber(2.0)},
        loss_weights=[1.0, 0.5],
        metrics=[["accuracy", keras.metrics.AUC(curve="PR")], []],
    )
    document = document_of(model)
    assert document["training"] == {
        "optimizer": {
            "type": "SGD",
            "learning_rate": {
                "type": "ExponentialDecay",
                "initial_learning_rate": 0.1,
                "decay_steps": 100,
                "decay_rate": 0.5,
            },
            "momentum": 0.9,
        }
    }
    assert document["outputs"] == {
        "kind": {
            "node": "kind",
            "loss": {"type": "CategoricalCrossentropy", "label_smoothing": 0.1},
            "metrics": ["accuracy", {"type": "AUC", "curve": "PR"}],
            "weight": 1.0,
        },
        "size": {"node": "size", "loss": {"type": "Huber", "delta": 2.0}, "metrics": [], "weight": 0.5},
    }
    assert Recipe.from_dict(document).network.outputs["size"]["weight"] == 0.5


def test_a_warning_names_the_parts_that_a_recipe_cannot_hold():
    def own_loss(y_true, y_pred):
        return keras.ops.mean(y_pred)

    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile("rmsprop", own_loss, metrics=[keras.losses.mean_squared_error], weighted_metrics=["mae"])
    with pytest.warns(
        UserWarning, match=r"^a recipe can't contain loss \(own_loss\), weighted_metrics; this is omitted$"
    ):
        recipe = Recipe.from_keras(model)
    assert recipe.to_dict()["training"] == {"optimizer": "rmsprop", "metrics": ["mean_squared_error"]}


def test_a_causal_mask_is_an_argument_of_the_node():
    inputs = keras.Input((5, 4), name="x")
    x = layers.MultiHeadAttention(1, 2, name="causal")(inputs, inputs, use_causal_mask=True)
    x = layers.GroupQueryAttention(2, 2, 1, name="plain")(x, x, use_causal_mask=False)
    x = layers.Attention(name="last")([x, inputs], use_causal_mask=True)
    causal, plain, last = assert_built_again(keras.Model(inputs, x)).to_dict()["layers"]
    assert (causal["use_causal_mask"], last["use_causal_mask"]) == (True, True)
    assert "use_causal_mask" not in plain


def test_a_registered_layer_keeps_its_registered_name():
    @keras.saving.register_keras_serializable("from_keras_tests")
    class Gate(layers.Layer):
        def __init__(self, gate_initializer="zeros", **rest):
            super().__init__(**rest)
            self.gate_initializer = keras.initializers.get(gate_initializer)

        def call(self, inputs):
            return inputs

        def get_config(self):
            own = {"gate_initializer": keras.initializers.serialize(self.gate_initializer)}
            return {**super().get_config(), **own}

    model = keras.Sequential([keras.Input((3,)), Gate(keras.initializers.RandomNormal(stddev=0.5), name="g")])
    node = {"type": "from_keras_tests>Gate", "name": "g", "gate_initializer": {"type": "RandomNormal", "stddev": 0.5}}
    assert assert_built_again(model).to_dict()["layers"] == [node]


def test_vocabularies_and_boundaries_are_kept():
    words, bins = layers.StringLookup(name="words"), layers.Discretization(num_bins=3, name="bins")
    words.adapt(np.array(["b", "a", "b"]))
    bins.adapt(np.arange(12.0))
    text = keras.Input((1,), dtype="string", name="text")
    number = keras.Input((1,), name="number")
    recipe = Recipe.from_keras(keras.Model([text, number], [words(text), bins(number)]))
    assert recipe.to_dict()["layers"] == [
        {"type": "StringLookup", "name": "words", "vocabulary": ["b", "a"], "inputs": ["text"]},
        {"type": "Discretization", "name": "bins", "bin_boundaries": bins.bin_boundaries, "inputs": ["number"]},
    ]


def test_configurations_omit_the_arguments_of_the_table():
    """An argument that get_config leaves out is one to take from the object, or one that only changes speed."""
    fast = {"use_cudnn", "lora_rank", "lora_alpha", "gptq_unpacked_column_size", "activity_regularizer"}
    for family in ("layers", "initializers"):
        for name in catalog.class_names(family):
            made = fresh(family, name)
            missing = set(catalog.find(family, name).arguments) - set(made.get_config()) if made is not None else set()
            facts = layer_facts(name) if family == "layers" else object_facts(family, name)
            in_calls = layer_facts(name).call_arguments
            assert missing - fast - {"trainable", *in_calls} == set(facts.not_in_config), name


@pytest.mark.parametrize("family", ["layers", "initializers", "regularizers", "constraints", "optimizers", "losses"])
def test_defaults_are_left_out(family):
    for name in catalog.class_names(family):
        made = fresh(family, name)
        if made is None:
            continue
        described = Described.of(made, f"keras.{family}")
        assert described.module == module_of(family, name)
        described = Described(name, described.module, described.config, made)
        given = set(arguments_of(described, "float32")) - {"seed"}  # RandomCrop draws one for itself
        assert given == set(catalog.find(family, name).required) | set(NEEDED.get(name, ())), name


NEEDED = {"CategoryEncoding": {"num_tokens": 3}, "Discretization": {"num_bins": 3}}


def fresh(family, name):
    """An object with the required arguments alone; None where these depend on each other."""
    values = {
        "layer": lambda: layers.LSTM(2),
        "cell": lambda: layers.LSTMCell(2),
        "layers": lambda: [layers.RandomFlip()],
        "activation": lambda: "relu",
        "equation": lambda: "ab,bc->ac",
        "target_shape": lambda: (2,),
        "dims": lambda: (1,),
        "rate": lambda: 0.5,
        "stddev": lambda: 0.5,
        "quantiles": lambda: [0.5],
    }
    required = {key: values.get(key, lambda: 1)() for key in catalog.find(family, name).required}
    made = getattr(import_module(module_of(family, name)), name)
    return made(**required, **NEEDED.get(name, {}))


@pytest.mark.slow
@pytest.mark.parametrize("make", [keras.applications.MobileNetV2, keras.applications.ResNet50])
def test_applications(make):
    model = make(weights=None, input_shape=(32, 32, 3), classes=4)
    recipe = assert_built_again(model)
    assert all("__" not in node["name"] for node in recipe.to_dict()["layers"])
    assert len(recipe.network.nodes) == len(model.layers) - 1
    names = {}
    exec(recipe.to_python(), names)
    made = names["build_model"]()
    assert sorted(layer.name for layer in made.layers) == sorted(layer.name for layer in model.layers)
