"""Builders of recipes, and correct recipes that other tests start from."""

DENSE = {"type": "Dense", "units": 4}


def net(*layers, **keys):
    """A recipe of some nodes, with other keys."""
    return {**keys, "layers": list(layers)}


def dense(units=4, **keys):
    return {"type": "Dense", "units": units, **keys}


def repeat(*layers, **keys):
    return {"type": "Repeat", **keys, "layers": list(layers)}


def residual(*layers, **keys):
    return {"type": "Residual", "layers": list(layers), **keys}


def parallel(merge="Add", **branches):
    return {"type": "Parallel", "branches": branches, "merge": merge}


def nested(n, node):
    """`node` inside `n` Repeats of two iterations."""
    return node if n == 0 else repeat(nested(n - 1, node), times=2)


# Recipes with nothing wrong, which together use every part of the language.
GOOD = {
    "smallest": net(dense()),
    "people": {
        "nnbuild": 1,
        "$schema": "recipe.schema.json",
        "name": "small",
        "description": "for people",
        "about": {"kind": "mlp", "uses": ["Dense"], "paper": "none", "data": "digits", "target": "digit"},
        "estimator": ["NNClassifier"],
        "task": "multiclass",
        "layers": [DENSE],
    },
    "params": net(
        repeat(dense("$u", activation="$act"), {"type": "Dropout", "rate": "$drop / 2"}, over={"u": "$hidden"}),
        {"type": "StringLookup", "vocabulary": ["$$x", "y"]},
        params={"hidden": [8, 4], "act": "relu", "drop": 0.5},
        search={"hidden": [[8], [4]], "drop": {"uniform": [0, 0.9]}},
    ),
    "structure": net(
        residual(dense(8), {"type": "BatchNormalization"}, activation="relu", name="body"),
        parallel({"type": "Concatenate", "axis": -1}, wide=[], deep=[dense(), dense()]),
        {"type": "fc", "n": 16, "name": "head"},
        {"type": "fc"},
        residual(DENSE, shortcut=[dense(use_bias=False)]),
        repeat(repeat(DENSE, times=2), times=3),
        defaults={"kernel_initializer": "auto", "use_bias": True},
        blocks={"fc": {"params": {"n": 8}, "layers": [dense("$n", activation={"type": "LeakyReLU"})]}},
    ),
    "graph": net(
        dense(name="a", inputs=["left"]),
        dense(name="b", inputs=["right"]),
        {"type": "Add", "inputs": ["a", "b"], "name": "sum"},
        dense(1, name="size"),
        inputs={"left": {"shape": [3]}, "right": {"shape": [None, 3], "dtype": "float32", "kind": "tensor"}},
        outputs={
            "y": {"node": "size", "loss": "mse", "weight": 2, "metrics": ["mae"], "target": "length"},
            "z": {"node": "sum", "loss": {"type": "Huber", "delta": 0.5}},
        },
    ),
    "recurrent": net(
        {"type": "Embedding", "input_dim": 10, "output_dim": 4},
        {"type": "RNN", "cell": [{"type": "LSTMCell", "units": "$n"}, {"type": "GRUCell", "units": 3}]},
        {"type": "TimeDistributed", "layer": dense(kernel_regularizer={"type": "L2", "l2": 0.1})},
        params={"n": 4},
    ),
    "training": net(
        DENSE,
        params={"rate": 0.01, "stop": {"patience": 3}},
        training={
            "optimizer": {"type": "SGD", "momentum": 0.9},
            "learning_rate": {"type": "CosineDecay", "initial_learning_rate": "$rate", "decay_steps": 100},
            "loss": "mse",
            "metrics": ["mae", {"type": "MeanSquaredError"}],
            "epochs": 3.0,
            "batch_size": 16,
            "shuffle": False,
            "validation_fraction": 0.25,
            "validation": "last",
            "early_stopping": "$stop",
            "class_weight": {"0": 1, "1": 2.5},
            "label_smoothing": 0.1,
            "precision": "mixed_bfloat16",
            "gradient_accumulation": 2,
        },
        search={
            "rate": {"log_uniform": [0.0001, 0.1]},
            "training__epochs": {"int": [1, 9]},
            "training__shuffle": [True],
        },
    ),
}
