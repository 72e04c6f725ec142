"""Facts of `describe` and `resolve` about a network, and their errors about data and task."""

import keras
import numpy as np
import pytest

import nnbuild
from nnbuild.records import Cost

DENSE = {"type": "Dense", "units": 3}
TWO_INPUTS = {
    "inputs": {"a": {"shape": [4]}, "b": {"dtype": "int32"}},
    "layers": [{"type": "Concatenate", "inputs": ["a", "b"]}],
}


def recipe(*layers, **parts):
    return {"nnbuild": 1, **({"layers": list(layers)} if layers else {}), **parts}


def test_a_hundred_terabytes_can_be_described():
    plan = nnbuild.describe(recipe({"type": "Dense", "units": 5_000_000}), (5_000_000,), n_outputs=1)
    assert plan.cost.weight_bytes == 4 * (5_000_000**2 + 5_000_000 + 5_000_000 + 1)


# --- Facts


def test_costs_of_training():
    layers = [{"type": "Dense", "units": 8}, {"type": "BatchNormalization"}]
    plan = nnbuild.describe(recipe(*layers), (4,), n_outputs=3, batch_size=10)
    trained = (4 * 8 + 8) + 2 * 8 + (8 * 3 + 3)
    assert (plan.n_trainable, plan.n_other) == (trained, 2 * 8)
    # Adam keeps two arrays per weight, an int64 step and the learning rate.
    assert plan.cost == Cost(10, 4 * (trained + 16), 4 * trained, 8 * trained + 8 + 4, 10 * 4 * (8 + 8 + 3))
    assert plan.cost.total_bytes == 4 * 16 + 16 * trained + 12 + 760
    assert plan.macs == 4 * 8 + 8 + 8 * 3


def test_the_members_of_an_ensemble_are_counted():
    ensemble = {"folds": 4, "variants": [{}, {"training__epochs": 2}]}
    recipe = {"layers": [{"type": "Dense", "units": 2}], "training": {"ensemble": ensemble}}
    plan = nnbuild.describe(recipe, (3,), n_outputs=2)
    assert (plan.n_members, plan.to_dict()["n_members"]) == (8, 8)
    assert "members        8 networks\n" in str(plan)
    assert nnbuild.describe(nnbuild.resolve(recipe, (3,), n_outputs=2)).n_members == 1


def test_the_batch_size_of_the_call_overrides_the_recipes():
    described = recipe(DENSE, training={"batch_size": 7})
    assert nnbuild.describe(described, (4,), n_outputs=3).cost.batch_size == 7
    assert nnbuild.describe(described, (4,), n_outputs=3, batch_size=2).cost.batch_size == 2
    assert nnbuild.describe(recipe(DENSE), (4,), n_outputs=3).cost.batch_size == 32


@pytest.mark.parametrize(
    "precision, weight_bytes, output_bytes",
    [("float32", 4, 4), ("float64", 8, 8), ("mixed_float16", 4, 2), ("mixed_bfloat16", 4, 2)],
)
def test_precision_counts_in_bytes(precision, weight_bytes, output_bytes):
    plan = nnbuild.describe(recipe(DENSE, training={"precision": precision}), (4,), n_outputs=3)
    assert plan.cost.weight_bytes == weight_bytes * (15 + 12)
    # The output layer computes with 32 bits in mixed precision.
    assert [step.output_bytes for step in plan.steps] == [3 * output_bytes, 3 * max(4, output_bytes)]


TASKS = [
    ({"n_outputs": 1}, "regression", "mean_squared_error", (None, 1), "linear"),
    ({"n_outputs": 3}, "multiclass", "sparse_categorical_crossentropy", (None, 3), "softmax"),
    ({"task": "binary"}, "binary", "binary_crossentropy", (None, 1), "sigmoid"),
    ({"task": "multilabel", "n_outputs": 3}, "multilabel", "binary_crossentropy", (None, 3), "sigmoid"),
    ({"task": "regression", "n_outputs": 3}, "regression", "mean_squared_error", (None, 3), "linear"),
    ({"task": "multiclass", "n_outputs": 2}, "multiclass", "sparse_categorical_crossentropy", (None, 2), "softmax"),
]


@pytest.mark.parametrize("given, task, loss, shape, activation", TASKS, ids=lambda value: str(value))
def test_the_task_chooses_output_and_loss(given, task, loss, shape, activation):
    plan = nnbuild.describe(recipe(DENSE), (4,), **given)
    resolved = nnbuild.resolve(recipe(DENSE), (4,), **given)
    assert (plan.task, plan.loss, plan.output_shape) == (task, loss, shape)
    assert plan.outputs == {"output": "output"}
    assert resolved.nodes[-1].arguments["activation"] == activation
    assert resolved.outputs["output"]["loss"] == loss


IGNORING = {
    "type": "SparseCategoricalCrossentropy", "from_logits": False, "ignore_class": 0,
    "reduction": "sum_over_batch_size", "axis": -1, "dtype": None,
}  # fmt: skip


def test_tokens_are_predicted_step_by_step_and_padding_is_ignored():
    steps = recipe({"type": "Dense", "units": 4})
    resolved = nnbuild.resolve(steps, (7, 2), task="tokens", n_outputs=5)
    assert resolved.outputs["output"]["loss"] == IGNORING
    assert resolved.nodes[-1].arguments["activation"] == "softmax"
    assert nnbuild.describe(steps, (7, 2), task="tokens", n_outputs=5).output_shape == (None, 7, 5)


@pytest.mark.parametrize(
    ("given", "without_a_task", "of_tokens"),
    [
        ({}, None, 0),
        ({"ignore_class": 3}, 3, 3),
    ],
)
def test_a_loss_of_tokens_ignores_padding(given, without_a_task, of_tokens):
    loss = {"type": "SparseCategoricalCrossentropy", "from_logits": True, **given}
    steps = {"type": "Dense", "units": 5, "name": "last"}
    in_training = recipe(steps, outputs="last", training={"loss": loss})
    in_outputs = recipe(steps, outputs={"output": {"node": "last", "loss": loss}})
    for one in (in_training, in_outputs):
        loss = nnbuild.resolve(one, (7, 2)).outputs["output"]["loss"]
        of_tokens_loss = nnbuild.resolve(one, (7, 2), task="tokens", n_outputs=4).outputs["output"]["loss"]
        assert (loss["ignore_class"], of_tokens_loss["ignore_class"]) == (without_a_task, of_tokens)
        assert of_tokens_loss["from_logits"]


def test_without_a_task_the_last_node_is_the_output():
    plan = nnbuild.describe(recipe(DENSE, outputs="last"), (4,))
    assert (plan.task, plan.loss, plan.output_shape, plan.outputs) == (None, "", (None, 3), {"output": "dense_1"})


def test_several_inputs_and_outputs():
    described = recipe(
        inputs={"image": {"shape": [8, 8, 1]}, "ids": {"shape": [5], "dtype": "int32"}},
        layers=[
            {"type": "Flatten", "inputs": ["image"], "name": "flat"},
            {"type": "Embedding", "input_dim": 9, "output_dim": 2, "inputs": ["ids"]},
            {"type": "GlobalAveragePooling1D", "name": "words"},
            {"type": "Concatenate", "inputs": ["flat", "words"]},
            {"type": "Dense", "units": 3, "name": "kind"},
            {"type": "Dense", "units": 1, "name": "size", "inputs": ["words"]},
        ],
        outputs={"first": {"node": "kind", "loss": "mse"}, "second": {"node": "size", "loss": "mae"}},
    )
    plan = nnbuild.describe(described)
    assert dict(plan.inputs) == {"image": (None, 8, 8, 1), "ids": (None, 5)}
    assert plan.outputs == {"first": "kind", "second": "size"}
    assert "\noutputs        first: kind (3), second: size (1)\nloss           mae, mse\n" in str(plan)
    assert plan.output_shape == ((None, 3), (None, 1))
    assert plan.loss == "mae, mse"
    model = nnbuild.build(described, seed=0)
    assert {name: tensor.shape for name, tensor in model.output.items()} == {"first": (None, 3), "second": (None, 1)}
    assert list(model.input) == ["image", "ids"]


def test_axes_of_unknown_length():
    layers = [{"type": "Conv2D", "filters": 4, "kernel_size": 3}, {"type": "GlobalAveragePooling2D"}]
    plan = nnbuild.describe(recipe(*layers), (None, 20, 3), n_outputs=2)
    assert [step.output_shape for step in plan.steps] == [(None, None, 18, 4), (None, 4), (None, 2)]
    assert [step.macs for step in plan.steps] == [None, None, 8]
    assert plan.n_parameters == (27 * 4 + 4) + (4 * 2 + 2)
    model = nnbuild.build(recipe(*layers), (None, 20, 3), n_outputs=2, seed=0)
    assert model(np.zeros((1, 7, 20, 3))).shape == model(np.zeros((1, 9, 20, 3))).shape == (1, 2)


@pytest.mark.parametrize("shape", [(4,), [4], 4, (np.int64(4),), {"input": (4,)}], ids=repr)
def test_shapes_may_be_written_in_several_ways(shape):
    assert dict(nnbuild.describe(recipe(DENSE), shape, n_outputs=1).inputs) == {"input": (None, 4)}


def test_the_recipe_may_set_part_of_the_shapes():
    inputs = nnbuild.describe(recipe(**TWO_INPUTS), {"b": (2,)}, n_outputs=1).inputs
    assert dict(inputs) == {"a": (None, 4), "b": (None, 2)}
    given = recipe(DENSE, {"type": "Flatten"}, inputs={"input": {"shape": [None, 4]}})
    assert dict(nnbuild.describe(given, (5, 4), n_outputs=1).inputs) == {"input": (None, 5, 4)}


def test_a_projection_is_noted():
    plan = nnbuild.describe(recipe({"type": "Residual", "layers": [DENSE]}), (4,), n_outputs=1)
    assert [step.note for step in plan.steps] == ["", "projects (4,) to (3,)", "", ""]


def test_an_optimizer_by_name_has_the_arguments_of_keras():
    config = {**keras.optimizers.Adam().get_config(), "type": "Adam", "learning_rate": 0.001}
    del config["name"]
    assert nnbuild.resolve(recipe(DENSE), (4,), n_outputs=3).training["optimizer"] == config


# --- Errors

NOT_KNOWN = (
    "the output layer requires the number of outputs\n"
    "  hint: pass n_outputs (--outputs), or set outputs to 'last' if the last node is the output"
)
NO_SHAPE = (
    "the shape of input {!r} is missing\n"
    "  hint: pass input_shape (--input), the shape of one sample, or set it in the recipe under 'inputs'"
)
ERRORS = [
    (recipe(DENSE), {"input_shape": (4,)}, NOT_KNOWN),
    (recipe(DENSE), {"n_outputs": 3}, NO_SHAPE.format("input")),
    (recipe(**TWO_INPUTS), {"n_outputs": 1}, NO_SHAPE.format("b")),
    (recipe(DENSE), {"task": "multiclas", "n_outputs": 3},
     "unknown task 'multiclas'\n  allowed: binary, multiclass, multilabel, regression, segmentation, tokens\n"
     "  hint: did you mean 'multiclass'?"),
    (recipe(DENSE), {"n_outputs": 0}, "n_outputs must be an integer of at least 1, got 0"),
    (recipe(DENSE), {"n_outputs": True}, "n_outputs must be an integer of at least 1, got true"),
    (recipe(DENSE), {"task": "binary", "n_outputs": 3},
     "a binary task has 2 classes, got n_outputs=3\n  hint: use the task 'multiclass' or 'multilabel'"),
    (recipe(DENSE), {"n_outputs": 1, "batch_size": 0}, "batch_size must be an integer of at least 1, got 0"),
    (recipe(DENSE), {"input_shape": (4, -1), "n_outputs": 1},
     "input_shape must hold integers of at least 1, got [4, -1]"),
    (recipe(DENSE), {"input_shape": {"imput": (4,)}, "n_outputs": 1},
     "input_shape names 'imput', which is not an input of the recipe\n"
     "  allowed: input\n  hint: did you mean 'input'?"),
    (recipe(**TWO_INPUTS), {"input_shape": (4,), "n_outputs": 1},
     "input_shape must be given for each input by name: a, b"),
    (recipe(DENSE, inputs={"input": {"shape": [4]}}), {"input_shape": (5,), "n_outputs": 1},
     "inputs.input.shape: the recipe has the shape (4,), but the data has (5,)"),
    (recipe(DENSE), {"input_shape": (4,), "dtype": "flot32", "n_outputs": 1},
     "unknown dtype 'flot32'\n  allowed: ..., int32, int64, int8, string, uint16, uint32, uint64, uint8\n"
     "  hint: did you mean 'float32'?"),
    (recipe(DENSE), {"input_shape": (4,), "dtype": {"imput": "int32"}, "n_outputs": 1},
     "dtype names 'imput', which is not an input of the recipe\n  allowed: input\n  hint: did you mean 'input'?"),
]  # fmt: skip


@pytest.mark.parametrize("described, given, message", ERRORS, ids=lambda value: str(value)[:40])
def test_errors_about_data_and_task(described, given, message):
    with pytest.raises(nnbuild.RecipeError) as caught:
        nnbuild.describe(described, **given)
    assert str(caught.value) == message
