"""Small recipes of many kinds, with their data, and the comparison of two models."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import nnbuild
from few import few_of

RECIPES = Path(__file__).parents[2] / "recipes"


@dataclass(frozen=True)
class Case:
    """A recipe, and the arguments of `build`."""

    document: dict
    shape: object = None
    n_outputs: int | dict[str, int] | None = None
    dtype: object = None
    task: str | dict[str, str] | None = None

    @property
    def given(self):
        """Arguments of `build` and `resolve` besides the recipe."""
        return {"input_shape": self.shape, "n_outputs": self.n_outputs, "dtype": self.dtype, "task": self.task}


@cache
def built(name):
    """The model of a case of this module or the gallery. Tests only read it."""
    row = CASES.get(name) or gallery()[name]
    return nnbuild.build(row.document, **row.given, seed=0)


def case(layers, shape=None, n_outputs=None, dtype=None, **rest):
    return Case({"nnbuild": 1, "layers": layers, **rest}, shape, n_outputs, dtype)


# Params of the large networks of the gallery that leave their structure as it is, and few weights.
RESNET = {"stem": 2, "filters": [2, 3, 3, 4]}
VGG = {"filters": [2, 3, 4, 4, 5], "units": 6}
TRANSFORMER = {"width": 6, "heads": 2, "depth": 2}
SMALL = {
    "bert_base": {**TRANSFORMER, "vocabulary": 20, "segments": 5, "max_length": 8},
    "char_lstm": {"units": 3, "vocabulary": 8},
    "fcn": {"filters": [2, 3, 2]},
    "gpt2_small": {**TRANSFORMER, "vocabulary": 20, "max_length": 8},
    "gru": {"units": 3},
    "inception": {"filters": 2, "bottleneck": 3, "kernel_size": 8},
    "kind_and_position": {"filters": [2, 3], "units": 4},
    "kind_and_size": {
        "hidden": [4],
        "head_units": 3,
        "loss_weighting": "fixed",
    },  # code has no trained weights of losses
    "lstm": {"units": 3},
    "mobilenet": {"width": 0.0625},
    "pilotnet": {"filters_5x5": [2, 3], "filters_3x3": [3], "hidden": [4, 3]},
    "resnet18": RESNET,
    "resnet34": RESNET,
    "resnet50": RESNET,
    "small_cnn": {"filters": [2, 3], "units": 4},
    "small_gpt": {**TRANSFORMER, "vocabulary": 8, "length": 8},
    "transformer": {**TRANSFORMER, "vocabulary": 20, "inner": 7},
    "unet": {"filters": 2},
    "vgg16": VGG,
    "vgg19": VGG,
    "vit_tiny": {**TRANSFORMER, "patches": 4},
}
# Of those that don't have a class for each sample.
TASKS = {"char_lstm": "tokens", "small_transformer": "tokens", "unet": "segmentation"}
# Tasks and numbers of outputs of those with several outputs.
SEVERAL = {
    "kind_and_position": ({"kind": "multiclass", "position": "regression"}, {"kind": 3, "position": 2}),
    "kind_and_size": ({"kind": "multiclass", "size": "regression"}, {"kind": 3, "size": 1}),
}


def gallery():
    """Every recipe of the gallery, small; those that state no input shape get one that suits their data."""
    found = {}
    for file in sorted(RECIPES.glob("*.json")):
        document = json.loads(file.read_text("utf-8"))
        document["params"] |= SMALL.get(file.stem, {})
        quantity = "loss" in document.get("training", {})  # classes have the loss of their task
        of_task = document.get("outputs", "auto") == "auto" or any(
            node.get("units") == "auto" for node in document["layers"]
        )
        n_outputs = (1 if quantity else 3) if of_task else None
        task, n_outputs = SEVERAL.get(file.stem, (TASKS.get(file.stem), n_outputs))
        found[file.stem] = Case(document, gallery_shapes(document), n_outputs, task=task)
    return found


STATED = {"shape", "output_sequence_length"}  # settings that fix the shape of an input


def gallery_shapes(document):
    """Shapes of the inputs that don't state theirs, by name where there are several; None where all do."""
    inputs = document.get("inputs", {"input": {}})
    shapes = {name: gallery_shape(document) for name, value in inputs.items() if STATED.isdisjoint(value)}
    shapes |= {name: () for name in shapes if inputs[name].get("kind") == "ids"}
    shapes |= {name: (document["params"]["max_tokens"],) for name in shapes if "output_mode" in inputs[name]}
    return shapes if len(inputs) > 1 and shapes else next(iter(shapes.values()), None)


def gallery_shape(document):
    """A shape of one sample that the layers can take, by the kinds of layers."""
    text = json.dumps(document)
    if "2D" in text:
        return (32, 32, 3)
    sequence = ("1D", "LSTM", "GRU", "SimpleRNN", "Attention")
    return (64, 4) if any(word in text for word in sequence) and "Embedding" not in text else (64,)


def data_for(model, n_samples=3):
    """Random samples for each input of a model, by name where there are several."""
    rng = np.random.default_rng(0)
    values = {tensor.name: samples(tensor, n_samples, rng) for tensor in model.inputs}
    return values if len(values) > 1 else next(iter(values.values()))


def samples(tensor, n_samples, rng):
    shape = (n_samples, *(axis or 5 for axis in tensor.shape[1:]))
    if "int" in tensor.dtype:
        return rng.integers(0, 4, shape).astype(tensor.dtype)
    return rng.normal(size=shape).astype(tensor.dtype)


def outputs_of(model, data, names=None):
    """Outputs of a model for `data`, as a list of arrays; in the order of `names` if the model returns a dict."""
    given = model(data, training=False)
    given = [given[name] for name in names or sorted(given)] if isinstance(given, dict) else given
    given = given if isinstance(given, list) else [given]
    return [np.asarray(value, dtype="float64") for value in given]


def copy_weights(source, target, renamed=lambda name: name):
    """Give each layer of `target` the weights of its namesake in `source`."""
    for layer in filter(lambda layer: layer.weights, source.layers):
        target.get_layer(renamed(layer.name)).set_weights(layer.get_weights())


def configs(model):
    """Configurations of the layers by name, without the names inside them."""
    return {layer.name: without_names(layer.get_config()) for layer in model.layers}


def without_names(value):
    if isinstance(value, dict):
        return {key: without_names(item) for key, item in value.items() if key != "name"}
    return [without_names(item) for item in value] if isinstance(value, list | tuple) else value


def dense(units=4, **arguments):
    return {"type": "Dense", "units": units, **arguments}


CONV = {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same"}
CNN = [
    {**CONV, "strides": [2, 1], "activation": "relu"},
    {"type": "BatchNormalization", "momentum": 0.9},
    {"type": "MaxPooling2D"},
    {"type": "Flatten"},
]
LSTM = {"type": "LSTM", "units": 3}
TWO_INPUTS = {"image": {"shape": [6, 6, 1]}, "table": {"shape": [3], "dtype": "float32"}}

CASES = {
    "empty repeat": case([{"type": "Repeat", "times": 0, "layers": [dense()]}], (5,), 3),
    "residual projected": case(
        [
            {"type": "Repeat", "over": {"n": "$hidden"}, "layers": [dense("$n"), {"type": "ReLU", "max_value": 6}]},
            {"type": "Residual", "layers": [dense(6), dense(5)], "activation": "relu"},
            {"type": "Residual", "layers": [dense(3)], "activation": {"type": "LeakyReLU", "negative_slope": 0.1}},
        ],
        (5,),
        3,
        params={"hidden": [8, 6]},
        defaults={"kernel_initializer": "auto"},
    ),
    "residual of images": case(
        [
            {"type": "Residual", "layers": [CONV]},
            {"type": "Residual", "name": "down", "layers": [{**CONV, "strides": 2}]},
            {"type": "GlobalAveragePooling2D"},
        ],
        (7, 8, 3),
        3,
    ),
    "residual of sequences": case(
        [{"type": "Residual", "layers": [{**CONV, "type": "Conv1D", "strides": 3}]}],
        (7, 2),
        outputs="last",
    ),
    "residual of residuals": case(
        [{"type": "Residual", "layers": [dense(6), {"type": "Residual", "layers": [dense()]}], "shortcut": [dense()]}],
        (5,),
        2,
    ),
    "parallel": case(
        [
            {
                "type": "Parallel",
                "branches": {"wide": [], "deep": [dense(6), dense(4)], "lambda": [dense(2)]},
                "merge": {"type": "Concatenate", "axis": 1},
            }
        ],
        (5,),
        2,
    ),
    "block": case(
        [{"type": "fc", "n": 6, "name": "a"}, {"type": "fc"}],
        (5,),
        2,
        blocks={"fc": {"params": {"n": 4}, "layers": [dense("$n"), {"type": "LayerNormalization"}]}},
    ),
    "conv": case(CNN, (6, 6, 1), 3),
    "separable": case(
        [
            {"type": "SeparableConv2D", "filters": 4, "kernel_size": [3, 2], "dilation_rate": 2, "depth_multiplier": 2},
            {"type": "DepthwiseConv2D", "kernel_size": 2, "use_bias": False},
            {"type": "UpSampling2D", "size": 2, "interpolation": "bilinear"},
            {"type": "ZeroPadding2D", "padding": [[0, 1], [1, 0]]},
            {"type": "Cropping2D", "cropping": 1},
            {"type": "AveragePooling2D", "pool_size": 2, "strides": 1},
            {"type": "GlobalMaxPooling2D"},
        ],
        (9, 9, 2),
        3,
    ),
    "gru and simple": case(
        [
            {"type": "GRU", "units": 3, "return_sequences": True, "recurrent_initializer": "identity"},
            {"type": "SimpleRNN", "units": 2, "seed": 3, "dropout": 0.2},
        ],
        (4, 3),
        2,
    ),
    "initial state": case(
        [
            {"type": "LSTM", "units": 3, "name": "reader", "inputs": ["text", "table", "table"]},
            {"type": "GRU", "units": 3, "inputs": ["text", "reader"]},
        ],
        outputs="last",
        inputs={"text": {"shape": [None, 4]}, "table": {"shape": [3]}},
    ),
    "bidirectional": case(
        [
            {"type": "Bidirectional", "merge_mode": "sum", "layer": {**LSTM, "return_sequences": True}},
            {
                "type": "Bidirectional",
                "layer": {"type": "GRU", "units": 2},
                "backward_layer": {"type": "GRU", "units": 2, "reset_after": False, "go_backwards": True},
            },
        ],
        (4, 3),
        2,
    ),
    "stacked cells": case(
        [
            {"type": "RNN", "unroll": True, "cell": [{"type": "LSTMCell", "units": units} for units in (3, 2)]},
            dense(4),
        ],
        (4, 3),
        2,
    ),
    "time distributed": case(
        [{"type": "TimeDistributed", "layer": dense(bias_regularizer={"type": "L2", "l2": 0.1})}, {"type": "Flatten"}],
        (4, 3),
        2,
    ),
    "attention": case(
        [
            {"type": "MultiHeadAttention", "num_heads": 2, "key_dim": 3, "value_dim": 2, "name": "self"},
            {"type": "MultiHeadAttention", "num_heads": 1, "key_dim": 3, "inputs": ["self", "input"], "name": "cross"},
            {"type": "Attention", "inputs": ["cross", "self"], "use_scale": True},
            {"type": "GroupQueryAttention", "head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2},
            {"type": "GlobalAveragePooling1D"},
        ],
        (4, 6),
        2,
    ),
    "embedding": case(
        [
            {"type": "Embedding", "input_dim": 10, "output_dim": 4, "mask_zero": True},
            {"type": "Bidirectional", "layer": {"type": "LSTM", "units": 3}},
        ],
        (5,),
        2,
        "int32",
    ),
    "two inputs": case(
        [
            {"type": "Flatten", "inputs": ["image"], "name": "flat"},
            dense(4, inputs=["table"], name="Side"),
            {"type": "Concatenate", "inputs": ["flat", "Side"]},
            {"type": "Dot", "axes": 1, "inputs": ["concatenate_1", "concatenate_1"]},
        ],
        {"image": (6, 6, 1), "table": (3,)},
        2,
        inputs={"image": {}, "table": {"shape": [3]}},
    ),
    "two outputs": case(
        [
            {**CNN[0], "inputs": ["image"]},
            {"type": "Flatten", "name": "features"},
            dense(3, name="kind", activation="softmax"),
            {"type": "Concatenate", "inputs": ["features", "table"]},
            dense(1, name="size"),
        ],
        inputs=TWO_INPUTS,
        outputs={
            "kind": {"node": "kind", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
            "size": {"node": "size", "loss": {"type": "Huber", "delta": 2.0}, "weight": 0.5},
        },
    ),
    "activations": case(
        [
            dense(4, activation={"type": "LeakyReLU", "negative_slope": 0.2}),
            dense(4, activation="swish"),
            {"type": "Activation", "activation": "gelu"},
            {"type": "PReLU", "alpha_initializer": {"type": "Constant", "value": 0.25}},
            {"type": "ELU", "alpha": 0.5},
            {"type": "Softmax"},
        ],
        (5,),
        2,
    ),
    "objects": case(
        [
            dense(
                4,
                kernel_initializer={"type": "RandomNormal", "stddev": 0.1, "seed": 7},
                bias_initializer="ones",
                kernel_regularizer={"type": "L1L2", "l1": 0.01, "l2": 0.02},
                bias_regularizer="l1",
                activity_regularizer="L1",
                kernel_constraint={"type": "MaxNorm", "max_value": 3},
                bias_constraint="non_neg",
            ),
            dense(4, kernel_initializer={"type": "Identity", "gain": 2.0}, trainable=False),
        ],
        (5,),
        2,
    ),
    "reshapes": case(
        [
            {"type": "Reshape", "target_shape": [3, -1]},
            {"type": "Permute", "dims": [2, 1]},
            {"type": "Conv1D", "filters": 3, "kernel_size": 2, "padding": "causal"},
            {"type": "MaxPooling1D", "pool_size": 2, "strides": 1, "padding": "same"},
            {"type": "GlobalAveragePooling1D"},
            {"type": "RepeatVector", "n": 2},
            {"type": "SpatialDropout1D", "rate": 0.1, "seed": 1},
            {"type": "EinsumDense", "equation": "abc,cd->abd", "output_shape": [2, 4]},
            {"type": "UnitNormalization"},
            {"type": "GaussianNoise", "stddev": 0.1},
            {"type": "Flatten"},
            {"type": "Rescaling", "scale": 0.5, "offset": 1.0},
        ],
        (6,),
        2,
    ),
    "layers for tables": case(
        [
            {
                "type": "Parallel",
                "merge": "Concatenate",
                "branches": {
                    "raw": [{"type": "Scale"}, {"type": "NTPDense", "units": 4}],
                    "encoded": [{"type": "PiecewiseLinearEncoding", "n_bins": 4, "columns": [0, 2]}],
                    "periodic": [{"type": "PeriodicEmbedding", "sigma": 0.5}],
                },
            },
            {"type": "ParametricActivation", "activation": {"type": "LeakyReLU", "negative_slope": 0.2}},
            {"type": "NTPDense", "units": "auto", "activation": "auto", "kernel_initializer": "he_normal"},
        ],
        (5,),
        3,
        outputs="last",
    ),
    "mixed precision": case(
        [dense(8), {"type": "Residual", "layers": [dense(6)]}, {"type": "BatchNormalization", "dtype": "float32"}],
        (5,),
        3,
        training={"precision": "mixed_float16"},
    ),
}  # fmt: skip


def by_network(cases):
    """Parameters of a test of every network: large ones of the gallery in the slow suite."""
    return few_of(cases, *CASES, "small_cnn")
