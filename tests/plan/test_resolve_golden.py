"""The golden networks of the language, resolved: names, types, arguments, inputs, output and loss."""

import pytest

import nnbuild
from cases import dense, net, parallel, repeat, residual

FC = {"params": {"n": 8}, "layers": [{"type": "Dense", "units": "$n"}, {"type": "BatchNormalization"}]}
HIDDEN = repeat(dense("$u"), {"type": "Dropout", "rate": 0.5}, over={"u": "$h"})
STRIDED = {"type": "Conv2D", "filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"}
OUTPUT = ("output", "Dense", {"units": 10, "activation": "softmax"})

# Each recipe with its nodes: name, type, some arguments, inputs.
GOLDEN = {
    "dense": (
        net(dense(32, activation="relu")),
        [("dense_1", "Dense", {"units": 32, "activation": "relu"}, ["input"]), (*OUTPUT, ["dense_1"])],
    ),
    "repeat": (
        net(HIDDEN, params={"h": [8, 4]}),
        [
            ("repeat_1.1.dense_1", "Dense", {"units": 8}, ["input"]),
            ("repeat_1.1.dropout_1", "Dropout", {"rate": 0.5}, ["repeat_1.1.dense_1"]),
            ("repeat_1.2.dense_1", "Dense", {"units": 4}, ["repeat_1.1.dropout_1"]),
            ("repeat_1.2.dropout_1", "Dropout", {"rate": 0.5}, ["repeat_1.2.dense_1"]),
            (*OUTPUT, ["repeat_1.2.dropout_1"]),
        ],
    ),
    "repeat_of_nothing": (net(HIDDEN, params={"h": []}), [(*OUTPUT, ["input"])]),
    "residual": (
        net(residual(dense(64))),
        [
            ("residual_1.dense_1", "Dense", {"units": 64}, ["input"]),
            ("residual_1.add", "Add", {}, ["residual_1.dense_1", "input"]),
            (*OUTPUT, ["residual_1.add"]),
        ],
    ),
    "residual_projected": (
        net(residual(dense(32))),
        [
            ("residual_1.dense_1", "Dense", {"units": 32}, ["input"]),
            (
                "residual_1.shortcut.dense_1",
                "Dense",
                {"units": 32, "use_bias": False, "activation": None},
                ["input"],
            ),
            ("residual_1.add", "Add", {}, ["residual_1.dense_1", "residual_1.shortcut.dense_1"]),
            (*OUTPUT, ["residual_1.add"]),
        ],
    ),
    "parallel": (
        net(parallel("Concatenate", wide=[], deep=[dense(16)])),
        [
            ("parallel_1.deep.dense_1", "Dense", {"units": 16}, ["input"]),
            ("parallel_1.merge", "Concatenate", {"axis": -1}, ["input", "parallel_1.deep.dense_1"]),
            (*OUTPUT, ["parallel_1.merge"]),
        ],
    ),
    "blocks": (
        net({"type": "fc", "n": 16, "name": "a"}, {"type": "fc"}, blocks={"fc": FC}),
        [
            ("a.dense_1", "Dense", {"units": 16}, ["input"]),
            ("a.batch_normalization_1", "BatchNormalization", {}, ["a.dense_1"]),
            ("fc_1.dense_1", "Dense", {"units": 8}, ["a.batch_normalization_1"]),
            ("fc_1.batch_normalization_1", "BatchNormalization", {}, ["fc_1.dense_1"]),
            (*OUTPUT, ["fc_1.batch_normalization_1"]),
        ],
    ),
    "graph": (
        net(dense(8, name="a"), dense(8, name="b", inputs=["input"]), {"type": "Add", "inputs": ["a", "b"]}),
        [
            ("a", "Dense", {"units": 8}, ["input"]),
            ("b", "Dense", {"units": 8}, ["input"]),
            ("add_1", "Add", {}, ["a", "b"]),
            (*OUTPUT, ["add_1"]),
        ],
    ),
    "initializer": (
        net(dense(8, kernel_initializer="auto"), {"type": "BatchNormalization"}, {"type": "ReLU"}),
        [
            ("dense_1", "Dense", {"units": 8, "kernel_initializer": "he_normal"}, ["input"]),
            ("batch_normalization_1", "BatchNormalization", {}, ["dense_1"]),
            ("re_lu_1", "ReLU", {}, ["batch_normalization_1"]),
            (*OUTPUT, ["re_lu_1"]),
        ],
    ),
}
# The output layer and the loss by task.
TASKS = {
    "multiclass": ({"n_outputs": 10}, {"units": 10, "activation": "softmax"}, "sparse_categorical_crossentropy"),
    "binary": ({"n_outputs": 2, "task": "binary"}, {"units": 1, "activation": "sigmoid"}, "binary_crossentropy"),
    "regression": ({"n_outputs": 3, "task": "regression"}, {"units": 3, "activation": "linear"}, "mean_squared_error"),
}


def assert_nodes(resolved, expected):
    found = [(node.name, node.type, list(node.inputs)) for node in resolved.nodes]
    assert found == [(name, kind, inputs) for name, kind, _, inputs in expected]
    for node, (_, _, arguments, _) in zip(resolved.nodes, expected, strict=True):
        assert {key: node.arguments[key] for key in arguments} == arguments


@pytest.mark.parametrize(("recipe", "expected"), GOLDEN.values(), ids=GOLDEN)
def test_nodes(recipe, expected):
    resolved = nnbuild.resolve(recipe, (64,), n_outputs=10)
    assert_nodes(resolved, expected)
    assert resolved.outputs["output"]["node"] == "output"
    assert resolved.training["loss"] == "sparse_categorical_crossentropy"


@pytest.mark.parametrize(("given", "arguments", "loss"), TASKS.values(), ids=TASKS)
def test_tasks(given, arguments, loss):
    resolved = nnbuild.resolve(net(dense(32, activation="relu")), (64,), **given)
    assert_nodes(
        resolved, [("dense_1", "Dense", {"units": 32}, ["input"]), ("output", "Dense", arguments, ["dense_1"])]
    )
    assert resolved.outputs["output"]["loss"] == resolved.training["loss"] == loss


def test_a_shortcut_of_images():
    recipe = net(residual(STRIDED), {"type": "Flatten"})
    resolved = nnbuild.resolve(recipe, (28, 28, 1), n_outputs=10)
    projection = {"filters": 8, "kernel_size": 1, "strides": 2, "use_bias": False, "activation": None}
    assert_nodes(
        resolved,
        [
            ("residual_1.conv2d_1", "Conv2D", {"filters": 8, "strides": 2, "padding": "same"}, ["input"]),
            ("residual_1.shortcut.conv2d_1", "Conv2D", projection, ["input"]),
            ("residual_1.add", "Add", {}, ["residual_1.conv2d_1", "residual_1.shortcut.conv2d_1"]),
            ("flatten_1", "Flatten", {}, ["residual_1.add"]),
            (*OUTPUT, ["flatten_1"]),
        ],
    )


@pytest.mark.parametrize(
    ("units", "expected"), [("$f * 2", 32), ("$f / 2", 8), ("$max(f, 20)", 20), ("$f", 16)], ids=str
)
def test_expressions(units, expected):
    resolved = nnbuild.resolve(net(dense(units), params={"f": 16}), (64,), n_outputs=10)
    assert resolved.nodes[0].arguments["units"] == expected
    assert type(resolved.nodes[0].arguments["units"]) is int


def test_the_resolved_form_is_data_without_anything_to_put_in():
    recipe = net(
        HIDDEN,
        {"type": "fc"},
        residual(dense(8)),
        params={"h": [8]},
        blocks={"fc": FC},
        defaults={"kernel_initializer": "auto"},
    )
    values = nnbuild.resolve(recipe, (64,), n_outputs=10).to_dict()
    assert list(values) == ["name", "task", "inputs", "nodes", "outputs", "training"]
    assert values["inputs"] == {"input": {"shape": [64], "dtype": "float32", "kind": "tensor"}}
    assert "$" not in str(values)
    assert "'auto'" not in str(values)
    assert not {node["type"] for node in values["nodes"]} & {"Repeat", "Residual", "Parallel", "fc", "Shortcut"}
    seen = {"input"}
    for node in values["nodes"]:  # each after all that it takes
        assert set(node["inputs"]) <= seen
        seen.add(node["name"])
