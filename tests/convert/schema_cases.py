"""Recipes that the schema accepts, and recipes that it refuses."""


def layers(*nodes, **keys):
    """A recipe."""
    return {"nnbuild": 1, "layers": list(nodes), **keys}


DENSE = {"type": "Dense", "units": 4}
RIGHT = [
    layers(
        {"type": "Repeat", "over": {"u": "$h", "v": [1, "$n"]}, "layers": [{"type": "Dense", "units": "$u * v"}]},
        {"type": "fc", "w": "$n + 1", "name": "f", "a": {"type": "LeakyReLU", "negative_slope": 0.1}},
        {"type": "Residual", "layers": [DENSE], "shortcut": [DENSE], "activation": "relu", "name": "res"},
        {"type": "Residual", "layers": [DENSE], "shortcut": "auto"},
        {"type": "Parallel", "branches": {"a": [], "b": [DENSE]}, "merge": {"type": "Concatenate", "axis": -1}},
        {"type": "Repeat", "times": 2, "layers": [DENSE], "name": "body"},
        {**DENSE, "name": "a", "inputs": ["x"], "kernel_regularizer": {"type": "L2", "l2": 0.1}},
        {"type": "Add", "inputs": ["a", "res", "f", "body"], "name": "sum"},
        **{"$schema": "recipe.schema.json", "name": "n", "description": "d"},
        about={"kind": "k", "uses": ["Dense"], "paper": "p", "data": "digits", "target": "t"},
        params={"h": [4, 2], "n": 2, "lr": 0.01, "stop": True, "text": "$$ 5"},
        defaults={"kernel_initializer": "auto", "bias_initializer": {"type": "Constant", "value": 0.1}},
        blocks={
            "fc": {"params": {"w": 4, "a": "relu"}, "layers": [{"type": "Dense", "units": "$w", "activation": "$a"}]}
        },
        inputs={"x": {"shape": [8], "dtype": "float32", "kind": "tensor"}},
        outputs={
            "y": {
                "node": "sum",
                "loss": "mse",
                "weight": 0.5,
                "metrics": ["accuracy", {"type": "AUC"}],
                "target": "$text",
            }
        },
        training={
            "optimizer": {
                "type": "Adam",
                "learning_rate": {"type": "CosineDecay", "initial_learning_rate": "$lr", "decay_steps": 9},
            },
            "epochs": 5,
            "batch_size": "$n * 8",
            "validation": "last",
            "early_stopping": {"monitor": "val_loss", "patience": 3, "restore_best": "$stop"},
            "class_weight": {"0": 1, "1": 2.5},
            "precision": "mixed_float16",
        },
        search={
            "h": [[4], [2]],
            "lr": {"log_uniform": [0.001, 0.1]},
            "n": {"int": [1, 3]},
            "training__batch_size": {"log_int": [8, 64]},
        },
    ),
    layers(
        {"type": "Conv2D", "filters": 4, "strides": [1, 2]},
        {"type": "MaxPool2D", "pool_size": 2},
        {"type": "Reshape", "target_shape": [-1, 2]},
        {"type": "Bidirectional", "layer": {"type": "LSTM", "units": 4}, "backward_layer": None, "merge_mode": "sum"},
        {"type": "RNN", "cell": [{"type": "LSTMCell", "units": 2}, {"type": "GRUCell", "units": 2}]},
        {"type": "Pipeline", "layers": ["Flatten", DENSE]},
        defaults={"kernel_size": 3, "padding": "same"},
        training={"optimizer": "adam", "learning_rate": 0.1, "early_stopping": True, "class_weight": "balanced"},
        outputs="auto",
    ),
    layers(
        {"type": "Dot", "inputs": ["a", "b"], "axes": [1, 1]}, inputs={"a": {}, "b": {"shape": [3]}}, outputs="last"
    ),
    layers(
        {"type": "Embedding", "input_dim": "auto", "output_dim": 4},
        {"type": "Flatten"},
        params={"length": 20},
        inputs={
            "a": {
                "kind": "text",
                "max_tokens": 1000,
                "output_sequence_length": "$length",
                "standardize": None,
                "split": "character",
                "column": "a b",
            }
        },
    ),
    layers(DENSE, {"type": "LeakyReLU"}, params={}, defaults={}, blocks={}, training={}, search={}, about={}),
]

BLOCKS = {"fc": {"layers": [DENSE]}}
WRONG = {
    # the document
    "no layers": ({"nnbuild": 1}, "$"),
    "true as the version": ({"nnbuild": True, "layers": [DENSE]}, "$.nnbuild"),
    "unknown key": (layers(DENSE, trainig={}), "$"),
    "param with a bad name": (layers({**DENSE, "units": "$a__b"}, params={"a__b": 1}), "$.params"),
    "param that is an expression": (layers({**DENSE, "units": "$b"}, params={"a": 1, "b": ["$a"]}), "$.params.b[0]"),
    "default that no layer takes": (layers(DENSE, defaults={"unit": 1}), "$.defaults"),
    "input called output": (layers(DENSE, inputs={"output": {}}), "$.inputs"),
    "output without its node": (layers(DENSE, outputs={"y": {"loss": "mse"}}), "$.outputs"),
    # blocks
    "block called like a composite": (layers(DENSE, blocks={"Repeat": {"layers": [DENSE]}}), "$.blocks"),
    "unknown key of a block": (layers({"type": "fc"}, blocks={"fc": {"layers": [DENSE], "name": "x"}}), "$.blocks.fc"),
    "bad expression in a call": (layers({"type": "fc", "n": ["$"]}, blocks=BLOCKS), "$.layers[0].n[0]"),
    # nodes
    "unknown type": (layers({"type": "Dens", "units": 4}), "$.layers[0].type"),
    "refused type": (layers({"type": "Lambda"}, blocks=BLOCKS), "$.layers[0].type"),
    "path into Python": (layers({"type": "keras.layers.Dense"}, blocks=BLOCKS), "$.layers[0].type"),
    "empty list of inputs": (layers({**DENSE, "inputs": []}), "$.layers[0].inputs"),
    "too many inputs": (layers({**DENSE, "inputs": ["input", "input"]}), "$.layers[0].inputs"),
    # arguments
    "missing argument": (layers({"type": "Dense"}), "$.layers[0]"),
    "unknown argument": (layers({"type": "Dense", "units": 4, "unit": 4}), "$.layers[0]"),
    "string for a number": (layers({"type": "Dense", "units": "4"}), "$.layers[0].units"),
    "number below the least": (layers({"type": "Dense", "units": 0}), "$.layers[0].units"),
    "unknown activation": (layers({**DENSE, "activation": "rellu"}), "$.layers[0].activation"),
    "initializer auto of a bias": (layers({**DENSE, "bias_initializer": "auto"}), "$.layers[0].bias_initializer"),
    "object without its type": (layers({**DENSE, "kernel_regularizer": {"l2": 1}}), "$.layers[0].kernel_regularizer"),
    "unknown argument of an object": (
        layers({**DENSE, "kernel_regularizer": {"type": "L2", "l3": 1}}),
        "$.layers[0].kernel_regularizer",
    ),
    "composite in a layer": (
        layers({"type": "TimeDistributed", "layer": {"type": "Repeat", "times": 1, "layers": [DENSE]}}),
        "$.layers[0].layer",
    ),
    "named layer in a layer": (
        layers({"type": "TimeDistributed", "layer": {**DENSE, "name": "a"}}),
        "$.layers[0].layer",
    ),
    # composites
    "neither times nor over": (layers({"type": "Repeat", "layers": [DENSE]}), "$.layers[0]"),
    "too many times": (layers({"type": "Repeat", "times": 1_000_000, "layers": [DENSE]}), "$.layers[0].times"),
    "wrong node in a composite": (
        layers({"type": "Repeat", "times": 1, "layers": [{"type": "Dense"}]}),
        "$.layers[0].layers[0]",
    ),
    "unknown shortcut": (layers({"type": "Residual", "layers": [DENSE], "shortcut": "none"}), "$.layers[0].shortcut"),
    "branch called merge": (
        layers({"type": "Parallel", "branches": {"merge": []}, "merge": "Add"}),
        "$.layers[0].branches",
    ),
    "merge that does not": (
        layers({"type": "Parallel", "branches": {"a": []}, "merge": "Flatten"}),
        "$.layers[0].merge",
    ),
    # training and search
    "unknown setting": (layers(DENSE, training={"epoch": 1}), "$.training"),
    "unknown optimizer": (layers(DENSE, training={"optimizer": "adamm"}), "$.training.optimizer"),
    "class weight below zero": (layers(DENSE, training={"class_weight": {"0": -1}}), "$.training.class_weight"),
    "unknown range": (layers(DENSE, search={"training__epochs": {"integer": [1, 2]}}), "$.search.training__epochs"),
}

# What no schema of this form can see, and why.
