"""Units and activation "auto" of a network with its own output layer."""

import keras
import numpy as np
import pytest

import nnbuild
from messages import node, problem

LAYERS = [
    node("Dense", units=4),
    node("Dense", units="auto", name="head"),
    node("Activation", activation="auto", name="end"),
]
RECIPE = {"nnbuild": 1, "layers": LAYERS, "outputs": "last"}


@pytest.mark.parametrize(
    ("task", "n_outputs", "training"),
    [
        ("multiclass", 4, {}),
        ("binary", None, {}),
        ("multilabel", 3, {}),
        ("regression", 2, {}),
        ("regression", 1, {"loss": "poisson"}),
        ("regression", 2, {"loss": {"type": "Quantile", "quantiles": [0.1, 0.5, 0.9]}}),
        ("multiclass", 4, {"precision": "mixed_float16"}),
    ],
)
def test_the_head_is_that_of_the_appended_layer(task, n_outputs, training):
    own = nnbuild.resolve({**RECIPE, "training": training}, (3,), task=task, n_outputs=n_outputs)
    appended = nnbuild.resolve(
        {"layers": LAYERS[:1], "training": training}, (3,), task=task, n_outputs=n_outputs
    ).nodes[-1]
    head, end = own.nodes[1:]
    assert head.arguments["units"] == appended.arguments["units"]
    assert end.arguments["activation"] == appended.arguments["activation"]
    assert head.arguments["dtype"] == end.arguments["dtype"] == appended.arguments["dtype"]


def test_an_estimator_trains_its_own_head():
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = np.array(["a", "b", "c"])[X.argmax(axis=1)]
    own = nnbuild.NNClassifier(RECIPE, epochs=2, random_state=0).fit(X, y)
    assert own.predict_proba(X).shape == (60, 3)
    np.testing.assert_allclose(own.predict_proba(X).sum(axis=1), 1, rtol=1e-5)
    assert own.recipe_.nodes[1].arguments["units"] == 3


@pytest.mark.parametrize("given", [{}, {"task": "multiclass"}])
def test_a_network_without_a_task_has_no_automatic_head(given):
    assert problem(LAYERS, (3,), outputs="last", n_outputs=None, **given) == (
        "layers[1]: units and activation 'auto' are those of the output layer of a task, which is not known here\n"
        "  hint: pass n_outputs (--outputs), or set values"
    )


def test_the_word_auto_in_a_class_of_the_user_is_its_own():
    @keras.saving.register_keras_serializable("test_own_head")
    class Own(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units

        def call(self, inputs):
            return inputs

    recipe = {"nnbuild": 1, "layers": [node("test_own_head>Own", units="auto")]}
    assert nnbuild.resolve(recipe, (3,), n_outputs=2).nodes[0].arguments["units"] == "auto"


def test_an_appended_output_layer_is_enough():
    hint = "\n  hint: set 'outputs' to 'last' if the recipe has its own output layer, otherwise set a value"
    assert problem(LAYERS, (3,)) == (
        f"layers[1].units: units 'auto' requires outputs 'last'{hint}\n"
        f"layers[2].activation: activation 'auto' requires outputs 'last'{hint}"
    )


def test_a_layer_inside_another_is_no_output_layer():
    inner = node("LSTM", units="auto")
    assert problem([node("Bidirectional", layer=inner)], (5, 3), outputs="last") == (
        "layers[0]: a layer inside Bidirectional can't have the argument units 'auto'"
    )


@pytest.mark.parametrize(
    ("training", "parameters"),
    [
        ({}, "input_shape, n_outputs, output_activation"),
        ({"loss": {"type": "Quantile", "quantiles": [0.1, 0.5, 0.9]}}, "input_shape, n_outputs"),
    ],
)
def test_python_code_takes_the_head_as_parameters(training, parameters):
    code = nnbuild.Recipe.from_dict({**RECIPE, "training": training}).to_python()
    assert f"def build_model({parameters}):" in code
    given = {"input_shape": (3,), "n_outputs": 6, "output_activation": "softmax"}
    names: dict = {}
    exec(compile(code, "<code>", "exec"), names)
    model = names["build_model"](**{name: given[name] for name in parameters.split(", ")})
    assert model.output_shape == (None, 6)
