"""Files that are damaged, foreign, newer or made to harm: each gives an error of ours, and takes little memory."""

import contextlib
import errno
import io
import json
import os
import random
import stat
import struct
import time
import tracemalloc
import zipfile
from collections import Counter

import keras
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from nnbuild import NNClassifier, NNRecommender, NNRegressor
from nnbuild.loading import load
from nnbuild.saved import archive
from nnbuild.saved.archive import ModelFileError
from nnbuild.saved.facts import facts_of

X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")
Y = np.where(X[:, 0] > 0, "yes", "no")
WHAT = "\n  hint: nnbuild.load reads what an estimator's save wrote"
PACKED = "\n  hint: a model file is not packed by hand"
CUT_OFF = "is damaged or cut off: the list of what it holds can't be read" + WHAT
TWICE = "ignore:Duplicate name:UserWarning"


@pytest.fixture(scope="module")
def fitted():
    recipe = {"nnbuild": 1, "layers": [{"type": "Dense", "units": 4}], "training": {"epochs": 1}}
    return NNClassifier(recipe, random_state=0).partial_fit(X, Y)


@pytest.fixture(scope="module")
def good(fitted, tmp_path_factory):
    """The bytes of a model file."""
    return saved(fitted, tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def quantities(tmp_path_factory):
    """The bytes of the file of a regression with two targets."""
    regressor = NNRegressor("mlp", hidden=[2], epochs=1, random_state=0).fit(X, X[:, :2])
    return saved(regressor, tmp_path_factory.mktemp("quantities"))


@pytest.fixture(scope="module")
def of_pairs(tmp_path_factory):
    """The bytes of the file of a recommender."""
    had = [["a", 1], ["a", 2], ["b", 2], ["b", 3]]
    recommender = NNRecommender(dim=2, epochs=1, random_state=0).fit(had)
    return saved(recommender, tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="module")
def constant(tmp_path_factory):
    """The bytes of the file of a fit that saw one class."""
    return saved(NNClassifier("mlp").fit(X, ["only"] * 20), tmp_path_factory.mktemp("constant"))


def saved(estimator, folder):
    estimator.save(folder / "m.nnb")
    return (folder / "m.nnb").read_bytes()


def members_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(members, change=None, compress=zipfile.ZIP_STORED):
    """A zip file of some members; `change` alters the entry of each before it is written."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in members.items() if isinstance(members, dict) else members:
            info = zipfile.ZipInfo(name)
            info.compress_type = compress
            if change:
                change(info)
            file.writestr(info, content)
    return target.getvalue()


def without(*names):
    return lambda content: zipped({name: part for name, part in members_of(content).items() if name not in names})


def having(name, part):
    """The file with another content of one member."""
    return lambda content: zipped({**members_of(content), name: part})


def edited(name, *path_and_value):
    """The file with another value somewhere in a member of JSON text."""
    *path, value = path_and_value

    def edit(content):
        members = members_of(content)
        document = json.loads(members[name])
        inner = document
        for key in path[:-1]:
            inner = inner[key]
        if value is DELETED:
            del inner[path[-1]]
        else:
            inner[path[-1]] = value
        return zipped({**members, name: json.dumps(document)})

    return edit


DELETED = object()


def entries(change, *names):
    """The file with the entries of some members altered."""
    return lambda content: zipped(members_of(content), lambda info: change(info) if info.filename in names else None)


def also(name, part=b""):
    """The file with one more member."""
    return lambda content: zipped([*members_of(content).items(), (name, part)])


def arrays(name, **changes):
    """The file with arrays of one member replaced; None takes one out."""

    def edit(content):
        members = members_of(content)
        found = {**safetensors.numpy.load(members[name]), **changes}
        members[name] = safetensors.numpy.save({key: value for key, value in found.items() if value is not None})
        return zipped(members)

    return edit


def header(name, text, data=b""):
    """The file with a member of safetensors data made by hand."""
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    return having(name, struct.pack("<Q", len(text)) + text + data)


def patched(name, offset, value):
    """The file with bytes of a central directory entry overwritten, which zipfile would not write."""

    def patch(content):
        at = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
        return content[: at + offset] + value + content[at + offset + len(value) :]

    return patch


def set_link(info):
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def deflate(info):
    info.compress_type = zipfile.ZIP_DEFLATED


def bzip(info):
    info.compress_type = zipfile.ZIP_BZIP2


def many_members(content):
    return zipped({**members_of(content), **{f"{number}.txt": b"" for number in range(40)}})


def very_many_members(content):
    return zipped({**members_of(content), **{f"{number:0100d}": b"" for number in range(8000)}})


def tensor(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


DENSE = {"name": "dense_1", "type": "Dense", "inputs": ["input"], "arguments": {"units": 4}}
KERNEL = "000_dense_1/kernel"
AT_NODE = ("resolved.json", "nodes", 0)
UNROLLED = {**DENSE, "type": "LSTM", "arguments": {"units": 1, "unroll": True}}
NESTED: dict = {"layer": {"type": "Dense", "units": 1}}
for _ in range(100):
    NESTED = {"layer": {"type": "TimeDistributed", **NESTED}}
# How the file is made of a good one, and the whole message.
CASES = {
    # Not a file of ours at all.
    "empty": (lambda _: b"", "is empty" + WHAT),
    "text": (lambda _: b"a,b\n1,2\n", "is no model file" + WHAT),
    "pickle": (lambda _: b"\x80\x04K\x01.", "is no model file" + WHAT),
    "only the start": (lambda _: b"PK\x03\x04", CUT_OFF),
    "half": (lambda c: c[: len(c) // 2], CUT_OFF),
    "something before": (lambda c: b"#!/bin/sh\n" + c, "is no model file" + WHAT),
    "foreign zip": (lambda _: zipped({"word/document.xml": b"<w/>"}), "holds no manifest.json"),
    "foreign manifest": (
        lambda _: zipped({"manifest.json": b'{"name": "extension"}'}),
        "is no model file: manifest.json does not say 'nnbuild model'" + WHAT,
    ),
    # Members.
    "missing": (without("weights.safetensors"), "holds no weights.safetensors"),
    "missing parameters": (without("params.json"), "holds no params.json"),
    "unknown": (also("notes.txt"), "holds 'notes.txt', which is no part of it" + PACKED),
    "parent folder": (also("../evil.py", b"x"), "holds '../evil.py', which is no part of it" + PACKED),
    "absolute": (also("/etc/passwd", b"x"), "holds '/etc/passwd', which is no part of it" + PACKED),
    "backslashes": (also("..\\evil.py", b"x"), "holds '..\\\\evil.py', which is no part of it" + PACKED),
    "drive": (also("C:evil.py", b"x"), "holds 'C:evil.py', which is no part of it" + PACKED),
    "folder": (also("resolved.json/"), "holds 'resolved.json/', which is no part of it" + PACKED),
    "zero character": (
        lambda c: c.replace(b"history.json", b"history.jso\0"),
        "holds no history.json",
    ),
    "optimizer of nothing": (
        lambda c: zipped({**members_of(c), "targets.json": b'{"task": "constant"}'}),
        "holds 'resolved.json', which is no part of it" + PACKED,
    ),
    "duplicate": (also("resolved.json", b"{}"), "holds resolved.json 2 times"),
    "link": (entries(set_link, "recipe.json"), "recipe.json is a link or a folder, not a plain file"),
    "encrypted": (patched("params.json", 8, b"\x01\x00"), "params.json is encrypted"),
    "other packing": (
        entries(bzip, "params.json"),
        "params.json is packed by the method 12; 0 (stored) and 8 (deflated) can be read",
    ),
    "packed arrays": (
        entries(deflate, "weights.safetensors"),
        "weights.safetensors is packed; arrays are stored as they are",
    ),
    "declared too long": (
        patched("params.json", 24, struct.pack("<I", 2**31)),
        "params.json has 2147483648 bytes; at most 1048576 are allowed",
    ),
    "longer than the file": (
        patched("weights.safetensors", 20, struct.pack("<II", 2**31, 2**31)),
        "weights.safetensors is damaged: it has 2147483648 bytes, in a file of {size}",
    ),
    "other content": (
        lambda c: c.replace(b"dense_1/kernel", b"dense_1/kerneI"),
        "is damaged: weights.safetensors can't be read",
    ),
    "many members": (many_members, "is no model file: it holds 50 members" + WHAT),
    "very many members": (very_many_members, CUT_OFF),
    # JSON.
    "not UTF-8": (having("params.json", b'"\xff"'), "params.json:1:2: not UTF-8: byte 2 of the file is 0xFF"),
    "nested": (having("params.json", b"[" * 100_000), "params.json:1:65: objects and lists are nested deeper than 64"),
    "NaN": (
        having("history.json", b'{"elapsed_s": NaN}'),
        "history.json:1:15: not JSON: NaN (numbers must be finite)",
    ),
    "key twice": (
        having("targets.json", b'{"task": 1, "task": 2}'),
        "targets.json:1:13: duplicate key 'task', first defined at line 1, column 2",
    ),
    "no object": (having("features.json", b"[1]"), "features.json: must be an object, got [1]"),
    "no JSON": (having("manifest.json", b""), "manifest.json:1:1: not JSON: the text is empty"),
    "huge number": (
        edited("resolved.json", "nodes", 0, "arguments", "units", 10**400),
        "resolved.json: nodes[0].arguments.units: must be an integer of at least 1, "
        "got a number with too many digits",
    ),
    # The manifest.
    "newer": (
        lambda _: zipped({"manifest.json": json.dumps(
            {"format": "nnbuild model", "version": 3, "versions": {"nnbuild": "1.4.0"}}).encode()}),
        "has the format version 3; this nnbuild reads versions up to 2\n"
        "  hint: it was saved by nnbuild 1.4.0: install that or a newer one",
    ),
    "newer, by whom is not known": (
        lambda _: zipped({"manifest.json": json.dumps(
            {"format": "nnbuild model", "version": 99, "versions": {"nnbuild": "a; rm"}}).encode()}),
        "has the format version 99; this nnbuild reads versions up to 2\n  hint: install a newer nnbuild",
    ),
    "version zero": (
        edited("manifest.json", "version", 0),
        "manifest.json: version: must be an integer from 1 to 2, got 0",
    ),
    "unknown kind": (
        edited("manifest.json", "kind", "os.system"),
        "manifest.json: kind: must be 'NNClassifier', 'NNLanguageModel', 'NNMaskedLanguageModel', 'NNRecommender', "
        "'NNRegressor' or 'NNTranslator', got 'os.system'",
    ),
    "other kind": (
        edited("manifest.json", "kind", "NNRegressor"),
        "manifest.json: kind: a NNRegressor has other targets than those in targets.json",
    ),
    "unknown key": (
        edited("manifest.json", "hook", "evil"),
        "manifest.json: unknown key 'hook'; known are format, kind, metrics, version, versions",
    ),
    "metric that is no number": (
        edited("manifest.json", "metrics", {"accuracy": "high"}),
        "manifest.json: metrics: must be an object with values that are each a number or '-inf', 'inf' or 'nan', "
        "got {'accuracy': 'high'}",
    ),
    "notes that are no object": (also("notes.json", b"[1]"), "notes.json: must be an object, got [1]"),
    "notes that are too long": (
        also("notes.json", b" " * 2**21),
        "notes.json has 2097152 bytes; at most 1048576 are allowed",
    ),
    # Parameters and recipe.
    "method as parameter": (
        edited("params.json", "values", "predict", 1),
        "params.json: values: NNClassifier has no parameter 'predict'",
    ),
    "private parameter": (
        edited("params.json", "values", "__class__", 1),
        "params.json: values: NNClassifier has no parameter '__class__'",
    ),
    "recipe among values": (
        edited("params.json", "values", "recipe", "/etc/passwd"),
        "params.json: values: 'recipe' can't stand there",
    ),
    "form of recipe": (
        edited("params.json", "recipe", "form", "url"),
        "params.json: recipe: form: must be 'dict', 'file', 'gallery', 'left out' or 'recipe', got 'url'",
    ),
    "recipe that is none": (
        lambda c: edited("params.json", "recipe", "form", "recipe")(
            edited("recipe.json", "layers", 0, "type", "Dens")(c)),
        "recipe.json: layers[0].type: unknown layer type 'Dens'",
    ),
    # The network.
    "no nodes": (edited("resolved.json", "nodes", DELETED), "resolved.json: needs 'nodes'"),
    "unknown layer": (edited(*AT_NODE, "type", "Dens"), "resolved.json: nodes[0].type: unknown layer type 'Dens'"),
    "Lambda": (
        edited(*AT_NODE, {"name": "dense_1", "type": "Lambda", "inputs": ["input"], "arguments": {"function": "x"}}),
        "resolved.json: nodes[0].type: Lambda can run code from the recipe and is refused",
    ),
    "TFSMLayer": (
        edited(*AT_NODE, "type", "TFSMLayer"),
        "resolved.json: nodes[0].type: TFSMLayer runs a program from a file and is refused",
    ),
    "path into Python": (
        edited(*AT_NODE, "type", "os.system"),
        "resolved.json: nodes[0].type: 'os.system' is a path into Python and is refused",
    ),
    "Lambda in an argument": (
        edited(*AT_NODE, {"name": "dense_1", "type": "TimeDistributed", "inputs": ["input"],
            "arguments": {"layer": {"type": "Lambda", "function": "x"}}}),
        "resolved.json: nodes[0].arguments.layer.type: Lambda can run code from the recipe and is refused",
    ),
    "code as activation": (
        edited(*AT_NODE, "arguments", "activation", "lambda x: x"),
        "resolved.json: nodes[0].arguments.activation: unknown activation 'lambda x: x'",
    ),
    "wrong kind of argument": (
        edited(*AT_NODE, "arguments", "units", "4"),
        "resolved.json: nodes[0].arguments.units: must be an integer of at least 1, got '4'",
    ),
    "unknown argument": (
        edited(*AT_NODE, "arguments", "hook", 1),
        "resolved.json: nodes[0].arguments.hook: unknown argument 'hook' of Dense",
    ),
    "file as vocabulary": (
        edited(*AT_NODE, {"name": "dense_1", "type": "StringLookup", "inputs": ["input"],
            "arguments": {"vocabulary": "/etc/passwd"}}),
        "resolved.json: nodes[0].arguments.vocabulary: must be a non-empty list, each a string or null, "
        "got '/etc/passwd'",
    ),
    "node twice": (edited(*AT_NODE, "name", "input"), "resolved.json: nodes[0].name: 'input' stands twice"),
    "bad name": (edited(*AT_NODE, "name", "../a"), "resolved.json: nodes[0].name: is no name of a layer: '../a'"),
    "no such input": (edited(*AT_NODE, "inputs", ["output"]), "resolved.json: nodes[0].inputs: no node 'output' above"),
    "no input": (edited(*AT_NODE, "inputs", []), "resolved.json: nodes[0].inputs: Dense 'dense_1' takes nothing"),
    "too many inputs": (
        edited(*AT_NODE, "inputs", ["input", "input"]),
        "resolved.json: nodes[0].inputs: Dense takes 1 input, got 2",
    ),
    "node is no object": (edited("resolved.json", "nodes", ["x"]),
        "resolved.json: nodes: must be a list, each an object with values that are each any value, got ['x']"),
    "too many nodes": (
        edited("resolved.json", "nodes", [{}] * 10_001),
        "resolved.json: nodes: at most 10000, got 10001",
    ),
    "no such output": (
        edited("resolved.json", "outputs", "output", "node", "x"),
        "resolved.json: outputs.output.node: no node 'x'",
    ),
    "no outputs": (edited("resolved.json", "outputs", {}), "resolved.json: outputs: needs one at least"),
    "no inputs": (edited("resolved.json", "inputs", {}), "resolved.json: inputs: needs one at least"),
    "wrong shape of input": (
        edited("resolved.json", "inputs", "input", "shape", [-1]),
        "resolved.json: inputs.input: shape: must be a list, each an integer of at least 0 or null, got [-1]",
    ),
    "unknown loss": (
        edited("resolved.json", "outputs", "output", "loss", {"type": "evil"}),
        "resolved.json: outputs.output.loss.type: unknown loss 'evil'",
    ),
    "unknown optimizer": (
        edited("resolved.json", "training", "optimizer", {"type": "SGD", "nesterov": "yes"}),
        "resolved.json: training.optimizer.nesterov: must be true or false, got 'yes'",
    ),
    "layers that don't fit": (
        edited(*AT_NODE, {"name": "dense_1", "type": "Conv2D", "inputs": ["input"],
            "arguments": {"filters": 1, "kernel_size": 2}}),
        "resolved.json: Conv2D 'dense_1' takes (height, width, channels), got (3,)\n  shapes: input (3,)",
    ),
    "class that is not registered": (
        edited(*AT_NODE, "type", "mine>Gate"),
        "resolved.json: no layer class is registered as 'mine>Gate'\n"
        "  hint: import the Python module that registers it, then load again",
    ),
    "other Keras": (
        lambda c: edited("manifest.json", "versions", "keras", "4.1.0")(edited(*AT_NODE, "arguments", "new", 1)(c)),
        "resolved.json: nodes[0].arguments.new: unknown argument 'new' of Dense\n"
        "  hint: it was saved with Keras 4.1.0; this nnbuild knows Keras 3.15",
    ),
    "layers inside a layer": (
        edited(*AT_NODE, {"name": "dense_1", "type": "Pipeline", "inputs": ["input"],
            "arguments": {"layers": [{"type": "RandomFlip"}] * 5000}}),
        "resolved.json: with Pipeline 'dense_1' the network has 5000 layers and cells inside other layers",
    ),
    "cells inside a cell": (
        edited(*AT_NODE, {"name": "dense_1", "type": "RNN", "inputs": ["input"], "arguments": {
            "cell": {"type": "StackedRNNCells", "cells": [{"type": "LSTMCell", "units": 1}] * 5000}}}),
        "resolved.json: with RNN 'dense_1' the network has 5001 layers and cells inside other layers",
    ),
    "nested layers": (
        having("resolved.json", json.dumps({"nodes": NESTED})),
        "resolved.json:1:2315: objects and lists are nested deeper than 64",
    ),
    # Weights.
    "absurd network": (
        edited(*AT_NODE, "arguments", "units", 10**9),
        "the network has 5000000001 parameters, 20000000004 bytes, but weights.safetensors has {weights} bytes",
    ),
    "more than int64": (
        lambda c: edited("features.json", "n_features", None)(
            edited("resolved.json", "inputs", "input", "shape", [2**62])(c)),
        "resolved.json: inputs.input: shape: must be a list, each an integer of at least 0 or null, "
        "got [4611686018427387904]",
    ),
    "other shape": (
        arrays("weights.safetensors", **{KERNEL: np.zeros((4, 3), "float32")}),
        "weights.safetensors: '000_dense_1/kernel' must be float32 of shape (3, 4), got float32 of shape (4, 3)",
    ),
    "other dtype": (
        arrays("weights.safetensors", **{KERNEL: np.zeros((3, 4), "int32")}),
        "weights.safetensors: '000_dense_1/kernel' must be float32 of shape (3, 4), got int32 of shape (3, 4)",
    ),
    "one too few": (
        arrays("weights.safetensors", **{KERNEL: None, "pad": np.zeros(12, "float32")}),
        "weights.safetensors: holds no '000_dense_1/kernel'",
    ),
    "one too many": (
        arrays("weights.safetensors", extra=np.zeros(1, "float32")),
        "weights.safetensors: holds 'extra', which is no part of it",
    ),
    "huge header": (
        having("weights.safetensors", struct.pack("<Q", 2**60) + bytes(300)),
        "weights.safetensors: is not valid safetensors data",
    ),
    "offsets out of range": (
        header("weights.safetensors", {KERNEL: tensor(offsets=(0, 2**40))}, bytes(300)),
        "weights.safetensors: is not valid safetensors data",
    ),
    "overlapping": (
        header("arrays.safetensors", {"a": tensor(), "b": tensor()}, bytes(4)),
        "arrays.safetensors: is not valid safetensors data",
    ),
    "odd dtype": (
        header("arrays.safetensors", {"a": tensor("F8_E4M3", (4,))}, bytes(4)),
        "arrays.safetensors: 'a' is of the unknown dtype 'F8_E4M3'",
    ),
    "a gap": (
        header("arrays.safetensors", {"a": tensor(), "b": tensor(offsets=(5, 9))}, bytes(9)),
        "arrays.safetensors: is not valid safetensors data",
    ),
    "more than the header says": (
        header("arrays.safetensors", {"a": tensor()}, bytes(5)),
        "arrays.safetensors: is not valid safetensors data",
    ),
    "shape of very many": (
        header("arrays.safetensors", {"a": tensor(shape=(2**62, 2**62, 0), offsets=(0, 0)), "b": tensor()}, bytes(4)),
        "arrays.safetensors: is not valid safetensors data",
    ),
    "negative shape": (
        header("arrays.safetensors", {"a": tensor(shape=(-1,))}, bytes(4)),
        "arrays.safetensors: is not valid safetensors data",
    ),
    "key of the header": (
        header("arrays.safetensors", {"a": {**tensor(), "run": 1}}, bytes(4)),
        "arrays.safetensors: is not valid safetensors data",
    ),
    "header that is a list": (header("arrays.safetensors", b"[]"), "arrays.safetensors: is not valid safetensors data"),
    "curve of another shape": (
        arrays("arrays.safetensors", **{"history/loss": np.zeros((1, 1))}),
        "arrays.safetensors: holds no curve of the loss",
    ),
    "curve of another dtype": (
        arrays("arrays.safetensors", **{"history/loss": np.zeros(1, "float32")}),
        "arrays.safetensors: 'history/loss' must be float64 of shape (1,), got float32 of shape (1,)",
    ),
    "deep header": (header("arrays.safetensors", b"[" * 1000), "arrays.safetensors: is not valid safetensors data"),
    "optimizer": (
        arrays("optimizer.safetensors", **{"0000": None, "9": np.zeros(1)}),
        "optimizer.safetensors: holds '9', which is no part of it",
    ),
    # The rest.
    "seed": (edited("history.json", "seed", -1), "history.json: seed: must be an integer of at least 0, got -1"),
    "history": (edited("history.json", "best_epoch", 7), "history.json: best_epoch: 7 of 1 epochs"),
    "curves": (
        arrays("arrays.safetensors", **{"history/loss": None}),
        "arrays.safetensors: holds no curve of the loss",
    ),
    "other curve": (
        edited("history.json", "curves", ["loss", "accuracy"]),
        "arrays.safetensors: holds no 'history/accuracy'",
    ),
    "other task": (
        lambda c: edited("targets.json", "classes", ["a", "b", "c"])(edited("targets.json", "task", "multiclass")(c)),
        "resolved.json: task: is 'binary', but 'multiclass' in targets.json",
    ),
    "classes of another number": (
        edited("targets.json", "classes", ["a", "b", "c"]),
        "targets.json: a binary task can't have 3 classes",
    ),
    "classes out of order": (
        edited("targets.json", "classes", ["yes", "no"]),
        "targets.json: the labels must differ, and stand in order",
    ),
    "classes of another kind": (
        edited("targets.json", "classes", ["no", 1]),
        "targets.json: a label of dtype <U3 can't be 1",
    ),
    "pixels of a binary task": (
        edited("targets.json", "positions", [2, 2]),
        "targets.json: task: must be 'constant' or 'segmentation', got 'binary'",
    ),
    "dtype of classes": (edited("targets.json", "dtype", "O,O"), "targets.json: unknown dtype 'O,O' of labels"),
    "names of columns": (
        edited("features.json", "feature_names", ["a"]),
        "features.json: feature_names: 1 names, but n_features is 3",
    ),
    "columns": (
        edited("features.json", "n_features", 9),
        "features.json: n_features: 9 does not suit the shape of the input",
    ),
    "preparation": (
        edited("features.json", "preparation", 3),
        "features.json: preparation: must be an object with values that are each an object with values that are "
        "each any value, got 3",
    ),
    "kind of preparation": (
        edited("features.json", "preparation", {"input": {"kind": "code"}}),
        "features.json: preparation: input: kind: unknown 'code'",
    ),
    "preparation of no input": (
        edited("features.json", "preparation", {"other": {"kind": "image", "shape": [1]}}),
        "features.json: preparation: gives other inputs than the network takes",
    ),
    "vocabulary of nothing": (
        lambda c: zipped(members_of(c) | {"vocabulary.safetensors": safetensors.numpy.save({"a/terms": X})}),
        "vocabulary.safetensors: holds 'a/terms', which is no part of it",
    ),
    "inputs beside a network": (
        edited("features.json", "inputs", {"input": {}}),
        "features.json: inputs: must be null, got {'input': {}}",
    ),
}  # fmt: skip

# What Keras alone can tell.
FOR_LOAD_ALONE = {
    "absurd network", "cells inside a cell", "layers inside a layer", "layers that don't fit",
    "one too few", "one too many", "other dtype", "other shape",
}  # fmt: skip


@pytest.mark.filterwarnings(TWICE)
@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_refused(good, name, tmp_path):
    change, message = CASES[name]
    content = change(good)
    weights = len(members_of(good)["weights.safetensors"])
    whole = "m.nnb: " + message.replace("{size}", str(len(content))).replace("{weights}", str(weights))
    assert failure(content, tmp_path) == whole
    if name in FOR_LOAD_ALONE:
        assert facts_of(tmp_path / "m.nnb").estimator == "NNClassifier"
    else:
        assert failure_of(tmp_path / "m.nnb", facts_of) == whole


@pytest.mark.parametrize(
    "change, message",
    [
        (edited("targets.json", "shape", [3]),
         "arrays.safetensors: 'targets/mean' must be float64 of shape (3,), got float64 of shape (2,)"),
        (edited("targets.json", "shape", [2, 2]),
         "targets.json: shape: must be a list of 0 to 1, each an integer of at least 1, got [2, 2]"),
        (edited("targets.json", "scaled", 1), "targets.json: scaled: must be true or false, got 1"),
        (arrays("arrays.safetensors", **{"targets/scale": None}), "arrays.safetensors: holds no 'targets/scale'"),
        (lambda c: edited("targets.json", "shape", [3])(arrays("arrays.safetensors", **{
            "targets/mean": np.zeros(3), "targets/scale": np.ones(3)})(c)),
         "the network gives [2], which does not suit the targets in targets.json"),
    ],
)  # fmt: skip
def test_bad_targets_of_a_regression_are_refused(quantities, change, message, tmp_path):
    assert failure(change(quantities), tmp_path) == f"m.nnb: {message}"


@pytest.mark.parametrize(
    "change, message",
    [
        (edited("features.json", "inputs", None), "features.json: inputs: needs one at least"),
        (edited("features.json", "inputs", "input", {"shape": "x"}),
         "features.json: inputs.input: shape: must be a list, each an integer of at least 1 or null, got 'x'"),
        (edited("features.json", "inputs", "input", {"shape": [3], "run": 1}),
         "features.json: inputs.input: unknown key 'run'; known are shape"),
        (edited("targets.json", "classes", ["a", "b"]), "targets.json: a constant task can't have 2 classes"),
        (also("weights.safetensors"), "holds 'weights.safetensors', which is no part of it" + PACKED),
    ],
)  # fmt: skip
def test_bad_files_without_a_network_are_refused(constant, change, message, tmp_path):
    assert failure(change(constant), tmp_path) == f"m.nnb: {message}"


def failure(content, folder):
    """The whole message of the error that a file gives, without the folder."""
    (folder / "m.nnb").write_bytes(content)
    return failure_of(folder / "m.nnb")


def failure_of(path, read=load):
    with pytest.raises(ModelFileError) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value).replace(str(path.parent) + os.sep, "", 1)


class TestFiles:
    def test_no_file(self, tmp_path):
        assert failure_of(tmp_path / "m.nnb") == "m.nnb: no such file"

    def test_folder(self, tmp_path):
        (tmp_path / "m.nnb").mkdir()
        assert failure_of(tmp_path / "m.nnb") == "m.nnb: is a folder, not a file"

    def test_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "m.nnb")
        assert failure_of(tmp_path / "m.nnb") == "m.nnb: is not a regular file"

    def test_name_with_a_zero_character(self, tmp_path):
        with pytest.raises(ModelFileError) as caught:
            load(tmp_path / "m\0.nnb")
        assert str(caught.value) == f"'{tmp_path}/m\\x00.nnb': can't be read: embedded null byte"

    def test_file_that_may_not_be_read(self, tmp_path, monkeypatch):
        (tmp_path / "m.nnb").write_bytes(b"PK\x03\x04")

        def denied(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

        monkeypatch.setattr(archive.io, "FileIO", denied)  # root may read everything
        assert failure_of(tmp_path / "m.nnb") == "m.nnb: can't be read: Permission denied"

    def test_other_things_than_paths(self):
        with pytest.raises(TypeError, match=r"^path must be a str or a pathlib\.Path, got int$"):
            load(3)


def test_a_good_file_that_was_packed_anew_loads(good, fitted, tmp_path):
    (tmp_path / "m.nnb").write_bytes(zipped(members_of(good)))
    assert load(tmp_path / "m.nnb").predict_proba(X).tobytes() == fitted.predict_proba(X).tobytes()


def test_a_registered_class_is_needed_by_name(tmp_path):
    class Gate(keras.layers.Layer):
        def call(self, inputs):
            return inputs * keras.ops.sigmoid(inputs)

    recipe = {"nnbuild": 1, "layers": [{"type": "mine>Gate"}], "training": {"epochs": 1}}
    path = tmp_path / "m.nnb"
    with keras.saving.custom_object_scope({"mine>Gate": Gate}):
        expected = NNClassifier(recipe, random_state=0).fit(X, Y)
        expected.save(path)
        assert load(path).predict_proba(X).tobytes() == expected.predict_proba(X).tobytes()
    assert failure_of(path) == (
        "m.nnb: resolved.json: no layer class is registered as 'mine>Gate'\n"
        "  hint: import the Python module that registers it, then load again"
    )


def bomb(name, length):
    """The file with a member of many zeros, packed to next to nothing."""
    return lambda content: entries(deflate, name)(having(name, bytes(length))(content))


def lying_bomb(content):
    """The same, but the directory says that the member is short."""
    content = zipped({**members_of(content), "params.json": bytes(200 * 2**20)}, compress=zipfile.ZIP_DEFLATED)
    return patched("params.json", 24, struct.pack("<I", 1000))(content)


def wide_labels(content):
    """The file with few labels, of a dtype that gives each of them 4 MB."""
    document = {"task": "multilabel", "dtype": "<U999999", "classes": [str(number) for number in range(100, 200)]}
    return edited("resolved.json", "task", "multilabel")(having("targets.json", json.dumps(document))(content))


@pytest.mark.parametrize(
    "change, message",
    [
        (bomb("params.json", 200 * 2**20), "params.json has 209715200 bytes; at most 1048576 are allowed"),
        (bomb("weights.safetensors", 200 * 2**20), "weights.safetensors is packed; arrays are stored as they are"),
        (lying_bomb, "is damaged: params.json can't be read"),
        (very_many_members, CUT_OFF),
        (CASES["absurd network"][0], CASES["absurd network"][1]),
        (CASES["huge header"][0], CASES["huge header"][1]),
        (wide_labels, "targets.json: the labels take more than 67108864 bytes"),
    ],
    ids=["packed JSON", "packed weights", "lying", "members", "network", "header", "labels"],
)
def test_a_bomb_takes_little_memory(good, change, message, tmp_path):
    content = change(good)
    tracemalloc.start()
    try:
        found = failure(content, tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == "m.nnb: " + message.replace("{weights}", str(len(members_of(good)["weights.safetensors"])))
    assert peak < 2**24


@pytest.mark.parametrize(
    "change",
    [
        having("params.json", b"[" + b"[]," * (2**20 // 3 - 2) + b"[]]"),
        having("params.json", b"[" + b'"",' * (2**20 // 3 - 2) + b'""]'),
        edited("resolved.json", "nodes", 0, "arguments", "units", [[]] * 10**5),
        edited("resolved.json", "inputs", {f"i{number}": {"shape": [1]} for number in range(10**5)}),
        edited("features.json", "feature_names", [str(number) for number in range(10**5)]),
        edited("resolved.json", "nodes", [{**DENSE, "name": f"d{number}"} for number in range(10_001)]),
        lambda c: edited("resolved.json", "inputs", "input", "shape", [10**6, 3])(edited(*AT_NODE, UNROLLED)(c)),
        CASES["layers inside a layer"][0],
        CASES["cells inside a cell"][0],
    ],
    ids=["lists", "texts", "argument", "inputs", "columns", "nodes", "steps", "layers", "cells"],
)  # fmt: skip
def test_a_file_that_is_made_to_be_slow_is_not(good, change, tmp_path):
    content = change(good)
    start = time.process_time()
    failure(content, tmp_path)
    assert time.process_time() - start < 10


def test_a_file_cut_off_anywhere_is_refused(good, tmp_path):
    path = tmp_path / "m.nnb"
    for length in range(0, len(good), 7):
        path.write_bytes(good[:length])
        with pytest.raises(ModelFileError):
            load(path)


def test_a_changed_byte_is_noticed_or_does_not_matter(good, fitted, tmp_path):
    expected = fitted.predict_proba(X).tobytes()
    path = tmp_path / "m.nnb"
    rng = random.Random(0)
    directory = good.index(b"PK\x01\x02")
    places = [*rng.sample(range(directory), 150), *rng.sample(range(directory, len(good)), 150)]
    refused = 0
    for place in places:
        path.write_bytes(good[:place] + bytes([good[place] ^ 1 << rng.randrange(8)]) + good[place + 1 :])
        try:
            loaded = load(path)
        except ModelFileError:
            refused += 1
        else:
            assert loaded.predict_proba(X).tobytes() == expected
    assert refused > 150


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**62, 2**1030) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["Dense", "LSTM", "Conv2D", "input", "output", "binary", "regression", "float64", "relu"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def test_any_change_of_values_is_refused_or_loads(good, tmp_path):
    """Both happen: a reader that refused everything would pass otherwise."""
    path, outcomes = tmp_path / "changed.nnb", Counter()

    @settings(max_examples=300, database=None)
    @given(data=st.data())
    def change(data):
        members = members_of(good)
        name = data.draw(st.sampled_from([name for name in members if name.endswith(".json")] + ["resolved.json"] * 4))
        document = json.loads(members[name])
        changed(document, data)
        with contextlib.suppress(UnicodeEncodeError):  # half a surrogate pair, which can't be written
            members[name] = json.dumps(document, ensure_ascii=False).encode()
        path.write_bytes(zipped(members))
        try:
            loaded = load(path)
        except ModelFileError:
            outcomes["refused"] += 1
        else:
            outcomes["loaded"] += 1
            assert loaded.predict_proba(X).shape == (len(X), 2)

    change()
    assert outcomes["refused"] > 100
    assert outcomes["loaded"] > 30


def changed(document, data):
    """Replace or delete one value, anywhere in a JSON document."""
    inner = document
    while True:
        key = data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
        if not isinstance(inner[key], dict | list) or not inner[key] or data.draw(st.booleans()):
            break
        inner = inner[key]
    if data.draw(st.booleans()):
        inner[key] = data.draw(JSON_VALUES)
    else:
        del inner[key]


def test_nothing_in_a_file_is_a_program(good):
    for name, content in members_of(good).items():
        assert name.endswith((".json", ".safetensors"))
        if name.endswith(".json"):
            json.loads(content)
        else:
            safetensors.numpy.load(content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (edited("manifest.json", "kind", "NNClassifier"), "features.json: preparation: is not that of a NNClassifier"),
        (
            edited("features.json", "preparation", "interactions", "shapes", "history", [2]),
            "features.json: preparation: gives other inputs than the network takes",
        ),
        (
            edited("features.json", "preparation", "interactions", "shapes", "user", [2]),
            "features.json: preparation: interactions: shapes: no network takes pairs so",
        ),
        (
            edited("manifest.json", "kind", "NNRegressor"),
            "manifest.json: kind: a NNRegressor has other targets than those in targets.json",
        ),
    ],
    ids=["classifier", "history", "shape", "regressor"],
)
def test_other_interactions_than_the_network_takes_are_refused(of_pairs, change, message, tmp_path):
    assert failure(change(of_pairs), tmp_path).startswith(f"m.nnb: {message}")


def test_a_classifier_knows_no_interactions(good, tmp_path):
    changed = edited("manifest.json", "kind", "NNRecommender")(good)
    message = "params.json: values: NNRecommender has no parameter 'pretrained'"
    assert failure(changed, tmp_path) == f"m.nnb: {message}"
    values = json.loads(members_of(changed)["params.json"])["values"]
    del values["pretrained"]
    changed = edited("params.json", "values", values)(changed)
    message = "features.json: preparation: is not that of a NNRecommender"
    assert failure(changed, tmp_path) == f"m.nnb: {message}"
