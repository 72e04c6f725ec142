"""Recipes that are right, wrong as a schema can see, and wrong as it can't."""


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
    "no version": ({"layers": [DENSE]}, "$"),
    "another version": ({"nnbuild": 2, "layers": [DENSE]}, "$.nnbuild"),
    "true as the version": ({"nnbuild": True, "layers": [DENSE]}, "$.nnbuild"),
    "unknown key": (layers(DENSE, trainig={}), "$"),
    "a name that is no string": (layers(DENSE, name=1), "$.name"),
    "unknown key of about": (layers(DENSE, about={"dataset": "digits"}), "$.about"),
    "uses that is no list": (layers(DENSE, about={"uses": "Dense"}), "$.about.uses"),
    "param with a bad name": (layers({**DENSE, "units": "$a__b"}, params={"a__b": 1}), "$.params"),
    "param that is an expression": (layers({**DENSE, "units": "$b"}, params={"a": 1, "b": ["$a"]}), "$.params.b[0]"),
    "params that are a list": (layers(DENSE, params=[1]), "$.params"),
    "default that no layer takes": (layers(DENSE, defaults={"unit": 1}), "$.defaults"),
    "default of a wrong kind": (layers(DENSE, defaults={"use_bias": "yes"}), "$.defaults.use_bias"),
    "input called output": (layers(DENSE, inputs={"output": {}}), "$.inputs"),
    "no inputs": (layers(DENSE, inputs={}), "$.inputs"),
    "input of a wrong dtype": (layers(DENSE, inputs={"x": {"dtype": "float"}}), "$.inputs.x.dtype"),
    "input of shape zero": (layers(DENSE, inputs={"x": {"shape": [0]}}), "$.inputs.x.shape[0]"),
    "unknown outputs": (layers(DENSE, outputs="first"), "$.outputs"),
    "output without its node": (layers(DENSE, outputs={"y": {"loss": "mse"}}), "$.outputs"),
    # blocks
    "block without layers": (layers({"type": "fc"}, blocks={"fc": {}}), "$.blocks.fc"),
    "block called like a layer": (layers(DENSE, blocks={"Dense": {"layers": [DENSE]}}), "$.blocks"),
    "block called like a composite": (layers(DENSE, blocks={"Repeat": {"layers": [DENSE]}}), "$.blocks"),
    "unknown key of a block": (layers({"type": "fc"}, blocks={"fc": {"layers": [DENSE], "name": "x"}}), "$.blocks.fc"),
    "wrong node in a block": (
        layers({"type": "fc"}, blocks={"fc": {"layers": [{"type": "Dense", "unit": 1}]}}),
        "$.blocks.fc.layers[0]",
    ),
    "missing argument in a block": (
        layers({"type": "fc"}, blocks={"fc": {"layers": [{"type": "Dense"}]}}),
        "$.blocks.fc.layers[0]",
    ),
    "bad expression in a call": (layers({"type": "fc", "n": ["$"]}, blocks=BLOCKS), "$.layers[0].n[0]"),
    # nodes
    "no nodes": (layers(), "$.layers"),
    "a node that is a string": (layers("Dense"), "$.layers[0]"),
    "no type": (layers({"units": 4}), "$.layers[0]"),
    "a type that is no string": (layers({"type": 1}), "$.layers[0].type"),
    "unknown type": (layers({"type": "Dens", "units": 4}), "$.layers[0].type"),
    "refused type": (layers({"type": "Lambda"}, blocks=BLOCKS), "$.layers[0].type"),
    "input layer": (layers({"type": "Input"}, blocks=BLOCKS), "$.layers[0].type"),
    "cell as a node": (layers({"type": "LSTMCell", "units": 1}, blocks=BLOCKS), "$.layers[0].type"),
    "path into Python": (layers({"type": "keras.layers.Dense"}, blocks=BLOCKS), "$.layers[0].type"),
    "type that is an expression": (layers({"type": "$t"}, params={"t": "Dense"}), "$.layers[0].type"),
    "name with a space": (layers({**DENSE, "name": "a b"}), "$.layers[0].name"),
    "empty list of inputs": (layers({**DENSE, "inputs": []}), "$.layers[0].inputs"),
    "inputs that are a string": (layers({**DENSE, "inputs": "x"}), "$.layers[0].inputs"),
    "too many inputs": (layers({**DENSE, "inputs": ["input", "input"]}), "$.layers[0].inputs"),
    "too few inputs": (layers({"type": "Add", "inputs": ["input"]}), "$.layers[0].inputs"),
    # arguments
    "missing argument": (layers({"type": "Dense"}), "$.layers[0]"),
    "one of two arguments": (layers({"type": "Conv2D", "filters": 4}), "$.layers[0]"),
    "unknown argument": (layers({"type": "Dense", "units": 4, "unit": 4}), "$.layers[0]"),
    "argument in another case": (layers({"type": "Dense", "units": 4, "Activation": "relu"}), "$.layers[0]"),
    "string for a number": (layers({"type": "Dense", "units": "4"}), "$.layers[0].units"),
    "fraction for an integer": (layers({"type": "Dense", "units": 4.5}), "$.layers[0].units"),
    "boolean for a number": (layers({"type": "Dense", "units": True}), "$.layers[0].units"),
    "number below the least": (layers({"type": "Dense", "units": 0}), "$.layers[0].units"),
    "number above the most": (layers({"type": "Dropout", "rate": 1.5}), "$.layers[0].rate"),
    "no expression": (layers({"type": "Dense", "units": "$"}), "$.layers[0].units"),
    "unknown activation": (layers({**DENSE, "activation": "rellu"}), "$.layers[0].activation"),
    "unknown choice": (layers({"type": "MaxPooling2D", "padding": "sam"}), "$.layers[0].padding"),
    "list of a wrong length": (layers({"type": "MaxPooling2D", "pool_size": [1, 2, 3]}), "$.layers[0].pool_size"),
    "initializer auto of a bias": (layers({**DENSE, "bias_initializer": "auto"}), "$.layers[0].bias_initializer"),
    "object without its type": (layers({**DENSE, "kernel_regularizer": {"l2": 1}}), "$.layers[0].kernel_regularizer"),
    "unknown argument of an object": (
        layers({**DENSE, "kernel_regularizer": {"type": "L2", "l3": 1}}),
        "$.layers[0].kernel_regularizer",
    ),
    "wrong argument of an object": (
        layers({**DENSE, "kernel_regularizer": {"type": "L2", "l2": -1}}),
        "$.layers[0].kernel_regularizer",
    ),
    "layer without its argument in a layer": (
        layers({"type": "TimeDistributed", "layer": {"type": "Dense"}}),
        "$.layers[0].layer",
    ),
    "cell without its argument in a layer": (
        layers({"type": "RNN", "cell": [{"type": "GRUCell"}]}),
        "$.layers[0].cell[0]",
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
    "both times and over": (
        layers({"type": "Repeat", "times": 1, "over": {"n": [1]}, "layers": [DENSE]}),
        "$.layers[0]",
    ),
    "too many times": (layers({"type": "Repeat", "times": 1_000_000, "layers": [DENSE]}), "$.layers[0].times"),
    "less than zero times": (layers({"type": "Repeat", "times": -1, "layers": [DENSE]}), "$.layers[0].times"),
    "over nothing": (layers({"type": "Repeat", "over": {}, "layers": [DENSE]}), "$.layers[0].over"),
    "over a number": (layers({"type": "Repeat", "over": {"n": 3}, "layers": [DENSE]}), "$.layers[0].over.n"),
    "repeat of nothing": (layers({"type": "Repeat", "times": 1, "layers": []}), "$.layers[0].layers"),
    "unknown key of a composite": (
        layers({"type": "Repeat", "times": 1, "layers": [DENSE], "merge": "Add"}),
        "$.layers[0]",
    ),
    "wrong node in a composite": (
        layers({"type": "Repeat", "times": 1, "layers": [{"type": "Dense"}]}),
        "$.layers[0].layers[0]",
    ),
    "unknown node in a composite": (
        layers({"type": "Parallel", "branches": {"a": [{"type": "Dens"}]}, "merge": "Add"}),
        "$.layers[0].branches.a[0].type",
    ),
    "residual without layers": (layers({"type": "Residual"}), "$.layers[0]"),
    "unknown shortcut": (layers({"type": "Residual", "layers": [DENSE], "shortcut": "none"}), "$.layers[0].shortcut"),
    "residual of two": (
        layers({"type": "Residual", "layers": [DENSE], "inputs": ["input", "input"]}),
        "$.layers[0].inputs",
    ),
    "parallel without merge": (layers({"type": "Parallel", "branches": {"a": []}}), "$.layers[0]"),
    "parallel without branches": (layers({"type": "Parallel", "branches": {}, "merge": "Add"}), "$.layers[0].branches"),
    "branch called merge": (
        layers({"type": "Parallel", "branches": {"merge": []}, "merge": "Add"}),
        "$.layers[0].branches",
    ),
    "merge that does not": (
        layers({"type": "Parallel", "branches": {"a": []}, "merge": "Flatten"}),
        "$.layers[0].merge",
    ),
    "merge without its argument": (
        layers({"type": "Parallel", "branches": {"a": [], "b": []}, "merge": {"type": "Dot"}}),
        "$.layers[0].merge",
    ),
    # training and search
    "unknown setting": (layers(DENSE, training={"epoch": 1}), "$.training"),
    "no epochs": (layers(DENSE, training={"epochs": 0}), "$.training.epochs"),
    "unknown optimizer": (layers(DENSE, training={"optimizer": "adamm"}), "$.training.optimizer"),
    "unknown loss": (layers(DENSE, training={"loss": "mean_error"}), "$.training.loss"),
    "unknown precision": (layers(DENSE, training={"precision": "float16"}), "$.training.precision"),
    "unknown key of early stopping": (
        layers(DENSE, training={"early_stopping": {"patient": 1}}),
        "$.training.early_stopping",
    ),
    "schedule without its argument": (
        layers(DENSE, training={"learning_rate": {"type": "CosineDecay", "decay_steps": 9}}),
        "$.training.learning_rate",
    ),
    "class weight below zero": (layers(DENSE, training={"class_weight": {"0": -1}}), "$.training.class_weight"),
    "unknown range": (layers(DENSE, search={"training__epochs": {"integer": [1, 2]}}), "$.search.training__epochs"),
    "range of one": (layers(DENSE, search={"training__epochs": {"int": [1]}}), "$.search.training__epochs"),
    "logarithm of zero": (layers(DENSE, search={"training__epochs": {"log_int": [0, 2]}}), "$.search.training__epochs"),
    "nothing to try": (layers(DENSE, search={"training__epochs": []}), "$.search.training__epochs"),
}

# What no schema of this form can see, and why.
UNSEEN = {
    "which params there are": layers({**DENSE, "units": "$widht"}, params={"width": 4}),
    "whether a param is used": layers(DENSE, params={"width": 4}),
    "what a param stands for": layers({**DENSE, "units": "$n"}, params={"n": "four"}),
    "what an expression gives": layers({**DENSE, "units": "$n - 9"}, params={"n": 4}),
    "the grammar of expressions": layers({**DENSE, "units": "$n +"}, params={"n": 4}),
    "which blocks there are": layers({"type": "fd"}, blocks=BLOCKS),
    "which params a block has": layers({"type": "fc", "n": 4}, blocks=BLOCKS),
    "a block in itself": layers({"type": "fc"}, blocks={"fc": {"layers": [{"type": "fc"}]}}),
    "which nodes there are": layers(DENSE, {**DENSE, "inputs": ["stem"]}),
    "names given twice": layers({**DENSE, "name": "a"}, {**DENSE, "name": "a"}),
    "cycles": layers({**DENSE, "name": "a", "inputs": ["b"]}, {**DENSE, "name": "b", "inputs": ["a"]}),
    "nodes that nothing takes": layers({**DENSE, "name": "a"}, {**DENSE, "inputs": ["input"]}),
    "which registered classes there are": layers({"type": "mine>Gate"}),
    "the lengths of two lists": layers(
        {"type": "Repeat", "over": {"a": [1], "b": []}, "layers": [{**DENSE, "units": "$a * b"}]}
    ),
    "how large a recipe grows": layers({"type": "Repeat", "times": 9999, "layers": [DENSE, DENSE]}),
    "which addresses there are": layers(DENSE, search={"units": [1, 2]}),
    "the order of two numbers": layers(DENSE, search={"training__epochs": {"int": [3, 2]}}),
    "two learning rates": layers(
        DENSE, training={"optimizer": {"type": "SGD", "learning_rate": 0.1}, "learning_rate": 0.2}
    ),
    "what defaults leave out": layers({"type": "Conv2D", "kernel_size": 3}, defaults={"kernel_size": 3}),
}
