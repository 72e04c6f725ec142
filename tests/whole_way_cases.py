"""Recipes for the whole way: each argument of each class of the catalog, and random stacks of layers."""

import copy
import itertools
import json
import random

from layer_cases import LAYERS, REFUSED, VARIANTS
from nnbuild import catalog
from nnbuild.catalog.arguments import kind_of
from nnbuild.catalog.kinds import Anything, Choice, Either, Flag, Integer, ListOf, Named, Null, Number, Object, Text
from nnbuild.catalog.safe_kinds import Keyword

INNER = [
    {"type": "Dense", "units": 3},
    {"type": "LSTM", "units": 3},
    {"type": "Flatten"},
    {"type": "Dropout", "rate": 0.5},
    {"type": "BatchNormalization"},
    {"type": "Conv1D", "filters": 2, "kernel_size": 2},
    {"type": "Conv2D", "filters": 2, "kernel_size": 2},
    {"type": "Pipeline", "layers": [{"type": "Dense", "units": 3}, {"type": "ReLU"}]},
    {"type": "TextVectorization"},
    {"type": "Discretization", "num_bins": 3},
]
CELLS = [{"type": "GRUCell", "units": 3}, {"type": "LSTMCell", "units": 3}, {"type": "SimpleRNNCell", "units": 3}]


def samples(kind):
    """Allowed values of a kind: its ends, its choices, null, and each class where it takes a Keras object."""
    if isinstance(kind, Integer):
        low = -3 if kind.low is None else kind.low
        return sorted({value for value in (low, low + 1, 0, 1, 3, kind.most) if low <= value <= kind.most})
    if isinstance(kind, Number):
        found = [-1e38, -2.0, 0.0, 1e-300, 0.3, 1.0, 7.5, 1e38]
        return [value for value in [*found, kind.low, kind.high] if value is not None and kind.accepts(value)]
    if isinstance(kind, Flag):
        return [False, True]
    if isinstance(kind, Text):
        return ["", "abc", "utf-8", "hann"]
    if isinstance(kind, Keyword):
        return ["bias", "layer"]
    if isinstance(kind, Choice):
        return list(kind.options)
    if isinstance(kind, Null):
        return [None]
    if isinstance(kind, Anything):
        return []
    if isinstance(kind, Named):
        return [{}, *({name: value} for name in kind.names for value in samples(kind.of)[:3])]
    if isinstance(kind, ListOf):
        return lists(kind)
    if isinstance(kind, Either):
        found = [value for one in kind.kinds for value in samples(one)]
        return list({json.dumps(value): value for value in found}.values())
    if isinstance(kind, Object):
        return objects(kind.family)
    raise TypeError(kind)


def lists(kind):
    values = samples(kind.of)
    found = [[]] if not kind.least else []
    for length in range(max(1, kind.least), min(kind.most or 9, max(kind.least, 3)) + 1):
        found += [[value] * length for value in values]
        found.append((values * length)[:length])
        found.append(sorted((v for v in values if isinstance(v, int | float)), reverse=True)[:length])
    return [value for value in found if kind.fits_length(value) and (not kind.increasing or kind.accepts(value))]


def objects(family):
    """Objects of a family with their defaults."""
    if family == "layers":
        return INNER
    if family == "cells":
        return CELLS
    if family == "schedules":
        return [
            {"type": name, **{key: samples(kind_of(family, name, key))[-2] for key in signature.required}}
            for name, signature in classes(family)
        ]
    plain = catalog.activation_names() if family == "activations" else []
    named = [{"type": name} for name, signature in classes(family) if not signature.required]
    return [*plain, *named]


def classes(family):
    return [(name, catalog.find(family, name)) for name in catalog.class_names(family)]


def arguments_of(family, name):
    """Each argument of a class, with each value to try."""
    for argument in catalog.find(family, name).arguments:
        for value in samples(kind_of(family, name, argument)):
            yield argument, value


def network(type_name, shapes, dtype, arguments, where="alone"):
    """A recipe with a layer: alone, or between layers with weights."""
    names = ["input"] if len(shapes) == 1 else ["a", "b", "c"][: len(shapes)]
    inputs = {name: {"shape": list(shape), "dtype": dtype} for name, shape in zip(names, shapes, strict=True)}
    node = {"type": type_name, "name": "layer", "inputs": list(names), **arguments}
    if where == "alone":
        document = {"nnbuild": 1, "inputs": inputs, "layers": [node], "outputs": "last"}
        return document | {"training": {"loss": "mean_squared_error", "optimizer": "sgd"}}, {}
    layers = [{"type": "PReLU", "name": "first", "inputs": [names[0]]}]
    node["inputs"] = ["first", *names[1:]]
    document = {"nnbuild": 1, "inputs": inputs, "layers": [*layers, node, {"type": "Flatten"}]}
    document["training"] = {"optimizer": "sgd"}
    return document, {"n_outputs": 3}


def rows():
    return [*((name, row) for name, row in LAYERS.items() if name not in REFUSED), *VARIANTS]


def layer_cases():
    """Every layer, and each of its arguments with each value: between others where it takes real numbers."""
    for name, row in rows():
        where = "between" if row.dtype.startswith("float") and len(row.shapes[0]) else "alone"
        yield network(name, row.shapes, row.dtype, row.arguments, where)
        yield network(name, row.shapes, row.dtype, row.arguments, "alone")
        for dtype in ("float16", "float64", "bool", "uint8", "int32", "int64", "string"):
            yield network(name, row.shapes, dtype, row.arguments, "alone")
        for argument, value in arguments_of("layers", name):
            yield network(name, row.shapes, row.dtype, {**row.arguments, argument: value}, where)
            if argument == "data_format" or argument == "dtype":
                yield network(name, row.shapes, row.dtype, {**row.arguments, argument: value}, "alone")


def cell_cases():
    """Every cell, and each of its arguments."""
    for name in catalog.class_names("cells"):
        base = {"cells": CELLS[:2]} if name == "StackedRNNCells" else {"units": 3}
        for argument, value in arguments_of("cells", name):
            yield network("RNN", ((6, 4),), "float32", {"cell": {"type": name, **base, argument: value}}, "between")


def held_cases():
    """Every layer in every wrapper."""
    for name, row in rows():
        inner = {"type": name, **row.arguments}
        for wrapper in ("TimeDistributed", "Bidirectional", "SpectralNormalization", "Pipeline"):
            key = {"layers": [inner]} if wrapper == "Pipeline" else {"layer": inner}
            shapes = ((3, *row.shapes[0]),) if wrapper == "TimeDistributed" else row.shapes[:1]
            yield network(wrapper, shapes, row.dtype, key, "alone")
            if row.dtype.startswith("float"):
                yield network(wrapper, shapes, row.dtype, key, "between")


PLACES = [
    ("Dense", ((4,),), {"units": 3}, "kernel"),
    ("Dense", ((4,),), {"units": 3}, "bias"),
    ("Conv2D", ((6, 6, 2),), {"filters": 4, "kernel_size": 3}, "kernel"),
    ("BatchNormalization", ((4,),), {}, "gamma"),
    ("LSTM", ((6, 4),), {"units": 3}, "recurrent"),
    ("LSTM", ((6, 4),), {"units": 3}, "bias"),
    ("EinsumDense", ((6, 4),), {"equation": "abc,cd->abd", "output_shape": [None, 3], "bias_axes": "d"}, "bias"),
    ("Embedding", ((6,),), {"input_dim": 9, "output_dim": 3}, "embeddings"),
]
FAMILIES = {"initializers": "initializer", "regularizers": "regularizer", "constraints": "constraint"}


def object_cases():
    """Each argument of initializers, regularizers, constraints and activations, where layers take them."""
    for family, word in FAMILIES.items():
        for name in catalog.class_names(family):
            for argument, value in arguments_of(family, name):
                for layer, shapes, arguments, weight in PLACES:
                    given = {**arguments, f"{weight}_{word}": {"type": name, argument: value}}
                    dtype = "int32" if layer == "Embedding" else "float32"
                    yield network(layer, shapes, dtype, given, "alone" if dtype == "int32" else "between")
    for name in catalog.class_names("activations"):
        for argument, value in arguments_of("activations", name):
            for layer, shapes, arguments, _ in PLACES[:1] + PLACES[2:3] + PLACES[4:5]:
                given = {**arguments, "activation": {"type": name, argument: value}}
                yield network(layer, shapes, "float32", given, "between")


MIXED = [
    {"type": "Embedding", "input_dim": 7, "output_dim": 4},
    {"type": "Conv1D", "filters": 3, "kernel_size": 2},
    {"type": "Flatten"},
    {"type": "BatchNormalization"},
    {"type": "Dense", "units": 3},
]


def trained(training, layers=MIXED, shape=(6,), dtype="int32", **rest):
    document = {"nnbuild": 1, "layers": layers, "training": training}
    return document, {"shape": list(shape), "dtype": dtype, "n_outputs": 3, **rest}


def training_cases():
    """Each argument of optimizers, schedules, losses and metrics."""
    for name in catalog.class_names("optimizers"):
        for argument, value in arguments_of("optimizers", name):
            for precision in ("float32", "mixed_float16") if not isinstance(value, bool) else ("float32",):
                yield trained({"optimizer": {"type": name, argument: value}, "precision": precision})
        for one, other in itertools.combinations(("clipnorm", "clipvalue", "global_clipnorm"), 2):
            yield trained({"optimizer": {"type": name, one: 1.0, other: 1.0}})
        yield trained({"optimizer": {"type": name, "use_ema": True, "ema_momentum": 1}})
        yield trained({"optimizer": {"type": name, "gradient_accumulation_steps": 3, "use_ema": True}})
    for name, signature in classes("schedules"):
        base = {key: samples(kind_of("schedules", name, key))[-3] for key in signature.required}
        if name == "PiecewiseConstantDecay":
            base = {"boundaries": [1, 2], "values": [0.1, 0.2, 0.3]}
        for argument, value in arguments_of("schedules", name):
            yield trained({"learning_rate": {"type": name, **base, argument: value}})
    for name in catalog.class_names("factor_schedules"):
        for argument, value in arguments_of("factor_schedules", name):
            yield trained({"schedules": {"learning_rate": {"type": name, argument: value}}})
    for family in ("losses", "metrics"):
        for name, signature in classes(family):
            base = {key: samples(kind_of(family, name, key))[0] for key in signature.required}
            values = [(None, None), *arguments_of(family, name)]
            for argument, value in values:
                made = {"type": name, **base, **({argument: value} if argument else {})}
                for task in ("multiclass", "regression", "multilabel"):
                    training = {"loss": made} if family == "losses" else {"metrics": [made]}
                    yield trained(training, task=task)
                yield last_output({"loss": made} if family == "losses" else {"loss": "mse", "metrics": [made]})


def last_output(training):
    layers = [{"type": "Dense", "units": 3, "activation": "softmax"}]
    return {"nnbuild": 1, "layers": layers, "outputs": "last", "training": training}, {"shape": [4]}


SHAPES = [[4], [6, 4], [8, 8, 3], [4, 5, 6, 2], [3, 6, 6, 2], [], [None, 4], [None, None, 3], [1]]
DTYPES = ["float32"] * 6 + ["int32", "int64", "uint8", "string", "bool", "float16", "float64"]


def random_cases(count=20_000):
    """Random stacks of layers for inputs of all ranks and dtypes, with heads, losses and optimizers."""
    for seed in range(count):
        yield random_case(random.Random(seed))


def random_case(rng):
    rank_names = list(LAYERS)
    shape, dtype = rng.choice(SHAPES), rng.choice(DTYPES)
    layers = []
    for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
        name = rng.choice(rank_names)
        row = LAYERS[name]
        if len(row.shapes) > 1:
            continue
        if rng.random() < 0.8 and len(row.shapes[0]) != len(shape) and not layers:
            shape = list(row.shapes[0])
            dtype = row.dtype if rng.random() < 0.7 else dtype
        layers.append({"type": name, **mutated(rng, "layers", name, row.arguments)})
    if rng.random() < 0.6:
        layers.append({"type": "Flatten"})
    training = {}
    if rng.random() < 0.5:
        name = rng.choice(catalog.class_names("optimizers"))
        training["optimizer"] = {"type": name, **mutated(rng, "optimizers", name, {}, 0.15)}
    if rng.random() < 0.2:
        training["precision"] = rng.choice(["float64", "mixed_bfloat16", "mixed_float16"])
    document = {"nnbuild": 1, "layers": layers, "training": training}
    asked = {"shape": shape, "dtype": dtype}
    head = rng.choice(["multiclass", "regression", "binary", "multilabel", "segmentation", "tokens", "last"])
    if head == "last":
        document["outputs"] = "last"
        training["loss"] = rng.choice(["mse", "mae", "binary_crossentropy", "huber"])
    else:
        asked |= {"task": head, "n_outputs": 1 if head == "binary" else 3}
    return document, asked


def mutated(rng, family, name, base, share=0.08):
    """Arguments of a class, some of them changed."""
    arguments = copy.deepcopy(base)
    for argument in catalog.find(family, name).arguments:
        if rng.random() < share:
            arguments[argument] = copy.deepcopy(rng.choice(samples(kind_of(family, name, argument)) or [None]))
    return arguments


CASES = {
    "layers": layer_cases,
    "cells": cell_cases,
    "held": held_cases,
    "objects": object_cases,
    "training": training_cases,
    "random": random_cases,
}
