"""Networks of the language, resolved: names, types, arguments that are not defaults, and inputs of all nodes."""

import pytest

import nnbuild
from cases import dense, net, parallel, repeat, residual
from nnbuild import catalog

FC = {"params": {"n": 8}, "layers": [{"type": "Dense", "units": "$n"}, {"type": "BatchNormalization"}]}
HIDDEN = repeat(dense("$u"), {"type": "Dropout", "rate": 0.5}, over={"u": "$h"})
STRIDED = {"type": "Conv2D", "filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"}
NORMALIZED = [dense(8, kernel_initializer="auto"), {"type": "BatchNormalization"}, {"type": "ReLU"}]

# Each recipe with the shape of its input and its nodes before the output layer.
GOLDEN = {
    "dense": (net(dense(32, activation="relu")), (64,), ["dense_1 = Dense(units=32, activation='relu')(input)"]),
    "repeat": (
        net(HIDDEN, params={"h": [8, 4]}),
        (64,),
        [
            "repeat_1.1.dense_1 = Dense(units=8)(input)",
            "repeat_1.1.dropout_1 = Dropout(rate=0.5)(repeat_1.1.dense_1)",
            "repeat_1.2.dense_1 = Dense(units=4)(repeat_1.1.dropout_1)",
            "repeat_1.2.dropout_1 = Dropout(rate=0.5)(repeat_1.2.dense_1)",
        ],
    ),
    "repeat of nothing": (net(HIDDEN, params={"h": []}), (64,), []),
    "residual": (
        net(residual(dense(64))),
        (64,),
        ["residual_1.dense_1 = Dense(units=64)(input)", "residual_1.add = Add()(residual_1.dense_1, input)"],
    ),
    "residual, projected": (
        net(residual(dense(32))),
        (64,),
        [
            "residual_1.dense_1 = Dense(units=32)(input)",
            "residual_1.shortcut.dense_1 = Dense(units=32, use_bias=False)(input)",
            "residual_1.add = Add()(residual_1.dense_1, residual_1.shortcut.dense_1)",
        ],
    ),
    "residual of images": (
        net(residual(STRIDED), {"type": "Flatten"}),
        (28, 28, 1),
        [
            "residual_1.conv2d_1 = Conv2D(filters=8, kernel_size=3, strides=2, padding='same')(input)",
            "residual_1.shortcut.conv2d_1 = Conv2D(filters=8, kernel_size=1, strides=2, use_bias=False)(input)",
            "residual_1.add = Add()(residual_1.conv2d_1, residual_1.shortcut.conv2d_1)",
            "flatten_1 = Flatten()(residual_1.add)",
        ],
    ),
    "residual of many axes": (
        net(residual(dense(3)), {"type": "Flatten"}),
        (2, 2, 2, 2, 4),
        [
            "residual_1.dense_1 = Dense(units=3)(input)",
            "residual_1.shortcut.dense_1 = Dense(units=3, use_bias=False)(input)",
            "residual_1.add = Add()(residual_1.dense_1, residual_1.shortcut.dense_1)",
            "flatten_1 = Flatten()(residual_1.add)",
        ],
    ),
    "parallel": (
        net(parallel("Concatenate", wide=[], deep=[dense(16)])),
        (64,),
        [
            "parallel_1.deep.dense_1 = Dense(units=16)(input)",
            "parallel_1.merge = Concatenate()(input, parallel_1.deep.dense_1)",
        ],
    ),
    "blocks": (
        net({"type": "fc", "n": 16, "name": "a"}, {"type": "fc"}, blocks={"fc": FC}),
        (64,),
        [
            "a.dense_1 = Dense(units=16)(input)",
            "a.batch_normalization_1 = BatchNormalization()(a.dense_1)",
            "fc_1.dense_1 = Dense(units=8)(a.batch_normalization_1)",
            "fc_1.batch_normalization_1 = BatchNormalization()(fc_1.dense_1)",
        ],
    ),
    "graph": (
        net(dense(8, name="a"), dense(8, name="b", inputs=["input"]), {"type": "Add", "inputs": ["a", "b"]}),
        (64,),
        ["a = Dense(units=8)(input)", "b = Dense(units=8)(input)", "add_1 = Add()(a, b)"],
    ),
    "initializer": (
        net(*NORMALIZED),
        (64,),
        [
            "dense_1 = Dense(units=8, kernel_initializer='he_normal')(input)",
            "batch_normalization_1 = BatchNormalization()(dense_1)",
            "re_lu_1 = ReLU()(batch_normalization_1)",
        ],
    ),
}


def as_code(node):
    defaults = catalog.find("layers", node.type).arguments
    given = {key: value for key, value in node.arguments.items() if key not in defaults or value != defaults[key]}
    arguments = ", ".join(f"{key}={value!r}" for key, value in given.items())
    return f"{node.name} = {node.type}({arguments})({', '.join(node.inputs)})"


@pytest.mark.parametrize(("recipe", "shape", "expected"), GOLDEN.values(), ids=GOLDEN)
def test_nodes(recipe, shape, expected):
    resolved = nnbuild.resolve(recipe, shape, n_outputs=10)
    *nodes, output = map(as_code, resolved.nodes)
    assert nodes == expected
    last = expected[-1].partition(" ")[0] if expected else "input"
    assert output == f"output = Dense(units=10, activation='softmax')({last})"


def test_the_resolved_form_is_data_without_expressions_and_composites():
    recipe = net(
        HIDDEN, {"type": "fc"}, residual(dense(8)),
        params={"h": [8]}, blocks={"fc": FC}, defaults={"kernel_initializer": "auto"},
    )  # fmt: skip
    values = nnbuild.resolve(recipe, (64,), n_outputs=10).to_dict()
    assert list(values) == ["name", "task", "inputs", "nodes", "outputs", "training"]
    assert values["inputs"] == {"input": {"shape": [64], "dtype": "float32", "kind": "tensor"}}
    assert "$" not in str(values)
    assert "'auto'" not in str(values)
    assert not {node["type"] for node in values["nodes"]} & {"Repeat", "Residual", "Parallel", "fc", "Shortcut"}
