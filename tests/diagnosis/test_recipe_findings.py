"""Findings about recipes: each faulty recipe has its finding, and its edit heals it."""

from __future__ import annotations

import pytest

from nnbuild.diagnosis.kinds import FINDING_KINDS
from nnbuild.diagnosis.recipe_findings import RECIPE_FINDINGS
from nnbuild.language.gallery import gallery_names
from nnbuild.recipe import Recipe
from tools.finding_chinese import CHINESE


def dense(units, activation=None, **others):
    return {"type": "Dense", "units": units, **({"activation": activation} if activation else {}), **others}


def dropout(rate=0.5):
    return {"type": "Dropout", "rate": rate}


NORMAL, SMALL = {"type": "BatchNormalization"}, {"type": "RandomNormal", "stddev": 0.01}
SPARSE = "sparse_categorical_crossentropy"
LOGITS = {"type": "SparseCategoricalCrossentropy", "from_logits": True}
# Code, severity, faulty recipe, location, sentence, edit.
FAULTS = [
    (
        "softmax_of_one", "error", {"layers": [dense(8, "relu"), dense(1, "softmax")], "outputs": "last"},
        "layers[1].activation", "Dense 'dense_2' has softmax over 1 unit: its output is 1 for every sample",
        'layers[1].activation = "sigmoid"',
    ),
    (
        "softmax_of_one", "error",
        {"layers": [dense(8, "relu"), dense(1), {"type": "Softmax", "name": "p"}], "outputs": "last"},
        "layers[2]", "Softmax 'p' has softmax over 1 unit: its output is 1 for every sample",
        'layers[2] = {"type": "Activation", "activation": "sigmoid", "name": "p"}',
    ),
    (
        "missing_probabilities", "error",
        {"layers": [dense(8, "relu"), dense(3)], "outputs": "last", "training": {"loss": SPARSE}},
        "layers[1].activation",
        "SparseCategoricalCrossentropy takes probabilities, and Dense 'dense_2' has no activation; softmax suits it",
        'layers[1].activation = "softmax"',
    ),
    (
        "missing_probabilities", "error",
        {"layers": [dense(8, "relu"), dense(3, "relu")], "outputs": "last", "estimator": "NNClassifier"},
        "layers[1].activation",
        "a cross-entropy, the default loss, takes probabilities, and Dense 'dense_2' has relu; auto suits it",
        'layers[1].activation = "auto"',
    ),
    (
        "activated_logits", "error",
        {"layers": [dense(8, "relu"), dense(3, "softmax")], "outputs": "last", "training": {"loss": LOGITS}},
        "training.loss", "SparseCategoricalCrossentropy has from_logits true, and Dense 'dense_2' has softmax",
        "training.loss.from_logits = false",
    ),
    (
        "bounded_regression", "warning",
        {"layers": [dense(8, "relu"), dense(1, "sigmoid")], "outputs": "last", "estimator": "NNRegressor"},
        "layers[1].activation",
        "Dense 'dense_2' has sigmoid: it returns values between 0 and 1; targets are standardized",
        "layers[1].activation = null",
    ),
    (
        "constant_weights", "error",
        {"layers": [dense(8, "relu"), dense(3, "softmax")], "outputs": "last",
         "defaults": {"kernel_initializer": "ones"}},
        "layers[0].kernel_initializer", "Dense 'dense_1' has kernel_initializer 'ones': all its units are equal",
        'layers[0].kernel_initializer = "auto"',
    ),
    (
        "constant_weights", "warning", {"layers": [dense(8, "relu", kernel_initializer="zeros")]},
        "layers[0].kernel_initializer", "Dense 'dense_1' has kernel_initializer 'zeros': all its units are equal",
        'layers[0].kernel_initializer = "auto"',
    ),
    (
        "batches_of_one", "error", {"layers": [dense(8, "relu"), NORMAL], "training": {"batch_size": 1}},
        "layers[1]",
        "batch_size is 1, and BatchNormalization 'batch_normalization_1' uses the mean and variance of each batch",
        "training.batch_size = 32",
    ),
    (
        "unsuitable_initializer", "warning",
        {"layers": [{"type": "Repeat", "times": 9, "layers": [dense(64, "relu")]}]},
        "layers[0].layers[0]",
        "the initializers of Dense 'repeat_1.1.dense_1' to 'repeat_1.9.dense_1' (9 layers) multiply the variance of "
        "signals by 0.001953, compared with suitable initializers: GlorotUniform before relu, which he_normal suits",
        'layers[0].layers[0].kernel_initializer = "auto"',
    ),
    (
        "unsuitable_initializer", "warning",
        {"params": {"init": SMALL}, "layers": [dense(100, "tanh", kernel_initializer="$init")] * 3},
        "layers[0]",
        "the initializers of Dense 'dense_1' to 'dense_3' (3 layers) multiply the variance of signals by 0.0001, "
        "compared with suitable initializers: RandomNormal before tanh, which glorot_uniform suits",
        'params.init = "auto"',
    ),
    (
        "learning_rate", "warning",
        {"params": {"rate": 0.5}, "layers": [dense(8, "relu")], "training": {"learning_rate": "$rate"}},
        "training.learning_rate", "the learning rate of Adam is 0.5; usual are 1e-05 to 0.01", "params.rate = 0.001",
    ),
    (
        "bottleneck", "warning",
        {"blocks": {"b": {"params": {"n": 1}, "layers": [dense("$n", "relu")]}}, "layers": [{"type": "b"}]},
        "blocks.b.layers[0].units", "Dense 'b_1.dense_1' has 1 unit, and every path to an output passes through it",
        "",  # the param of the block would not be used
    ),
    (
        "linear_layers", "warning", {"layers": [dense(8, "relu"), dense(8), dropout()]},
        "layers[1]",
        "Dense 'dense_2' has no activation, and the output layer follows: together they are one linear layer",
        'layers[1].activation = "relu"',
    ),
    (
        "bottleneck", "warning", {"layers": [dense(8, "relu"), dense(1, "relu"), dense(8, "relu")]},
        "layers[1].units", "Dense 'dense_2' has 1 unit, and every path to an output passes through it",
        "layers[1].units = 8",
    ),
    (
        "dropout_before_normalization", "warning", {"layers": [dropout(), NORMAL, dense(8, "relu")]},
        "layers[0]", "Dropout 'dropout_1' (rate 0.5) precedes BatchNormalization 'batch_normalization_1'",
        'layers[0] = {"type": "BatchNormalization"}',
    ),
    (
        "without_effect", "warning",
        {"layers": [dense(8, "relu", name="a")], "outputs": {"y": {"weight": 0}, "z": {}}},
        "outputs.y.weight", "output 'y' has weight 0: its loss is not minimized", "outputs.y.weight = 1.0",
    ),
    (
        "without_effect", "warning", {"layers": [dense(8, "relu"), {"type": "Rescaling", "scale": 0}]},
        "layers[1]", "Rescaling 'rescaling_1' multiplies its input by 0", "",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("code", "severity", "recipe", "location", "sentence", "edit"), FAULTS)
def test_a_faulty_recipe_has_a_finding_and_its_edit_heals_it(code, severity, recipe, location, sentence, edit):
    found = Recipe.from_dict(recipe).diagnose()
    assert [(one.code, one.severity, str(one.location)) for one in found] == [(code, severity, location)]
    assert found[0].evidence[0] == sentence
    assert (found[0].title, found[0].meaning) == (RECIPE_FINDINGS[code].title, RECIPE_FINDINGS[code].meaning)
    assert "\n".join(found[0].edit_text()[:1]) == edit
    assert not edit or not found.fixed().diagnose()


def test_each_kind_of_finding_has_a_faulty_recipe():
    assert {row[0] for row in FAULTS} == set(RECIPE_FINDINGS)


@pytest.mark.parametrize(
    "recipe",
    [
        {"layers": [dense(1)], "outputs": "last"},
        {"layers": [dense(3, "softmax", kernel_initializer="zeros")], "outputs": "last"},  # linear: no hidden units
        {"layers": [dense(8, "relu"), {"type": "Residual", "layers": [
            dense(8, "relu"), dense(8, kernel_initializer="zeros")]}, dense(3, "softmax")], "outputs": "last"},
        {"layers": [dense(64, "relu")] * 5},  # not deep
        {"layers": [{"type": "Repeat", "times": 20, "layers": [dense(64, "relu"), NORMAL]}]},
        {"layers": [dense(4), dense(16, "relu")]},  # a factorization of low rank
        {"layers": [dense(8, "relu"), {"type": "Parallel", "merge": "Multiply", "branches": {
            "gate": [dense(1, "sigmoid")], "rest": []}}]},  # a gate: another path
        {"layers": [dropout(), dense(8), NORMAL, {"type": "ReLU"}]},  # weights between
        {"params": {"scale": 0}, "layers": [dense(8, "relu"), {"type": "Rescaling", "scale": "$scale"}]},
        {"layers": [dense(3, "softmax")], "training": {"learning_rate": 5.0}, "outputs": "last"},  # convex
        {"layers": [dense(8, "relu"), dense(1, "sigmoid")], "outputs": "last", "estimator": "NNClassifier",
         "training": {"loss": "mse"}},
        {"layers": [dense(8, "relu"), dense(3)], "outputs": "last", "training": {"loss": LOGITS}},
        {"layers": [dense(8, "relu"), dense(3, "sigmoid")], "outputs": "last", "estimator": "NNClassifier"},  # labels
        {"layers": [dense(8, "relu"), dense("auto", "auto")], "outputs": "last", "estimator": "NNClassifier"},
        {"layers": [dense(8, "relu"), {"type": "Parallel", "merge": "Multiply", "branches": {
            "weights": [dense(1), {"type": "Softmax", "axis": 1}], "rest": []}}]},  # over positions
        {"layers": [dense(8, "relu"), dense(1), {"type": "Rescaling", "scale": 2}], "outputs": "last"},
        {"layers": [dense(64)], "estimator": "NNLanguageModel"},  # a projection before a wide output layer
        {"layers": [dense(8, "relu"), {"type": "Parallel", "merge": "Average", "branches": {
            "a": [dense(3, "softmax")], "b": [dense(3, "softmax")]}}], "outputs": "last",
         "training": {"loss": SPARSE}},
    ],
    ids=str,
)  # fmt: skip
def test_a_healthy_recipe_has_no_finding(recipe):
    assert list(Recipe.from_dict(recipe).diagnose()) == []


def test_the_gallery_has_no_finding():
    assert [(name, one.code) for name in gallery_names() for one in Recipe.load(name).diagnose()] == []


def test_findings_have_a_file_and_a_line_and_are_sorted_by_severity():
    text = '{"nnbuild": 1, "layers": [\n  {"type": "Dense", "units": 1, "activation": "relu"},\n  {"type": "Dense", '
    text += '"units": 1, "activation": "softmax"}\n], "outputs": "last"}'
    found = Recipe.from_json(text, "net.json").diagnose()
    assert [(one.code, str(one.location)) for one in found] == [
        ("softmax_of_one", "net.json:3:47: layers[1].activation"),
        ("bottleneck", "net.json:2:30: layers[0].units"),
    ]
    assert str(found).splitlines()[:3] == [
        "softmax over one unit (error)",
        "  net.json:3:47: layers[1].activation",
        "  Dense 'dense_2' has softmax over 1 unit: its output is 1 for every sample",
    ]
    assert found.edit == {("layers", 0, "units"): 8, ("layers", 1, "activation"): "sigmoid"}


def test_a_recipe_without_findings_is_false_and_unchanged():
    recipe = Recipe([dense(8, "relu")])
    found = recipe.diagnose()
    assert not found
    assert str(found) == "no findings"
    assert found.fixed() == recipe
    assert found.to_dict() == {"recipe": "", "findings": []}


def test_many_layers_with_one_fault_are_one_finding():
    layers = [layer for _ in range(7) for layer in (dense(8, "relu"), dropout(), NORMAL)]
    (found,) = Recipe(layers).diagnose()
    assert found.evidence[3:] == (
        "Dropout 'dropout_4' (rate 0.5) precedes BatchNormalization 'batch_normalization_4'",
        "and 3 more like these",
    )


def test_each_kind_of_finding_is_in_the_chinese_page():
    assert set(CHINESE) == set(FINDING_KINDS)
