"""Keras code from recipes runs without nnbuild and builds the same model."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from convert.networks import CASES, built, by_network, case, configs, copy_weights, data_for, dense, gallery, outputs_of
from layer_cases import layer_class
from nnbuild import Recipe, RecipeError, catalog, keras_initializers
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.convert import code_objects
from nnbuild.convert.code_layout import flat
from nnbuild.plan.settings import loss_of
from nnbuild.tasks.losses import head_of

ALL = {**CASES, **gallery()}
DIGITS = '''\
"""digits: two 'layers', 8/8."""

import keras


def build_model(input_shape, n_outputs, output_activation):
    """The network, with its first weights.

    input_shape: shape of one sample, as (64,) or (28, 28, 1)
    n_outputs: number of classes, labels or targets; 1 for two classes
    output_activation: "softmax" for classes, "sigmoid" for two classes or labels,
        "linear" for numbers; "exponential" for the losses Gamma, MeanSquaredLogarithmicError,
        Poisson, Tweedie
    """
    inputs = keras.Input(input_shape, name="input")
    stem = keras.layers.Dense(
        32,
        activation="relu",
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(0.0001),
        name="stem",
    )(inputs)

    x = keras.layers.Dense(16, kernel_initializer="he_normal", name="residual_1.dense_1")(stem)
    x = keras.layers.Dropout(0.2, name="residual_1.dropout_1")(x)
    residual_1_shortcut = shortcut(stem, x, "residual_1.shortcut")
    x = keras.layers.Add(name="residual_1.add")([x, residual_1_shortcut])
    x = keras.layers.Activation("relu", name="residual_1.activation")(x)

    outputs = keras.layers.Dense(n_outputs, activation=output_activation, name="output")(x)
    return keras.Model(inputs, outputs, name="digits")


def compile_model(model, loss):
    """Set the optimizer, the loss and the metrics.

    loss: "sparse_categorical_crossentropy" for classes, "binary_crossentropy" for two classes or
        labels, "mean_squared_error" for numbers
    """
    # The recipe also sets: epochs=50, early_stopping={"patience": 3}
    model.compile(
        optimizer=keras.optimizers.Adam(
            learning_rate=keras.optimizers.schedules.CosineDecay(0.01, 1000)
        ),
        loss=loss,
        metrics=["accuracy"],
    )


def shortcut(start, end, name):
    """The input `start` of a residual block, projected where its result `end` has another shape."""
    if start.shape == end.shape:
        return start
    n_axes = len(start.shape) - 2
    if n_axes == 0:
        layer = keras.layers.Dense(end.shape[-1], use_bias=False, name=f"{name}.dense_1")
    else:
        convolutions = [keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D]
        axes = zip(start.shape[1:-1], end.shape[1:-1])
        strides = [-(-before // after) if before and after else 1 for before, after in axes]
        layer = convolutions[n_axes - 1](
            end.shape[-1], 1, strides=strides, use_bias=False, name=f"{name}.conv{n_axes}d_1"
        )
    projected = layer(start)
    if projected.shape != end.shape:
        raise ValueError(f"{name} can't bring {start.shape} to {end.shape}")
    return projected
'''


def test_the_whole_text_of_a_module():
    recipe = Recipe(
        [
            dense(32, name="stem", activation="relu", kernel_regularizer={"type": "L2", "l2": 0.0001}),
            {"type": "Residual", "layers": [dense(16), {"type": "Dropout", "rate": 0.2}], "activation": "relu"},
        ],
        name="digits",
        description='two "layers",\n 8\\8',
        defaults={"kernel_initializer": "auto"},
        training={
            "optimizer": {
                "type": "Adam",
                "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.01, "decay_steps": 1000},
            },
            "metrics": ["accuracy"],
            "epochs": 50,
            "early_stopping": {"patience": 3},
        },
    )
    assert recipe.to_python() == DIGITS


def test_an_input_of_text_takes_token_ids():
    embedded = {"type": "Embedding", "input_dim": "auto", "output_dim": 4}
    text = {"kind": "text", "max_tokens": 1000, "output_sequence_length": 20}
    code = Recipe([embedded, {"type": "Flatten"}], inputs={"text": text}).to_python()
    assert 'inputs = keras.Input((20,), dtype="int32", name="text")' in code
    assert 'keras.layers.Embedding(1000, 4, name="embedding_1")(inputs)' in code
    with pytest.raises(RecipeError) as caught:
        Recipe([embedded, {"type": "Flatten"}], inputs={"text": {"kind": "text"}}).to_python()
    assert str(caught.value) == (
        "layers[0].input_dim: input_dim 'auto' is resolved at fit time to the vocabulary size of input 'text'\n"
        "  hint: set max_tokens of that input to fix it now"
    )


@pytest.mark.parametrize("name", by_network(ALL))
def test_code_builds_what_nnbuild_builds(name):
    row, model = ALL[name], built(name)
    made = run(Recipe.from_dict(row.document), row, dtype=row.dtype)
    assert made.name == model.name
    assert [layer.name for layer in made.layers] == [layer.name for layer in model.layers]
    assert configs(made) == configs(model)
    copy_weights(model, made)
    data = data_for(model)
    for given, wanted in zip(outputs_of(made, data), outputs_of(model, data), strict=True):
        np.testing.assert_allclose(given, wanted, rtol=0, atol=1e-6)


def run(recipe, row, **settings):
    """The model that the code of a recipe builds, run without anything of nnbuild in reach but its own layers."""
    code = recipe.to_python()
    own = any(layer_facts(node.type).own for node in recipe.network.nodes)
    imports = [line for line in code.splitlines() if line.startswith("from nnbuild import keras_")]
    assert any("keras_layers" in line for line in imports) is own
    assert not any("nnbuild" in line.lower() for line in code.splitlines() if line not in imports)
    names = {}
    exec(compile(code, "<code>", "exec"), names)
    parameters = names["build_model"].__code__.co_varnames[: names["build_model"].__code__.co_argcount]
    known = {
        "input_shape": row.shape,
        "n_outputs": row.n_outputs,
        "output_activation": activation_of(recipe, row),
        "input_dtype": settings.get("dtype"),
    }
    return names["build_model"](**{name: known[name] for name in parameters})


def activation_of(recipe, row):
    """The argument `output_activation` of the code of a recipe, by name where it has several outputs."""
    if isinstance(row.task, dict):
        return {name: "softmax" if task == "multiclass" else "linear" for name, task in row.task.items()}
    return head_of(loss_of(recipe.network)).activation if row.n_outputs == 1 else "softmax"


def test_code_is_laid_out_as_by_a_formatter(tmp_path):
    for number, row in enumerate([*ALL.values(), WIDE]):
        (tmp_path / f"code_{number}.py").write_text(Recipe.from_dict(row.document).to_python(), "utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "--diff", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == ""


WIDE = case(
    [
        {
            "type": "Parallel",
            "name": "a_branch_with_a_long_name",
            "branches": {f"branch_number_{n}": [dense(kernel_regularizer={"type": "L1L2", "l1": 0.5})] for n in "abcd"},
            "merge": "Concatenate",
        },
        {"type": "Reshape", "target_shape": [2, 8]},
        {
            "type": "Bidirectional",
            "layer": {"type": "LSTM", "units": 8, "recurrent_dropout": 0.25, "kernel_constraint": "unit_norm"},
            "merge_mode": "ave",
        },
        {"type": "Discretization", "bin_boundaries": [n / 8 for n in range(40)]},
    ],
    training={"loss": "huber", "metrics": ["mae", {"type": "RootMeanSquaredError"}], "optimizer": "rmsprop"},
)


@pytest.mark.parametrize(
    ("recipe", "head"),
    [
        (Recipe([dense()]), "build_model(input_shape, n_outputs, output_activation)"),
        (Recipe([dense()], inputs={"x": {"shape": [3]}}), "build_model(n_outputs, output_activation)"),
        (Recipe([dense()], inputs={"x": {"shape": [3]}}, outputs="last"), "build_model()"),
        (
            Recipe([{"type": "Embedding", "input_dim": 9, "output_dim": 2}], outputs="last"),
            'build_model(input_shape, input_dtype="float32")',
        ),
    ],
)
def test_a_function_takes_what_the_recipe_leaves_open(recipe, head):
    assert f"\ndef {head}:\n" in recipe.to_python()


def test_variables_of_layers_with_awkward_names():
    recipe = Recipe(
        [
            dense(name="keras", inputs=["lambda"]),
            dense(name="x", inputs=["lambda"]),
            dense(name="Lambda", inputs=["x"]),
            {"type": "Add", "inputs": ["keras", "x", "Lambda", "inputs"], "name": "sum"},
        ],
        inputs={"lambda": {"shape": [3]}, "inputs": {"shape": [4]}},
        outputs="last",
    )
    lines = [line.strip() for line in recipe.to_python().splitlines()]
    assert lines[7:] == [
        'lambda_ = keras.Input((3,), name="lambda")',
        'inputs_2 = keras.Input((4,), name="inputs")',
        'keras_2 = keras.layers.Dense(4, name="keras")(lambda_)',
        'x_2 = keras.layers.Dense(4, name="x")(lambda_)',
        'x = keras.layers.Dense(4, name="Lambda")(x_2)',
        'outputs = keras.layers.Add(name="sum")([keras_2, x_2, x, inputs_2])',
        'return keras.Model({"lambda": lambda_, "inputs": inputs_2}, outputs, name="network")',
    ]


def test_a_registered_class_is_found_by_its_name():
    @keras.saving.register_keras_serializable("code_tests")
    class Halve(keras.layers.Layer):
        def __init__(self, by=2, **rest):
            super().__init__(**rest)
            self.by = by

        def call(self, inputs):
            return inputs / self.by

        def get_config(self):
            return {**super().get_config(), "by": self.by}

    recipe = Recipe([{"type": "code_tests>Halve", "by": 4}], outputs="last")
    line = 'keras.saving.get_registered_object("code_tests>Halve")(by=4, name="halve_1")(inputs)'
    assert line in recipe.to_python()
    model = run(recipe, case([], (2,)))
    assert float(model(np.full((1, 2), 8.0))[0, 0]) == 2.0


def test_compiled_as_nnbuild_compiles():
    row = CASES["two outputs"]
    training = {
        "optimizer": {"type": "SGD", "momentum": 0.9},
        "learning_rate": 0.5,
        "gradient_accumulation": 4,
        "batch_size": 8,
        "label_smoothing": 0.1,
    }
    document = {**row.document, "training": training}
    names = {}
    exec(Recipe.from_dict(document).to_python(), names)
    model = names["build_model"]()
    names["compile_model"](model)
    optimizer = model.optimizer.get_config()
    assert type(model.optimizer) is keras.optimizers.SGD
    assert (optimizer["learning_rate"], optimizer["momentum"]) == (0.5, 0.9)
    assert optimizer["gradient_accumulation_steps"] == 4
    assert isinstance(model.loss["kind"], keras.losses.SparseCategoricalCrossentropy)
    assert model.loss["size"]._fn_kwargs == {"delta": 2.0}
    rows = {"image": np.ones((8, 6, 6, 1)), "table": np.ones((8, 3))}
    history = model.fit(rows, {"kind": np.zeros(8), "size": np.zeros(8)}, verbose=0)
    assert sorted(history.history) == ["kind_accuracy", "kind_loss", "loss", "size_loss"]


def test_label_smoothing_is_in_the_loss_that_accepts_it():
    training = {"loss": "categorical_crossentropy", "label_smoothing": 0.1}
    code = Recipe([dense()], training=training).to_python()
    assert "loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1)" in code
    assert "The recipe also sets" not in code
    code = Recipe([dense()], training={**training, "loss": "sparse_categorical_crossentropy"}).to_python()
    assert "# The recipe also sets: label_smoothing=0.1, which Keras' loss does not support" in code


def test_a_shortcut_that_no_projection_fits():
    layers = [{"type": "Residual", "layers": [{"type": "Conv1D", "filters": 2, "kernel_size": 3}]}]
    row = case(layers, (8, 2), outputs="last")
    with pytest.raises(ValueError, match=r"^residual_1\.shortcut can't bring \(None, 8, 2\) to \(None, 6, 2\)$"):
        run(Recipe.from_dict(row.document), row)


@pytest.mark.parametrize("family", ["initializers", "regularizers", "constraints"])
def test_names_written_as_strings_are_names_to_keras(family):
    module = getattr(keras, family)
    for name in catalog.names(family):
        if catalog.find(family, name).required:
            continue
        value = code_objects.object_code(family, name)
        if isinstance(value, str):
            assert type(module.get(name)).__name__ == catalog.find(family, name).name
        else:
            made = eval(flat(value), {"keras": keras, "keras_initializers": keras_initializers})
            assert type(made).__name__ == catalog.find(family, name).name


def test_the_layers_that_take_states_are_those_of_keras():
    with_states = {name for name in catalog.class_names("layers") if takes_states(name)}
    assert {name for name, facts in LAYERS.items() if facts.takes_states} == with_states


def takes_states(name):
    call = layer_class(name).call
    return "initial_state" in call.__code__.co_varnames
